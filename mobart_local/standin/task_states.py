"""How tasks can end, and how their task objects word it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

PROGRESS = (0, 15, 31, 46, 62, 78, 93)
"""Percentages a running generation shows, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a generation ends: the status it stays in, and why it failed."""

    status: str
    error_messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How the task object speaks: other words for statuses, other values in `task_result`.

    *running* and *finished* overlay `task_result` in that status; None makes it null.
    """

    about: str
    statuses: Mapping[str, str] = field(default_factory=dict)
    progress: tuple[object, ...] = PROGRESS
    running: Mapping[str, Any] | None = field(default_factory=dict)
    finished: Mapping[str, Any] | None = field(default_factory=dict)


def failure(*messages: str) -> Ending:
    """Make an ending in failure."""
    return Ending(status="failed", error_messages=messages)


ENDINGS: Mapping[str, Ending] = MappingProxyType(
    {
        "finished": Ending(status="finished"),
        "failed": failure("Sorry! Could not complete the job!"),
        "failed-silently": failure(),
        "banned": failure("Banned prompt detected"),
        "moderated": failure("[Banned prompt detected] Sorry! Our AI moderator thinks this"),
        "filtered": failure("Request cancelled due to image filters"),
        "invalid-parameter": failure("Invalid parameter", "Unrecognized parameter(s): `--foo`"),
        "queue-full": failure("Queue full"),
        "internal-error": failure("[Internal error] Something went wrong"),
        "job-timeout": failure("Job Timeout"),
        "captcha": failure("Action needed to continue"),
        "never": Ending(status="processing"),
        "stays-pending": Ending(status="pending"),
        "stays-staged": Ending(status="staged"),
    }
)

WORDINGS: Mapping[str, Wording] = MappingProxyType(
    {
        "plain": Wording(about="as documented"),
        "capitalised": Wording(
            about="statuses with a capital",
            statuses={
                word: word.capitalize()
                for word in ("staged", "pending", "processing", "finished", "failed")
            },
        ),
        "completed": Wording(about="completed for finished", statuses={"finished": "completed"}),
        "success": Wording(about="SUCCESS for finished", statuses={"finished": "SUCCESS"}),
        "unknown-status": Wording(
            about="words nobody documented while it runs",
            statuses={"pending": "submitted", "processing": "retry"},
        ),
        "empty-status": Wording(about="no word while it runs", statuses={"processing": ""}),
        "progress-250": Wording(about="progress beyond 100", progress=(250,)),
        "progress-negative": Wording(about="progress as a negative text", progress=("-1",)),
        "progress-null": Wording(about="progress null", progress=(None,)),
        "progress-text": Wording(about="progress as a percent text", progress=("46%",)),
        "progress-backwards": Wording(about="falling progress", progress=PROGRESS[::-1]),
        "null-result": Wording(about="task_result null while it runs", running=None),
        "no-result": Wording(about="task_result null when finished", finished=None),
        "no-url": Wording(about="finished without an address", finished={"image_url": ""}),
        "null-url": Wording(about="finished, the address null", finished={"image_url": None}),
        "number-url": Wording(about="finished, the address a number", finished={"image_url": 7}),
        "early-url": Wording(
            about="a preview's address while it runs",
            running={"image_url": "http://127.0.0.1:9/preview.webp"},
        ),
        "early-errors": Wording(
            about="error_messages before the status says failed",
            running={"error_messages": ["[Internal error] Something went wrong"]},
        ),
    }
)
