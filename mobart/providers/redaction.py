"""Keeping keys and prompts out of details."""

import re

LONGEST_DETAIL = 300
"""Characters."""
REDACTED = "[...]"
_WORD = re.compile(r"[^\W_]{4,}")
"""Words of a prompt that are worth hiding alone: shorter ones are in every sentence."""


def redact(text: str, *secrets: str) -> str:
    """Return *text* on one line, not too long, without any of *secrets* in any case of letters.

    Of a secret of several words, which is a prompt, each longer word is left out as well: providers
    quote prompts in parts, translated to small letters, or with other spaces.
    """
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = re.sub(re.escape(secret), REDACTED, text, flags=re.IGNORECASE)
        if " " in secret.strip():
            words = {word.casefold() for word in _WORD.findall(secret)}
            text = _WORD.sub(lambda word: _hidden(word[0], words), text)  # noqa: B023 - used at once
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= LONGEST_DETAIL else line[:LONGEST_DETAIL] + "..."


def unquoted(text: str, *prompts: str) -> str:
    """Return *text* without what it quotes of *prompts* as a whole: their words are not the speaker's."""
    for prompt in filter(_is_sentence, prompts):
        text = re.sub(re.escape(prompt), REDACTED, text, flags=re.IGNORECASE)
    return text


def _is_sentence(prompt: str) -> bool:
    """Return whether it is more than a word, which may well be the speaker's own."""
    return " " in prompt.strip()


def _hidden(word: str, secret: set[str]) -> str:
    return REDACTED if word.casefold() in secret else word
