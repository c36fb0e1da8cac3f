"""What the HTTP answer to a paid POST proves, whatever the dialect.

    refused for good     Rejected      a documented "no"
    not taken now        Unavailable   425, 429
    perhaps accepted     InDoubt       406, 408, 409, 5xx, cut or unreadable answers, anything unforeseen, unless its
                                       words say what no submit gets past

Only what proves that nothing was bought may let anybody pay again.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.lenient_json import read_lenient_json
from mobart.core.policy import LONGEST_RETRY_AFTER, retry_after
from mobart.providers.error_phrases import find_reason, named_reason, phrase_in
from mobart.providers.fields import error_names, wrapped_error_text
from mobart.providers.http import Answer
from mobart.providers.redaction import redact, unquoted
from mobart.providers.sentences import (
    AWAY,
    BUSY,
    FAILED,
    NO_ACCESS,
    NO_CREDIT,
    NONSENSE,
    NOT_THERE,
    REFUSED,
    UNREADABLE,
)

REFUSALS: Mapping[int, tuple[Code, str]] = {
    400: (Code.PROVIDER_REJECTED, REFUSED),
    401: (Code.PROVIDER_AUTH, NO_ACCESS),
    402: (Code.PROVIDER_CREDIT, NO_CREDIT),
    403: (Code.PROVIDER_AUTH, NO_ACCESS),
    404: (Code.PROVIDER_UNAVAILABLE, NOT_THERE),
    405: (Code.PROVIDER_UNAVAILABLE, NOT_THERE),
    407: (Code.PROVIDER_UNAVAILABLE, NOT_THERE),
    410: (Code.PROVIDER_UNAVAILABLE, NOT_THERE),
    411: (Code.PROVIDER_REJECTED, REFUSED),
    412: (Code.PROVIDER_REJECTED, REFUSED),
    413: (Code.PROVIDER_REJECTED, REFUSED),
    414: (Code.PROVIDER_REJECTED, REFUSED),
    415: (Code.PROVIDER_REJECTED, REFUSED),
    417: (Code.PROVIDER_REJECTED, REFUSED),
    421: (Code.PROVIDER_UNAVAILABLE, NOT_THERE),
    422: (Code.PROVIDER_REJECTED, REFUSED),
    423: (Code.PROVIDER_UNAVAILABLE, NOT_THERE),
    426: (Code.PROVIDER_UNAVAILABLE, NOT_THERE),
    428: (Code.PROVIDER_REJECTED, REFUSED),
    431: (Code.PROVIDER_REJECTED, REFUSED),
    451: (Code.PROVIDER_REJECTED, REFUSED),
}
"""Statuses that prove that nothing was accepted: those by which a server refuses a request before it acts on it
(RFC 9110, 6585, 7725, 4918).  Not 406 and 424, which may come of what was done already, nor 409."""
NOT_YET = frozenset({425, 429})
"""Those that prove it, and ask to come again."""
UNLISTED = frozenset({400, 404, 405, 410, 413, 415, 422})
"""Statuses by which a list of tasks does not exist here, so that asking again is pointless."""
CONCERN_ALL: Mapping[int, Code] = {
    401: Code.PROVIDER_AUTH,
    402: Code.PROVIDER_CREDIT,
    403: Code.PROVIDER_AUTH,
    429: Code.PROVIDER_RATE_LIMITED,
}
"""Statuses of free questions that say something about every request."""
LATER = frozenset({408, 425, 429})
"""Statuses of 400 to 499 that ask for patience."""
TROUBLES = {
    **dict.fromkeys({*range(300, 500)} - LATER, Code.PROVIDER_BAD_RESPONSE),
    **CONCERN_ALL,
}
"""The same, and those of polls that no waiting helps against: they are about one task, or no answer of this API."""
Judgement = Callable[[Mapping[str, Any]], Rejected | Unavailable | InDoubt | None]
"""What a dialect's own error code in a body means; None: nothing that it knows."""
UNMISTAKABLE = frozenset({401, 402})
"""Refusals whose words cannot mean anything else."""

WAIT = re.compile(r"\bin ~?(\d{1,5}(?:\.\d{1,3})?) ?s(?:ec(?:ond)?s?)?\b", re.ASCII | re.IGNORECASE)

