"""Asking how far tasks are: one by one, or many in one call while many jobs ask at once.

`/multi_fetch` is the younger of the two calls: where it is unknown, refused or answers nonsense,
`/fetch` takes over for a while.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mobart.core.errors import Unavailable
from mobart.core.ports import Clock
from mobart.providers.http import Answer, ApiClient
from mobart.providers.outcomes import json_object, trouble

CROWD = 8
"""Questions under way at the same time from which on they are put together."""
WINDOW = 0.1
"""Seconds for which the first question waits for others to join."""
CHUNK = 50
"""Most tasks in one call."""
DISTRUST = 600.0
"""Seconds for which `/multi_fetch` is left alone after it failed."""
OK = 200
TOO_MANY_REQUESTS = 429
REQUEST_TIMEOUT = 408
Finding = Mapping[str, object] | Unavailable | None
"""What a joint call found out about one task; None: nothing, ask about it alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """One question that waits for a joint call."""

    reference: str
    finding: asyncio.Future[Finding]


class Polls:
    """Asks about tasks; both calls are free to repeat."""

    def __init__(self, *, line: ApiClient, clock: Clock) -> None:
        """*line* stays its owner's to open and close."""
        self._line = line
        self._clock = clock
        self._asking = 0
        self._waiting: list[Seat] = []
        self._rides: set[asyncio.Task[None]] = set()
        self._distrusted_until = 0.0

    async def look(self, reference: str) -> object:
        """Return what the API says about a task, as JSON.  Raises Unavailable."""
        self._asking += 1
        try:
            if self._asking > CROWD and self._clock.monotonic() >= self._distrusted_until:
                finding = await self._join(reference)
                if finding is not None:
                    return finding
            return await self._fetch(reference)
        finally:
            self._asking -= 1

    async def ask(self, path: str, message: Mapping[str, object]) -> Answer:
        """Send a question, whatever the answer.  Raises Unavailable if there is none."""
        return await self._line.ask("POST", path, json=message)

    async def _fetch(self, reference: str) -> object:
        answer = await self.ask("/fetch", {"task_id": reference})
        if answer.status != OK:
            raise trouble(answer, now=self._clock.now())
        return json_object(answer)

    async def _join(self, reference: str) -> Mapping[str, object] | None:
        """Wait for the joint call, which goes on even if this question is given up."""
        seat = Seat(reference, asyncio.get_running_loop().create_future())
        self._waiting.append(seat)
        if len(self._waiting) == 1:
            ride = asyncio.create_task(self._ride())
            self._rides.add(ride)
            ride.add_done_callback(self._rides.discard)
        finding = await seat.finding
        if isinstance(finding, Unavailable):
            raise finding
        return finding

    async def _ride(self) -> None:
        """Ask for all who join within the window."""
        await self._clock.sleep(WINDOW)
        waiting, self._waiting = self._waiting, []
        seats = [seat for seat in waiting if not seat.finding.done()]
        chunks = [seats[start : start + CHUNK] for start in range(0, len(seats), CHUNK)]
        try:
            await asyncio.gather(*map(self._ask_for, chunks))
        finally:
            _tell(seats, {})

    async def _ask_for(self, seats: Sequence[Seat]) -> None:
        references = list(dict.fromkeys(seat.reference for seat in seats))
        try:
            findings = await self._multi_fetch(references)
        except Unavailable as away:
            findings = dict.fromkeys(references, away)
        if not findings:
            self._distrusted_until = self._clock.monotonic() + DISTRUST
        _tell(seats, findings)

    async def _multi_fetch(self, references: Sequence[str]) -> Mapping[str, Finding]:
        """Return what is found, by task; nothing at all if this call is not understood."""
        answer = await self.ask("/multi_fetch", {"task_ids": references})
        if answer.status != OK:
            if _is_refused(answer.status):
                return {}
            raise trouble(answer, now=self._clock.now())
        data = (json_object(answer) or {}).get("data")
        if not isinstance(data, Mapping):
            return {}
        return {name: task for name in references if isinstance(task := data.get(name), Mapping)}


def _is_refused(status: int) -> bool:
    """Tell whether *status* means that the call itself is not wanted."""
    return 300 <= status < 500 and status not in {REQUEST_TIMEOUT, TOO_MANY_REQUESTS}  # noqa: PLR2004


def _tell(seats: Sequence[Seat], findings: Mapping[str, Finding]) -> None:
    for seat in seats:
        if not seat.finding.done():
            seat.finding.set_result(findings.get(seat.reference))
