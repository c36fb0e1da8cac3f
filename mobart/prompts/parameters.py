"""Finds Midjourney's parameters in prompts, and distinguishes them from prose.

The table is the union of what Midjourney and those who resell it understand.  A parameter is
`--name value`, in any case, also glued to the word before it.  Midjourney takes an em dash for two
hyphens, and some resellers allow a space behind the dashes, so every dash is looked at.

Prose has dashes too.  What only looks like a parameter loses its dash and keeps its words.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

HYPHENS = "-\u2010"
"""What joins words: alone it is a parameter's dash only before a word of its own, with a value."""
DASHES = HYPHENS + (
    "\u058a\u05be\u1400\u1806\u2011\u2012\u2013\u2014\u2015\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e5d"
    "\u301c\u3030\u30a0\ufe31\ufe32\ufe58\ufe63\uff0d\U00010d6e\U00010ead\u2212"
)
"""Unicode's category Pd, and the minus sign."""


class Kind(Enum):
    """What follows the name of a parameter."""

    FLAG = ""
    NUMBER = r"[ =:]*(?:\([^()]*\)|[+-]?\.?\d[\w.:/]*)"
    WORD = r"[ =:]*(?:\([^()]*\)|[^\W_][\w.:]*)"
    CODES = r"(?:[ =:]*(?:\d[\w:.]*|random\b))+"
    WORDS = rf"(?:(?! *(?:[{DASHES}]{{2}}|[{DASHES[2:]}])| [{DASHES}]).)*"


PARAMETERS: Mapping[str, Kind] = {
    **dict.fromkeys(
        (
            *("turbo", "fast", "relax", "draft", "stealth", "public", "tile", "video", "loop"),
            *("hd", "raw", "test", "testp", "creative", "beta", "hq", "vibe", "upbeta", "upanime"),
            "uplight",
        ),
        Kind.FLAG,
    ),
    **dict.fromkeys(
        (
            *("repeat", "r", "bs", "version", "v", "niji", "quality", "q", "stylize", "s"),
            *("chaos", "c", "weird", "w", "seed", "sameseed", "stop", "aspect", "ar", "iw"),
            *("cw", "sw", "ow", "sv", "exp"),
        ),
        Kind.NUMBER,
    ),
    **dict.fromkeys(("style", "profile", "personalize", "p", "motion", "end"), Kind.WORD),
    **dict.fromkeys(("sref", "cref", "oref", "dref", "image", "edit"), Kind.CODES),
    "no": Kind.WORDS,
}
SHORT = {"aspect": "ar", "stylize": "s", "chaos": "c", "weird": "w", "quality": "q"}


def _between(least: float, most: float) -> Callable[[str], bool]:
    number = re.compile(r"\d{1,10}(?:\.\d{1,4})?")
    return lambda value: bool(number.fullmatch(value)) and least <= float(value) <= most


def _is_ratio(value: str) -> bool:
    return bool(re.fullmatch(r"[1-9]\d?:[1-9]\d?", value))


HARMLESS: Mapping[str, Callable[[str], bool]] = {
    "ar": _is_ratio,
    "c": _between(0, 100),
    "iw": _between(0, 3),
    "no": bool,
    "q": _between(0.25, 1),
    "s": _between(0, 1000),
    "seed": _between(0, 4_294_967_295),
    "style": lambda value: value.casefold() == "raw",
    "tile": lambda value: not value,
    "w": _between(0, 3000),
}
"""Parameters that change neither cost, speed, version nor visibility, and the values they may have."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One parameter; *name* in lower case and, where there is one, in its short form."""

    name: str
    value: str

    @property
    def harmless(self) -> bool:
        """Whether it may be forwarded."""
        return self.name in HARMLESS and HARMLESS[self.name](self.value)

    def __str__(self) -> str:
        """Write it as Midjourney reads it."""
        return f"--{self.name} {self.value}".rstrip()


_RUN = re.compile(rf"(?P<dashes>[{DASHES}]+)(?P<gap> *)(?P<name>[A-Za-z]*)")
_AT_END = re.compile(rf"[ .,;!?)]*(?:[{DASHES}]|$)")
_NO_DASH = "\0"
"""Where a dash was taken out of prose; a comma does its work."""


def split(text: str) -> tuple[str, list[Flag]]:
    """Return *text*, its spaces single and free of control characters, without its parameters."""
    pieces, flags, at = list[str](), list[Flag](), 0
    while run := _RUN.search(text, at):
        pieces.append(text[at : run.start()])
        piece, flag, at = _read(text, run)
        pieces.append(piece)
        flags += [] if flag is None else [flag]
    prose = "".join((*pieces, text[at:]))
    prose = re.sub(rf"(^|[(])[ ,;]*{_NO_DASH}[ ,;{_NO_DASH}]*", r"\1", prose)
    prose = re.sub(rf"[ ,;]*{_NO_DASH}[ ,;{_NO_DASH}]*($|[).!?])", r"\1", prose)
    return re.sub(rf"[ ,;]*{_NO_DASH}[ ,;{_NO_DASH}]*", ", ", prose), flags


def _read(text: str, run: re.Match[str]) -> tuple[str, Flag | None, int]:
    """Judge one run of dashes: what replaces it, the parameter it begins, where to read on."""
    name = run["name"].lower()
    double = len(run["dashes"]) > 1
    if not double and text[run.end() : run.end() + 1].isalnum():
        name = ""  # a longer word that only begins with these letters
    kind = PARAMETERS.get(name)
    value = re.compile((kind or Kind.NUMBER).value).match(text, run.end())
    end = value.end() if value else run.end()
    if _is_meant(text, run, kind, text[run.end() : end]):
        return " ", Flag(SHORT.get(name, name), text[run.end() : end].strip(" =:")), end
    if double or (kind and run["dashes"] not in HYPHENS):
        return _NO_DASH + run["name"], None, run.end()
    if run["dashes"] in HYPHENS or run["gap"] or not run["name"] or _is_glued(text, run):
        return run[0], None, run.end()
    return f"{run['dashes']} {run['name']}", None, run.end()


def _is_meant(text: str, run: re.Match[str], kind: Kind | None, value: str) -> bool:
    """Tell a parameter from prose.

    `--name` by itself always is one.  Any other dash is, if name and value fit each other.
    """
    apart = not run["gap"] and not _is_glued(text, run)
    if len(run["dashes"]) > 1 and apart and run["name"]:
        return True
    if kind is None or (run["dashes"] in HYPHENS and not apart):
        return False
    if kind in {Kind.NUMBER, Kind.CODES}:
        return bool(value)
    if kind is Kind.FLAG:
        return not run["gap"] and bool(_AT_END.match(text, run.end()))
    if kind is Kind.WORDS:
        return apart and run["dashes"] not in HYPHENS
    return value.strip(" =:").casefold() == "raw"


def _is_glued(text: str, run: re.Match[str]) -> bool:
    return run.start() > 0 and text[run.start() - 1].isalnum()
