"""The wire contract as documents: a JSON Schema for each message, and one AsyncAPI document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from mobart.core.messages import MESSAGES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VERSION = "1.3.0"
"""Of the contract: a field more raises the middle number, anything else the first."""


@dataclass(frozen=True, slots=True)
class Direction:
    """A channel or stream, the messages on it, and what Mobart does there."""

    address: str
    action: str
    """`receive` or `send`, as Mobart sees it."""
    messages: tuple[str, ...]
    about: str


def directions(
    *, requests: str, complete: str, progress: str, cancel: str, namespace: str
) -> Mapping[str, Direction]:
    """Return where messages go, by name; the arguments are the settings of those channels."""
    stream, outcomes = f"{{{namespace}}}:requests", f"{{{namespace}}}:completions"
    ends = ("completed", "failed")
    return {
        "requests": Direction(
            requests, "receive", ("request",), "PUBLISH: heard by the workers that listen"
        ),
        "requestsStream": Direction(
            stream, "receive", ("request",), "XADD, field `request`: waits for a worker"
        ),
        "cancel": Direction(cancel, "receive", ("cancellation",), "PUBLISH"),
        "complete": Direction(complete, "send", ends, "PUBLISH: each end of a request, once"),
        "completionsStream": Direction(
            outcomes, "send", ends, "Stream, field `completion`: the same, kept for a week"
        ),
        "progress": Direction(progress, "send", ("progress",), "PUBLISH, where it is switched on"),
    }


class _Published(GenerateJsonSchema):
    """Schemas that allow fields to be added, without a title that only repeats a field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's
        """Return False."""
        return False

    def model_schema(self, schema: Any) -> dict[str, Any]:
        """Leave out that there may be no other fields: a later version may add some."""
        told = super().model_schema(schema)
        told.pop("additionalProperties", None)
        return told


def schemas() -> Mapping[str, dict[str, Any]]:
    """Return the JSON Schema of each message, self-contained, by the message's name."""
    return {
        name: {
            "$schema": DIALECT,
            **model.model_json_schema(mode="validation", schema_generator=_Published),
        }
        for name, model in MESSAGES.items()
    }


def asyncapi(places: Mapping[str, Direction]) -> dict[str, Any]:
    """Return the AsyncAPI 3 document of *places*."""
    wanted = [(model, "validation") for model in MESSAGES.values()]
    _, shared = models_json_schema(
        wanted,  # type: ignore[arg-type]
        ref_template="#/components/schemas/{model}",
        schema_generator=_Published,
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Mobart",
            "version": VERSION,
            "description": "Requests for pictures in, finished game assets out, over Redis.",
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(place) for name, place in places.items()},
        "operations": {name: _operation(name, place) for name, place in places.items()},
        "components": {
            "messages": {
                name: {
                    "name": name,
                    "summary": model.__doc__,
                    "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
                }
                for name, model in MESSAGES.items()
            },
            "schemas": shared["$defs"],
        },
    }


def _channel(place: Direction) -> dict[str, Any]:
    return {
        "address": place.address.replace("{", "%7B").replace("}", "%7D"),
        "title": place.address,
        "description": place.about,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in place.messages},
        "bindings": {"redis": {}},
    }


def _operation(name: str, place: Direction) -> dict[str, Any]:
    return {
        "action": place.action,
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [
            {"$ref": f"#/channels/{name}/messages/{message}"} for message in place.messages
        ],
    }
