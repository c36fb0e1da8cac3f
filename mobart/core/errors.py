"""Everything that can go wrong, sorted by what to do next.

    MobartError
    ├── Rejected      settle the job as failed; `code` and `sentence` are public
    ├── Unavailable   nothing is decided: keep the job and try again later
    ├── InDoubt       a submit may have been accepted: ask the provider, never pay again
    ├── LeaseLost     another worker has the job: stop touching it
    └── Paused        an operator wants nothing new to be begun: let go of the job

Foreign exceptions are translated into these at the edge.  Anything else that is raised is a bug.
`str(error)` is private detail for the log; only `sentence` is public.
"""

from enum import StrEnum
from typing import Literal


class Code(StrEnum):
    """The closed list of `error_code`s."""

    INVALID_MESSAGE = "invalid_message"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    UNKNOWN_PRESET = "unknown_preset"
    PROMPT_REJECTED = "prompt_rejected"
    PROMPT_FLAG_NOT_ALLOWED = "prompt_flag_not_allowed"
    MODERATION_BLOCKED = "moderation_blocked"
    QUOTA_EXCEEDED = "quota_exceeded"
    BUDGET_EXCEEDED = "budget_exceeded"
    USER_SUSPENDED = "user_suspended"
    PROVIDER_REJECTED = "provider_rejected"
    PROVIDER_AUTH = "provider_auth"
    PROVIDER_CREDIT = "provider_credit"
    PROVIDER_RATE_LIMITED = "provider_rate_limited"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    PROVIDER_TIMEOUT = "provider_timeout"
    PROVIDER_BAD_RESPONSE = "provider_bad_response"
    GENERATION_FAILED = "generation_failed"
    SUBMIT_UNKNOWN = "submit_unknown"
    DOWNLOAD_BLOCKED = "download_blocked"
    DOWNLOAD_FAILED = "download_failed"
    IMAGE_INVALID = "image_invalid"
    IMAGE_TOO_LARGE = "image_too_large"
    PROCESSING_FAILED = "processing_failed"
    PROCESSING_TIMEOUT = "processing_timeout"
    STORAGE_DENIED = "storage_denied"
    STORAGE_UNAVAILABLE = "storage_unavailable"
    CANCELLED = "cancelled"
    INTERNAL = "internal"


RETRYABLE = frozenset(
    {
        Code.QUOTA_EXCEEDED,
        Code.BUDGET_EXCEEDED,
        Code.USER_SUSPENDED,
        Code.PROVIDER_AUTH,
        Code.PROVIDER_CREDIT,
        Code.PROVIDER_RATE_LIMITED,
        Code.PROVIDER_UNAVAILABLE,
        Code.PROVIDER_TIMEOUT,
        Code.GENERATION_FAILED,
        Code.DOWNLOAD_FAILED,
        Code.PROCESSING_TIMEOUT,
        Code.STORAGE_DENIED,
        Code.STORAGE_UNAVAILABLE,
        Code.INTERNAL,
    },
)
"""Codes after which the same prompt under a *new* request_id has a chance."""


Reason = Literal["size", "json", "shape", "fields", "prompt", "preset", "words"]
"""What is wrong with a request, as a label of log and metrics."""


class MobartError(Exception):
    """Base of all errors that Mobart raises on purpose."""


class Rejected(MobartError):
    """The job cannot succeed: settle it as failed."""

    def __init__(
        self, code: Code, sentence: str, *, detail: str = "", reason: Reason | None = None
    ) -> None:
        """*sentence* is fit for players; *detail* and *reason*, one word, are for log and metrics."""
        super().__init__(detail or sentence)
        self.code = code
        self.sentence = sentence
        self.reason = reason


class Unavailable(MobartError):
    """Something needed is away: keep the job, try again later.

    *code* and *sentence* are what the job is failed with if its deadline passes meanwhile.
    """

    def __init__(
        self,
        code: Code,
        sentence: str,
        *,
        retry_after: float | None = None,
        detail: str = "",
    ) -> None:
        """*retry_after* is in seconds, as the other side asked for it."""
        super().__init__(detail or sentence)
        self.code = code
        self.sentence = sentence
        self.retry_after = retry_after


class InDoubt(MobartError):
    """A submit left and no proof came back whether it was accepted."""

    def __init__(self, detail: str, *, code: Code = Code.SUBMIT_UNKNOWN) -> None:
        """*code* is what the job is failed with if the doubt cannot be resolved."""
        super().__init__(detail)
        self.code = code


class LeaseLost(MobartError):
    """The job belongs to another worker now, or is already settled."""


class Paused(MobartError):
    """An operator wants nothing new to be begun; the job waits, and so does its deadline."""
