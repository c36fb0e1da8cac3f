"""The operator's own list of words that no prompt may hold, found in disguise too.

Only whole words count, so that Scunthorpe can be drawn; a form that is not listed is not found.
Where a language is written without spaces, a run of letters is one word.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from mobart.core.errors import Code, Rejected
from mobart.prompts.rules import normalised

NOT_ALLOWED = "The prompt contains words that are not allowed."
LOOK_ALIKES = str.maketrans(
    "АВСЕНІЈКМОРЅТУХѴԌԚԜ" "авсԁеԍнһіјкӏмпорԛгѕтѵшԝхуү"  # Cyrillic
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϺ" "αβγεηικνορϲστυχω"  # Greek
    "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ" "ɑɡıɩøđłħƒ",  # Latin
    "ABCEHIJKMOPSTYXVGQW" "abcdeghhijklmnopqrstvwwxyy"
    "ABEZHIKMNOPTYXCM" "abyenikvopcotuxw"
    "abcdefghijklmnoprstuvwyz" "agiiodlhf",
)  # fmt: skip
"""Letters of other scripts that look like a Latin one; applied before and after case folding."""
LEET = str.maketrans("03456789@$€+", "oeasgtbgaset")
STROKES = "1!|"
"""What stands for an i as well as for an l."""
READINGS = tuple(LEET | str.maketrans(STROKES, letter * len(STROKES)) for letter in "il")

_WORD = re.compile(r"[^\W_]+")
_LEET_WORD = re.compile(r"(?:[^\W_]|[@$€+]|[!|](?=[^\W_]))+")
_SPELLED = re.compile(r"(?<![^\W_])[^\W_]([\W_]{1,3})[^\W_](?:\1[^\W_])+(?![^\W_])")
"""Three or more letters that stand alone, with the same between them: b-a-d."""


@dataclass(frozen=True, slots=True)
class Blocklist:
    """Words and phrases, each as a row of words."""

    phrases: frozenset[tuple[str, ...]] = frozenset()

    @classmethod
    def read(cls, text: str) -> "Blocklist":
        """Read a list: one word or phrase a line, comments behind #.

        Raises:
            ValueError: a line holds no word; the list would do less than it seems to.
        """
        phrases = set[tuple[str, ...]]()
        for number, line in enumerate(text.splitlines(), start=1):
            entry = line.partition("#")[0].strip()
            found = {tuple(_WORD.findall(text)) for text in _scripts(entry)} if entry else set()
            if () in found:
                raise ValueError(f"line {number} holds no word")
            phrases |= found
        return cls(frozenset(phrases))

    def check(self, prompt: str) -> None:
        """Raise Rejected if *prompt* holds a word of the list."""
        if self.blocks(prompt):
            raise Rejected(Code.MODERATION_BLOCKED, NOT_ALLOWED, reason="words")

    def blocks(self, prompt: str) -> bool:
        """Whether *prompt* holds a word of the list, in disguise or not."""
        if not self.phrases:
            return False
        lengths = {len(phrase) for phrase in self.phrases}
        return any(
            not self.phrases.isdisjoint(
                zip(*(words[skip:] for skip in range(length)), strict=False)
            )
            for words in _readings(prompt)
            for length in lengths
        )


def _scripts(text: str) -> set[str]:
    """Return *text* in small letters without accents, as it is and as if it were all Latin."""
    parts = unicodedata.normalize("NFKD", normalised(text))
    bare = "".join(char for char in parts if not unicodedata.combining(char))
    latin = bare.translate(LOOK_ALIKES).casefold().translate(LOOK_ALIKES)
    return {bare.casefold(), latin}


def _readings(prompt: str) -> Iterator[list[str]]:
    """Yield the words of a prompt, once for each way to read it."""
    texts = _scripts(prompt)
    for text in texts | {_SPELLED.sub(_joined, text) for text in texts}:
        yield _WORD.findall(text)
        words = _LEET_WORD.findall(text)
        for letters in READINGS:
            yield [_unmasked(word, letters) for word in words]


def _joined(spelled: re.Match[str]) -> str:
    """Write a spelled word as one; the first letter may be a word of its own: "a b a d"."""
    word = "".join(_WORD.findall(spelled[0]))
    return f"{word} {word[1:]}"


def _unmasked(word: str, letters: dict[int, int]) -> str:
    """Read digits and signs as *letters* in a word that has some; a number stays a number."""
    return word.translate(letters) if any(map(str.isalpha, word)) else word
