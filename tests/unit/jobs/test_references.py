"""The pictures that requests refer to: which may be, what becomes of them, and who is asked then."""

from contextlib import suppress
from dataclasses import replace

import pytest

from mobart.art import Recipe
from mobart.core.capabilities import Capabilities
from mobart.core.domain import GenerationRequest, Stage
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.lifecycle import Event, Transition
from mobart.core.orders import Reference
from mobart.core.policy import Backoff
from mobart.core.ports import Claim
from mobart.core.retry import Retrier
from mobart.core.wire import fingerprint
from mobart.jobs.payment import Payment
from mobart.jobs.references import PAUSE, TRIES, ReferenceRules, References
from mobart.jobs.routing import ProviderRouter
from mobart.jobs.slots import Slots
from mobart.jobs.spec import JobContext
from mobart.jobs.terms import Terms
from mobart.testing.downloads import MemoryDownloads
from mobart.testing.providers import Course, MemoryProvider
from mobart.testing.storage import MemoryStore
from tests.support.backends import LEASE, MemoryWorld, WorkerView
from tests.support.clocks import SimulatedClock
from tests.support.fakes import InstantStudio
from tests.support.jobs import PRESETS, RESOLVER, NotedCancellations
from tests.support.observers import Notes

ADDRESS = "https://assets.example/hero.png?v=1&s=a%20b"
KEY = "generated/player/r-0.png"
REQUEST = GenerationRequest("request-1", "player", "a hero")
RULES = ReferenceRules(takers=("openai",), providers=("openai", "stability"))


def referring(text: object) -> GenerationRequest:
    """Return a request that refers to *text*."""
    return replace(REQUEST, options={"reference": text})


class TestWhatMayBeReferredTo:
    """Judged when the request is heard, before anything is fetched."""

    @pytest.mark.parametrize(
        "text",
        [ADDRESS, KEY, "generated/player/r-0~2.png", "heroes/knight.png", "HTTPS://A.EXAMPLE/X"],
    )
    def test_addresses_and_own_results_and_what_the_operator_allows(self, text: str) -> None:
        """Nothing is raised."""
        replace(RULES, prefixes=("heroes/",)).check(referring(text), ())

    @pytest.mark.parametrize(
        "text",
        [
            "generated/another/r-0.png",
            "generated/player",
            "generated/player/../another/r-0.png",
            "generated/player//r-0.png",
            "generated/player/./r-0.png",
            "raw/player/r-0",
            "heroes/knight.png",
            "../heroes/knight.png",
            "data:image/png;base64,iVBORw0KGgo=",
            "file:///etc/passwd",
            "https://assets.example/x --chaos 100",
            "https://assets.example/x\n",
            "https://assets.example/" + "x" * 5000,
            "generated/player/" + "x" * 2000,
            7,
            None,
            ["https://assets.example/x"],
        ],
    )
    def test_nothing_else(self, text: object) -> None:
        """Neither other players' pictures nor what would slip into a prompt."""
        with pytest.raises(Rejected) as no:
            RULES.check(referring(text), ())
        assert no.value.code is Code.INVALID_MESSAGE
        assert "options.reference" in no.value.hint

    @pytest.mark.parametrize(
        ("wished", "allowed"),
        [((), True), (("openai",), True), (("stability",), False), (("unknown",), True)],
    )
    def test_only_where_a_provider_is_asked_that_takes_it(
        self, wished: tuple[str, ...], allowed: bool
    ) -> None:
        """It would be left out without a word; names that nobody has stand for all."""
        if allowed:
            RULES.check(referring(ADDRESS), wished)
            return
        with pytest.raises(Rejected, match="no provider"):
            RULES.check(referring(ADDRESS), wished)

    def test_a_request_without_one_is_never_refused(self) -> None:
        """Whichever provider is asked."""
        RULES.check(REQUEST, ("stability",))

    def test_it_is_no_option_of_the_preset_and_part_of_what_was_asked_for(self) -> None:
        """The same id with another picture is another request."""
        asked = replace(REQUEST, options={"reference": ADDRESS, "size": 32})
        assert PRESETS.recipe_of(asked).preset.size == 32
        assert fingerprint(asked) != fingerprint(replace(REQUEST, options={"size": 32}))


