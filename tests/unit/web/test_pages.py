"""What the pages show, and what they hide."""

import re
from dataclasses import replace

import aiohttp
import pytest

from mobart.core.domain import GenerationRequest, Priority
from mobart.core.views import Batch, Bucket, Progress, Spent, WorkerStatus
from mobart.web.page import words
from mobart.web.page.charts import Chart, Series
from mobart.web.page.columns import broader, marks
from tests.support.backends import NO, REQUEST, STARTED, UNKNOWN, MemoryWorld
from tests.support.status_pages import PAINTED, PNG, RAW_KEY, Site, moment, site

STATUS = WorkerStatus(
    worker="worker-1",
    version="9.9.9",
    started_at=0.0,
    slots=16,
    used=3,
    jobs=4,
    circuits={"midjourney": 12.0},
    budget=10,
    progress=[Progress("request-1", "generating", 40)],
)
NASTY = '<script>alert("x")</script>'


async def page(one: Site, path: str) -> str:
    """Return a page that is there."""
    status, text = await one.call("GET", path)
    assert status == 200, text
    return text


async def test_the_overview_shows_what_is_in_progress() -> None:
    """With the stage, progress and worker that its worker tells."""
    async with site() as one:
        view = await one.world.view("a")
        await view.accepted()
        await one.world.reading().recording.write(Batch(STATUS, counts={"completed": 3}))
        text = await page(one, "/")
        for word in ("request-1", "user-1", "generating", "40 %", "worker-1", "3 of 16", "9.9.9"):
            assert word in text
        assert "left alone" in text
        assert "no answer" in text
        assert "completed: now 3" in text


async def test_without_workers_that_is_said() -> None:
    """An operator at night looks for just that."""
    async with site() as one:
        assert "No worker has told anything" in await page(one, "/")


async def test_doubts_have_a_lane_of_their_own_and_say_what_to_do() -> None:
    """On the first page and on the request's."""
    async with site() as one:
        view = await one.world.view("a")
        await view.settled(UNKNOWN)
        assert 'id="doubt"' in await page(one, "/")
        cookie, _ = await one.signed_in()
        _, text, _ = await one.get("/requests/request-1", Cookie=cookie)
        for word in ("Adopt this task", "Nothing was bought", "Give up"):
            assert word in text
        assert "Run again" not in text


async def test_callbacks_that_the_backend_never_took_are_shown_and_sent_again() -> None:
    """By a button."""
    async with site() as one:
        view = await one.world.view("a")
        await view.settled(NO)
        assert "never took" not in await page(one, "/")
        one.world.redis.undelivered.add("request-1")
        assert "never took" in await page(one, "/")
        assert "request-1" in await page(one, "/requests?undelivered=1")
        assert (await one.call("POST", "/v1/resend"))[0] == 200
        assert "never took" not in await page(one, "/")


@pytest.mark.parametrize("stopped", [False, True])
async def test_a_backend_that_wants_no_more_callbacks_is_shown_with_what_helps(
    stopped: bool,
) -> None:
    """They are in no list of their own: they wait in the stream."""
    status = replace(STATUS, callbacks_stopped=stopped)
    async with site() as one:
        await one.world.reading().recording.write(Batch(status))
        text = await page(one, "/")
        for told in ("callbacks stopped", "restart these workers"):
            assert (told in text) == stopped


async def test_what_an_operator_changes_is_seen_at_once() -> None:
    """Although the first page is read once a second only."""
    async with site() as one:
        assert "running" in await page(one, "/")
        await one.call("POST", "/v1/pause")
        assert "paused" in await page(one, "/")


@pytest.mark.parametrize("prompts", [True, False])
async def test_prompts_are_hidden_unless_switched_on(prompts: bool) -> None:
    """On every page and in the API."""
    async with site(prompts=prompts) as one:
        view = await one.world.view("a")
        await view.settled(NO)
        paths = ("/requests", "/requests/request-1", "/v1/requests", "/v1/requests/request-1")
        for path in paths:
            assert (REQUEST.prompt in await page(one, path)) is prompts, path


async def test_what_players_and_providers_write_is_escaped() -> None:
    """A prompt, an option and a provider's words are no HTML."""
    async with site(prompts=True) as one:
        view = await one.world.view("a")
        request = replace(REQUEST, prompt=NASTY, options={"x": NASTY})
        await view.intake.accept(request)
        moments = [moment("job.failed", code="x", detail=NASTY), moment(NASTY)]
        await one.world.reading().recording.write(Batch(STATUS, moments={"request-1": moments}))
        for path in ("/", "/requests", "/requests/request-1", f"/requests?user={NASTY}"):
            assert "<script>alert" not in await page(one, path)
        status, text, _ = await one.get(f"/sign-in?next={NASTY}")
        assert (status, "<script>alert" in text) == (200, False)


