"""How the callbacks of one provider are authenticated and read."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallbackVerifier:
    """Judges the callbacks of one provider."""

    proves: Callable[[str, str], bool]
    """Whether a request id and the proof that a caller brought belong together."""
    reading: Callable[[object], str | None]
    """Return the provider's task id from a decoded JSON body; None if it holds none."""
    names_another: Callable[[str, object], bool]
    """Whether a decoded body repeats what another request than this one was submitted with."""
    verifies: Callable[[Mapping[str, str], bytes], Awaitable[bool]] | None = None
    """Where callbacks are signed: whether the signature in the headers is one of the raw body.

    Raises Unavailable where the keys to verify it by cannot be had now.
    """