def references(
    *, downloads: MemoryDownloads | None = None, studio: InstantStudio | None = None
) -> References:
    """Return what fetches from memory."""
    store = MemoryStore(objects={KEY: b"a knight"})
    return References(
        downloads=downloads or MemoryDownloads({ADDRESS: b"a hero"}),
        store=store,
        renderer=studio or InstantStudio(),
        recipe=Recipe(),
        clock=SimulatedClock(),
        max_bytes=100,
    )


class TestFetching:
    """Before anything is paid."""

    async def test_an_address_is_handed_on_as_it_came(self) -> None:
        """With the picture, decoded and encoded anew."""
        studio = InstantStudio()
        found = await references(studio=studio).fetch(ADDRESS)
        assert found == Reference(ADDRESS, b"a hero")
        assert studio.rendered == [b"a hero"]

    async def test_a_key_becomes_a_signed_address(self) -> None:
        """Good for an hour."""
        found = await references().fetch(KEY)
        assert found.png == b"a knight"
        assert found.address == f"https://assets.invalid/{KEY}?expires=3600&signature=x"

    async def test_what_is_away_is_tried_again_a_few_times(self) -> None:
        """A moment later it may be there."""
        away = [Unavailable(Code.DOWNLOAD_FAILED, "away")] * (TRIES - 1)
        clock = SimulatedClock()
        downloads = MemoryDownloads({ADDRESS: b"a hero"}, failures=away)
        made = replace(references(downloads=downloads), clock=clock)
        assert (await made.fetch(ADDRESS)).png == b"a hero"
        assert clock.slept == [PAUSE * number for number in range(1, TRIES)]

    @pytest.mark.parametrize(
        ("failures", "code"),
        [
            ([Unavailable(Code.DOWNLOAD_FAILED, "away")] * TRIES, Code.DOWNLOAD_FAILED),
            ([Rejected(Code.DOWNLOAD_FAILED, "404")], Code.DOWNLOAD_FAILED),
            ([Rejected(Code.DOWNLOAD_BLOCKED, "private")], Code.INVALID_MESSAGE),
            ([Rejected(Code.IMAGE_TOO_LARGE, "large")], Code.INVALID_MESSAGE),
        ],
    )
    async def test_what_cannot_be_had_is_told_to_the_backend(
        self, failures: list[Rejected | Unavailable], code: Code
    ) -> None:
        """With the option's name; a moment later is worth a try only where it was not there."""
        made = references(downloads=MemoryDownloads(failures=failures))
        with pytest.raises(Rejected) as no:
            await made.fetch(ADDRESS)
        assert no.value.code is code
        assert no.value.hint.startswith("options.reference")

    async def test_what_is_no_picture_is_told_to_the_backend(self) -> None:
        """The picture process says so."""
        studio = InstantStudio(failures=[Rejected(Code.IMAGE_INVALID, "no picture")])
        with pytest.raises(Rejected) as no:
            await references(studio=studio).fetch(ADDRESS)
        assert no.value.code is Code.INVALID_MESSAGE

    async def test_too_many_bytes_in_the_bucket_are_refused(self) -> None:
        """As those of an address are."""
        with pytest.raises(Rejected) as no:
            await replace(references(), max_bytes=3).fetch(KEY)
        assert no.value.code is Code.INVALID_MESSAGE


TAKING = replace(RESOLVER, references=ReferenceRules(takers=("taker",), providers=("taker",)))


def paying(
    world: MemoryWorld,
    view: WorkerView,
    *providers: MemoryProvider,
    made: References,
    deadline: float = 3600.0,
) -> Payment:
    """Return what pays these providers."""
    return Payment(
        view.journal,
        ProviderRouter({one.name: one for one in providers}),
        NotedCancellations(),
        Notes(),
        world.clock,
        Retrier(world.clock, Notes(), Backoff(base=0.5, cap=30.0)),
        Terms(job_deadline=deadline, lease=LEASE, in_doubt="fail"),
        references=made,
    )


