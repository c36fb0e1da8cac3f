"""Masks secrets in a line of the log, whatever wrote it."""

import json
import re
from collections.abc import Collection
from typing import Any

from structlog.typing import WrappedLogger

MASK = "****"
SECRET_SHAPES = (
    (("@",), re.compile(r"(://)[^\s/@\"']*:[^\s/@\"']*(?=@)")),
    (
        ("=",),
        re.compile(
            r"(?i)([?&](?:hm|code|sig|[a-z0-9_.-]*(?:signature|token|key|secret|passwd|password|auth))=)"
            r"[^&\s\"']+"
        ),
    ),
    (
        ("sk-", "whsec_", "AKIA", "ASIA"),
        re.compile(r"()\b(?:sk-|whsec_|AKIA|ASIA)[A-Za-z0-9/+_=-]{8,}"),
    ),
)
"""What looks like a secret, and what one of is in each such text; the first group is kept."""


class SecretMasks:
    """The last step before output: masks known secrets, and what looks like one."""

    def __init__(self, secrets: Collection[str]) -> None:
        """Take the known *secrets*; one as short as the mask is left alone."""
        known = {secret for secret in secrets if len(secret) > len(MASK)}
        known |= {json.dumps(secret)[1:-1] for secret in known}
        self._known = sorted(known, key=len, reverse=True)

    def __call__(self, _logger: WrappedLogger, _method: str, line: Any) -> str:
        """Return *line* without secrets; a structlog processor."""
        return self.mask(str(line))

    def mask(self, text: str) -> str:
        """Return *text* without secrets."""
        for secret in self._known:
            text = text.replace(secret, MASK)
        for signs, shape in SECRET_SHAPES:
            if any(map(text.__contains__, signs)):
                text = shape.sub(rf"\1{MASK}", text)
        return text