RATES = re.compile(
    r"exceeded (your|the) (\w+ )?quota|(no|out of|exhausted) (\w+ )?quota"
    r"|quota (is |are |was )?(exceeded|exhausted|used up)",
    re.ASCII | re.IGNORECASE,
)
"""Words of an empty account that may as well be said of requests in a minute."""

PROOF = frozenset(
    {Code.PROVIDER_CREDIT, Code.PROVIDER_AUTH, Code.MODERATION_BLOCKED, Code.PROMPT_REJECTED}
)
"""What no submit gets past.  "No room now" is not among them: that may be another server's."""


def silent(_: Mapping[str, Any]) -> None:
    """Know no codes: the `Judgement` of APIs that only have statuses and words."""


def accepted_body(
    answer: Answer, *, now: datetime, secrets: tuple[str, ...], judge: Judgement = silent
) -> dict[str, Any]:
    """Return the JSON object of an answer that may hold a ticket.  As `ensure_accepted`."""
    ensure_accepted(answer, now=now, secrets=secrets, judge=judge)
    body = json_object(answer)
    if body is None:
        raise InDoubt(f"HTTP {answer.status} with a body that cannot be read")
    return body


def ensure_accepted(
    answer: Answer, *, now: datetime, secrets: tuple[str, ...], judge: Judgement = silent
) -> None:
    """Return if the status says yes.

    *secrets*, the prompt among them, are kept out of the details of what is raised.  *judge* is
    asked first about answers that say no.

    Raises:
        Rejected, Unavailable, InDoubt: as `ImageProvider.submit`.
    """
    status = f"HTTP {answer.status}"
    if answer.status in REFUSALS or answer.status in NOT_YET:
        verdict = judge(json_object(answer) or {})
        if verdict is not None:
            raise verdict
    if answer.status in NOT_YET:
        said = wrapped_error_text(json_object(answer) or {})
        if (empty := empty_account(unquoted(said, *secrets))) is not None:
            raise empty
        wait = retry_after(answer.headers, now=now) or _wait_in_words(answer)
        raise Unavailable(Code.PROVIDER_RATE_LIMITED, BUSY, retry_after=wait, detail=status)
    if is_firewall(answer):
        wait = retry_after(answer.headers, now=now)
        detail = f"{status} in HTML, a firewall's"
        raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, retry_after=wait, detail=detail)
    if answer.status in REFUSALS:
        raise _refusal(answer, secrets)
    if is_redirect(answer):
        raise Rejected(Code.PROVIDER_BAD_RESPONSE, NONSENSE, detail=f"{status}, not followed")
    if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        refuse_if_proven(json_object(answer) or {}, secrets)
    if not is_success(answer):
        raise InDoubt(status)


def empty_account(said: str) -> Rejected | None:
    """Return the error for a 429 whose words speak of money, for which no waiting helps.

    A "quota" that is exceeded is what many call their rates, so it proves nothing.
    """
    reason = find_reason(RATES.sub("", said.replace("_", " ")))
    if reason is None or reason.code is not Code.PROVIDER_CREDIT:
        return None
    return Rejected(reason.code, reason.sentence, detail="HTTP 429, an empty account by its words")


def is_success(answer: Answer) -> bool:
    """Return whether the status is one of 200 to 299."""
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES


def is_firewall(answer: Answer) -> bool:
    """Return whether it is a 403 in HTML, which says nothing of the key, and may pass."""
    return answer.status == HTTPStatus.FORBIDDEN and answer.body.lstrip().startswith(b"<")


def is_redirect(answer: Answer) -> bool:
    """Return whether the status is one of 300 to 399."""
    return HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST


def usable(reference: str | None) -> str:
    """Return the id in the answer to a submit.  Raises InDoubt if there is none."""
    if reference is None:
        raise InDoubt("no usable task id", code=Code.PROVIDER_BAD_RESPONSE)
    return reference


def nonsense(detail: str) -> Unavailable:
    """Make the error for an answer to a poll that says nothing about the task."""
    return Unavailable(Code.PROVIDER_BAD_RESPONSE, NONSENSE, detail=f"poll: {detail}")


