r"""The grammars of prompts: Midjourney's is in `parameters` and `rules`, the others are here.

Stable Diffusion's user interfaces (AUTOMATIC1111, Forge, ComfyUI) read a grammar of their own:

    (word) [word] (word:1.3)   more or less weight
    \( \) \[ \] \\             the characters themselves
    a AND b                    two prompts at once, at twice the cost
    <lora:name:1>              a file of the operator's
    {a|b}                      a choice, where an extension reads it

What changes only the picture stays; what costs, or reaches for files, goes.  All other providers read
plain words, in which Midjourney's weights (`cat::2`) would be drawn.
"""

import re
from dataclasses import replace

from mobart.core.errors import Rejected
from mobart.prompts.rules import PromptRules

HEAVIEST = 2.0
"""Above it pictures fall apart; a player's weight beyond it is dropped."""
ESCAPED = {"\\(": "\ue000", "\\)": "\ue001", "\\[": "\ue002", "\\]": "\ue003", "\\\\": "\ue004"}
"""Characters for private use that stand for escapes while the other rules are applied."""
_ESCAPE = re.compile(r"\\[()\[\]\\]")
_PRIVATE = re.compile("[\ue000-\ue004]")
_EXTRA = re.compile(r"<[^<>]*>")
_BRACKETS = re.compile(r"[<>{}]+")
_AND = re.compile(r"\bAND\b")
_EMPHASIS = re.compile(r"\(([^()]*?):\s*([+-]?\d*\.?\d+)\s*\)")
_PIXEL_ART = re.compile(
    r"\s*\b((in|as|a|an)\s+)*pixel[ -]?art(\s+(of|style))?\b\s*[,;]?\s*", re.IGNORECASE
)
_WEIGHT = re.compile(r"\s*:{2,}\s*[+-]?\d*\.?\d*\s*,?\s*")


def stable_diffusion(prompt: str, rules: PromptRules) -> str:
    """Return the part of a player's *prompt* that is sent to a Stable Diffusion interface.

    Raises:
        Rejected: as `PromptRules.clean`.
    """
    text = _PRIVATE.sub("", prompt)
    text = _ESCAPE.sub(lambda escape: ESCAPED[escape[0]], text)
    text = _EXTRA.sub(" ", text.replace("{", " ").replace("}", " "))
    clean = replace(rules, treatment="strip").clean(text)
    clean = _AND.sub("and", plain_words(clean))
    clean = _EMPHASIS.sub(_bounded, clean)
    for escape, private in ESCAPED.items():
        clean = clean.replace(private, escape)
    return clean


def stable_diffusion_or(prompt: str, rules: PromptRules, otherwise: str) -> str:
    """Return the same, or the words of *otherwise* where nothing would be left of it."""
    try:
        return stable_diffusion(prompt, rules)
    except Rejected:
        return _BRACKETS.sub(" ", otherwise).strip()


def plain_words(text: str) -> str:
    """Return *text* with a comma in the place of Midjourney's weights."""
    return _WEIGHT.sub(", ", text).strip(" ,") or text


def without_pixel_art(text: str) -> str:
    """Return the words of a preset without "pixel art", which some generators draw by themselves."""
    return _PIXEL_ART.sub(" ", text).strip(" ,;")


def _bounded(emphasis: re.Match[str]) -> str:
    """Drop a weight that is negative or too heavy; the emphasis stays."""
    return emphasis[0] if 0 <= float(emphasis[2]) <= HEAVIEST else f"({emphasis[1]})"