async def paid(
    *providers: MemoryProvider, made: References, options: dict[str, object]
) -> tuple[Stage, Rejected | None]:
    """Pay for a request with *options*; return the stage it is left in, and why it was refused."""
    world = MemoryWorld()
    view = await world.view("a")
    payment = paying(world, view, *providers, made=made)
    request = replace(REQUEST, options=options)
    await view.intake.accept(request)
    [delivery] = await view.queue.receive(1, wait=0.01)
    claim = await view.queue.claim(delivery, request)
    assert isinstance(claim, Claim)
    try:
        await payment.ensure(JobContext(claim, TAKING.resolve(request), Slots(1).open()))
    except Rejected as no:
        return claim.job.stage, no
    return claim.job.stage, None


def provider(name: str, *, references: bool) -> MemoryProvider:
    """Return a provider in memory."""
    return MemoryProvider(name=name, capabilities=Capabilities(references=references))


class TestPaying:
    """A provider that cannot go by the picture is not asked."""

    async def test_the_picture_goes_to_the_provider_with_the_order(self) -> None:
        """Fetched once."""
        taker = provider("taker", references=True)
        stage, no = await paid(taker, made=references(), options={"reference": ADDRESS})
        assert (stage, no) == (Stage.PAID, None)
        [entry] = taker.ledger
        assert entry.order.reference == Reference(ADDRESS, b"a hero")

    async def test_one_that_takes_none_is_passed_over(self) -> None:
        """It would make another character."""
        other, taker = provider("other", references=False), provider("taker", references=True)
        stage, _ = await paid(other, taker, made=references(), options={"reference": KEY})
        assert stage is Stage.PAID
        assert (len(other.ledger), len(taker.ledger)) == (0, 1)

    async def test_where_none_takes_it_nothing_is_paid(self) -> None:
        """As after a change of the settings."""
        other = provider("other", references=False)
        stage, no = await paid(other, made=references(), options={"reference": KEY})
        assert stage is Stage.ACCEPTED
        assert no is not None
        assert no.code is Code.INVALID_MESSAGE
        assert other.ledger == []

    async def test_what_cannot_be_had_costs_nothing(self) -> None:
        """The provider is not asked at all."""
        taker = provider("taker", references=True)
        gone = references(downloads=MemoryDownloads())
        stage, no = await paid(taker, made=gone, options={"reference": ADDRESS})
        assert stage is Stage.ACCEPTED
        assert no is not None
        assert taker.ledger == []

    async def test_an_order_without_one_has_none(self) -> None:
        """And goes to anybody."""
        other = provider("other", references=False)
        stage, _ = await paid(other, made=references(), options={})
        assert stage is Stage.PAID
        assert other.ledger[0].order.reference is None


class TestDoubts:
    """A submit whose answer was lost, where it may be sent again with the same key."""

    @pytest.mark.parametrize("there", [True, False])
    async def test_it_is_sent_again_with_the_picture_and_never_without(self, there: bool) -> None:
        """Another body under the same key would be a conflict at best."""
        can = Capabilities(references=True, idempotent=True)
        taker = MemoryProvider(
            {"request-1": [Course(submit="lose answer"), Course()]}, name="taker", capabilities=can
        )
        made = references()
        if not there:
            made = references(downloads=MemoryDownloads())
        world = MemoryWorld()
        view = await world.view("a")
        request = referring(ADDRESS)
        await view.intake.accept(request)
        [delivery] = await view.queue.receive(1, wait=0.01)
        claim = await view.queue.claim(delivery, request)
        assert isinstance(claim, Claim)
        await view.journal.record(claim, Transition(Event.PAYMENT_STARTED, provider="taker"))
        context = JobContext(claim, TAKING.resolve(request), Slots(1).open())
        payment = paying(world, view, taker, made=made, deadline=100.0)
        with suppress(Rejected):
            await payment.ensure(context)
        assert all(entry.order.reference is not None for entry in taker.ledger)
        assert bool(taker.ledger) is there
