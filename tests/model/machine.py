"""Any order of anything that can happen to jobs and workers."""

import asyncio
from abc import abstractmethod
from typing import Literal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mobart.core.domain import Lookup
from mobart.testing.memory_redis import ANY_TIME_AGO
from mobart.testing.memory_view import EARLY
from tests.model.harness import REQUESTS, Actor, Fault, Theatre, payload
from tests.support.backends import WorkerView, World

WORKERS = 3
whom = st.integers(0, WORKERS - 1)
which = st.integers(0, 5)
faults: st.SearchStrategy[Fault] = st.sampled_from(["away", "refused", "doubted"])
MOMENTS = (
    *("claim answered", "record asked", "record answered"),
    *("submit asked", "submit answered", "find asked", "read asked", "release asked"),
)
"""Where it matters most to be frozen, killed or disappointed."""
request_number = st.integers(0, len(REQUESTS) - 1)


class Play(RuleBasedStateMachine):
    """Requests arrive; workers run, freeze, wake, crash and leave; providers and Redis fail."""

    theatre: Theatre
    view: WorkerView

    def __init__(self) -> None:
        """Nobody is there yet."""
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.accepted: set[str] = set()
        self.early: dict[str, float] = {}
        """Requests that were cancelled before they came, and when."""
        self.started = False

    @abstractmethod
    async def world(self) -> World:
        """Return the world to play in."""

    @initialize(
        lookup=st.sampled_from(Lookup),
        in_doubt=st.sampled_from(["fail", "fail", "retry"]),
        idempotent=st.booleans(),
    )
    def begin(
        self, lookup: Lookup, in_doubt: Literal["fail", "retry"], *, idempotent: bool
    ) -> None:
        """Start with two workers."""
        world = self.loop.run_until_complete(self.world())
        self.theatre = Theatre(self.loop, world, lookup, in_doubt, idempotent)
        self.view = self.theatre.run(world.view("backend"))
        self.theatre.hire()
        self.theatre.hire()
        self.publish(0)
        self.started = True

    @rule(number=request_number)
    def publish(self, number: int) -> None:
        """Publish a request, for the first time or again."""
        self.theatre.run(self.view.intake.accept(REQUESTS[number]))
        self.come(number)

    @rule(number=request_number)
    def add(self, number: int) -> None:
        """Let the backend add a request to the stream itself."""
        self.theatre.run(self.theatre.world.add(payload(REQUESTS[number])))
        self.come(number)

    @rule(number=request_number)
    def cancel(self, number: int) -> None:
        """Let the backend take a request back."""
        request_id = REQUESTS[number].request_id
        self.theatre.run(self.view.intake.cancel(request_id))
        self.theatre.cancelled.add(request_id)
        if request_id not in self.accepted:
            self.early[request_id] = self.theatre.world.clock.monotonic()

    @rule()
    def lose_turns(self) -> None:
        """Forget whose turn it is."""
        self.theatre.run(self.theatre.world.lose_turns())

    @rule(whom=whom, steps=st.integers(1, 25))
    def play(self, whom: int, steps: int) -> None:
        """Let a worker work for a moment."""
        actor = self.actor(whom)
        for _ in range(steps):
            self.theatre.step(actor)

    @rule(whom=whom, steps=st.integers(1, 150))
    def play_on(self, whom: int, steps: int) -> None:
        """Let a worker work while time goes by and the others are frozen."""
        actor = self.actor(whom)
        for _ in range(steps):
            self.theatre.go_on(actor)

    @rule(whom=whom, which=which)
    def step(self, whom: int, which: int) -> None:
        """Let one coroutine of a worker do one thing."""
        self.theatre.step(self.actor(whom), which)

    @rule(whom=whom, what=st.sampled_from(MOMENTS))
    def play_until(self, whom: int, what: str) -> None:
        """Let a worker work until it is about to do, or to learn, something that matters."""
        self.theatre.bring(self.actor(whom), what)

    @rule(whom=whom, what=st.sampled_from(MOMENTS))
    def freeze_at(self, whom: int, what: str) -> None:
        """Suspend a worker where it matters, and start another."""
        actor = self.actor(whom)
        self.theatre.bring(actor, what)
        self.theatre.freeze(actor)
        self.theatre.hire()

    @precondition(lambda self: self.started and self.theatre.frozen)
    @rule()
    def wake(self) -> None:
        """Let the worker that froze first go on."""
        self.theatre.wake()

    @rule(whom=whom, what=st.sampled_from(MOMENTS), fault=faults)
    def fail_at(self, whom: int, what: str, fault: Fault) -> None:
        """Have something that matters fail."""
        actor = self.actor(whom)
        self.theatre.bring(actor, what)
        which = actor.strings.waiting_for(what)
        if which is not None:
            self.theatre.step(actor, which, fault)

    @rule(whom=whom, which=which, fault=faults)
    def fail(self, whom: int, which: int, fault: Fault) -> None:
        """Have what a worker waits for fail."""
        self.theatre.step(self.actor(whom), which, fault)

    @rule(forgetful=st.booleans())
    def forget(self, forgetful: bool) -> None:
        """Have the provider leave things out of its list, where that is partial."""
        self.theatre.provider.forgetful = forgetful

    @rule(paused=st.booleans())
    def pause(self, paused: bool) -> None:
        """Have the operator press the kill switch."""
        self.theatre.run(self.theatre.world.pause(paused=paused))

    @rule(seconds=st.sampled_from([1, 8, 16, 31, 60]))
    def wait(self, seconds: int) -> None:
        """Let time go by."""
        self.theatre.run(self.theatre.world.pass_time(seconds))

    @rule(whom=whom)
    def crash(self, whom: int) -> None:
        """Kill a worker where it stands, and start another."""
        self.theatre.crash(self.actor(whom))
        self.theatre.hire()

    @rule(whom=whom)
    def leave(self, whom: int) -> None:
        """Ask a worker to stop, and start another."""
        self.actor(whom).worker.stop()
        self.theatre.settle()

    @precondition(lambda self: self.started and len(self.theatre.actors) < WORKERS)
    @rule()
    def hire(self) -> None:
        """Start another worker."""
        self.theatre.hire()

    @invariant()
    def holds(self) -> None:
        """Check what must always be true."""
        if self.started:
            self.theatre.check()

    def teardown(self) -> None:
        """Bring the play to its end: all is settled, zombies wake, what they bring is settled."""
        if self.started:
            try:
                self.theatre.play_out(self.accepted)
            finally:
                self.theatre.close()
                self.loop.run_until_complete(self.leave_world())
        self.loop.close()

    async def leave_world(self) -> None:
        """Close what the world holds open."""

    def come(self, number: int) -> None:
        """Remember that a request came; it is not to be bought if it was cancelled within the hour."""
        request_id = REQUESTS[number].request_id
        since = self.early.get(request_id, ANY_TIME_AGO)
        if request_id not in self.accepted and self.theatre.world.clock.monotonic() - since < EARLY:
            self.theatre.forestalled.add(request_id)
        self.accepted.add(request_id)

    def actor(self, number: int) -> Actor:
        """Return a living worker."""
        return self.theatre.actors[number % len(self.theatre.actors)]
