"""Cleans a player's prompt, or rejects it.

One prompt can order forty pictures (`--repeat`, `{a, b}`), a more expensive speed, a video, or a fetch from
an address inside the operator's network.  So a prompt is text only: unless the operator says
otherwise it carries no parameter, and never one that changes what a picture costs.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from mobart.core.errors import Code, Rejected
from mobart.prompts import parameters

Treatment = Literal["strip", "reject", "allow"]
PASSES = 8
"""Removing text can create new parameters, so cleaning repeats until nothing changes; most
prompts that are no plain prose need two passes."""
EMPTY = "Nothing is left of the prompt."
ADDRESS = "The prompt must not contain addresses."
FLAG = "The prompt must not contain parameters."
TANGLED = "The prompt cannot be read."

FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Invisible without being of category Cf."""
JOINERS = frozenset("\u200c\u200d")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SUSPECT = re.compile(
    rf"[{''.join(sorted(FILLERS))}\ufe00-\ufe0f\U000e0100-\U000e01ef]|[{parameters.DASHES}][^\0-\x7f]"
)
"""What is printable and may be invisible all the same, or a mark upon a dash."""
_LETTERS = (
    "A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u0131\u0134-\u013e\u0141-\u0148\u014a-\u017e"
    "\u0410-\u044f\u0401\u0451\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3"
)
_PROSE = re.compile(
    rf" *+(?:[{_LETTERS}]++(?:-(?=[{_LETTERS}])|:(?= )|[.!?]++(?!\w))?+|[ ,;!?'\"()]++)*+"
)
"""What no rule changes, but for double spaces: words that are joined and separated as in any text."""
_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]* ?: ?[/\\]{2}"  # a scheme
    r"|\b(?:file|javascript|vbscript|about|blob):\S"
    r"|\bdata:[a-z]+/"
    r"|(?<!\S)[/\\]{2}[\w-]+(?:\.[\w-]+)+"
    r"|\bwww\.[\w-]+\.",
    re.IGNORECASE,
)
_PART_OF_ADDRESS = re.compile(r"[:/\\]|www", re.IGNORECASE)
"""Without one of these there is no address, and looking for them is much cheaper."""
_COMMAND = re.compile(r"^(?:/imagine\b *(?:prompt\b)? *:? *)+", re.IGNORECASE)
_MENTION = re.compile(r"<(?:@[!&]?|#)\d*>|(?<![\w.])@+\w+")
_WEIGHT = re.compile(r":{2,} *([+-]?\d*\.?\d+)?")
_FIT_WEIGHT = re.compile(r":: ?(?P<number>-?(?:\d{1,4}(?:\.\d{1,3})?|\.\d{1,3}))?(?=[ ,]|$)")


@dataclass(frozen=True, slots=True)
class PromptRules:
    """How prompts are read; *max_chars* is for what the provider gets."""

    treatment: Treatment = "strip"
    max_chars: int = 2000

    def clean(self, prompt: str) -> str:
        """Return what is submitted for *prompt*; cleaning that again changes nothing.

        Raises:
            Rejected: it holds an address, or a parameter where those are refused, or nothing
                else, or is too long.
        """
        if self.is_harmless(prompt):
            return _spaced(prompt)
        text = self.settle(prompt)
        if not any(map(_is_content, parameters.split(text)[0])):
            raise _no(EMPTY)
        if len(text) > self.max_chars:
            sentence = f"The prompt is longer than {self.max_chars} characters."
            raise _no(sentence)
        return text

    def is_harmless(self, prompt: str) -> bool:
        """Whether *prompt* is such plain prose that `clean` cannot reject it; seldom wrong, and cheap."""
        short = len(prompt) <= self.max_chars
        return short and bool(_PROSE.fullmatch(prompt)) and any(map(str.isalnum, prompt))

    def settle(self, text: str) -> str:
        """Return what the rules leave of *text*, which may be nothing.  Raises like `clean`."""
        for _ in range(PASSES):
            known, text = text, self._pass(text)
            if text == known:
                return text
        raise _no(TANGLED)

    def _pass(self, prompt: str) -> str:
        plain = normalised(prompt)
        text = _undecorated(plain)
        if _holds_address(plain) or _holds_address(text):
            raise _no(ADDRESS)
        text, found = parameters.split(text)
        if found and self.treatment == "reject":
            raise _no(FLAG, Code.PROMPT_FLAG_NOT_ALLOWED)
        kept = {flag.name: flag for flag in found if flag.harmless}
        behind = map(str, kept.values()) if self.treatment == "allow" else ()
        return _spaced(" ".join((_weighed(text), *behind)))


def _holds_address(text: str) -> bool:
    return _PART_OF_ADDRESS.search(text) is not None and _ADDRESS.search(text) is not None


def _no(sentence: str, code: Code = Code.PROMPT_REJECTED) -> Rejected:
    return Rejected(code, sentence, reason="prompt")


def normalised(text: str) -> str:
    """Return *text* in NFKC, on one line, without what cannot be seen."""
    kept = list[str]()
    text = unicodedata.normalize("NFKC", text)
    marked = unicodedata.category(text[:1] or " ")[0] == "M"
    if text.isprintable() and not marked and not _SUSPECT.search(text):
        return _spaced(text)  # nearly always, and much cheaper
    for char, after in zip(text, f"{text[1:]} ", strict=False):
        if char.isspace():
            kept.append(" ")
        elif _is_visible(char, before=kept[-1] if kept else "", after=after):
            kept.append(char)
    return _spaced(unicodedata.normalize("NFKC", "".join(kept)))


def _is_visible(char: str, *, before: str, after: str) -> bool:
    """Tell what carries meaning; invisible joints do within emoji and scripts that join letters."""
    category = unicodedata.category(char)
    if char in JOINERS:
        return _is_joined(before) and _is_joined(after)
    if _SELECTORS.match(char):
        return _is_joined(before)
    if category in {"Mn", "Me", "Mc"} and before in parameters.DASHES:
        return False
    return category not in {"Cc", "Cf", "Cs"} and char not in FILLERS


def _is_joined(char: str) -> bool:
    letters = {"Lo", "Mn", "Mc", "So", "Sk"}
    return bool(char) and not char.isascii() and unicodedata.category(char) in letters


def _undecorated(text: str) -> str:
    """Take out what belongs to a chat and not to a picture, and what spans several pictures."""
    text = re.sub(r"\\+(?=[^\w\s]|$)", "", text)
    text = text.replace("`", " ").replace("{", "(").replace("}", ")")
    return _MENTION.sub(" ", _COMMAND.sub("", _spaced(text)))


def _weighed(text: str) -> str:
    """Keep the weights of a prompt's parts if they are numbers with a positive sum."""
    marks = list(re.finditer(r":{2,}", text))
    fit = [_FIT_WEIGHT.match(text, mark.start()) for mark in marks]
    weights = [float(one["number"] or 1) for one in fit if one is not None]
    tail = 1.0 if marks and text[marks[-1].end() :].strip(" 0123456789.-") else 0.0
    if len(weights) == len(marks) and (not marks or sum(weights) + tail > 0):
        return text
    return _WEIGHT.sub(": ", text)


def _spaced(text: str) -> str:
    return re.sub(r" {2,}", " ", text).strip(" ")


def _is_content(char: str) -> bool:
    return unicodedata.category(char)[0] in "LN" or unicodedata.category(char) == "So"
