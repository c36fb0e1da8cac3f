"""Plays with a plot: each brings on the one moment in which a certain guard is needed.

The random plays of `machine` come upon these moments too, but not in every run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mobart.core.domain import GenerationRequest, Lookup
from mobart.core.lifecycle import Event
from mobart.testing.memory_redis import InMemoryRedis
from tests.model.harness import REQUESTS, Actor, Fault, Theatre, payload
from tests.support.backends import LEASE, Message, RedisWorld

REQUEST, OTHER = REQUESTS
MOST_STEPS = 2000
RIVAL_STEPS = 60
"""Enough for a worker to claim a job and to pay for it, if it may."""
LEAP = LEASE / 4
"""Seconds that go by at a time while all sleep: not so many that a lease ends."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A theatre with one request, and the hand that moves its workers."""

    theatre: Theatre
    published: set[str] = field(default_factory=set)

    def publish(self, request: GenerationRequest) -> None:
        """Publish *request* as the backend does."""
        backend = self.theatre.run(self.theatre.world.view("backend"))
        self.theatre.run(backend.intake.accept(request))
        self.published.add(request.request_id)

    def derive(self, *, reuses: bool = False) -> None:
        """Have an operator make `OTHER` from `REQUEST`."""
        assert self.may_derive(reuses=reuses)
        self.published.add(OTHER.request_id)
        if reuses:
            self.theatre.reused.add(OTHER.request_id)

    def cancel(self, request: GenerationRequest = REQUEST) -> None:
        """Have the backend take *request* back, which is under way or has not come yet."""
        backend = self.theatre.run(self.theatre.world.view("backend"))
        self.theatre.run(backend.intake.cancel(request.request_id))
        self.theatre.cancelled.add(request.request_id)
        self.theatre.unwanted.add(request.request_id)

    def may_derive(self, *, reuses: bool = False) -> bool:
        """Try it; whether the journal lets it."""
        operating = self.theatre.world.operating()
        made = operating.derive(OTHER, made_from=REQUEST.request_id, reuses=reuses)
        return self.theatre.run(made) is True

    def told(self) -> Sequence[Message]:
        """Return what was announced of `REQUEST`."""
        heard = self.theatre.run(self.theatre.world.announced())
        return [one for one in heard if one["request_id"] == REQUEST.request_id]

    def hire(self) -> Actor:
        """Bring on a worker."""
        self.theatre.hire()
        return self.theatre.actors[-1]

    def bring(self, actor: Actor, what: str) -> None:
        """Let *actor* work until it is about to do *what*."""
        self.go_on(actor, lambda: actor.strings.waiting_for(what) is not None)

    def past(self, actor: Actor, what: str, fault: Fault | None = None) -> None:
        """Let *actor* work until *what*, and do it, or have it fail."""
        self.bring(actor, what)
        which = actor.strings.waiting_for(what)
        assert which is not None
        assert self.theatre.step(actor, which, fault)

    def until_settled(self, actor: Actor) -> None:
        """Let *actor* work until nothing is outstanding."""
        self.go_on(actor, lambda: not self.theatre.run(self.theatre.world.outstanding()))

    def go_on(self, actor: Actor, until: Callable[[], bool]) -> None:
        """Let *actor* work, and time go by, until something is so."""
        for _ in range(MOST_STEPS):
            if until():
                return
            if not self.theatre.step(actor):
                self.theatre.run(self.theatre.world.pass_time(LEAP))
        raise AssertionError("it never comes to that")

    def freeze(self, actor: Actor) -> Actor:
        """Freeze *actor* beyond its lease and bring on who takes over."""
        self.theatre.freeze(actor)
        heir = self.hire()
        self.theatre.run(self.theatre.world.pass_time(LEASE + 1))
        return heir

    def roll_back(self, earlier: object) -> None:
        """Bring Redis back as it was *earlier*, and on a rival that looks for work at once."""
        self.theatre.run(self.theatre.world.roll_back(earlier))
        rival = self.hire()
        for _ in range(RIVAL_STEPS):
            self.theatre.step(rival)

    def late(self, actor: Actor, event: Event) -> None:
        """Have a copy of what *actor* recorded arrive once more, when that is over."""
        journal: Any = actor.worker.journal
        self.theatre.run(journal.record_late(event))

    def kill(self, actor: Actor) -> Actor:
        """Kill *actor* and bring on who takes over."""
        self.theatre.crash(actor)
        heir = self.hire()
        self.theatre.run(self.theatre.world.pass_time(LEASE + 1))
        return heir


