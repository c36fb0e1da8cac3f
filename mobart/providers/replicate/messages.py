"""The messages of Replicate's API; nothing else knows their shape.

Pure: objects in, nouns of Mobart or `mobart.core.errors` out.  Source: Replicate's HTTP reference and
its Python SDK, 1.0.7.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from mobart.core.domain import Pending, Picture
from mobart.core.errors import Code, Rejected
from mobart.core.orders import Order
from mobart.providers.callback import CallbackAddress
from mobart.providers.fields import WHOLE, addresses_in, list_of, object_of, task_id_of, text_of
from mobart.providers.inputs import Inputs
from mobart.providers.outcomes import failure, nonsense, unreadable
from mobart.providers.sentences import CANCELLED, NO_MODEL, NOT_KEPT, REFUSED, TOO_LATE
from mobart.providers.states import DONE, FAILED, pending, status_of

PARAMETERS = ("model",)
"""Parameters of a preset that are no inputs of the model: all others are."""
MODEL = re.compile(r"(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)(:(?P<version>[0-9a-f]{64}))?", re.ASCII)
EVENTS = ("start", "completed")
LONGEST_CURSOR = 1024
NO_VERSION = "Invalid version"
_PERCENT = re.compile(r"(\d{1,3})%\|")
"""How the usual progress bar begins."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model, or one version of it."""

    path: str
    version: str | None = None

    @property
    def description(self) -> str:
        """The path of its description."""
        version = f"/versions/{self.version}" if self.version else ""
        return f"/models/{self.path}{version}"

    @property
    def predictions(self) -> str:
        """The path where its predictions are bought; without a version Replicate's own choice."""
        return "/predictions" if self.version else f"/models/{self.path}/predictions"

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read `owner/name` or `owner/name:version`.  Raises ValueError if it is neither."""
        match = MODEL.fullmatch(text) if isinstance(text, str) else None
        if match is None or {match["owner"], match["name"]} & {".", ".."}:
            raise ValueError("is no owner/name and no owner/name:version")
        return cls(f"{match['owner']}/{match['name']}", match["version"])


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes what is bought, and recognises it."""

    model: str
    inputs: Inputs
    callback: CallbackAddress | None = None

    def prediction(self, order: Order) -> tuple[str, dict[str, object]]:
        """Return path and body of a submit.  Raises Rejected where a preset names no model."""
        try:
            model = Model.parse(order.parameters.get("model", self.model))
        except ValueError as error:
            detail = f"the preset's model {error}"
            raise Rejected(Code.PROVIDER_REJECTED, REFUSED, detail=detail) from None
        own = {name: value for name, value in order.parameters.items() if name not in PARAMETERS}
        message: dict[str, object] = {"input": self.inputs.message(replace(order, parameters=own))}
        if model.version:
            message["version"] = model.version
        if self.callback is not None:
            message["webhook"] = self.callback.proving_url(order.request_id)
            message["webhook_events_filter"] = list(EVENTS)
        return model.predictions, message

    def recognises(self, order: Order, prediction: Mapping[str, object]) -> bool:
        """Return whether a listed prediction is of this request, and surely of no other.

        Its webhook is the request's own; or its seed is, with the same prompt.
        """
        callback = self.callback
        if callback is not None and callback.is_of(order.request_id, prediction.get("webhook")):
            return True
        return self.inputs.are_of(order, object_of(prediction, "input"))


def read_callback(body: object) -> str | None:
    """Return the id of the prediction that a webhook's body is."""
    return task_id_of(body.get("id")) if isinstance(body, Mapping) else None


def judge(body: Mapping[str, Any]) -> Rejected | None:
    """Tell a model that does not exist from an input that is wrong: a `Judgement`."""
    title = body.get("title")
    if isinstance(title, str) and title.startswith(NO_VERSION):
        return Rejected(Code.PROVIDER_UNAVAILABLE, NO_MODEL, detail="no such version of the model")
    return None


def read_prediction(body: object, *, reference: str) -> Pending | Picture:
    """Read from *body* the state of the generation *reference*.

    Raises:
        Rejected: it failed, or its picture is gone.
        Unavailable: this is not an answer about that generation.
    """
    if not isinstance(body, Mapping) or read_callback(body) != reference:
        raise nonsense("not about the prediction")
    status = status_of(body)
    if status in ENDS:
        raise Rejected(*ENDS[status], detail=status)
    if status in FAILED:
        raise _failure(body)
    if status not in DONE:
        return pending(status, _progress(body.get("logs")), lambda: _picture(body))
    return _picture(body)


ENDS: Mapping[str, tuple[Code, str]] = {
    "aborted": (Code.PROVIDER_TIMEOUT, TOO_LATE),
    "canceled": (Code.GENERATION_FAILED, CANCELLED),
}
"""Statuses that need no other words."""


def _picture(body: Mapping[str, Any]) -> Picture:
    """Return the first picture of the output: the others are other pictures.

    Raises Rejected: the output holds none, and never will.
    """
    found = addresses_in(body.get("output"))
    if found:
        return Picture(found[:1])
    if body.get("data_removed") is True:
        raise Rejected(Code.DOWNLOAD_FAILED, NOT_KEPT, detail="succeeded, but its data is removed")
    kind = type(body.get("output")).__name__
    raise unreadable(f"succeeded, but no picture is in its output ({kind}): see REPLICATE_MODEL")


def _failure(body: Mapping[str, Any]) -> Rejected:
    inputs = object_of(body, "input").values()
    prompts = (text for text in inputs if isinstance(text, str))
    return failure(text_of(body, "error"), *prompts, status=status_of(body))


def _progress(logs: object) -> int | None:
    """Read the last percentage of a progress bar; anything else is no progress, and no error."""
    shown = _PERCENT.findall(logs) if isinstance(logs, str) else []
    return int(shown[-1]) if shown and int(shown[-1]) <= WHOLE else None


def predictions_in(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the predictions on one page of the list."""
    return [one for one in list_of(body, "results") if isinstance(one, Mapping)]


def cursor_in(body: Mapping[str, Any]) -> str | None:
    """Return the mark of the next page; the address around it is not used: it may be any host's."""
    following = body.get("next")
    if not isinstance(following, str):
        return None
    try:
        cursors = parse_qs(urlsplit(following).query).get("cursor", [])
    except ValueError:
        return None
    return cursors[0] if cursors and len(cursors[0]) <= LONGEST_CURSOR else None


def is_older(prediction: Mapping[str, Any], than: datetime) -> bool:
    """Return whether a prediction is surely older."""
    created = prediction.get("created_at")
    try:
        at = datetime.fromisoformat(created) if isinstance(created, str) else than
    except ValueError:
        return False
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) < than
