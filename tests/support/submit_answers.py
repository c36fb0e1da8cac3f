"""What the answers to a submit that every stand-in has come to, and how a client is held against them."""

from collections.abc import Mapping

from mobart.core.domain import Picture, Purchase, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable

Expected = tuple[type, Code | None]
"""The type of what comes back or is raised, and the code of an error."""

DOUBT: Expected = (InDoubt, Code.SUBMIT_UNKNOWN)
ODD: Expected = (InDoubt, Code.PROVIDER_BAD_RESPONSE)
BUSY: Expected = (Unavailable, Code.PROVIDER_RATE_LIMITED)
NO_ACCESS: Expected = (Rejected, Code.PROVIDER_AUTH)
NO_CREDIT: Expected = (Rejected, Code.PROVIDER_CREDIT)
MISSING: Expected = (Rejected, Code.PROVIDER_UNAVAILABLE)
BLOCKED: Expected = (Rejected, Code.MODERATION_BLOCKED)
TROUBLES = ("500", "502", "503", "504", "drop", "reset", "hang", "cut", "drip", "html", "truncated")
LOST = tuple(f"accepted-{trouble}" for trouble in TROUBLES)
"""Rows of submits that were accepted, and of which no answer says so."""
USUAL: Mapping[str, Expected] = {
    "accept": (Ticket, None),
    "400": (Rejected, Code.PROVIDER_REJECTED),
    **dict.fromkeys(("401", "403"), NO_ACCESS),
    "402": NO_CREDIT,
    "404": MISSING,
    "redirect": (Rejected, Code.PROVIDER_BAD_RESPONSE),
    **dict.fromkeys(("429", "429-date", "429-absurd", "429-silent"), BUSY),
    **dict.fromkeys(("500", "502", "503", "504", "html", "empty", "bad-json", "list"), DOUBT),
    **dict.fromkeys(("null", "drop", "reset", "hang", "cut", *LOST), DOUBT),
}
"""What most APIs mean by the rows that all have; others say what is their own."""
IDS: Mapping[str, Expected] = {
    **dict.fromkeys(
        (f"task-id-{odd}" for odd in ("missing", "null", "empty", "traversal", "duplicate")), ODD
    ),
    "task-id-int": (Ticket, None),
}
_FAMILY: Mapping[str, Expected] = {
    **USUAL,
    **IDS,
    "task-id-huge": ODD,
    **dict.fromkeys(("moderated", "500-moderated"), BLOCKED),
    **dict.fromkeys(("500-credit", "code-500-credit", "code-10000-credit"), NO_CREDIT),
    "code-400": (Rejected, Code.PROMPT_REJECTED),
    "code-401": NO_ACCESS,
    "code-429": BUSY,
    **dict.fromkeys(("500-full", "accepted-500-full", "code-500"), DOUBT),
    **dict.fromkeys(("accepted-code-500", "accepted-code-503"), DOUBT),
}
SUBMIT_OUTCOMES: Mapping[str, Mapping[str, Expected]] = {
    "midjourney": {
        **USUAL,
        **IDS,
        "task-id-huge": ODD,
        "wrapped": (Ticket, None),
        "failed-status": (Rejected, Code.GENERATION_FAILED),
    },
    "midjourney-proxy": {
        **USUAL,
        **dict.fromkeys(("in-queue", "existed"), (Ticket, None)),
        **dict.fromkeys(("400-quota", "403-balance"), NO_CREDIT),
        **dict.fromkeys(("403-login", "401-disabled"), NO_ACCESS),
        "moderated": BLOCKED,
        "locked": MISSING,
        "day-limit": NO_CREDIT,
        "concurrency": BUSY,
        **dict.fromkeys(("exception", "model-state"), DOUBT),
        "not-found": (Rejected, Code.PROVIDER_REJECTED),
        "invalid": (Rejected, Code.PROMPT_REJECTED),
        **dict.fromkeys(("429-saturated", "queue-rejected", "queue-rejected-id"), BUSY),
        **dict.fromkeys(("failure-full", "no-account"), BUSY),
        **dict.fromkeys(("failure", "accepted-failure", "400-upstream", "503-policy"), DOUBT),
        **dict.fromkeys(("retry-redirect", "code-unknown", "code-text"), DOUBT),
        **dict.fromkeys((f"result-{odd}" for odd in ("missing", "traversal")), ODD),
        "result-int": (Ticket, None),
        **dict.fromkeys((f"result-{odd}" for odd in ("huge", "duplicate")), ODD),
    },
    "openai": {
        **USUAL,
        **dict.fromkeys(("accept", "data-uri", "accepted-cut"), (bytes, None)),
        "url": (Picture, None),
        **dict.fromkeys(("litellm-429", "insufficient-quota"), NO_CREDIT),
        **dict.fromkeys(("litellm-moderated", "moderated"), BLOCKED),
        "unverified": NO_ACCESS,
        "no-model": MISSING,
        "429-ms": BUSY,
        **dict.fromkeys(("no-picture", "bad-base64"), ODD),
    },
    "stability": {
        **USUAL,
        **dict.fromkeys(("accept", "in-json", "accepted-cut", "accepted-drip"), (bytes, None)),
        "not-found": MISSING,
        "language": (Rejected, Code.PROMPT_REJECTED),
        **dict.fromkeys(("moderated", "filtered", "filtered-json"), BLOCKED),
        **dict.fromkeys(("other-reason", "no-picture", "bad-base64"), ODD),
        **dict.fromkeys(("html", "empty", "bad-json", "list", "null"), ODD),
        **dict.fromkeys(("accepted-html", "accepted-truncated"), ODD),
    },
    "google": {
        **USUAL,
        **dict.fromkeys(("accept", "drafted", "accepted-cut"), (bytes, None)),
        "no-quota": NO_CREDIT,
        **dict.fromkeys(("bad-key", "no-region", "account-limited"), NO_ACCESS),
        "no-model": MISSING,
        **dict.fromkeys(("moderated", "image-safety", "image-prohibited", "safety"), BLOCKED),
        **dict.fromkeys(("blocked", "blocked-other"), BLOCKED),
        **dict.fromkeys(("no-image", "image-other", "words"), (Rejected, Code.GENERATION_FAILED)),
        **dict.fromkeys(("recitation", "language"), (Rejected, Code.PROMPT_REJECTED)),
        **dict.fromkeys(("retry-info", "503"), BUSY),
        **dict.fromkeys(("odd-reason", "no-candidates", "bad-base64"), ODD),
        "gateway-503": DOUBT,
    },
    "ideogram": {
        **USUAL,
        **IDS,
        "html-422": (Rejected, Code.PROVIDER_REJECTED),
        "feature-limit": NO_ACCESS,
        **dict.fromkeys(("daily-limit", "subscription"), NO_CREDIT),
        "moderated": BLOCKED,
        "inflight-limit": BUSY,
    },
    "replicate": {
        **USUAL,
        **IDS,
        "brief": (Ticket, None),
        **dict.fromkeys(("no-model", "no-version"), MISSING),
    },
    "fal": {
        **USUAL,
        **IDS,
        "422": (Rejected, Code.PROVIDER_REJECTED),
        "locked": NO_CREDIT,
        "admin-lock": MISSING,
        "moderated": BLOCKED,
        "retryable-503": DOUBT,
    },
    "retrodiffusion": {
        **USUAL,
        **IDS,
        "brief": (Ticket, None),
        **dict.fromkeys(("bad-size", "bad-key"), (Rejected, Code.PROVIDER_REJECTED)),
        "debt": NO_CREDIT,
        "no-style": MISSING,
        **dict.fromkeys(("conflict", "no-keys", "no-dispatch"), DOUBT),
    },
    "piapi": {
        **_FAMILY,
        "data-null": ODD,
        **dict.fromkeys(("400-with-task", "500-with-task", "code-500-with-task"), (Ticket, None)),
    },
    "legnext": {**_FAMILY, "wrapped": (Ticket, None)},
    "pixellab": {
        **USUAL,
        **dict.fromkeys(("accept", "generations", "in-list", "accepted-cut"), (Purchase, None)),
        "422": (Rejected, Code.PROVIDER_REJECTED),
        "moderated": BLOCKED,
        "529": BUSY,
        **dict.fromkeys(("no-picture", "bad-base64"), ODD),
    },
}
"""By provider, what each answer of its stand-in comes to; what is free is tried again, and has its own."""
