"""Everything that can go wrong, sorted by what to do next.

    MobartError
    ├── Rejected      settle the job as failed; `code` and `sentence` are public
    ├── Unavailable   nothing is decided: keep the job and try again later
    ├── InDoubt       a submit may have been accepted: ask the provider, never pay again
    ├── LeaseLost     another worker has the job: stop touching it
    └── Paused        an operator wants nothing new to be begun: let go of the job

Foreign exceptions are translated into these at the edge.  Anything else that is raised is a bug.
`str(error)` is private detail for the log; only `sentence` and `hint` are public.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Code(StrEnum):
    """The closed list of `error_code`s."""

    INVALID_MESSAGE = "invalid_message"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    REQUEST_CONFLICT = "request_conflict"
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


class Who(StrEnum):
    """Who has to act before the same request can succeed."""

    PLAYER = "player"
    """With another prompt."""
    BACKEND = "backend"
    """With another message."""
    OPERATOR = "operator"
    """At the provider, in S3 or in the settings."""
    NOBODY = "nobody"


MINUTE, QUARTER, HOUR = 60.0, 900.0, 3600.0


@dataclass(frozen=True, slots=True)
class Advice:
    """What helps after a failure.

    *retry_after* is in seconds; None where the same prompt under a new request_id would fail again.
    """

    who: Who
    when: str
    """When this code is used; may hold Markdown."""
    retry_after: float | None = None

    @property
    def retryable(self) -> bool:
        """Whether the same prompt under a *new* request_id has a chance."""
        return self.retry_after is not None


PLAYER, BACKEND, OPERATOR, NOBODY = Who
ADVICE: Mapping[Code, Advice] = {
    Code.INVALID_MESSAGE: Advice(BACKEND, "a field or an option is missing or malformed"),
    Code.PAYLOAD_TOO_LARGE: Advice(
        BACKEND, "the message is larger than `MOBART_MAX_MESSAGE_BYTES`"
    ),
    Code.REQUEST_CONFLICT: Advice(BACKEND, "the `request_id` is another prompt's or user's"),
    Code.UNKNOWN_PRESET: Advice(BACKEND, "there is no such preset"),
    Code.PROMPT_REJECTED: Advice(
        PLAYER, "the prompt is too long, holds an address, or nothing to draw"
    ),
    Code.PROMPT_FLAG_NOT_ALLOWED: Advice(
        PLAYER, "the prompt holds parameters, with `MOBART_PROMPT_FLAGS=reject`"
    ),
    Code.MODERATION_BLOCKED: Advice(
        PLAYER,
        "the provider's moderation refused it, or a word of `MOBART_BLOCKED_WORDS_FILE` is in it",
    ),
    Code.QUOTA_EXCEEDED: Advice(
        NOBODY, "the user has too many pictures in the making, or had enough for today", MINUTE
    ),
    Code.BUDGET_EXCEEDED: Advice(
        NOBODY,
        "`MOBART_DAILY_BUDGET` or `MOBART_DAILY_BUDGET_USD` is reached, until midnight UTC",
        HOUR,
    ),
    Code.USER_SUSPENDED: Advice(
        NOBODY, "too many of the user's requests were blocked by moderation", HOUR
    ),
    Code.PROVIDER_REJECTED: Advice(BACKEND, "the provider refused the request"),
    Code.PROVIDER_AUTH: Advice(OPERATOR, "the provider refuses the key", QUARTER),
    Code.PROVIDER_CREDIT: Advice(OPERATOR, "the provider's account is empty", QUARTER),
    Code.PROVIDER_RATE_LIMITED: Advice(
        NOBODY, "the provider asked for patience until the deadline", MINUTE
    ),
    Code.PROVIDER_UNAVAILABLE: Advice(
        NOBODY, "the provider could not be reached until the deadline", MINUTE
    ),
    Code.PROVIDER_TIMEOUT: Advice(NOBODY, "the generation was not finished in time", MINUTE),
    Code.PROVIDER_BAD_RESPONSE: Advice(OPERATOR, "the provider's answer cannot be read"),
    Code.GENERATION_FAILED: Advice(
        NOBODY, "the provider could not make the picture, or made a blank one", 0.0
    ),
    Code.SUBMIT_UNKNOWN: Advice(
        OPERATOR, "the answer to the submit was lost; it may have been charged"
    ),
    Code.DOWNLOAD_BLOCKED: Advice(OPERATOR, "the picture's address may not be called"),
    Code.DOWNLOAD_FAILED: Advice(NOBODY, "the picture could not be fetched", MINUTE),
    Code.IMAGE_INVALID: Advice(OPERATOR, "what was fetched is no usable picture"),
    Code.IMAGE_TOO_LARGE: Advice(OPERATOR, "the picture has too many bytes or pixels"),
    Code.PROCESSING_FAILED: Advice(OPERATOR, "the picture could not be processed"),
    Code.PROCESSING_TIMEOUT: Advice(OPERATOR, "processing took too long"),
    Code.STORAGE_DENIED: Advice(OPERATOR, "S3 refused it until the deadline", QUARTER),
    Code.STORAGE_UNAVAILABLE: Advice(NOBODY, "S3 could not be reached until the deadline", MINUTE),
    Code.CANCELLED: Advice(NOBODY, "the backend cancelled it"),
    Code.INTERNAL: Advice(OPERATOR, "a bug, three times in a row"),
}
"""What each code means.  A misfit that lasts is never retryable: trying again would pay again."""


def codes_table() -> str:
    """Write `ADVICE` as the Markdown table that the README shows."""
    lines = [
        "| `error_code` | retryable | retry after | who acts | when |",
        "|---|---|---|---|---|",
    ]
    for code, advice in ADVICE.items():
        after = "" if advice.retry_after is None else f"{advice.retry_after:g} s"
        retryable = "yes" if advice.retryable else "no"
        lines.append(f"| `{code}` | {retryable} | {after} | {advice.who} | {advice.when} |")
    return "\n".join(lines)


Reason = Literal["size", "json", "shape", "fields", "prompt", "preset", "words"]
"""What is wrong with a request, as a label of log and metrics."""


class MobartError(Exception):
    """Base of all errors that Mobart raises on purpose."""


class Rejected(MobartError):
    """The job cannot succeed: settle it as failed."""

    def __init__(
        self,
        code: Code,
        sentence: str,
        *,
        hint: str = "",
        retry_after: float | None = None,
        detail: str = "",
        reason: Reason | None = None,
        refunded: bool = False,
    ) -> None:
        """Take the texts, each for its own reader.

        *sentence* is public and fit for players, *hint* is public and for the backend's developers.
        *retry_after* is in seconds, where it is known better than `ADVICE` does.  *detail* and
        *reason*, one word, are for log and metrics only.  *refunded* says that what was paid for
        the job was given back.
        """
        super().__init__(detail or hint or sentence)
        self.code = code
        self.sentence = sentence
        self.hint = hint
        self.retry_after = retry_after
        self.reason = reason
        self.refunded = refunded


class Unavailable(MobartError):
    """Something needed is away: keep the job, try again later.

    *code* and *sentence* are what the job is failed with if its deadline passes meanwhile.
    """

    def __init__(
        self, code: Code, sentence: str, *, retry_after: float | None = None, detail: str = ""
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


class Cancelled(LeaseLost):
    """The backend cancelled the job, and it is settled as that."""


class Paused(MobartError):
    """An operator wants nothing new to be begun; the job waits, and so does its deadline."""
