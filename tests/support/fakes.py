"""Doubles of ports whose calls a test looks at."""

import hashlib
from dataclasses import dataclass, field, replace

from mobart.core.domain import GenerationRequest, Rendering
from mobart.core.errors import Code, Rejected, Unavailable


@dataclass(slots=True)
class Progress:
    """An `Announcer` that remembers."""

    told: list[tuple[str, str, int]] = field(default_factory=list)

    async def progress(self, request: GenerationRequest, stage: str, percent: int) -> None:
        """See `Announcer`."""
        self.told.append((request.request_id, stage, percent))


@dataclass(slots=True)
class InstantStudio:
    """A `Renderer` that returns what it is given, called a picture."""

    rendered: list[bytes] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """What each picture is called where its sidecar names it."""
    failures: list[Rejected] = field(default_factory=list)
    """Raised first, one a picture."""
    variants: int = 0
    """How many pictures come with each."""
    incomplete: bool = False
    """Whether a part of each is missing."""
    trouble: str = ""
    """Why none can be processed."""
    checks: int = 0

    async def check(self) -> None:
        """See `Renderer`."""
        self.checks += 1
        if self.trouble:
            raise Unavailable(Code.PROCESSING_FAILED, "It fails.", detail=self.trouble)

    async def render(self, raw: bytes, recipe: object) -> Rendering:
        """See `Renderer`."""
        if self.incomplete and not getattr(recipe, "partial", False):
            raise Rejected(Code.IMAGE_INVALID, "A part is missing.")
        if self.failures:
            raise self.failures.pop(0)
        self.rendered.append(raw)
        self.names.append(getattr(recipe, "image", ""))
        others = tuple(rendering_of(b"%d" % number) for number in range(self.variants))
        return replace(rendering_of(raw), variants=others, art={"grid": "none"})


def rendering_of(png: bytes) -> Rendering:
    """Return a picture that consists of *png*."""
    return Rendering(png, width=8, height=8, sha256=hashlib.sha256(png).hexdigest())
