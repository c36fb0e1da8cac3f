"""Keeping keys and prompts out of details."""

import re

LONGEST_DETAIL = 300
BLACKED_OUT = "[...]"


def redact(text: str, *secrets: str) -> str:
    """Return *text* on one line, not too long, without any of *secrets* in any case of letters."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = re.sub(re.escape(secret), BLACKED_OUT, text, flags=re.IGNORECASE)
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= LONGEST_DETAIL else line[:LONGEST_DETAIL] + "..."
