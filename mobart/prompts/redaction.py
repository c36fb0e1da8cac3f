"""Keeps players' prompts out of logs: what is logged during a job is cleared of that job's prompt.

Providers quote prompts in their errors, in part or whole, in another case, between other marks, as
JSON or in an address.  So what counts is a run of words of the prompt, whatever stands between them.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cached_property
from typing import Any

HIDDEN = "[prompt]"
RUN = 3
"""Words in a row that are hidden; fewer are, if they are the whole prompt."""
IDS = frozenset({"request_id", "user_id", "event", "level", "timestamp"})
"""Texts that are left alone: the backend's own, and the log's."""
OWN = frozenset({"stage", "outcome", "code", "provider", "size"})
"""Texts that are the program's own words, whatever a prompt says: they stay as well."""
LEFT_ALONE = IDS | OWN
_WORD = re.compile(r"%[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[nrt]|[^\W_]+")


class _Prompt:
    """A prompt whose words are looked at once, if at all, and forgotten with its job."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def words(self) -> frozenset[str]:
        """All its words."""
        return frozenset(word[0].casefold() for word in _words(self._text))

    @cached_property
    def runs(self) -> frozenset[tuple[str, ...]]:
        """Every run of words that is to be hidden, all of one length."""
        words = [word[0].casefold() for word in _words(self._text)]
        size = min(RUN, len(words))
        return frozenset(
            tuple(words[at : at + size]) for at in range(len(words) - size + 1) if size
        )


_prompt: ContextVar[_Prompt] = ContextVar("prompt", default=_Prompt(""))  # noqa: B039 - it never changes


class hidden:  # noqa: N801 - reads as what it does
    """Have `redact` and `redact_values` hide *prompt* while inside, in tasks begun here too."""

    __slots__ = ("_prompt", "_token")

    def __init__(self, prompt: str) -> None:
        """Take what is to be hidden."""
        self._prompt = _Prompt(prompt)

    def __enter__(self) -> None:
        """Go inside."""
        self._token = _prompt.set(self._prompt)

    def __exit__(self, *_: object) -> None:
        """Go out again."""
        _prompt.reset(self._token)


def redact(text: str) -> str:
    """Return *text* without the words of the prompt of this context."""
    runs = _prompt.get().runs
    if not runs:
        return text
    size = len(next(iter(runs)))
    if size > 1 and text.isalnum():
        return text  # a single word
    found = _words(text)
    plain = [word[0].casefold() for word in found]
    starts = [at for at in range(len(plain) - size + 1) if tuple(plain[at : at + size]) in runs]
    parts, done = list[str](), 0
    for first, last in _joined([(at, at + size - 1) for at in starts]):
        parts += [text[done : found[first].start()], HIDDEN]
        done = found[last].end()
    return "".join((*parts, text[done:]))


def redact_values(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return *facts* with every text redacted but ids, which are the backend's, and our own words."""
    return {
        name: redact(value) if isinstance(value, str) and name not in LEFT_ALONE else value
        for name, value in facts.items()
    }


def may_quote(text: str) -> bool:
    """Tell whether *text* has a word of the prompt; else there is nothing to hide, in no part of it."""
    return not _prompt.get().words.isdisjoint(map(str.casefold, _WORD.findall(text)))


def _words(text: str) -> list[re.Match[str]]:
    """Return the words of *text*; escaped characters are none."""
    return [word for word in _WORD.finditer(text) if word[0][0] not in "%\\"]


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans of words that touch or overlap."""
    joined = list[tuple[int, int]]()
    for first, last in spans:
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined
