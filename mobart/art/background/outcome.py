"""What became of the wish to cut a subject out of its ground."""

from dataclasses import dataclass
from typing import Literal

from mobart.art.files.decode import Pixels

Outcome = Literal["cut", "kept"]
Reason = Literal["plain", "checker", "outline", "alpha", "scene", "vanished"]
"""Why the ground was cut or kept.

Cut: `plain` is a ground of one colour or a smooth gradient, `checker` a painted checker, `outline`
a ground of the subject's own colour, cut along the subject's closed outline.
Kept: `alpha` is a picture that came with transparency of its own, `scene` one whose border shows no
plain ground, `vanished` one of which nothing would have been left.
"""


@dataclass(frozen=True, slots=True)
class CutOut:
    """A picture after the cut-out step: its pixels, whether they were cut, and why or why not."""

    pixels: Pixels
    outcome: Outcome
    reason: Reason
    shadow: bool = False
    """Whether a cast shadow was found and treated as asked; never so for `keep`."""
    opened: bool = False
    """Whether ground that the subject encloses was looked for and made transparent where it was found."""
