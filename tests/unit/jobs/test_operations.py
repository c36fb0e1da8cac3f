"""What operators do: each action checked, done, and written to the log with who did it."""

from dataclasses import dataclass, field
from itertools import count

import pytest

from mobart.core.domain import Completed, Failed, GenerationRequest, Ticket
from mobart.core.errors import Code, Rejected
from mobart.core.events import LogEvent
from mobart.core.operations import (
    ACTIONS,
    Action,
    Command,
    NoSuchRequest,
    NotPossible,
    is_possible,
    offers,
)
from mobart.core.wire import InvalidRequest
from mobart.jobs.admission import Admission
from mobart.jobs.operations import OperatorActions, again
from tests.support.backends import (
    DONE,
    NO,
    REQUEST,
    UNKNOWN,
    MemoryWorld,
    WorkerView,
    settled,
)
from tests.support.jobs import RESOLVER, NotedCancellations
from tests.support.observers import Notes


@dataclass(slots=True)
class Adoptions:
    """Remembers tickets, and puts them into the record."""

    world: MemoryWorld
    taken: list[tuple[str, Ticket]] = field(default_factory=list)

    async def adopt(self, request_id: str, ticket: Ticket) -> None:
        """See `Adopting`."""
        self.taken.append((request_id, ticket))


@dataclass(slots=True)
class Office:
    """An operator at work."""

    world: MemoryWorld
    view: WorkerView
    notes: Notes
    adoptions: Adoptions
    actions: OperatorActions

    async def do(self, action: Action, target: str = "request-1", **fields: str) -> str:
        """Perform an action, and return the id that it tells."""
        done = await self.actions.perform(Command(action, target, fields), actor="token")
        return done.request_id


@pytest.fixture
async def office() -> Office:
    """Open one."""
    world, notes = MemoryWorld(), Notes()
    view, adoptions = await world.view("a"), Adoptions(world)
    names = count(1)
    actions = OperatorActions(
        admission=Admission(
            view.intake, notes, RESOLVER, NotedCancellations(), world.clock, 9999, 99
        ),
        resolutions=world.operating(),
        journal=adoptions,
        switch=world.operating(),
        requests=world.reading().requests,
        observer=notes,
        new_name=lambda: f"n{next(names)}",
    )
    return Office(world, view, notes, adoptions, actions)


async def test_a_request_is_submitted_as_a_backend_would(office: Office) -> None:
    """With an id that is made up where none is given."""
    made = await office.do(Action.SUBMIT, "", prompt="a red fox", user_id="me")
    assert made == "operator-n1"
    [live] = await office.world.reading().requests.list_live(10)
    assert live.request == GenerationRequest(made, "me", "a red fox")
    [accepted] = office.notes.of(LogEvent.REQUEST_ACCEPTED)
    assert accepted["transport"] == "http"


async def test_who_did_what_to_which_request_is_logged(office: Office) -> None:
    """One event for each action, and none for what was not done."""
    await office.view.settled(NO)
    await office.do(Action.ANNOUNCE)
    with pytest.raises(NotPossible):
        await office.do(Action.CANCEL)
    await office.do(Action.PAUSE, "")
    first, second = office.notes.of(LogEvent.OPERATOR_ACTED)
    assert (first["actor"], first["action"], first["request_id"]) == (
        "token",
        "announce",
        "request-1",
    )
    assert (second["action"], second["request_id"]) == ("pause", None)


async def test_a_submit_under_a_taken_id_is_told(office: Office) -> None:
    """The first request goes on undisturbed."""
    await office.view.intake.accept(REQUEST)
    with pytest.raises(NotPossible, match="request-1"):
        await office.do(Action.SUBMIT, "", prompt="else", user_id="me", request_id="request-1")


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "x", "user_id": "no id!"},
        {"prompt": " ", "user_id": "me"},
        {"prompt": "x", "user_id": "me", "preset": "nope"},
    ],
)
async def test_a_submit_that_makes_no_sense_is_refused(
    office: Office, fields: dict[str, str]
) -> None:
    """Nothing is accepted."""
    with pytest.raises((InvalidRequest, Rejected)):
        await office.do(Action.SUBMIT, "", **fields)
    assert await office.world.outstanding() == 0


async def test_a_failed_request_is_run_again_under_an_id_that_tells(office: Office) -> None:
    """A second click makes no second request."""
    await office.view.settled(NO)
    assert await office.do(Action.RETRY) == "request-1.r2"
    assert await office.do(Action.RETRY) == "request-1.r2"
    assert await office.world.outstanding() == 1
    [derived, _] = office.notes.of(LogEvent.REQUEST_DERIVED)
    assert derived["made_from"] == "request-1"


