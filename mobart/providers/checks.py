"""The free question that a start-up check asks, and what its answer says about key and address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from mobart.core.errors import Code, Rejected, Unavailable
from mobart.providers.error_phrases import find_reason
from mobart.providers.fields import wrapped_error_text
from mobart.providers.http import Answer, ApiClient
from mobart.providers.outcomes import is_firewall, json_object
from mobart.providers.sentences import AWAY, NO_ACCESS, NO_CREDIT, NO_MODEL

Fits = Callable[[Answer], bool]
Refusal = tuple[Code, str, str]
"""Code, public sentence, words for the operator."""
Refusals = Mapping[int, Refusal]
"""By HTTP status."""


def is_json(answer: Answer) -> bool:
    """Accept any JSON object, even an error: how an API says "no such task" is not documented."""
    return json_object(answer) is not None


def is_working_json(answer: Answer) -> bool:
    """Accept any JSON object that does not tell of an internal error."""
    return is_json(answer) and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR


def is_ok_json(answer: Answer) -> bool:
    """Accept a JSON object with HTTP 200."""
    return is_json(answer) and answer.status == HTTPStatus.OK


def no_model(words: str) -> Refusal:
    """Say that the model does not exist, or is not for this account."""
    return Code.PROVIDER_UNAVAILABLE, NO_MODEL, words


def no_credit(words: str) -> Refusal:
    """Say that the account has no credit left."""
    return Code.PROVIDER_CREDIT, NO_CREDIT, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One provider's check; *key* and *address* are the names of settings, for the operator."""

    key: str
    address: str
    fits: Fits = is_json
    """Whether an answer looks like this API's."""
    refusals: Refusals = field(default_factory=dict)
    """Statuses by which the API itself says that something is missing."""
    keyless: bool = False
    """It may work without a key."""

    async def ask(self, client: ApiClient, method: str, path: str, **content: Any) -> Answer:
        """Send a free question and judge its answer.

        Raises:
            Rejected: the key is refused, or what is asked for does not exist.
            Unavailable: nothing answers, or nothing that speaks this API.
        """
        answer = await self.send(client, method, path, **content)
        self.judge(answer)
        return answer

    async def send(self, client: ApiClient, method: str, path: str, **content: Any) -> Answer:
        """Send a free question.  Raises Unavailable, which names the setting with the address."""
        try:
            return await client.ask(method, path, **content)
        except Unavailable as away:
            detail = f"no answer from the host in {self.address}: {away}"
            raise Unavailable(away.code, AWAY, detail=detail) from None

    def judge(self, answer: Answer) -> None:
        """Judge an answer.  Raises as `ask`."""
        status = f"HTTP {answer.status}"
        if refuses_key(answer):
            detail = f"{status}: the API refuses what is in {self.key}"
            raise Rejected(Code.PROVIDER_AUTH, NO_ACCESS, detail=detail)
        if answer.status in self.refusals and is_json(answer):
            code, sentence, words = self.refusals[answer.status]
            raise Rejected(code, sentence, detail=f"{status}: {words}")
        if not self.fits(answer):
            broken = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and is_json(answer)
            what = "reports an error" if broken else "does not look like the API"
            detail = f"{status}: what answers at {self.address} {what}"
            raise Unavailable(Code.PROVIDER_UNAVAILABLE, AWAY, detail=detail)


def refuses_key(answer: Answer) -> bool:
    """Return whether the API refuses the key; a 403 in HTML is a firewall's, and says nothing of it."""
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return True
    if answer.status == HTTPStatus.FORBIDDEN and not is_firewall(answer):
        return True
    reason = find_reason(wrapped_error_text(json_object(answer) or {}))
    return reason is not None and reason.code is Code.PROVIDER_AUTH


def require_header_value(key: str, *, setting: str) -> None:
    """Refuse a *key* that cannot stand in a header.  Raises Rejected, which names the *setting*."""
    if not (key and key.isascii() and key.isprintable()):
        detail = f"{setting} is empty, or holds what no HTTP header may hold"
        raise Rejected(Code.PROVIDER_AUTH, NO_ACCESS, detail=detail)