def a_zombie_gives_back_a_right_to_pay_that_is_not_its_own(stage: Stage) -> None:
    """Refuse a worker, freeze it before it can say so, wake it while its heir is paying."""
    first = stage.hire()
    stage.past(first, "submit asked", "away")
    stage.bring(first, "record asked")
    heir = stage.freeze(first)
    stage.bring(heir, "submit answered")
    stage.theatre.wake()
    stage.past(first, "record asked")


def a_zombie_ends_what_its_heir_has_paid(stage: Stage) -> None:
    """Refuse a worker for good, freeze it with that outcome in its hand, wake it when its heir has paid."""
    first = stage.hire()
    stage.past(first, "submit asked", "refused")
    stage.past(first, "record asked")  # it gives its right to pay back
    stage.bring(first, "record asked")
    heir = stage.freeze(first)
    stage.past(heir, "submit answered")
    stage.past(heir, "record asked")
    stage.theatre.wake()
    stage.past(first, "record asked")
    stage.until_settled(heir)


def a_giving_back_arrives_again_while_the_next_right_is_used(stage: Stage) -> None:
    """Refuse a worker, have it pay at the next try, and die of it."""
    first = stage.hire()
    stage.past(first, "submit asked", "away")
    stage.past(first, "record asked")
    stage.bring(first, "submit answered")
    stage.late(first, Event.PAYMENT_DISPROVED)
    stage.until_settled(stage.kill(first))


def a_zombie_announces_what_its_heir_has_announced(stage: Stage) -> None:
    """Freeze a worker with the outcome in its hand."""
    first = stage.hire()
    stage.past(first, "poll asked")
    stage.bring(first, "record asked")
    heir = stage.freeze(first)
    stage.until_settled(heir)
    stage.theatre.wake()
    stage.past(first, "record asked")


def a_ticket_comes_after_the_doubt_was_announced(stage: Stage) -> None:
    """Freeze a worker with the provider's answer on its way."""
    first = stage.hire()
    stage.bring(first, "submit answered")
    heir = stage.freeze(first)
    stage.until_settled(heir)


def a_job_is_cancelled_whose_frozen_worker_brings_the_ticket(stage: Stage) -> None:
    """While its heir looks the submit up: who stores the ticket does not have the job any more."""
    first = stage.hire()
    stage.bring(first, "submit answered")
    stage.cancel()
    heir = stage.freeze(first)
    stage.bring(heir, "read asked")
    stage.theatre.wake()
    stage.past(first, "submit answered")
    stage.past(first, "record asked")
    stage.until_settled(heir)


def a_worker_dies_with_the_ticket_of_a_cancelled_job(stage: Stage) -> None:
    """Tell it of the cancellation, and nobody else."""
    first = stage.hire()
    stage.past(first, "submit asked")
    stage.cancel()
    stage.past(first, "submit answered")
    stage.past(first, "record asked")
    stage.until_settled(stage.kill(first))


def the_ticket_of_a_cancelled_job_comes_after_the_doubt_was_announced(stage: Stage) -> None:
    """Correct that to a cancellation, and not to a picture that nobody wants."""
    first = stage.hire()
    stage.bring(first, "submit answered")
    stage.cancel()
    stage.until_settled(stage.freeze(first))


def a_request_is_cancelled_before_it_comes(stage: Stage) -> None:
    """Who accepts it is gone before it could end it."""
    stage.cancel(OTHER)
    stage.theatre.forestalled.add(OTHER.request_id)
    stage.publish(OTHER)
    stage.until_settled(stage.hire())