async def test_another_site_puts_no_words_into_the_page() -> None:
    """What an action told comes along in the address, and anybody can write an address."""
    async with site() as one:
        headers = {"Authorization": "Bearer token of an operator"}
        path = "/?sorry=Call+this+number"
        _, ours, _ = await one.get(path, **headers, Sec_Fetch_Site="same-origin")
        _, theirs, _ = await one.get(path, **headers, Sec_Fetch_Site="cross-site")
        assert ("Call this number" in ours, "Call this number" in theirs) == (True, False)


async def test_options_are_hidden_with_the_prompts() -> None:
    """They may hold an address that is as good as a key."""
    async with site() as one:
        view = await one.world.view("a")
        await view.intake.accept(
            replace(REQUEST, options={"reference": "https://a.invalid/?sig=1"})
        )
        assert "sig=1" not in await page(one, "/requests/request-1")


async def test_the_priority_of_a_request_is_told() -> None:
    """On its page and by the API."""
    async with site() as one:
        view = await one.world.view("a")
        await view.intake.accept(replace(REQUEST, priority=Priority.HIGH))
        assert "<dt>Priority</dt><dd>high</dd>" in await page(one, "/requests/request-1")
        assert '"priority": "high"' in (await one.call("GET", "/v1/requests/request-1"))[1]


async def test_no_page_holds_a_style_or_script_that_the_policy_forbids() -> None:
    """They would be left out silently."""
    async with site() as one:
        view = await one.world.view("a")
        await view.settled(PAINTED)
        for path in ("/", "/requests", "/requests/request-1", "/sheet", "/new"):
            text = await page(one, path)
            assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", text), path
            assert len(re.findall("<script", text)) == 1


async def test_the_page_of_a_request_tells_its_story() -> None:
    """In words, in order, with what was found in the picture."""
    async with site() as one:
        view = await one.world.view("a")
        await view.settled(PAINTED)
        told = [
            moment("job.paid", 11.0, provider="midjourney", ticket="t-1"),
            moment("request.accepted", 10.0, transport="channel"),
            moment(
                *("picture.rendered", 12.0),
                size="8x8",
                seconds=0.5,
                native="2x2",
                cell="4x4",
                confidence=0.9,
            ),
        ]
        await one.world.reading().recording.write(Batch(STATUS, moments={"request-1": told}))
        text = await page(one, "/requests/request-1")
        places = [
            text.index(words)
            for words in (
                "Heard on the channel",
                "Paid: midjourney took the order as t-1.",
                "Pixel art of 2x2 cells, each 4x4 px as it came, confidence 0.90.",
                "Settled as completed",
            )
        ]
        assert places == sorted(places)
        assert 'data-scale="4" data-tile="1"' in text


async def test_facts_are_told_in_words() -> None:
    """As on the first page: yes and no."""
    async with site() as one:
        view = await one.world.view("a")
        await view.settled(NO)
        text = await page(one, "/requests/request-1")
    told = " ".join(re.sub("<[^>]*>", " ", text).split())
    assert "Retry helps no" in told
    assert "Paid no" in told


async def test_a_request_that_nobody_knows_is_told_kindly() -> None:
    """As a page, not as an error."""
    async with site() as one:
        status, text = await one.call("GET", "/requests/nobody")
        assert status == 404
        assert "There is no request nobody" in text


async def test_the_search_finds_requests_and_users() -> None:
    """By one field."""
    async with site() as one:
        view = await one.world.view("a")
        await view.accepted()
        for wanted, path in (("request-1", "/requests/request-1"), ("u 2", "/requests?user=u+2")):
            headers = {"Authorization": "Bearer token of an operator"}
            _, _, told = await one.send("GET", "/find", params={"q": wanted}, headers=headers)
            assert told["Location"] == path


async def test_many_requests_come_page_by_page() -> None:
    """Each page leads to the next one."""
    async with site() as one:
        view = await one.world.view("a")
        for number in range(60):
            await view.intake.accept(GenerationRequest(f"r-{number}", "user-1", "x"))
        first = await page(one, "/requests?user=user-1")
        [older] = re.findall(r'href="(/requests\?[^"]+)" rel="next"', first)
        second = await page(one, older.replace("&amp;", "&"))
        ids = [re.findall(r'href="/requests/(r-\d+)"', text) for text in (first, second)]
        assert [len(found) for found in ids] == [50, 10]
        assert len({*ids[0], *ids[1]}) == 60


async def test_pictures_are_served_from_the_bucket_and_checked() -> None:
    """An asset by its digest; a raw picture only written anew."""
    async with site() as one:
        view = await one.world.view("a")
        await view.settled(PAINTED)
        paths = ("/requests/request-1/asset.png", "/requests/request-1/raw.png")
        assert [(await one.call("GET", path))[0] for path in paths] == [404, 404]
        one.objects |= {"generated/1.png": b"something else", RAW_KEY: b"no picture"}
        assert [(await one.call("GET", path))[0] for path in paths] == [404, 404]
        one.objects |= {"generated/1.png": PNG, RAW_KEY: b"as it came"}
        async with aiohttp.ClientSession(
            headers={"Authorization": "Bearer token of an operator"}
        ) as http:
            for path, body in zip(paths, (PNG, b"\x89PNG anew"), strict=True):
                async with http.get(f"http://127.0.0.1:{one.server.port}{path}") as answer:
                    assert answer.content_type == "image/png"
                    assert await answer.read() == body
        for tile in ("0", "2", "-1", "x", "99999999999999999999"):
            assert (await one.call("GET", f"{paths[0]}?tile={tile}"))[0] == 404


