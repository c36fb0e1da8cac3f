"""What goes with a picture into the bucket: headers of the upload, and the JSON that is stored beside it."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from mobart.core.domain import Rendering

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
