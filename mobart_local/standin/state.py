"""What the handlers of the stand-in share."""

import asyncio
import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from aiohttp import web

from mobart_local.standin.answers import Table
from mobart_local.standin.delivery import send
from mobart_local.standin.ledger import Ledger
from mobart_local.standin.picture_answers import OUTAGES
from mobart_local.standin.pictures import REMEMBERED, picture
from mobart_local.standin.replies import Reply, fill
from mobart_local.standin.script import Playbook, Script
from mobart_local.standin.tasks import Task
from mobart_local.standin.webhooks import WebhookSender

SOON_SECONDS = 2.0


@dataclass(slots=True, kw_only=True)
class ServerState:
    """The stand-in's state: what to do, what was paid, how often each task was asked for."""

    playbook: Playbook
    ledger: Ledger
    webhooks: WebhookSender
    clock: Callable[[], float]
    api_key: str | None
    unknown_task: str
    paint_ahead: bool
    polls: Counter[str] = field(default_factory=Counter)
    downloads: Counter[str] = field(default_factory=Counter)
    turns: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """Whose turn it is where one picture is made after the other, by provider."""

    def row(self, table: Table, name: str, provider: str = "midjourney") -> Reply:
        """Look up an answer; an outage beats everything."""
        outage = self.playbook.outage_of(provider)
        if outage is None:
            return table[name]
        return table.get(outage) or OUTAGES[outage]

    def poll_row(self, task: Task) -> str:
        """Count one poll of the task and name the answer to it."""
        self.polls[task.task_id] += 1
        times = task.script.poll_times
        return task.script.poll if _applies(times, self.polls[task.task_id]) else "answer"

    def picture_row(self, task: Task) -> str:
        """Count one download of the task's picture and name the answer to it."""
        self.downloads[task.task_id] += 1
        times = task.script.picture_times
        return task.script.picture if _applies(times, self.downloads[task.task_id]) else "serve"

    def blanks(self, script: Script, task_id: str = "") -> Mapping[str, str]:
        """Give the values for an answer's blanks."""
        soon = datetime.fromtimestamp(self.clock() + SOON_SECONDS, UTC)
        others = (known for known in reversed(self.ledger.tasks) if known != task_id)
        return {
            "task_id": task_id,
            "other_task_id": next(others, task_id),
            "location": script.location,
            "retry_after": script.retry_after,
            "soon": format_datetime(soon, usegmt=True),
        }

    def begin_painting(self, task: Task) -> None:
        """Make pictures while the generation runs, if wanted, as far as the pictures' memory goes."""
        if self.paint_ahead and self.ledger.in_flight(self.clock()) <= REMEMBERED:
            asyncio.get_running_loop().run_in_executor(None, picture, task)

    def forget(self) -> None:
        """Go back to the state of a new stand-in; the default script stays."""
        self.playbook = Playbook(self.playbook.default)
        self.ledger.reset()
        self.polls.clear()
        self.downloads.clear()


STATE = web.AppKey("state", ServerState)


def origin(request: web.Request) -> str:
    """Give the scheme, host and port that the client used."""
    return f"{request.scheme}://{request.host}"


async def answer(
    request: web.Request,
    reply: Reply,
    script: Script,
    *,
    task_id: str = "",
    body: bytes | None = None,
) -> web.StreamResponse:
    """Fill a reply's blanks and send it."""
    blanks = {**request.app[STATE].blanks(script, task_id), "origin": origin(request)}
    return await send(request, fill(reply, blanks, hold_seconds=script.hold_seconds, body=body))


def new_task_id() -> str:
    """Make an id as the real API does."""
    return str(uuid.uuid4())


async def read_object(request: web.Request) -> dict[str, object] | None:
    """Read the body as a JSON object, whatever its content type; None if it is none."""
    try:
        values = json.loads(await request.read())
    except ValueError:
        return None
    return values if isinstance(values, dict) else None


def _applies(times: int | None, count: int) -> bool:
    return times is None or count <= times
