"""What players cannot do with the operator's money."""

import asyncio
import sys
from collections import Counter

import pytest

from mobart.journal.keys import Keys
from mobart_local.ports import free_port
from mobart_local.standin import Script
from tests.daemon.deployment import ROOT, Deployment, until

PROMPT = "a dragon{, a fox} —repeat 10 --turbo"


@pytest.mark.parametrize("verifier", ["channel", "stream"])
async def test_the_provider_gets_the_clean_prompt_and_the_record_keeps_the_players_own(
    deployment: Deployment,
    verifier: str,
) -> None:
    """One picture is ordered, at the operator's speed."""
    await deployment.ready_worker()
    await (deployment.ask if verifier == "channel" else deployment.enqueue)("r-1", PROMPT)

    assert (await deployment.outcome("r-1"))["status"] == "completed"
    (payment,) = deployment.midjourney.ledger.payments
    assert payment.prompt == "a dragon(, a fox)"
    assert PROMPT in (await deployment.record("r-1"))["request"]


@pytest.mark.parametrize("verifier", ["channel", "stream"])
async def test_a_prompt_with_parameters_can_be_refused(
    deployment: Deployment, verifier: str
) -> None:
    """At both doors, before anything is paid."""
    await deployment.ready_worker(MOBART_PROMPT_FLAGS="reject")
    await (deployment.ask if verifier == "channel" else deployment.enqueue)("r-1", PROMPT)

    told = await deployment.outcome("r-1")
    assert (told["error_code"], told["paid"]) == ("prompt_flag_not_allowed", False)
    assert deployment.midjourney.ledger.submits == []


async def test_what_was_paid_under_other_rules_is_completed(deployment: Deployment) -> None:
    """A rollout of stricter rules throws nothing away."""
    worker = await deployment.ready_worker(MIDJOURNEY_POLL_INITIAL_SECONDS="300")
    await deployment.ask("r-1", PROMPT)
    await worker.until_logged("job.paid")
    await worker.kill()

    await deployment.ready_worker(MOBART_PROMPT_FLAGS="reject")

    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert deployment.midjourney.ledger.paid() == 1


async def test_no_more_than_the_days_budget_is_bought(deployment: Deployment) -> None:
    """Two workers, 20 requests, a budget of 5: 5 are paid, 15 are refused for free."""
    for _ in range(2):
        await deployment.ready_worker(MOBART_DAILY_BUDGET="5")
    for number in range(20):
        await deployment.ask(f"r-{number}", user_id=f"player-{number}")
    await until(lambda: len(deployment.announcements()) == 20, "20 outcomes")

    told = [body for _, body in deployment.heard]
    assert Counter(body["status"] for body in told) == {"completed": 5, "failed": 15}
    refused = [body for body in told if body["status"] == "failed"]
    assert {body["error_code"] for body in refused} == {"budget_exceeded"}
    assert {(body["paid"], body["retryable"]) for body in refused} == {(False, True)}
    assert len(deployment.midjourney.ledger.submits) == 5


async def test_no_more_than_the_days_money_is_spent(deployment: Deployment) -> None:
    """Two workers, 12 requests at 8 cents, 30 cents a day: three are paid, nine are refused for free."""
    money = {"MOBART_DAILY_BUDGET_USD": "0.30", "MOBART_PRICES": '{"midjourney": 0.08}'}
    workers = [await deployment.ready_worker(**money) for _ in range(2)]
    for number in range(12):
        await deployment.ask(f"r-{number}", user_id=f"player-{number}")
    await until(lambda: len(deployment.announcements()) == 12, "12 outcomes")

    told = [body for _, body in deployment.heard]
    assert Counter(body["status"] for body in told) == {"completed": 3, "failed": 9}
    assert {body["cost"] for body in told if body["status"] == "completed"} == {0.08}
    assert {body["error_code"] for body in told if body["status"] == "failed"} == {
        "budget_exceeded"
    }
    assert len(deployment.midjourney.ledger.submits) == 3
    pages = [(await worker.probe("/metrics"))[1] for worker in workers]
    series = 'mobart_provider_cost_usd_total{provider="midjourney"} '
    spent = [float(page.partition(series)[2].split()[0]) for page in pages]
    assert sum(spent) == pytest.approx(0.24)