def a_request_of_the_stream_is_cancelled_before_it_comes(stage: Stage) -> None:
    """Nobody accepted it."""
    stage.cancel(OTHER)
    stage.theatre.forestalled.add(OTHER.request_id)
    stage.theatre.run(stage.theatre.world.add(payload(OTHER)))
    stage.published.add(OTHER.request_id)
    stage.until_settled(stage.hire())


def a_worker_freezes_with_the_right_to_pay(stage: Stage) -> None:
    """Let its heir prove that nothing was bought, and pay, before it wakes."""
    first = stage.hire()
    stage.past(first, "record asked")
    stage.bring(first, "record answered")
    heir = stage.freeze(first)
    stage.until_settled(heir)


def a_submit_leaves_late(stage: Stage) -> None:
    """Let its heir look before the submit leaves, and the submit leave in time."""
    first = stage.hire()
    stage.bring(first, "submit asked")
    heir = stage.freeze(first)
    stage.past(heir, "find asked")
    stage.theatre.wake()
    stage.past(first, "submit asked")
    stage.theatre.freeze(first)
    stage.until_settled(heir)


def a_worker_dies_of_its_payment(stage: Stage) -> None:
    """Sell, and let nobody have the ticket, nor a list that is not complete show it."""
    stage.theatre.provider.forgetful = True
    first = stage.hire()
    stage.bring(first, "submit answered")
    stage.until_settled(stage.kill(first))


def the_answer_to_a_submit_is_lost(stage: Stage) -> None:
    """Let nobody die, and nobody know either."""
    stage.theatre.provider.forgetful = True
    first = stage.hire()
    stage.past(first, "submit answered", "doubted")
    stage.until_settled(first)


def redis_forgets_a_payment(stage: Stage) -> None:
    """Roll Redis back to before the claim, and bring on a worker that knows of none.

    The first worker had work before, so the group knows of it.
    """
    first = stage.hire()
    stage.until_settled(first)
    stage.publish(REQUESTS[1])
    earlier = stage.theatre.run(stage.theatre.world.copy())
    stage.past(first, "submit answered")
    stage.roll_back(earlier)
    stage.until_settled(first)


def redis_forgets_a_payment_that_is_under_way(stage: Stage) -> None:
    """Roll Redis back while the provider has not answered yet."""
    first = stage.hire()
    stage.past(first, "claim answered")
    earlier = stage.theatre.run(stage.theatre.world.copy())
    stage.bring(first, "submit answered")
    stage.roll_back(earlier)
    stage.until_settled(first)


def redis_forgets_that_a_request_came(stage: Stage) -> None:
    """Lose everything, and have the backend publish its request again."""
    first = stage.hire()
    stage.past(first, "submit answered")
    stage.roll_back({} if isinstance(stage.theatre.world, RedisWorld) else InMemoryRedis())
    stage.publish(REQUEST)
    stage.until_settled(first)


def redis_forgets_a_worker_and_its_payment(stage: Stage) -> None:
    """Roll Redis back to before the worker came that paid; those before it had left."""
    gone = stage.hire()
    stage.until_settled(gone)
    stage.theatre.crash(gone)
    name = f"worker-{stage.theatre.hired}"
    view = stage.theatre.run(stage.theatre.world.view(name))
    assert stage.theatre.run(view.queue.retire(leaving=True)) == [name]
    stage.publish(REQUESTS[1])
    earlier = stage.theatre.run(stage.theatre.world.copy())
    late = stage.hire()
    stage.past(late, "submit answered")
    stage.roll_back(earlier)
    stage.until_settled(late)