async def test_the_contact_sheet_shows_what_was_completed() -> None:
    """And nothing that failed."""
    async with site() as one:
        view = await one.world.view("a")
        await view.settled(PAINTED)
        text = await page(one, "/sheet")
        assert text.count("<img") == 1
        assert "No picture is like that" in await page(one, "/sheet?preset=other")


async def test_the_first_page_is_followed_by_events() -> None:
    """Each time something has changed."""
    world = MemoryWorld()
    async with site(world=world) as one:
        view = await world.view("a")
        url = f"http://127.0.0.1:{one.server.port}/live"
        headers = {"Authorization": "Bearer token of an operator"}
        async with one.http.get(url, headers=headers) as answer:
            assert answer.content_type == "text/event-stream"
            await answer.content.readuntil(b"\n\n")
            await view.intake.accept(REQUEST)
            world.clock.seconds += 5
            while b"request-1" not in await answer.content.readuntil(b"\n\n"):
                world.clock.seconds += 5


def test_a_chart_says_its_figures_to_those_who_cannot_see_it() -> None:
    """Also where there is nothing to draw."""
    chart = Chart(
        "Outcomes",
        "requests",
        [Series("completed", [1, 2]), Series("failed", [0, 3])],
        stacked=True,
    )
    assert chart.top == 5
    assert 'aria-label="Outcomes in requests. completed: now 2, in all 3, at most 2' in chart.svg
    assert Chart("Nothing", "s", [Series("none", [])]).svg.startswith("<svg")


def test_a_long_range_has_columns_that_can_be_seen() -> None:
    """What was counted is summed, what was measured keeps its peak; the newest column is a whole one."""
    counts = [{"completed": 1.0, "outstanding": float(hour)} for hour in range(721)]
    drawn = broader([Bucket(3600.0 * hour, one) for hour, one in enumerate(counts)], most=60)
    assert len(drawn) <= 60
    assert sum(one.counts["completed"] for one in drawn) == 721
    assert drawn[-1].counts == {"completed": 13.0, "outstanding": 720.0}
    assert drawn[-1].at == 3600.0 * 708
    assert drawn[0].at == 0.0


def test_a_short_range_is_drawn_as_it_was_counted() -> None:
    """Minute by minute."""
    counted = [Bucket(60.0 * minute, {"completed": 1.0}) for minute in range(60)]
    assert broader(counted, most=60) == counted
    assert broader([], most=60) == []


def test_an_hour_and_a_day_are_marked_with_times_a_longer_range_with_days() -> None:
    """Left edge, middle and right edge; a chart of nothing has none."""
    hour = [Bucket(60.0 * minute, {}) for minute in range(60)]
    day = broader([Bucket(60.0 * minute, {}) for minute in range(1440)])
    week = broader([Bucket(3600.0 * each, {}) for each in range(168)])
    assert marks(hour) == ["00:00", "00:30", "now"]
    assert marks(day) == ["00:00", "12:00", "now"]
    assert marks(week) == ["01-01 00:00", "01-04 12:00", "now"]
    assert marks([]) == []


async def test_each_chart_says_when_its_range_begins() -> None:
    """Else nobody could tell when something went wrong."""
    async with site() as one:
        began = words.clock_time(one.world.clock.now().timestamp() - 59 * 60)[11:16]
        text = await page(one, "/?range=1h")
        assert text.count(f'<p class="marks"><span>{began}</span>') == text.count("<figure>") > 1


async def test_what_today_cost_is_shown_beside_the_limits() -> None:
    """By provider and user, and what is still in the making in the total."""
    async with site() as one:
        view, reading = await one.world.view("a"), one.world.reading()
        claim = await view.accepted()
        await view.journal.record(claim, replace(STARTED, price=0.25))
        limits = replace(STATUS, budget=10, budget_usd=1.5, user_daily=4)
        counts = {"paid:openai": 2, "cost:openai": 0.04}
        buyers = {"user-9": Spent(2, 0.04)}
        await reading.recording.write(Batch(limits, counts=counts, buyers=buyers))
        text = " ".join(re.sub("<[^>]*>", " ", await page(one, "/")).split())
    told = text.partition("Spent today")[2]
    assert told.startswith(" $0.25 of $1.50 that the budget allows")
    assert "1 picture of 10 that the budget allows" in told
    assert "openai 2 $0.04" in told
    assert "Pictures of 4 USD user-9 2 $0.04" in told


def test_money_is_written_with_the_cents_that_matter() -> None:
    """Some pictures cost less than a cent."""
    written = [words.usd(one) for one in (0.0, 0.0013, 0.04, 0.5, 1.0, 1234.5)]
    assert written == ["$0.00", "$0.0013", "$0.04", "$0.50", "$1.00", "$1,234.50"]