async def test_what_a_provider_tells_of_its_price_is_what_counts(deployment: Deployment) -> None:
    """The list says a dollar; the vendor's answers say two cents, so that many more fit."""
    chosen = {"MOBART_PROVIDERS": "retrodiffusion", "MOBART_DAILY_BUDGET_USD": "1.03"}
    quick = {"RETRODIFFUSION_POLL_INITIAL_SECONDS": "0.1", "MOBART_MAX_CONCURRENT_JOBS": "1"}
    vendor = deployment.midjourney.settings("retrodiffusion")
    prices = {"MOBART_PRICES": '{"retrodiffusion": 1}'}
    await deployment.ready_worker(**chosen, **quick, **vendor, **prices)
    for name in ("r-1", "r-2", "r-3"):
        await deployment.ask(name)
        await deployment.outcome(name)

    told = [body for _, body in deployment.heard]
    assert [body.get("cost") for body in told] == [0.019, 0.019, None]
    assert told[-1]["error_code"] == "budget_exceeded"


async def test_a_user_has_so_many_pictures_in_the_making(deployment: Deployment) -> None:
    """One more is refused at once, another user's is not, and when one is finished there is room."""
    deployment.midjourney.play(Script(seconds=3, side=64), times=1)
    worker = await deployment.ready_worker(MOBART_USER_CONCURRENT_JOBS="1")
    await deployment.ask("r-1")
    await worker.until_logged("job.paid")
    await deployment.ask("r-2")
    await deployment.ask("r-3", user_id="another")

    assert (await deployment.outcome("r-2"))["error_code"] == "quota_exceeded"
    assert (await deployment.outcome("r-3"))["status"] == "completed"
    assert (await deployment.outcome("r-1"))["status"] == "completed"
    await deployment.ask("r-4")
    assert (await deployment.outcome("r-4"))["status"] == "completed"


@pytest.mark.parametrize("verifier", ["channel", "stream"])
async def test_a_user_who_keeps_asking_for_blocked_words_is_suspended(
    deployment: Deployment, verifier: str
) -> None:
    """Refused at both doors, for free; the next request is too, and another user's is not."""
    words = deployment.folder / "words.txt"
    words.write_text("grobnik\n")
    await deployment.ready_worker(MOBART_BLOCKED_WORDS_FILE=str(words), MOBART_USER_STRIKES="2")
    ask = deployment.ask if verifier == "channel" else deployment.enqueue
    for number in range(2):
        await ask(f"r-{number}", f"a {number} gr0bnik")
        told = await deployment.outcome(f"r-{number}")
        assert (told["error_code"], told["paid"]) == ("moderation_blocked", False)
    await ask("r-2")
    assert (await deployment.outcome("r-2"))["error_code"] == "user_suspended"
    assert deployment.midjourney.ledger.submits == []
    await deployment.ask("r-3", user_id="another")
    assert (await deployment.outcome("r-3"))["status"] == "completed"


async def test_one_user_who_floods_the_queue_holds_up_nobody(deployment: Deployment) -> None:
    """With fewer pictures at once than there are slots, the rest of the flood is refused at once."""
    deployment.midjourney.play(Script(seconds=300, side=64), times=1)
    settings = {"MOBART_USER_CONCURRENT_JOBS": "1", "MOBART_MAX_CONCURRENT_JOBS": "2"}
    worker = await deployment.ready_worker(**settings)
    await deployment.ask("flood-0")
    await worker.until_logged("job.paid")
    for number in range(1, 200):
        await deployment.ask(f"flood-{number}")
    await deployment.ask("r-1", user_id="another")

    assert (await deployment.outcome("r-1"))["status"] == "completed"
    told = [body for _, body in deployment.heard if body["user_id"] == "player"]
    assert {body["error_code"] for body in told} == {"quota_exceeded"}
    assert deployment.outcomes("flood-0") == []
    assert deployment.midjourney.ledger.paid() == 2


async def test_one_of_a_thousand_requests_is_no_more_than_one_of_one(
    deployment: Deployment,
) -> None:
    """With four slots and nothing refused, another user's single one is among the next few."""
    for number in range(1000):
        await deployment.enqueue(f"flood-{number}", f"a dragon called flood-{number}")
    deployment.midjourney.play(Script(seconds=1, side=64), times=2000)
    worker = await deployment.ready_worker(MOBART_MAX_CONCURRENT_JOBS="4")
    await worker.until_logged("job.claimed", 8)
    await deployment.ask("r-1", user_id="another")
    assert (await deployment.outcome("r-1"))["status"] == "completed"

    rows = [(row["event"], row.get("request_id")) for row in worker.events()]
    later = rows[rows.index(("request.accepted", "r-1")) :]
    claimed = [request_id for event, request_id in later if event == "job.claimed"]
    assert "r-1" in claimed[:8]  # four were received before it, at most
    assert len(worker.logged("job.claimed")) < 100
    assert await deployment.redis.xlen(Keys(deployment.namespace).requests) > 900