def redis_forgets_what_somebody_gone_paid(stage: Stage) -> None:
    """Who accepted the request looked how far it was before that worker was gone, and Redis went back."""
    payer = stage.hire()
    stage.until_settled(payer)
    earlier = stage.theatre.run(stage.theatre.world.copy())
    here = stage.theatre.run(stage.theatre.world.view("here"))
    stage.theatre.run(here.intake.accept(OTHER))
    stage.published.add(OTHER.request_id)
    stage.past(payer, "submit answered")
    stage.theatre.run(here.queue.renew([]))
    stage.theatre.crash(payer)
    stage.roll_back(earlier)
    stage.theatre.run(here.queue.renew([]))
    stage.until_settled(stage.hire())


def a_job_is_cancelled_whose_payment_redis_forgot(stage: Stage) -> None:
    """Before its worker could say so: it is not told as one that cost nothing."""
    first = stage.hire()
    stage.until_settled(first)
    stage.publish(OTHER)
    earlier = stage.theatre.run(stage.theatre.world.copy())
    stage.past(first, "submit answered")
    stage.past(first, "record asked")
    stage.roll_back(earlier)
    stage.cancel(OTHER)
    stage.until_settled(first)


def redis_forgets_a_cancellation(stage: Stage) -> None:
    """Of a request that had not come; who heard it is still there."""
    first = stage.hire()
    stage.until_settled(first)
    here = stage.theatre.run(stage.theatre.world.view("here"))
    stage.theatre.run(here.queue.renew([]))
    earlier = stage.theatre.run(stage.theatre.world.copy())
    stage.theatre.run(here.intake.cancel(OTHER.request_id))
    stage.theatre.cancelled.add(OTHER.request_id)
    stage.theatre.forestalled.add(OTHER.request_id)
    stage.roll_back(earlier)
    stage.theatre.run(here.queue.renew([]))
    stage.publish(OTHER)
    stage.until_settled(first)


def redis_forgets_an_outcome(stage: Stage) -> None:
    """Roll Redis back to a job that was settled and announced since."""
    first = stage.hire()
    stage.past(first, "submit answered")
    stage.bring(first, "poll asked")
    earlier = stage.theatre.run(stage.theatre.world.copy())
    stage.until_settled(first)
    stage.roll_back(earlier)
    stage.until_settled(first)


def redis_forgets_whose_turn_it_is(stage: Stage) -> None:
    """Have a worker die that had room for one request of two, and the other one's turn deleted."""
    world = stage.theatre.world
    stage.publish(OTHER)
    full = stage.theatre.run(world.view("full"))
    assert len(stage.theatre.run(full.queue.receive(1, wait=0.01))) == 1
    stage.theatre.run(world.lose_turns())
    stage.until_settled(stage.hire())


def an_operator_has_a_paid_picture_processed_again(stage: Stage) -> None:
    """Kill who works on it, and let its heir end it: there is a ticket, and no right to pay."""
    first = stage.hire()
    stage.until_settled(first)
    stage.derive(reuses=True)
    stage.past(first, "claim answered")
    stage.until_settled(stage.kill(first))


def redis_forgets_that_a_picture_is_processed_again(stage: Stage) -> None:
    """Roll Redis back to before the claim, while a worker has the job."""
    first = stage.hire()
    stage.until_settled(first)
    stage.derive(reuses=True)
    earlier = stage.theatre.run(stage.theatre.world.copy())
    stage.past(first, "claim answered")
    stage.roll_back(earlier)
    stage.until_settled(first)


def an_operator_runs_a_refused_request_again(stage: Stage) -> None:
    """Twice, with two workers: the new request is paid for once."""
    first = stage.hire()
    stage.past(first, "submit asked", "refused")
    stage.until_settled(first)
    stage.derive()
    second = stage.hire()
    stage.bring(second, "submit answered")
    stage.derive()
    stage.until_settled(stage.freeze(second))


def an_operator_finds_that_nothing_was_bought(stage: Stage) -> None:
    """Before that, the request does not run again; afterwards it does."""
    first = stage.hire()
    stage.past(first, "submit asked", "doubted")
    stage.until_settled(first)
    world = stage.theatre.world
    assert stage.theatre.run(world.reading().requests.find(REQUEST.request_id))
    if stage.told()[-1].get("paid") == "unknown":
        assert not stage.may_derive()
        assert stage.theatre.run(world.operating().resolve(REQUEST, unpaid=True))
        stage.derive()
    stage.until_settled(first)