def unreadable(detail: str) -> Rejected:
    """Make the error for a finished generation without a picture that can be read."""
    return Rejected(Code.PROVIDER_BAD_RESPONSE, UNREADABLE, detail=detail)


def failure(text: str, *prompts: str, status: str = "") -> Rejected:
    """Make the error for a generation that failed with the words *text*, or else those of its *status*.

    What they quote of *prompts* is left out; where no prompt is known, only the phrase that is
    recognised is kept, since the rest may be the prompt.
    """
    if not text:
        return rejection(f"task {status}", f"failed: {status or 'no message'}")
    known = [prompt for prompt in prompts if prompt]
    quoted = redact(text, *known) if known else phrase_in(text) or "words that may be the prompt"
    return rejection(unquoted(text, *known), f"failed: {quoted}")


def rejection(text: str, detail: str) -> Rejected:
    """Make the error for a generation that failed, by the reason that *text* names."""
    reason = find_reason(text)
    if reason is None:
        return Rejected(Code.GENERATION_FAILED, FAILED, detail=detail)
    return Rejected(reason.code, reason.sentence, detail=detail)


def refusal(
    said: str, *, fallback: tuple[Code, str], detail: str, names: Iterable[str] = ()
) -> Rejected | Unavailable:
    """Make the error for a submit that was refused with the words *said*, or else with *names* of errors."""
    reason = find_reason(said) or named_reason(*names)
    if reason is None:
        return Rejected(*fallback, detail=detail)
    if reason.busy:
        return Unavailable(Code.PROVIDER_RATE_LIMITED, reason.sentence, detail=detail)
    return Rejected(reason.code, reason.sentence, detail=detail)


def refuse_if_proven(body: Mapping[str, Any], secrets: tuple[str, ...]) -> None:
    """Raise Rejected if the error that an answer is says a thing that proves a refusal, whatever its status.

    Where the prompt, one of *secrets*, says such things itself, they may be quoted, and prove nothing.
    """
    text, names = wrapped_error_text(body), error_names(body)
    reason = find_reason(text) or named_reason(*names)
    quoted = any(find_reason(secret) for secret in secrets)
    if reason is not None and reason.code in PROOF and not quoted:
        fallback = (Code.PROVIDER_REJECTED, REFUSED)
        raise refusal(text, fallback=fallback, detail=redact(text, *secrets), names=names)


def json_object(answer: Answer) -> dict[str, Any] | None:
    """Return the body as a JSON object, also if it is alone in a list; None if it is none."""
    body = json_value(answer)
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    return body if isinstance(body, dict) else None


def json_value(answer: Answer) -> Any:
    """Return what the body holds as JSON; None if it is no JSON, or null.

    Of an answer that is not whole an object or a list still is, where the line broke behind its end.
    """
    try:
        value = read_lenient_json(answer.body)
    except ValueError:
        return None
    return value if answer.whole or isinstance(value, dict | list) else None


def trouble(answer: Answer, *, now: datetime, codes: Mapping[int, Code] = TROUBLES) -> Unavailable:
    """Make the error for a poll that was not answered well: no HTTP status fails a paid job."""
    code = codes.get(answer.status, Code.PROVIDER_UNAVAILABLE)
    wait = retry_after(answer.headers, now=now)
    return Unavailable(code, AWAY, retry_after=wait, detail=f"poll: HTTP {answer.status}")


def _wait_in_words(answer: Answer) -> float | None:
    """Read "try again in 12s", as OpenAI, Replicate and LiteLLM's proxy say it without a header."""
    told = WAIT.search(wrapped_error_text(json_object(answer) or {}))
    return None if told is None else min(float(told[1]), LONGEST_RETRY_AFTER)


def _refusal(answer: Answer, secrets: tuple[str, ...]) -> Rejected | Unavailable:
    """Judge a documented "no".  Words count only in JSON: a firewall's page says "blocked" too."""
    body = json_object(answer) or {}
    said = wrapped_error_text(body)
    detail = redact(f"HTTP {answer.status} {said}", *secrets)
    fallback = REFUSALS[answer.status]
    if answer.status in UNMISTAKABLE:
        return Rejected(*fallback, detail=detail)
    names = error_names(body)
    return refusal(unquoted(said, *secrets), fallback=fallback, detail=detail, names=names)
