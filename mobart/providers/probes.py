"""What the answer to a free question at the start says about key and address."""

from mobart.core.errors import Code, Rejected, Unavailable
from mobart.providers.error_phrases import find_reason
from mobart.providers.http import AWAY, Answer
from mobart.providers.outcomes import NO_ACCESS, json_object, wrapped_error_text

UNAUTHORIZED, FORBIDDEN, INTERNAL = 401, 403, 500


def judge_probe(answer: Answer, *, prefix: str, lenient: bool = True) -> None:
    """Tell an API from a refused key and from a web page where the API used to be.

    *prefix* is that of the settings to name.  If *lenient*, any JSON will do, even with an error
    of theirs: how an API says that it does not know a task is not documented.

    Raises:
        Rejected: the key is refused.
        Unavailable: nobody who speaks this API.

    """
    status, body = f"HTTP {answer.status}", json_object(answer)
    reason = find_reason(wrapped_error_text(body or {}))
    named = reason is not None and reason.code is Code.PROVIDER_AUTH
    forbidden = answer.status == FORBIDDEN and body is not None
    if named or forbidden or answer.status == UNAUTHORIZED:
        detail = f"{status}: the API refuses the key in {prefix}_API_KEY"
        raise Rejected(Code.PROVIDER_AUTH, NO_ACCESS, detail=detail)
    if not lenient and answer.status >= INTERNAL:
        detail = f"{status}: the API at {prefix}_API_URL is in trouble"
        raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, detail=detail)
    if body is None:
        detail = f"{status}: what answers at {prefix}_API_URL does not look like the API"
        raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, detail=detail)
