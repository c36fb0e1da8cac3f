"""Headers that a bucket's policy may require of every upload: encryption and an ACL."""

from dataclasses import dataclass
from typing import Any, Literal

Encryption = Literal["", "AES256", "aws:kms", "aws:kms:dsse"]
Acl = Literal["", "private", "public-read", "authenticated-read", "bucket-owner-full-control"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadHeaders:
    """Empty values are not sent, so the bucket's own defaults apply."""

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
