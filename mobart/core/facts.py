"""The facts that log events carry: one name means one thing, of one type, in every event."""

from collections.abc import Mapping
from typing import NamedTuple


class FactKind(NamedTuple):
    """The types that a fact may have, and what it is."""

    types: tuple[type, ...]
    meaning: str


NUMBER = (int, float)

FACTS: Mapping[str, FactKind] = {
    "action": FactKind((str,), "what an operator did"),
    "actor": FactKind((str,), "who did it: `token`, or a session by the begin of its id"),
    "announced": FactKind((bool,), "whether the refusal was announced to the backend"),
    "attempt": FactKind((int,), "how often it has been tried, from 1"),
    "bytes": FactKind((int,), "size in bytes"),
    "cell": FactKind((str,), "width and height in pixels of a cell of pixel art, as it came"),
    "check": FactKind((str,), "what was checked: Redis, S3 or a provider's title"),
    "code": FactKind((str,), "the `error_code` that this is, or may become"),
    "confidence": FactKind(NUMBER, "how sure the grid of pixel art is, 0 to 1"),
    "consumer": FactKind((str,), "name of another worker's consumer"),
    "cost": FactKind(NUMBER, "an amount of money, in USD"),
    "count": FactKind((int,), "how many requests, or spans, this line is about"),
    "crashes": FactKind((int,), "how often this job has met a bug"),
    "detail": FactKind((str,), "what is known of the cause; private"),
    "entry": FactKind((str,), "id of an entry in the completions stream"),
    "epoch": FactKind((int,), "how often the job was claimed"),
    "exc_info": FactKind((BaseException,), "the exception, logged as a traceback"),
    "gap_seconds": FactKind(NUMBER, "seconds without a subscription before this one"),
    "grace": FactKind(NUMBER, "seconds that jobs in hand may take to finish"),
    "jobs": FactKind((int,), "jobs in hand"),
    "key": FactKind((str,), "key in the bucket"),
    "loop": FactKind((str,), "name of the loop"),
    "made_from": FactKind((str,), "id of the request that an operator made this one from"),
    "native": FactKind((str,), "width and height in cells of pixel art, as `64x64`"),
    "outcome": FactKind((str,), "`completed` or `failed`"),
    "paid": FactKind((bool, str), "whether money was spent: true, false or `unknown`"),
    "polls": FactKind((int,), "how often the provider was asked how far it is"),
    "prompt": FactKind((str,), "the player's text; logged only with `MOBART_LOG_PROMPTS`"),
    "progress": FactKind((int,), "how far the provider is, in percent"),
    "provider": FactKind((str,), "name of the provider"),
    "reason": FactKind((str,), "what was wrong with a message, of a closed list"),
    "request_id": FactKind((str,), "id of the request"),
    "request_ids": FactKind((str,), "ids of those requests, separated by spaces"),
    "seconds": FactKind(NUMBER, "how long it took, or will take"),
    "size": FactKind((str,), "width and height in pixels, as `512x512`"),
    "stage": FactKind((str,), "how far the job is: accepted, paying, paid or settled"),
    "status": FactKind((int,), "HTTP status of the answer"),
    "ticket": FactKind((str,), "the provider's id of the generation"),
    "traceparent": FactKind((str,), "the request's trace (W3C Trace Context)"),
    "traceparents": FactKind((str,), "those of the requests, in the same order, `-` for none"),
    "transport": FactKind((str,), "`channel`, `stream` or `http`"),
    "user_id": FactKind((str,), "id of the player, as the backend has it"),
    "user_ids": FactKind((str,), "ids of their players, in the same order"),
    "version": FactKind((str,), "version of Mobart"),
    "wait_seconds": FactKind(NUMBER, "seconds until the next attempt"),
    "what": FactKind((str,), "the connection that was lost, where it is not the main one"),
    "worker": FactKind((str,), "name of this worker, unique to the process"),
}
