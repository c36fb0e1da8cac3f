"""Writes pages from the templates beside this module; everything in them is escaped."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mobart.web.page import words
from mobart.web.page.charts import number

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent


@cache
def environment() -> "Environment":
    """Return the templates, read once."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - a worker at which nobody looks does without

    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "ago": _ago,
        "clock": words.clock_time,
        "duration": words.duration,
        "figure": number,
        "iso": _iso,
        "usd": words.usd,
        "urlpart": lambda text: quote(str(text), safe=""),
    }
    return made


def write(template: str, values: Mapping[str, Any]) -> str:
    """Return the page."""
    return environment().get_template(template).render(values)


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _ago(at: float) -> str:
    return f"{words.duration(time.time() - at)} ago"
