"""Changed copies of frozen values."""

from typing import TypeVar

T = TypeVar("T")


def changed(value: T, **changes: object) -> T:
    """Return a copy of *value*, a frozen dataclass with slots, in which *changes* are made.

    As `dataclasses.replace`, which looks up the fields anew each time and takes twice as long: a job has
    a dozen such steps.  Raises TypeError for a field that there is not.
    """
    kind = type(value)
    names: tuple[str, ...] = kind.__slots__  # type: ignore[attr-defined]  # dataclasses make it
    copy = object.__new__(kind)
    for name in names:
        object.__setattr__(
            copy, name, changes.pop(name) if name in changes else getattr(value, name)
        )
    if changes:
        raise TypeError(f"{kind.__name__} has no {', '.join(changes)}")
    return copy