def a_ticket_comes_after_a_doubt_was_given_up(stage: Stage) -> None:
    """Freeze a worker with the provider's answer on its way; paid work is kept all the same."""
    first = stage.hire()
    stage.bring(first, "submit answered")
    heir = stage.freeze(first)
    stage.until_settled(heir)
    stage.theatre.run(stage.theatre.world.operating().resolve(REQUEST, unpaid=False))


def an_operator_finds_the_task_of_a_doubt(stage: Stage) -> None:
    """Its picture is fetched, and nothing is paid for again; a task once more changes nothing."""
    first = stage.hire()
    stage.bring(first, "submit answered")
    stage.until_settled(stage.freeze(first))
    _, ticket, _ = stage.theatre.provider.sold[0]
    journal: Any = stage.theatre.run(stage.theatre.world.view("operator")).journal
    for _ in range(2):
        stage.theatre.run(journal.adopt(REQUEST.request_id, ticket))
        stage.until_settled(stage.hire())
    assert stage.told()[-1]["status"] == "completed"


Scene = Callable[[Stage], None]
SCENES: Mapping[Scene, tuple[Lookup, ...]] = {
    a_zombie_gives_back_a_right_to_pay_that_is_not_its_own: (Lookup.COMPLETE,),
    a_zombie_ends_what_its_heir_has_paid: tuple(Lookup),
    a_giving_back_arrives_again_while_the_next_right_is_used: (Lookup.NONE,),
    a_zombie_announces_what_its_heir_has_announced: tuple(Lookup),
    a_ticket_comes_after_the_doubt_was_announced: (Lookup.NONE,),
    a_job_is_cancelled_whose_frozen_worker_brings_the_ticket: (Lookup.NONE,),
    a_worker_dies_with_the_ticket_of_a_cancelled_job: (Lookup.NONE,),
    the_ticket_of_a_cancelled_job_comes_after_the_doubt_was_announced: (Lookup.NONE,),
    a_request_is_cancelled_before_it_comes: (Lookup.NONE,),
    a_request_of_the_stream_is_cancelled_before_it_comes: (Lookup.NONE,),
    a_worker_freezes_with_the_right_to_pay: (Lookup.COMPLETE,),
    a_submit_leaves_late: (Lookup.COMPLETE,),
    a_worker_dies_of_its_payment: tuple(Lookup),
    the_answer_to_a_submit_is_lost: tuple(Lookup),
    redis_forgets_a_payment: tuple(Lookup),
    redis_forgets_a_payment_that_is_under_way: tuple(Lookup),
    redis_forgets_that_a_request_came: tuple(Lookup),
    redis_forgets_a_worker_and_its_payment: tuple(Lookup),
    redis_forgets_what_somebody_gone_paid: tuple(Lookup),
    a_job_is_cancelled_whose_payment_redis_forgot: (Lookup.NONE,),
    redis_forgets_a_cancellation: (Lookup.NONE,),
    redis_forgets_an_outcome: tuple(Lookup),
    redis_forgets_whose_turn_it_is: (Lookup.NONE,),
    an_operator_has_a_paid_picture_processed_again: tuple(Lookup),
    redis_forgets_that_a_picture_is_processed_again: tuple(Lookup),
    an_operator_runs_a_refused_request_again: tuple(Lookup),
    an_operator_finds_that_nothing_was_bought: (Lookup.NONE, Lookup.PARTIAL),
    an_operator_finds_the_task_of_a_doubt: tuple(Lookup),
    a_ticket_comes_after_a_doubt_was_given_up: (Lookup.NONE,),
}
"""The scenes, and what the provider can be asked in each."""


def perform(scene: Scene, theatre: Theatre) -> None:
    """Play a scene to its end, and judge it."""
    stage = Stage(theatre)
    stage.publish(REQUEST)
    scene(stage)
    theatre.check()
    theatre.play_out(stage.published)
