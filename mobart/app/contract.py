"""The documents of the wire contract, with the default names of channels and keys."""

from typing import Any

from mobart.core.contract import asyncapi, directions, schemas
from mobart.settings import Settings


def documents() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each message, and the AsyncAPI document, by name."""
    defaults = Settings.model_fields
    places = directions(
        requests=defaults["mobart_requests_channel"].default,
        complete=defaults["mobart_complete_channel"].default,
        progress=defaults["mobart_progress_channel"].default,
        cancel=defaults["mobart_cancel_channel"].default,
        namespace=defaults["mobart_namespace"].default,
    )
    return {**schemas(), "asyncapi": asyncapi(places)}
