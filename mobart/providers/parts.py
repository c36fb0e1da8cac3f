"""What came of a picture whose answer breaks off: a part of it is paid for, and no second answer is to be had."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic_core import from_json

from mobart.core.domain import Picture, Purchase
from mobart.core.errors import InDoubt, Rejected
from mobart.core.picture_kinds import kind_of
from mobart.providers.fields import LEAST
from mobart.providers.http import Answer
from mobart.providers.outcomes import is_success

Found = TypeVar("Found", Purchase | Picture, bytes | Picture)


def part_of(answer: Answer, read: Callable[[Mapping[str, Any]], Found]) -> Found | None:
    """Return what *read* finds in the JSON as far as it came; None without the begin of a picture.

    An address that is cut off leads elsewhere, and what else such an answer says proves nothing.
    """
    if not is_success(answer):
        return None
    try:
        body = from_json(answer.body, allow_inf_nan=False, allow_partial="trailing-strings")
        found: Any = read(body) if isinstance(body, dict) else None
    except (ValueError, InDoubt, Rejected):
        return None
    raw = found.raw if isinstance(found, Purchase) else found
    begun = isinstance(raw, bytes) and kind_of(raw) is not None and len(raw) >= LEAST
    return found if begun else None