async def test_a_doubt_is_not_run_again_before_it_is_resolved(office: Office) -> None:
    """That could pay twice."""
    await office.view.settled(UNKNOWN)
    with pytest.raises(NotPossible):
        await office.do(Action.RETRY)
    await office.do(Action.DECLARE_UNPAID)
    await office.do(Action.RETRY)


async def test_a_picture_is_processed_again_by_another_preset(office: Office) -> None:
    """From the raw picture, if the completion names one; a grid is looked for where one was."""
    done = Completed(
        DONE.asset, DONE.preset, DONE.provider, DONE.seconds, art={"tile": 2}, raw_key="raw/1"
    )
    await office.view.settled(done)
    made = await office.do(Action.REPROCESS, preset="sprite")
    record = office.world.redis.records[made].job
    assert record.request.preset == "sprite"
    assert record.kept is not None
    assert (record.kept.raw_key, record.kept.grid) == ("raw/1", True)


async def test_an_unknown_preset_makes_nothing(office: Office) -> None:
    """It is told at once."""
    await office.view.settled(DONE)
    with pytest.raises(Rejected):
        await office.do(Action.REPROCESS, preset="nope")
    assert await office.world.outstanding() == 0


async def test_a_task_is_adopted_for_the_provider_that_was_asked(office: Office) -> None:
    """Where the journal does not take it, that is told."""
    await office.view.settled(UNKNOWN)
    with pytest.raises(NotPossible, match="not taken"):
        await office.do(Action.ADOPT, task_id=" t-9 ")
    assert office.adoptions.taken == [("request-1", Ticket("midjourney", "t-9"))]
    with pytest.raises(NotPossible, match="needed"):
        await office.do(Action.ADOPT, task_id=" ")


async def test_a_job_is_cancelled(office: Office) -> None:
    """As by the backend."""
    await office.view.accepted()
    await office.do(Action.CANCEL)
    assert (await office.world.announced())[0]["error_code"] == "cancelled"


async def test_all_that_the_backend_never_took_is_sent_again(office: Office) -> None:
    """And nothing else."""
    await office.view.settled(NO)
    await office.do(Action.RESEND, "")
    assert len(await office.world.announced()) == 1
    office.world.redis.undelivered.add("request-1")
    await office.do(Action.RESEND, "")
    assert (await office.world.announced())[-1]["duplicate"] is True
    assert office.world.redis.undelivered == set()


async def test_a_suspension_that_is_none_cannot_be_lifted(office: Office) -> None:
    """Say so."""
    with pytest.raises(NotPossible):
        await office.do(Action.LIFT, "user-1")


@pytest.mark.parametrize(
    "action", [action for action, row in ACTIONS.items() if row.target == "request"]
)
async def test_a_request_that_nobody_knows_is_told(office: Office, action: Action) -> None:
    """For every action on a request."""
    with pytest.raises(NoSuchRequest):
        await office.do(action, "nobody", preset="auto", task_id="t")


@pytest.mark.parametrize(
    ("outcome", "possible"),
    [
        (DONE, {"reprocess", "announce"}),
        (NO, {"retry", "announce"}),
        (UNKNOWN, {"adopt", "declare-unpaid", "give-up", "announce"}),
    ],
)
async def test_what_is_offered_is_what_is_possible(
    office: Office, outcome: Completed | Failed, possible: set[str]
) -> None:
    """By the state of the request."""
    await office.view.settled(outcome)
    view = await office.world.reading().requests.find("request-1")
    assert view is not None
    assert {str(action) for action in offers(view)} == possible
    assert not is_possible(Action.PAUSE, view)


@pytest.mark.parametrize(
    ("code", "possible"), [(Code.MODERATION_BLOCKED, False), (Code.IMAGE_INVALID, True)]
)
async def test_only_a_picture_that_there_may_be_is_offered_for_processing(
    office: Office, code: Code, possible: bool
) -> None:
    """What moderation held back after it was paid is nowhere to be had."""
    outcome = Failed(code, "It failed.", paid=True)
    await office.view.journal.record(await office.view.paid(), settled(outcome))
    view = await office.world.reading().requests.find("request-1")
    assert view is not None
    assert view.ticket
    assert is_possible(Action.REPROCESS, view) is possible


@pytest.mark.parametrize(
    ("first", "second"),
    [("a", "a.r2"), ("a.r2", "a.r3"), ("a.r9", "a.r10"), ("x" * 128, "x" * 100 + ".r2")],
)
def test_ids_of_repetitions_count_up_and_stay_ids(first: str, second: str) -> None:
    """However often a request is run again."""
    assert again(first) == second
