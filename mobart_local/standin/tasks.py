"""A task at the provider, and how far it is at a given time."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from mobart_local.standin.script import Script
from mobart_local.standin.task_states import ENDINGS, WORDINGS, Ending

FINAL = frozenset({"finished", "failed"})
PENDING_SHARE = 0.1
"""Part of the generation time that goes by before a free account is found."""
GRID_ACTIONS = [
    "reroll",
    *(f"{action}{index}" for action in ("upscale", "variation") for index in range(1, 5)),
]
"""What Midjourney offers for a finished grid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task that was accepted, and so paid for.  *created_at* is in Unix seconds."""

    task_id: str
    kind: str
    prompt: str
    created_at: float
    script: Script
    provider: str = "midjourney"
    origin_task_id: str = ""
    index: str = ""
    aspect_ratio: str = ""
    process_mode: str = ""
    webhook_endpoint: str = ""
    webhook_secret: str = ""
    notify_progress: bool = False
    notify_start: bool = False
    request_key: str = ""
    """The submit's `Idempotency-Key`, which is the same for every submit of a request."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What else the dialect has to remember, fit for JSON."""

    @property
    def ending(self) -> Ending:
        """What becomes of it."""
        return ENDINGS[self.script.ending]

    @property
    def started_at(self) -> float:
        """When staging is over."""
        return self.created_at + self.script.staged_seconds

    @property
    def ended_at(self) -> float:
        """When it is final; infinity when it never is."""
        final = self.ending.status in FINAL
        return self.started_at + self.script.seconds if final else math.inf

    def to_json(self) -> dict[str, Any]:
        """Write the task as JSON."""
        return {**asdict(self), "script": self.script.to_json()}

    @classmethod
    def parse(cls, values: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(**{**values, "script": Script.parse(values["script"])})


@dataclass(frozen=True, slots=True)
class Moment:
    """How far a task is; *step* counts the percentages it has shown."""

    status: str
    step: int


def moment(task: Task, now: float) -> Moment:
    """Tell how far the task is: staged, pending, processing step by step, then its ending."""
    steps = len(WORDINGS[task.script.wording].progress)
    running = now - task.started_at
    if running < 0:
        return Moment("staged", 0)
    if now >= task.started_at + task.script.seconds:
        return Moment(task.ending.status, steps - 1)
    share = running / task.script.seconds
    if share < PENDING_SHARE:
        return Moment("pending", 0)
    step = int((share - PENDING_SHARE) / (1 - PENDING_SHARE) * steps)
    return Moment("processing", min(step, steps - 1))
