"""What every image provider promises: in memory, and each dialect against its stand-in.

A new dialect is under this contract as soon as it is in the registry and the stand-in speaks it.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Lookup, Pending, Picture, Ticket
from mobart.core.errors import Code, InDoubt, MobartError, Rejected, Unavailable
from mobart.providers.registry import PROVIDERS
from mobart.providers.repeats import TRIES
from mobart.testing.providers import Course, MemoryProvider
from mobart_local.standin import Script, StandIn
from mobart_local.standin.dialects.table import DIALECTS
from tests.support.outcomes import outcome
from tests.support.provider_builders import built
from tests.support.provider_setup import CAT, KEY, SLOW_ROWS, Setup, selling
from tests.support.raw_http import closed_port

Opening = Callable[[str], AbstractAsyncContextManager[Setup]]
"""Opens a set-up that follows a course."""

MEMORY_COURSES = {
    "accept": Course(),
    "refuse": Course(submit="refuse"),
    "busy": Course(submit="busy"),
    "lose request": Course(submit="lose request"),
    "lose answer": Course(submit="lose answer"),
    "fail": Course(ending="fail"),
    "never": Course(ending="never"),
    "away": Course(away=1, pending=0),
}
SCRIPTS = {
    "accept": Script(side=64),
    "refuse": Script(submit="400"),
    "busy": Script(submit="429"),
    "lose request": Script(submit="drop"),
    "lose answer": Script(submit="accepted-drop", side=64),
    "fail": Script(ending="failed"),
    "never": Script(ending="never"),
    "away": Script(poll="502", poll_times=1, side=64),
}


def memory(lookup: Lookup, *, idempotent: bool = False) -> Opening:
    """Open a provider in memory."""

    @asynccontextmanager
    async def opening(course: str) -> AsyncIterator[Setup]:
        can = Capabilities(lookup=lookup, idempotent=idempotent)
        provider = MemoryProvider(default=MEMORY_COURSES[course], capabilities=can)
        yield Setup(
            provider,
            payments=lambda: provider.payments(CAT.request_id),
            submits=lambda: len(provider.ledger),
        )

    return opening


def dialect(name: str, **settings: Any) -> Opening:
    """Open a dialect whose stand-in follows a course."""
    return lambda course: selling(name, SCRIPTS[course], **settings)


OPENINGS: dict[str, Opening] = {
    "memory, asked in vain": memory(Lookup.NONE),
    "memory, lists some": memory(Lookup.PARTIAL),
    "memory, lists all": memory(Lookup.COMPLETE),
    "memory, knows repetitions": memory(Lookup.NONE, idempotent=True),
    **{name: dialect(name) for name in PROVIDERS},
    "pixellab, in the background": dialect("pixellab", pixellab_model="pro"),
}
POLLED = [name for name in PROVIDERS if DIALECTS[name].polls]
ALIKE = frozenset({"legnext", "ideogram", "replicate", "retrodiffusion"})
"""Those whose polls are asked and judged by the code of another: by PiAPI's, or as Midjourney's are."""
POLL_ROWS = [
    (name, row)
    for name in POLLED
    for row in DIALECTS[name].polls
    if row not in {"answer", "no-output"} and (name not in ALIKE or row in {"404", "502", "html"})
]


@pytest.fixture(params=list(OPENINGS.values()), ids=list(OPENINGS))
def opening(request: pytest.FixtureRequest) -> Opening:
    """Give one provider after the other."""
    chosen: Opening = request.param
    return chosen


class TestEveryProvider:
    """The contract."""

    async def test_sells_a_picture(self, opening: Opening) -> None:
        """Submit, poll, picture; paid once."""
        async with opening("accept") as setup:
            ticket = await setup.provider.submit(CAT)
            assert ticket.provider == setup.provider.name
            early = await setup.provider.poll(ticket)
            assert isinstance(early, Picture if setup.can.immediate else Pending)
            setup.finish()
            picture = await setup.provider.poll(ticket)
            assert isinstance(picture, Picture)
            assert picture.urls
            assert setup.payments() == 1

    async def test_gives_the_same_picture_again(self, opening: Opening) -> None:
        """A finished generation can be polled again, by any worker that has its ticket."""
        async with opening("away") as setup:
            ticket = await setup.provider.submit(CAT)
            setup.finish()
            await outcome(setup.provider.poll(ticket))
            first = await setup.provider.poll(ticket)
            assert await setup.provider.poll(replace(ticket)) == first

    async def test_refuses_for_good(self, opening: Opening) -> None:
        """A no is a no: asked once, nothing bought."""
        async with opening("refuse") as setup:
            with pytest.raises(Rejected):
                await setup.provider.submit(CAT)
            assert (setup.submits(), setup.payments()) == (1, 0)

    async def test_says_that_it_is_busy(self, opening: Opening) -> None:
        """Not now is told as such: asked once, nothing bought."""
        async with opening("busy") as setup:
            with pytest.raises(Unavailable):
                await setup.provider.submit(CAT)
            assert (setup.submits(), setup.payments()) == (1, 0)

    @pytest.mark.parametrize("course", ["lose request", "lose answer"])
    async def test_doubts_a_submit_without_an_answer(self, opening: Opening, course: str) -> None:
        """A lost answer looks the same whether anything was bought; only what is free is sent again."""
        async with opening(course) as setup:
            told = await outcome(setup.provider.submit(CAT))
            if setup.can.free:
                assert isinstance(told, Ticket | Rejected)
                assert setup.submits() <= TRIES
            else:
                assert isinstance(told, InDoubt)
                assert setup.submits() == 1

    @pytest.mark.parametrize("course", ["accept", "lose answer"])
    async def test_buys_once_what_is_submitted_twice_where_it_says_so(
        self, opening: Opening, course: str
    ) -> None:
        """The second submit is answered with the ticket of the first, lost or not."""
        async with opening(course) as setup:
            if not setup.can.idempotent:
                pytest.skip("it takes the second submit for another one")
            first = await outcome(setup.provider.submit(CAT))
            second = await setup.provider.submit(CAT)
            assert not isinstance(first, Ticket) or first == second
            assert (setup.submits(), setup.payments()) == (2, 1)

    async def test_finds_what_it_bought_as_far_as_it_says(self, opening: Opening) -> None:
        """A client that lists everything finds the ticket of a submit whose answer was lost."""
        async with opening("lose answer") as setup:
            await outcome(setup.provider.submit(CAT))
            ticket = await setup.provider.find(CAT)
            if setup.can.lookup is Lookup.NONE:
                assert ticket is None
            if setup.can.lookup is Lookup.COMPLETE:
                assert ticket is not None
            if ticket is not None:
                assert isinstance(await setup.provider.poll(ticket), Pending | Picture)

    async def test_finds_nothing_that_was_not_bought(self, opening: Opening) -> None:
        """A submit that never arrived is not found."""
        async with opening("lose request") as setup:
            await outcome(setup.provider.submit(CAT))
            assert await setup.provider.find(CAT) is None

    async def test_finds_nothing_of_another_request(self, opening: Opening) -> None:
        """Two players may ask for the same thing; each has its own picture."""
        async with opening("accept") as setup:
            await setup.provider.submit(CAT)
            assert await setup.provider.find(replace(CAT, request_id="r-2")) is None

    async def test_tells_its_own_failure(self, opening: Opening) -> None:
        """A generation that failed is final, and tells so in public words."""
        async with opening("fail") as setup:
            if setup.can.immediate:
                pytest.skip("what it sells is finished")
            ticket = await setup.provider.submit(CAT)
            setup.finish()
            await outcome(setup.provider.poll(ticket))
            with pytest.raises(Rejected) as failure:
                await setup.provider.poll(ticket)
            assert failure.value.code is Code.GENERATION_FAILED
            assert failure.value.sentence.endswith(".")

    async def test_stays_pending_as_long_as_it_takes(self, opening: Opening) -> None:
        """What never ends is never final."""
        async with opening("never") as setup:
            if setup.can.immediate:
                pytest.skip("what it sells is finished")
            ticket = await setup.provider.submit(CAT)
            for _ in range(3):
                setup.finish()
                assert isinstance(await setup.provider.poll(ticket), Pending)

    async def test_an_outage_between_polls_is_no_failure(self, opening: Opening) -> None:
        """A poll that found nobody is followed by one that finds the picture."""
        async with opening("away") as setup:
            ticket = await setup.provider.submit(CAT)
            setup.finish()
            if not setup.can.immediate:
                with pytest.raises(Unavailable):
                    await setup.provider.poll(ticket)
            assert isinstance(await setup.provider.poll(ticket), Picture)

    async def test_an_unknown_ticket_is_no_failure(self, opening: Opening) -> None:
        """A provider that does not know a task may know it later."""
        async with opening("accept") as setup:
            if setup.can.immediate:
                pytest.skip("a ticket is a key of the raw store")
            with pytest.raises(Unavailable):
                await setup.provider.poll(Ticket(setup.provider.name, UNKNOWN))

    async def test_calling_off_never_fails_a_job(self, opening: Opening) -> None:
        """Whether or not it can be called off, nothing but a passing trouble comes out."""
        async with opening("accept") as setup:
            ticket = await setup.provider.submit(CAT)
            told = await outcome(setup.provider.cancel(ticket))
            assert told is None or isinstance(told, Unavailable)

    async def test_check_costs_nothing(self, opening: Opening) -> None:
        """The check finds all well and buys nothing."""
        async with opening("accept") as setup:
            await setup.provider.check()
            assert (setup.submits(), setup.payments()) == (0, 0)


UNKNOWN = "11111111-1111-4111-8111-111111111111"


class TestEveryDialect:
    """What is the same for all that is sold over HTTP."""

    def test_the_stand_in_speaks_it(self) -> None:
        """Each provider of the registry can be tried without an account."""
        assert DIALECTS.keys() == PROVIDERS.keys()

    @pytest.mark.parametrize(("name", "row"), POLL_ROWS)
    async def test_no_trouble_with_a_poll_fails_a_paid_job(self, name: str, row: str) -> None:
        """Errors, pages, garbage and silence mean: ask again."""
        patience = SLOW_ROWS.get(row)
        async with selling(name, Script(poll=row, side=64), patience=patience) as setup:
            ticket = await setup.provider.submit(CAT)
            setup.finish()
            told = await outcome(setup.provider.poll(ticket))
            assert isinstance(told, Unavailable | Pending)

    @pytest.mark.parametrize("name", PROVIDERS)
    async def test_no_redirect_is_followed(self, name: str) -> None:
        """Key and prompt reach no other host, in whichever dialect."""
        async with StandIn() as other:
            script = Script(submit="redirect", poll="redirect", location=f"{other.origin}/x")
            async with selling(name, script) as setup:
                assert not isinstance(await outcome(setup.provider.submit(CAT)), Ticket)
                setup.standin.fail("redirect")
                assert isinstance(await outcome(setup.provider.check()), MobartError)
            assert sum(other.ledger.visits.values()) == 0

    @pytest.mark.parametrize("name", PROVIDERS)
    async def test_a_wrong_key_is_told_at_the_start(self, name: str) -> None:
        """In a line that names the setting and not its value."""
        async with StandIn(api_key="another-key") as standin:
            environment = {
                variable: value.replace("another-key", KEY)
                for variable, value in standin.settings(name).items()
            }
            if not any(KEY in value for value in environment.values()):
                pytest.skip("it knows no keys")
            async with built(name, environment) as provider:
                told = await outcome(provider.check())
                assert isinstance(told, Rejected)
                assert told.code is Code.PROVIDER_AUTH
                assert KEY not in str(told)
                assert any(variable in str(told) for variable in environment)

    @pytest.mark.parametrize("key", ["two\nlines", "schlüssel"])
    @pytest.mark.parametrize("name", PROVIDERS)
    async def test_a_key_that_cannot_be_sent_is_told_at_the_start(
        self, name: str, key: str
    ) -> None:
        """By the name of its setting, before anything is sent."""
        environment = DIALECTS[name].settings("http://127.0.0.1:9", key)
        variables = [variable for variable, value in environment.items() if value == key]
        if not variables:
            pytest.skip("it knows no keys, or encodes them")
        async with built(name, environment) as provider:
            with pytest.raises(Rejected, match=variables[0]):
                await provider.check()

    @pytest.mark.parametrize("name", PROVIDERS)
    async def test_a_host_that_is_gone_is_told_at_the_start(self, name: str) -> None:
        """As something that may pass."""
        async with StandIn(api_key=KEY) as standin:
            environment = standin.settings(name)
            origin = standin.origin
        gone = {
            variable: value.replace(origin, f"http://127.0.0.1:{closed_port()}")
            for variable, value in environment.items()
        }
        async with built(name, gone) as provider:
            assert isinstance(await outcome(provider.check()), Unavailable)

    @pytest.mark.parametrize("name", PROVIDERS)
    async def test_a_web_page_is_not_taken_for_the_api(self, name: str) -> None:
        """Where a domain was sold, somebody says 200 to everything."""
        async with selling(name, Script()) as setup:
            setup.standin.fail("html")
            assert isinstance(await outcome(setup.provider.check()), MobartError)

    @pytest.mark.parametrize("name", PROVIDERS)
    async def test_moderation_is_final_and_told_as_such(self, name: str) -> None:
        """Whether it is the prompt that is refused, or the picture."""
        immediate = PROVIDERS[name].immediate
        if immediate and "moderated" not in DIALECTS[name].submits:
            pytest.skip("it moderates nothing")
        script = Script(submit="moderated") if immediate else Script(ending="moderated")
        async with selling(name, script) as setup:
            told = await outcome(setup.provider.submit(CAT))
            if isinstance(told, Ticket):
                setup.finish()
                told = await outcome(setup.provider.poll(told))
            assert isinstance(told, Rejected)
            assert told.code is Code.MODERATION_BLOCKED
            assert CAT.prompt not in told.sentence
            assert told.sentence.endswith(".")

    @pytest.mark.parametrize("name", POLLED)
    async def test_progress_is_told_where_there_is_any(self, name: str) -> None:
        """As a percentage, of a generation that is under way."""
        async with selling(name, Script(seconds=100, side=64)) as setup:
            ticket = await setup.provider.submit(CAT)
            setup.time.seconds += 70
            answer = await setup.provider.poll(ticket)
            assert isinstance(answer, Pending)
            assert (answer.progress is not None) == setup.can.progress
            assert answer.progress is None or 0 <= answer.progress <= 100

    @pytest.mark.parametrize("name", POLLED)
    async def test_what_is_called_off_brings_no_picture(self, name: str) -> None:
        """Where it can be called off; the job is settled by then, and nobody asks any more."""
        async with selling(name, Script(seconds=100, side=64)) as setup:
            if not setup.can.cancels:
                pytest.skip("it knows no way")
            ticket = await setup.provider.submit(CAT)
            await setup.provider.cancel(ticket)
            setup.finish()
            assert isinstance(await outcome(setup.provider.poll(ticket)), MobartError)
