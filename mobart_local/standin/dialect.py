"""What the stand-in knows of one API: a row of `dialects/table.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from mobart_local.standin.replies import Reply
from mobart_local.standin.tasks import Task
from mobart_local.standin.webhook_messages import WebhookMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One API: its routes, its answers, its webhooks, and a worker's settings for it."""

    add: Callable[[web.Application], None]
    settings: Callable[[str, str], dict[str, str]]
    """Environment variables, given the stand-in's origin and its key."""
    prefix: str
    """What the names of its settings begin with."""
    submits: Mapping[str, Reply]
    """Answers to a paid request, by the name that a script uses."""
    polls: Mapping[str, Reply] = field(default_factory=dict)
    """Answers to a poll; empty where nothing is polled."""
    webhook: Callable[[Task, float, str], WebhookMessage] | None = None
    """Writes a webhook, given the task, the time and the origin; None: there are none."""
