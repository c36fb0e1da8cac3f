"""How a preset asks for pictures, so that the game's prompt stays plain.

The `[prompt]` table of a preset's file: words around the player's prompt, what must not be seen, the
aspect ratio, which providers to ask, and for each provider its own words (`[prompt.openai]`).
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TEXTS = ("before", "after", "negative")
LONGEST_TEXT = 500
ASPECT_RATIO = re.compile(r"^([1-9]\d{0,2}:[1-9]\d{0,2})?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One preset's way of asking; the default adds nothing."""

    before: str = ""
    after: str = ""
    negative: str = ""
    aspect_ratio: str = ""
    providers: tuple[str, ...] = ()
    """Names of the providers to ask, in order; none: all that the worker has."""
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The values for one provider alone, by its name."""


PLAIN = Template()


def load_templates(*folders: Path, providers: Collection[str]) -> Mapping[str, Template]:
    """Return the templates in the presets of *folders* by name; later ones replace earlier ones.

    *providers* are the names that may stand in them.

    Raises:
        ValueError: a table has an unknown key or a value that is not allowed.
    """
    found: dict[str, Template] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            table = tomllib.loads(path.read_text("utf-8")).get("prompt", {})
            found[path.stem] = read_template(table, path.stem, providers=providers)
    return found


def read_template(table: object, name: str, *, providers: Collection[str]) -> Template:
    """Read the `[prompt]` *table* of the preset *name*.  Raises ValueError."""
    if not isinstance(table, dict):
        raise ValueError(f"preset {name}: prompt is no table")  # noqa: TRY004 - it is a value in a file
    own = {key: value for key, value in table.items() if key in providers}
    rest = {key: value for key, value in table.items() if key not in providers}
    if problems := [*_problems(rest, providers), *_strangers(own)]:
        raise ValueError(f"preset {name}: {'; '.join(problems)}")
    rest["providers"] = tuple(rest.get("providers", ()))
    return Template(**rest, parameters=own)


def _problems(table: Mapping[str, Any], providers: Collection[str]) -> list[str]:
    known = (*TEXTS, "aspect_ratio", "providers")
    found = [
        f"prompt.{key} is none of {', '.join((*known, *providers))}"
        for key in table
        if key not in known
    ]
    found += [
        f"prompt.{key} is no text of up to {LONGEST_TEXT} characters"
        for key in TEXTS
        if not isinstance(table.get(key, ""), str) or len(table.get(key, "")) > LONGEST_TEXT
    ]
    ratio, wished = table.get("aspect_ratio", ""), table.get("providers", [])
    if not isinstance(ratio, str) or not ASPECT_RATIO.match(ratio):
        found.append("prompt.aspect_ratio is no ratio like 3:2")
    if not isinstance(wished, list) or not set(map(str, wished)) <= set(providers):
        found.append(f"prompt.providers is no list of: {', '.join(providers)}")
    return found


def _strangers(own: Mapping[str, Any]) -> list[str]:
    return [f"prompt.{name} is no table" for name, value in own.items() if type(value) is not dict]
