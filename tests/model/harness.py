"""A theatre of workers on strings around one journal, and what must be true of every play."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from mobart.core import wire
from mobart.core.capabilities import Capabilities
from mobart.core.domain import GenerationRequest, Lookup
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.jobs.slots import Slots
from mobart.jobs.terms import Terms
from mobart.jobs.worker import Worker
from mobart.testing.storage import MemoryStore
from tests.model.strings import ClockOnStrings, OnStrings, ProviderOnStrings, Seller, Strings
from tests.support.backends import LEASE, MemoryWorld, Message, World
from tests.support.jobs import build_worker
from tests.support.observers import Notes

T = TypeVar("T")
ENDLESS = 1e9
REQUESTS = [GenerationRequest(f"r{number}", "u", "a fox") for number in range(2)]
Fault = Literal["away", "refused", "doubted"]
AWAY = Unavailable(Code.INTERNAL, "away")


@dataclass(slots=True)
class Actor:
    """A running worker and its strings."""

    worker: Worker
    strings: Strings
    provider: ProviderOnStrings
    task: asyncio.Task[None]


@dataclass(slots=True)
class Theatre:
    """Everything a play needs; driven from outside the event loop."""

    loop: asyncio.AbstractEventLoop
    world: World
    lookup: Lookup
    in_doubt: Literal["fail", "retry"]
    idempotent: bool = False
    actors: list[Actor] = field(default_factory=list)
    frozen: list[Actor] = field(default_factory=list)
    gone: list[Actor] = field(default_factory=list)
    provider: Seller = field(init=False)
    hired: int = 0
    cancelled: set[str] = field(default_factory=set)
    unwanted: set[str] = field(default_factory=set)
    """Those of them that were under way when they were cancelled."""
    forestalled: set[str] = field(default_factory=set)
    """Those of them that were cancelled before they came."""
    reused: set[str] = field(default_factory=set)
    """Requests that an operator made to process again what another one paid for."""

    def __post_init__(self) -> None:
        """Open the provider's shop."""
        self.provider = Seller(self.lookup, idempotent=self.idempotent)

    # ------------------------------------------------------------ the stage

    def run(self, act: Coroutine[Any, Any, T]) -> T:
        """Do something at once, outside the play."""
        return self.loop.run_until_complete(act)

    def hire(self) -> None:
        """Start another worker."""
        self.hired += 1
        strings = Strings(self.world.clock)
        can = Capabilities(
            lookup=self.lookup,
            idempotent=self.idempotent,
            submit_timeout=60.0,
            generation_timeout=ENDLESS,
        )
        provider = ProviderOnStrings(self.provider, strings, can)
        worker = self.run(self._worker(f"worker-{self.hired}", strings, provider))
        task = self.loop.create_task(worker.run())
        self.actors.append(Actor(worker, strings, provider, task))
        self.settle()

    def settle(self) -> None:
        """Let everybody run until all wait on their strings."""
        queue: Any = self.loop
        for _ in range(3):
            self._turn()
        while queue._ready or any(actor.strings.busy for actor in self._all):
            self._turn()

    def step(self, actor: Actor, choice: int = 0, fault: Fault | None = None) -> bool:
        """Let one coroutine of *actor* go on, or have what it waits for fail; False if none can."""
        ready = actor.strings.ready
        if not ready:
            return False
        wait = ready[choice % len(ready)]
        error = None if fault is None else _failure(wait.what, fault)
        if error is None:
            wait.future.set_result(None)
        else:
            wait.future.set_exception(error)
        self.settle()
        return True

    def go_on(self, actor: Actor) -> None:
        """Let *actor* do the next thing, if need be after it slept."""
        if not self.step(actor):
            self.wait_for(actor)

    def bring(self, actor: Actor, what: str) -> bool:
        """Let *actor* work until something of it waits for *what*; False if it gives no sign of it."""
        for _ in range(60):
            if actor.strings.waiting_for(what) is not None:
                return True
            self.go_on(actor)
        return False

    def wait_for(self, actor: Actor) -> None:
        """Let time go by until *actor* wakes, if it sleeps."""
        now = self.world.clock.monotonic()
        later = [wait.until - now for wait in actor.strings.waits if wait.until > now]
        if later:
            self.run(self.world.pass_time(min(later)))

    def crash(self, actor: Actor) -> None:
        """Never let *actor* go on again."""
        self.actors.remove(actor)
        self.gone.append(actor)

    def freeze(self, actor: Actor) -> None:
        """Take *actor* off the stage; it will come back where it was."""
        self.actors.remove(actor)
        self.frozen.append(actor)

    def wake(self) -> None:
        """Let who froze first come back."""
        self.actors.append(self.frozen.pop(0))

    def play_out(self, accepted: set[str]) -> None:
        """End the play: all is settled, zombies wake, what they bring is settled; then judge it."""
        self.finish()
        self.wake_zombies()
        self.finish()
        self.check()
        self.check_end(accepted)

    def finish(self) -> None:
        """Play on with a fresh worker, without faults, until nothing is outstanding."""
        self.run(self.world.pause(paused=False))
        self.hire()
        for _ in range(100):
            if not self.run(self.world.outstanding()):
                break
            for _ in range(30):
                self.go_on(self.actors[-1])
        assert self.run(self.world.outstanding()) == 0

    def wake_zombies(self) -> None:
        """Let all that froze go on to their end."""
        while self.frozen:
            self.wake()
        for actor in self.actors:
            for _ in range(500):
                if not len(actor.worker.running):
                    break
                self.go_on(actor)

    def close(self) -> None:
        """Cut all strings and wait until nothing moves."""
        for actor in self._all:
            actor.strings.cut = True
        while tasks := asyncio.all_tasks(self.loop):
            for task in tasks:
                task.cancel()
            self.run(asyncio.wait(tasks))
            for task in tasks:
                if not task.cancelled():
                    task.exception()

    @property
    def _all(self) -> list[Actor]:
        return [*self.actors, *self.frozen, *self.gone]

    def _turn(self) -> None:
        self.loop.call_soon(self.loop.stop)
        self.loop.run_forever()

    async def _worker(self, name: str, strings: Strings, provider: ProviderOnStrings) -> Worker:
        view = await self.world.view(name)
        journal: Any = OnStrings(view.journal, strings)
        queue: Any = OnStrings(view.queue, strings)
        return build_worker(
            provider,
            queue=queue,
            journal=journal,
            intake=view.intake,
            clock=ClockOnStrings(strings),
            observer=Notes(),
            slots=Slots(2),
            store=MemoryStore(),
            terms=Terms(job_deadline=ENDLESS, lease=LEASE, in_doubt=self.in_doubt),
        ).worker

    # ------------------------------------------------------------ the audience

    def check(self) -> None:
        """See that nothing was paid twice, said twice, or said wrongly."""
        heard = self.run(self.world.announced())
        kept = [one for one in self.run(self.world.kept()) if "duplicate" not in one]
        assert [message for message in heard if "duplicate" not in message] == kept
        for request in REQUESTS:
            own = [message for message in kept if message["request_id"] == request.request_id]
            self._check_payments(request, own)
            _check_outcomes(own)
        self._check_books()

    def _check_books(self) -> None:
        """See that what is counted as in the making is, and that nothing is sold off the books."""
        busy, of_user, of_all = self.run(self.world.bought("u"))
        stages = self.run(self.world.stages())
        assert busy == sum(stage in {"paying", "paid"} for stage in stages)
        assert of_user == of_all
        if isinstance(self.world, MemoryWorld):
            assert sum(self.world.redis.spent.values()) >= len(self.provider.sold)

    def _check_payments(self, request: GenerationRequest, told: list[Message]) -> None:
        payments = self.provider.payments(request.request_id)
        assert not (payments and request.request_id in self.forestalled)
        proves = self.lookup is Lookup.COMPLETE or self.idempotent
        if self.in_doubt == "retry" and not proves:
            return
        assert payments <= (request.request_id not in self.reused)
        if request.request_id in self.reused:
            return
        if told and told[-1].get("paid") is False:
            assert payments == 0
        if told and (told[-1]["status"] == "completed" or told[-1]["paid"] is True):
            assert payments == 1

    def check_end(self, accepted: set[str]) -> None:
        """See that every accepted request has its outcome, and paid work was kept."""
        kept = self.run(self.world.kept())
        last = {message["request_id"]: message for message in kept}
        assert set(last) == accepted
        living = {ticket for actor in self.actors for ticket in actor.provider.brought}
        for request_id, ticket, _ in self.provider.sold:
            known = ticket in living or self.lookup is Lookup.COMPLETE
            if known and self.in_doubt == "fail":
                cancelled = last[request_id].get("error_code") == "cancelled"
                assert cancelled or last[request_id]["status"] == "completed"
        for request_id, message in last.items():
            assert message.get("error_code") != "cancelled" or request_id in self.cancelled
            assert message["status"] != "completed" or request_id not in self.unwanted


def _failure(what: str, fault: Fault) -> Exception | None:
    """Return how *what* can fail; None if it cannot in this way."""
    if what == "sleep":
        return None
    if what == "submit asked":
        refusal = Rejected(Code.PROVIDER_REJECTED, "refused")
        return {"away": AWAY, "refused": refusal, "doubted": InDoubt("lost")}[fault]
    if what == "submit answered":
        return InDoubt("lost")
    return AWAY


def _check_outcomes(told: list[Message]) -> None:
    """One outcome, or one after `submit_unknown` that says so."""
    if len(told) > 1:
        unknown, correction = told
        assert unknown.get("paid") == "unknown"
        assert correction.get("correction") is True


def payload(request: GenerationRequest) -> bytes:
    """Return what a backend publishes."""
    return wire.encode_request(request)
