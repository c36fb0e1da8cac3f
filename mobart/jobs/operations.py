"""What operators do: each action checked, done in one step of the journal, and written to the log."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from mobart.core.domain import GenerationRequest, Ticket
from mobart.core.events import LogEvent
from mobart.core.json_text import dump
from mobart.core.operations import (
    Action,
    Command,
    Done,
    KillSwitch,
    NoSuchRequest,
    NotPossible,
    Resolutions,
    is_possible,
)
from mobart.core.ports import Acceptance, Observer, RequestReads
from mobart.core.views import Query, RequestView

GONE = "There is no such request, or it is forgotten: records are kept 30 days."
STANDS = "That is not possible: the request is {status}."
TAKEN = "Something else has the id {id}."
RESENT = 1000
"""Completions that are sent again in one go."""
LONGEST_BASE = 100
"""Characters of an id that the id of a request made from it begins with."""
_AGAIN = re.compile(r"^(?P<base>.+)\.r(?P<number>\d{1,4})$")


class Adopting(Protocol):
    """Where a ticket is kept that somebody else brings in."""

    async def adopt(self, request_id: str, ticket: Ticket) -> None:
        """Keep it, if the job waits for one.  Raises Unavailable."""


class Admitting(Protocol):
    """Where an operator's requests are judged and taken in."""

    def parse(self, payload: bytes) -> GenerationRequest:
        """Read a request.  Raises Rejected."""

    def judge(self, request: GenerationRequest) -> None:
        """Raise Rejected if a request asks for what may not be asked for, as far as is known here."""

    def judge_preset(self, request: GenerationRequest) -> None:
        """Raise Rejected if there is no such preset, as far as is known here."""

    def traced(self, request: GenerationRequest) -> GenerationRequest:
        """Give a request a trace if traces are wanted."""

    async def admit(self, request: GenerationRequest) -> Acceptance:
        """Take a request in.  Raises Rejected or Unavailable."""

    async def cancel(self, request_id: str) -> None:
        """Have a request cancelled.  Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class OperatorActions:
    """An `Operations` over the journal; *new_name* returns a short random text."""

    admission: Admitting
    resolutions: Resolutions
    journal: Adopting
    switch: KillSwitch
    requests: RequestReads
    observer: Observer
    new_name: Callable[[], str]

    async def perform(self, command: Command, *, actor: str) -> Done:
        """See `Operations`.  Raises Rejected as well: for a preset that there is not."""
        act = self._acts()[command.action]
        done = await act(command)
        about_user = command.action is Action.LIFT
        self.observer.note(
            LogEvent.OPERATOR_ACTED,
            actor=actor,
            action=str(command.action),
            request_id=None if about_user else command.target or done.request_id or None,
            user_id=command.target if about_user else None,
            detail=done.sentence,
        )
        return done

    def _acts(self) -> dict[Action, Callable[[Command], Awaitable[Done]]]:
        return {
            Action.SUBMIT: self._submit,
            Action.RETRY: self._retry,
            Action.CANCEL: self._cancel,
            Action.REPROCESS: self._reprocess,
            Action.ADOPT: self._adopt,
            Action.DECLARE_UNPAID: lambda command: self._resolve(command, unpaid=True),
            Action.GIVE_UP: lambda command: self._resolve(command, unpaid=False),
            Action.ANNOUNCE: self._announce,
            Action.RESEND: lambda _: self._resend(),
            Action.PAUSE: lambda _: self._pause(paused=True),
            Action.RESUME: lambda _: self._pause(paused=False),
            Action.LIFT: self._lift,
        }

    async def _submit(self, command: Command) -> Done:
        request_id = command.given("request_id") or f"operator-{self.new_name()}"
        asked: dict[str, Any] = {
            "request_id": request_id,
            "user_id": command.given("user_id"),
            "prompt": command.given("prompt"),
            "preset": command.given("preset") or None,
        }
        request = self.admission.parse(dump(asked))
        acceptance = await self.admission.admit(request)
        if acceptance is Acceptance.CONFLICTED:
            raise NotPossible(TAKEN.format(id=request_id))
        return Done(f"{request_id} is {acceptance}.", request_id)

    async def _retry(self, command: Command) -> Done:
        view = await self._possible(command)
        request_id = again(view.request.request_id)
        request = replace(view.request, request_id=request_id)
        self.admission.judge(request)
        await self._derived(request, made_from=view.request.request_id)
        return Done(f"It runs again as {request_id}.", request_id)

    async def _reprocess(self, command: Command) -> Done:
        view = await self._possible(command)
        base = view.request.request_id[:LONGEST_BASE]
        request = replace(
            view.request,
            request_id=f"{base}.p{self.new_name()}",
            preset=command.given("preset") or None,
            options={},
        )
        self.admission.judge_preset(request)
        art = view.completion.get("art")
        await self._derived(
            request,
            made_from=view.request.request_id,
            reuses=True,
            raw_key=view.told("raw_key"),
            grid=isinstance(art, dict) and "tile" in art,
        )
        return Done(f"Its picture is processed again as {request.request_id}.", request.request_id)

    async def _derived(self, request: GenerationRequest, *, made_from: str, **how: Any) -> None:
        """Make a request from another one.  Raises NotPossible."""
        request = self.admission.traced(request)
        made = await self.resolutions.derive(request, made_from=made_from, **how)
        if made is None:
            raise NotPossible(TAKEN.format(id=request.request_id))
        if not made:
            raise NotPossible(STANDS.format(status="not settled, in doubt, or was never paid"))
        self.observer.note(
            LogEvent.REQUEST_DERIVED,
            request_id=request.request_id,
            user_id=request.user_id,
            made_from=made_from,
            traceparent=request.traceparent,
        )

    async def _cancel(self, command: Command) -> Done:
        view = await self._possible(command)
        await self.admission.cancel(view.request.request_id)
        return Done("It is cancelled, or will be as soon as its submit is over.")

    async def _adopt(self, command: Command) -> Done:
        view, task_id = await self._possible(command), command.given("task_id")
        if not task_id or not view.provider:
            raise NotPossible("A task id is needed, of the provider that was asked.")
        await self.journal.adopt(view.request.request_id, Ticket(view.provider, task_id))
        now = await self.requests.find(view.request.request_id)
        if now is None or now.ticket != task_id:
            raise NotPossible("The task was not taken: the request is not in doubt any more.")
        return Done(f"{view.provider} is asked for {task_id}; the outcome will be a correction.")

    async def _resolve(self, command: Command, *, unpaid: bool) -> Done:
        view = await self._possible(command)
        if not await self.resolutions.resolve(view.request, unpaid=unpaid):
            raise NotPossible(STANDS.format(status="not in doubt any more"))
        told = "Nothing was bought: announced as a correction." if unpaid else "It was given up."
        return Done(told)

    async def _announce(self, command: Command) -> Done:
        view = await self._possible(command)
        if not await self.resolutions.announce_again(view.request.request_id):
            raise NotPossible(STANDS.format(status="not settled"))
        return Done("Its completion was sent again, marked as a duplicate.")

    async def _resend(self) -> Done:
        query = Query(undelivered=True, limit=RESENT)
        page = await self.requests.list_requests(query)
        for view in page.requests:
            await self.resolutions.announce_again(view.request.request_id)
        return Done(f"{len(page.requests)} completions were sent again, marked as duplicates.")

    async def _pause(self, *, paused: bool) -> Done:
        await self.switch.switch(paused=paused)
        return Done("Nothing new begins." if paused else "New jobs begin again.")

    async def _lift(self, command: Command) -> Done:
        if not await self.resolutions.lift(command.target):
            raise NotPossible("The user is not suspended.")
        return Done(f"{command.target} is no longer suspended.")

    async def _possible(self, command: Command) -> RequestView:
        """Return the request that *command* is about.  Raises NotPossible."""
        view = await self.requests.find(command.target)
        if view is None:
            raise NoSuchRequest(GONE)
        if not is_possible(command.action, view):
            raise NotPossible(STANDS.format(status=view.status.replace("_", " ")))
        return view


def again(request_id: str) -> str:
    """Return the id of the request that runs *request_id* again: x.r2, x.r3 and on."""
    found = _AGAIN.match(request_id)
    base, number = (found["base"], int(found["number"])) if found else (request_id, 1)
    return f"{base[:LONGEST_BASE]}.r{number + 1}"
