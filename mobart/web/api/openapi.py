"""The OpenAPI document of the API, made from its table of calls."""

import re
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from mobart import __version__
from mobart.core.operations import ACTIONS, Action
from mobart.web.api.endpoints import ENDPOINTS, Endpoint
from mobart.web.api.shapes import ErrorShape

REFERENCE = "#/components/schemas/{model}"
ABOUT = (
    "What the status page shows and does, for programs. Reading needs the token only where one is"
    " set; changing something always does: `Authorization: Bearer <MOBART_UI_TOKEN>`."
)
ERRORS = {
    "401": "A token is needed.",
    "403": "Nothing can be changed here, or the page is closed.",
    "404": "There is no such request, or it is forgotten.",
    "409": "Not possible as the request stands.",
    "422": "A field, or a parameter of the address, is missing or makes no sense.",
    "503": "Redis, S3 or a provider does not answer.",
}
NOT_BLANK = r"\S"
"""Pattern of a field that must be given."""


@cache
def document() -> dict[str, Any]:
    """Return the document, of OpenAPI 3.1."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for one in ENDPOINTS:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas)
    _schema(ErrorShape, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Mobart", "version": __version__, "description": ABOUT},
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(one: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": str(one.action).replace("-", "_") if one.action else f"get_{one.name}",
        "summary": one.about,
        "parameters": [
            *(_parameter(name, "path", {"type": "string"}) for name in _names_in(one.path)),
            *(_parameter(name, "query", schema) for name, schema in one.query.items()),
        ],
        "responses": {"200": _content("Done.", _schema(one.answer, schemas)), **_errors()},
    }
    if one.action is not None and ACTIONS[one.action].fields:
        told["requestBody"] = {"required": True, **_content(None, _body(one.action))}
    return told


def _body(action: Action) -> dict[str, Any]:
    fields = ACTIONS[action].fields
    needed = [name for name, about in fields.items() if not about.startswith("Optional")]
    return {
        "type": "object",
        "properties": {
            name: {
                "type": "string",
                "description": about,
                **({"pattern": NOT_BLANK} if name in needed else {}),
            }
            for name, about in fields.items()
        },
        "required": needed,
        "additionalProperties": {"type": "string"},
    }


def _parameter(name: str, place: str, schema: dict[str, Any]) -> dict[str, Any]:
    if "enum" in schema:  # an empty one counts as not given, as a form sends it
        schema = schema | {"enum": [*schema["enum"], ""]}
    given = {"required": True} if place == "path" else {"allowEmptyValue": True}
    return {"name": name, "in": place, **given, "schema": schema}


def _errors() -> dict[str, Any]:
    error = {"$ref": REFERENCE.format(model=ErrorShape.__name__)}
    return {status: _content(about, error) for status, about in ERRORS.items()}


def _content(about: str | None, schema: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"content": {"application/json": {"schema": schema}}}
    return told if about is None else {"description": about, **told}


def _schema(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an answer; those of its parts go into *schemas*."""
    made = TypeAdapter(kind).json_schema(ref_template=REFERENCE)
    schemas.update(made.pop("$defs", {}))
    if made.get("type") == "object" and "title" in made:
        schemas[made["title"]] = made
        return {"$ref": REFERENCE.format(model=made["title"])}
    return made


def _names_in(path: str) -> list[str]:
    return re.findall(r"{(\w+)}", path)