async def test_what_is_beyond_a_users_slots_waits_for_its_turn(deployment: Deployment) -> None:
    """One at a time, and none is refused; another user does not wait."""
    deployment.midjourney.play(Script(seconds=1, side=64), times=9)
    worker = await deployment.ready_worker(MOBART_USER_SLOTS="1")
    for number in range(3):
        await deployment.ask(f"r-{number}")
    await deployment.ask("r-3", user_id="another")
    await until(lambda: len(deployment.announcements()) == 4, "four outcomes", 60)

    assert {body["status"] for _, body in deployment.heard} == {"completed"}
    ends = [row for row in worker.logged("job.settled") if row["user_id"] == "player"]
    begins = [row for row in worker.logged("job.claimed") if row["user_id"] == "player"]
    for ended, begun in zip(ends, begins[1:], strict=False):
        assert ended["timestamp"] <= begun["timestamp"]


async def test_a_refused_submit_does_not_count(deployment: Deployment) -> None:
    """Nothing was bought, so that the next one can be."""
    await deployment.ready_worker(MOBART_DAILY_BUDGET="1")
    deployment.midjourney.play(Script(submit="400"), times=1)
    await deployment.ask("r-1")
    assert (await deployment.outcome("r-1"))["paid"] is False
    await deployment.ask("r-2")
    assert (await deployment.outcome("r-2"))["status"] == "completed"


async def test_while_paused_nothing_begins_and_nothing_is_lost(deployment: Deployment) -> None:
    """What is paid is finished, what comes in waits, and `resume` lets it go on."""
    deployment.midjourney.play(Script(seconds=2, side=64), times=1)
    worker = await deployment.ready_worker()
    await deployment.ask("r-1")
    await worker.until_logged("job.paid")
    assert await command(deployment, "pause") == 0
    await worker.until_logged("intake.paused")
    for number in range(2, 22):
        await deployment.ask(f"r-{number}")
    await worker.until_logged("request.accepted", 21)

    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert await worker.probe("/readyz") == (200, '{"status": "ready", "intake": "paused"}')
    assert "mobart_intake_paused 1.0" in (await worker.probe("/metrics"))[1]
    assert deployment.midjourney.ledger.paid() == 1
    assert len(worker.logged("job.claimed")) == 1

    assert await command(deployment, "resume") == 0
    await until(lambda: len(deployment.announcements()) == 21, "21 outcomes")
    assert worker.logged("intake.resumed")
    assert "mobart_intake_paused 0.0" in (await worker.probe("/metrics"))[1]
    assert {body["status"] for _, body in deployment.heard} == {"completed"}
    assert not deployment.midjourney.ledger.paid_twice()


async def test_a_worker_that_starts_during_a_pause_waits(deployment: Deployment) -> None:
    """It finishes what a killed one had paid, and leaves the rest."""
    deployment.midjourney.play(Script(seconds=1, side=64), times=1)
    first = await deployment.ready_worker()
    await deployment.ask("r-1")
    await first.until_logged("job.paid")
    await command(deployment, "pause")
    await deployment.enqueue("r-2")
    await first.kill()

    second = await deployment.ready_worker()
    assert (await deployment.outcome("r-1"))["status"] == "completed"
    assert second.logged("intake.paused")
    assert deployment.midjourney.ledger.paid() == 1
    assert await second.end() == 0
    await command(deployment, "resume")
    await deployment.ready_worker()
    assert (await deployment.outcome("r-2"))["status"] == "completed"


async def test_a_kill_switch_that_cannot_be_reached_says_so(deployment: Deployment) -> None:
    """Nobody must believe that it is on."""
    deployment.environment["REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    assert await command(deployment, "pause") == 69


async def command(deployment: Deployment, name: str) -> int:
    """Run `python main.py` with a command, as an operator does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "main.py"),
        name,
        cwd=deployment.folder,
        env=deployment.environment,
    )
    return await process.wait()


@pytest.mark.parametrize(
    ("ending", "code", "paid"),
    [("filtered", "moderation_blocked", True), ("failed", "generation_failed", False)],
)
async def test_a_failure_is_told_as_its_provider_bills_it(
    deployment: Deployment, ending: str, code: str, paid: bool
) -> None:
    """Ideogram charges a picture that it holds back, and none that it could not make."""
    deployment.midjourney.play(Script(ending=ending, seconds=0.1, side=64))
    await deployment.ready_worker(MOBART_PROVIDERS="ideogram")
    await deployment.ask("r-1")

    told = await deployment.outcome("r-1")
    assert (told["error_code"], told["paid"]) == (code, paid)
