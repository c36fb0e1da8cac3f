"""The tables of docs/settings.md: every setting, from the model itself."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mobart.settings.model import GROUPS

FORMATS = {"uri": "http(s) address", "json": "JSON object", "password": "text, **secret**"}
KINDS = {"integer": "whole number", "number": "number", "boolean": "true or false"}


def tables() -> str:
    """Write a table for each group."""
    return "\n\n".join(f"## {title}\n\n{_table(group, title)}" for title, group in GROUPS.items())


def _table(group: type[BaseModel], title: str) -> str:
    schema = group.model_json_schema()["properties"]
    lines = ["| name | values | default | meaning |", "|---|---|---|---|"]
    for name, field in group.model_fields.items():
        meaning = (field.description or "").removesuffix(" (required)")
        cells = (f"`{name.upper()}`", values(schema[name]), _default(field, title), meaning)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def values(schema: Mapping[str, Any]) -> str:
    """Say what a setting may be, given the JSON Schema of its field."""
    one = schema.get("anyOf", [schema])[0]
    if choices := one.get("enum"):
        return ", ".join(f"`{choice}`" if choice else "empty" for choice in choices)
    kind = FORMATS.get(one.get("format", "")) or KINDS.get(one["type"], "text")
    return ", ".join([kind, *_limits(one)])


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    least, most = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        yield f"more than {schema['exclusiveMinimum']}"
    if least is not None and most is not None:
        yield f"{least:,} to {most:,}"
    elif least is not None:
        yield f"at least {least:,}"
    elif most is not None:
        yield f"at most {most:,}"
    if "minLength" in schema and schema["minLength"] > 1:
        yield f"at least {schema['minLength']} characters"
    if "maxLength" in schema:
        yield f"at most {schema['maxLength']:,} characters"
    if "pattern" in schema:
        yield f"like {_shapes(schema['pattern'])}"


def _shapes(pattern: str) -> str:
    """Show a pattern as code; one with alternatives as several, since a bar ends a cell."""
    whole = pattern.removeprefix("^").removesuffix("$")
    parts = whole[1:-1].split("|") if "|" in whole else [whole]
    return " or ".join(f"`{part}`" for part in parts)


def _default(field: FieldInfo, title: str) -> str:
    if field.is_required():
        return "**required**"
    if field.default in (None, ""):
        return f"required with {title}" if field.validate_default else ""
    shown = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    return f"`{shown}`"
