"""What the script `accept` is told about requests."""

from collections.abc import Sequence

from mobart.core import wire
from mobart.core.domain import GenerationRequest
from mobart.journal.keys import Keys


def accepting(
    requests: Sequence[GenerationRequest], *, keys: Keys, same_message_ms: int
) -> tuple[list[str], list[str | bytes | float]]:
    """Return its keys and arguments."""
    named = [keys.requests, keys.early]
    told: list[str | bytes | float] = [keys.completed_channel, same_message_ms]
    for request in requests:
        named.append(keys.job(request.request_id))
        told += (wire.encode_request(request), wire.fingerprint(request))
    return named, told
