"""What a provider is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted of a picture, for providers that can make it so; sizes are in true pixels."""

    native: tuple[int, int] | None = None
    """Its width and height, where they are known."""
    longest: int = 0
    """Its longest side, where only that is known; 0: neither is."""
    palette: bytes = b""
    """Its only colours, three bytes each (RGB); none: any colours."""
    seamless: bool = False
    """Whether it is a texture that repeats."""
    cutout: bool = False
    """Whether its ground is to be transparent."""


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture that the new one shall go by, such as an earlier one of the same character."""

    address: str = field(repr=False)
    """Where a provider can fetch it; good for some time only, if it is signed."""
    png: bytes = field(repr=False)
    """The picture itself, decoded and encoded anew."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a provider is asked for: a request's prompt as it may be submitted, and how to make it.

    *parameters* are the preset's values for this provider alone (`model`, `size`, ...).
    """

    request_id: str
    user_id: str
    prompt: str = field(repr=False)
    negative: str = field(default="", repr=False)
    """Words for what must not be in the picture."""
    aspect_ratio: str = ""
    """Like `3:2`; empty for the provider's default."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    wishes: Wishes = NO_WISHES
    reference: Reference | None = None
