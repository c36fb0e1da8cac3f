"""What goes with a picture into the bucket, headers and the JSON beside it, and whether the bucket takes it."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from mobart.core.domain import Rendering
from mobart.core.errors import Unavailable
from mobart.storage.errors import name_of

Encryption = Literal["", "AES256", "aws:kms", "aws:kms:dsse"]
Acl = Literal["", "private", "public-read", "authenticated-read", "bucket-owner-full-control"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadHeaders:
    """What a bucket's policy may require of every upload: encryption and an ACL.

    Empty values are not sent, so the bucket's own defaults apply.
    """

    encryption: Encryption = ""
    kms_key_id: str = ""
    """With `aws:kms` or `aws:kms:dsse`; without it AWS's own key is used."""
    acl: Acl = ""

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of `put_object`."""
        given = {
            "ServerSideEncryption": self.encryption,
            "SSEKMSKeyId": self.kms_key_id,
            "ACL": self.acl,
        }
        return {name: value for name, value in given.items() if value}


PLAIN_UPLOADS = UploadHeaders()

REFUSED_FOR = 30.0
"""Seconds without an upload that came in, though some were tried, after which that is told."""
REFUSED_LATELY = 180.0
"""Seconds after which a failure says nothing any more: a job that waits tries more often than that."""


@dataclass(slots=True)
class UploadHealth:
    """Whether the store takes pictures, as far as the last ones tell; times are monotonic seconds."""

    now: Callable[[], float] = time.monotonic
    problem: str = ""
    since: float = 0.0
    """When the first one failed after the last that did not."""
    last: float = float("-inf")

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Take in how the upload inside the block ends; what is wrong with one picture alone says nothing."""
        try:
            yield
        except Unavailable as no:
            now = self.now()
            if now - self.last > REFUSED_LATELY:
                self.since = now
            self.problem, self.last = name_of(no.__cause__), now
            raise
        self.last = float("-inf")

    @property
    def trouble(self) -> str | None:
        """Return what is wrong, fit for the public, if no picture could be stored for a while."""
        if self.now() - self.last > REFUSED_LATELY or self.last - self.since < REFUSED_FOR:
            return None
        return f"no picture is taken ({self.problem})"


def sidecar_object(rendering: Rendering, wanted: str, key: str) -> tuple[str, bytes]:
    """Return key and text of the sidecar of a picture that is stored under *key*.

    Its text calls the picture as *wanted* does, the key that was asked for, and has to follow it
    where that one was taken.
    """
    text = rendering.sidecar
    old, new = (json.dumps(path.rpartition("/")[2]) for path in (wanted, key))
    if old != new:
        for field in ("filename", "image"):
            text = text.replace(f'"{field}": {old}'.encode(), f'"{field}": {new}'.encode())
    return f"{key.removesuffix('.png')}.json", text
