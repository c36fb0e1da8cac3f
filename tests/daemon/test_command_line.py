"""The commands for operators, against a real worker: each is a process of its own."""

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from typing import NamedTuple

from mobart_local.standin import Script
from tests.daemon.deployment import ROOT, SECRETS, Deployment, until


class Said(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


OPERATORS = ("PATH", "HOME", "REDIS_URL", "MOBART_NAMESPACE")
"""Variables on an operator's own machine: no key of a provider or of S3."""


async def operate(deployment: Deployment, *arguments: str) -> Said:
    """Run `python -m mobart` with the settings of Redis alone."""
    there = {name: one for name, one in deployment.environment.items() if name in OPERATORS}
    return await mobart(deployment, *arguments, environment=there)


async def mobart(
    deployment: Deployment, *arguments: str, environment: Mapping[str, str] | None = None
) -> Said:
    """Run `python -m mobart` in the folder of the test."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mobart", *arguments),
        cwd=deployment.folder,
        env={**(environment or deployment.environment), "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Said(process.returncode or 0, out.decode(), err.decode())


async def is_listed(deployment: Deployment, request_id: str) -> bool:
    """Whether the index of completed requests has it; it is written a moment later."""
    said = await mobart(deployment, "jobs", "--status", "completed", "--json")
    return request_id in said.out


async def test_a_picture_is_asked_for_waited_for_and_saved(deployment: Deployment) -> None:
    """As in `mobart submit "a dragon" --preset sprite --save dragon.png`."""
    await deployment.ready_worker()
    asked = ("submit", "a dragon", "--preset", "painting", "--id", "c-1", "--priority", "high")
    said = await mobart(deployment, *asked, "--save", "dragon.png")
    assert (said.code, "generated/operator/c-1.png" in said.out) == (0, True), said.err
    assert (deployment.folder / "dragon.png").read_bytes().startswith(b"\x89PNG")


async def test_a_failure_ends_with_its_reason_and_exit_code_1(deployment: Deployment) -> None:
    """Here a preset that there is not."""
    await deployment.ready_worker()
    said = await mobart(deployment, "submit", "a dragon", "--preset", "none", "--wait")
    assert said.code == 1
    assert "unknown_preset, paid: False" in said.err


async def test_what_is_no_request_is_not_sent(deployment: Deployment) -> None:
    """Exit code 2, and nothing in the stream."""
    said = await mobart(deployment, "submit", "a dragon", "--id", "../x")
    assert said.code == 2
    assert "Traceback" not in said.err
    assert not await deployment.redis.xlen(f"{{{deployment.namespace}}}:requests")


async def test_requests_are_listed_and_shown(deployment: Deployment) -> None:
    """For people and, as JSON, for programs; without their prompts."""
    await deployment.ready_worker()
    await deployment.ask("c-1", "a secret fox")
    await deployment.outcome("c-1")
    await until(lambda: is_listed(deployment, "c-1"), "the request in the list")
    listed = await mobart(deployment, "jobs", "--status", "completed", "--since", "1h", "--json")
    assert [one["request_id"] for one in json.loads(listed.out)] == ["c-1"]
    undelivered = f"{{{deployment.namespace}}}:index:undelivered"
    assert "c-1" not in (await operate(deployment, "jobs", "--undelivered")).out
    await deployment.redis.zadd(undelivered, {"c-1": 1})
    assert "c-1" in (await operate(deployment, "jobs", "--undelivered")).out
    table = await mobart(deployment, "jobs")
    assert "c-1" in table.out
    shown = await mobart(deployment, "show", "c-1")
    assert (shown.code, "completed" in shown.out) == (0, True)
    assert "job.settled" in shown.out
    assert "secret fox" not in listed.out + table.out + shown.out


async def test_a_request_that_nobody_knows_has_an_exit_code_of_its_own(
    deployment: Deployment,
) -> None:
    """Whatever is wanted with it."""
    for command in ("show", "watch", "cancel"):
        said = await mobart(deployment, command, "c-0")
        assert (said.code, said.err) == (4, "mobart: c-0: there is no such request\n")


async def test_a_paid_picture_is_processed_again_without_paying(deployment: Deployment) -> None:
    """With another preset, under an id of its own."""
    await deployment.ready_worker(MOBART_KEEP_RAW="1")
    await deployment.ask("c-1")
    await deployment.outcome("c-1")
    said = await operate(deployment, "reprocess", "c-1", "--preset", "painting")
    assert said.code == 0, said.err
    request_id = said.out.split()[-1].rstrip(".")
    assert (await deployment.outcome(request_id))["preset"] == "painting"
    assert deployment.midjourney.ledger.paid() == 1


async def test_a_failed_request_is_run_again_once_that_is_confirmed(
    deployment: Deployment,
) -> None:
    """It pays, so it asks first; without an answer nothing happens."""
    deployment.midjourney.play(Script(seconds=0.1, ending="moderated", side=64), marker="dragon")
    await deployment.ready_worker()
    await deployment.ask("c-1", "a dragon")
    assert (await deployment.outcome("c-1"))["status"] == "failed"
    paid = deployment.midjourney.ledger.paid()
    said = await operate(deployment, "retry", "c-1")
    assert deployment.midjourney.ledger.paid() == paid
    assert (said.code, said.err) == (1, "mobart: not confirmed: nothing was done\n")
    said = await operate(deployment, "retry", "c-1", "--yes")
    assert (said.code, "c-1.r2" in said.out) == (0, True), said.err
    assert (await deployment.outcome("c-1.r2"))["status"] == "failed"


async def test_an_operator_acts_from_a_machine_of_his_own(deployment: Deployment) -> None:
    """With Redis alone: send it again, lift, resolve; and it stands in the request's timeline."""
    await deployment.ready_worker()
    await deployment.ask("c-1")
    await deployment.outcome("c-1")
    said = await operate(deployment, "announce", "c-1", "--json")
    assert (said.code, json.loads(said.out)["id"]) == (0, "c-1"), said.err
    said = await operate(deployment, "cancel", "c-1")
    assert (said.code, said.err) == (1, "mobart: c-1: it is completed already\n")
    await until(lambda: len(deployment.outcomes("c-1")) == 2, "it is announced again")
    shown = json.loads((await operate(deployment, "show", "c-1", "--json")).out)
    acted = [one for one in shown["timeline"] if one["event"] == "operator.acted"]
    assert [(one["facts"]["actor"], one["facts"]["action"]) for one in acted] == [
        ("command", "announce")
    ]
    assert (await operate(deployment, "resend")).out.startswith("0 completions were sent again")
    for impossible in (
        ("lift", "player"),
        ("resolve", "c-1", "--unpaid"),
        ("retry", "c-1", "--yes"),
    ):
        said = await operate(deployment, *impossible)
        assert (said.code, said.out) == (1, ""), impossible
    assert (await operate(deployment, "announce", "c-0")).code == 4


async def test_a_doubt_is_resolved_from_a_machine_of_his_own(deployment: Deployment) -> None:
    """By the task that the provider's page shows; the outcome corrects the failure."""
    deployment.midjourney.play(Script(submit="accepted-drop", side=64), times=1)
    await deployment.ready_worker(MIDJOURNEY_SUBMIT_TIMEOUT_SECONDS="1")
    await deployment.ask("c-1")
    assert (await deployment.outcome("c-1"))["error_code"] == "submit_unknown"
    [task] = deployment.midjourney.ledger.tasks

    async def doubted() -> bool:  # a worker writes timelines once a second
        shown = await operate(deployment, "show", "c-1")
        return "In doubt: midjourney was asked and no answer proves" in shown.out

    await until(doubted, "the doubt in the timeline")
    shown = await operate(deployment, "show", "c-1")
    assert "mobart resolve c-1 --adopt TASK_ID" in shown.out
    said = await operate(deployment, "resolve", "c-1", "--adopt", task)
    assert said.code == 0, said.err
    await until(lambda: len(deployment.outcomes("c-1")) == 2, "the correction")
    told = deployment.outcomes("c-1")[1]
    assert (told["status"], told["correction"]) == ("completed", True)
    assert deployment.midjourney.ledger.paid() == 1


async def test_what_was_spent_is_told_by_provider_and_user(deployment: Deployment) -> None:
    """Beside the budget, with the settings of Redis alone."""
    money = {"MOBART_DAILY_BUDGET_USD": "1", "MOBART_PRICES": '{"midjourney": 0.08}'}
    await deployment.ready_worker(**money)
    await deployment.ask("r-1")
    await deployment.outcome("r-1")

    async def counted() -> bool:
        told = json.loads((await operate(deployment, "spend", "--json")).out)
        return bool(told["providers"].get("midjourney") == {"pictures": 1, "usd": 0.08})

    await until(counted, "the picture is counted")
    said = await operate(deployment, "spend")
    assert "1 pictures, 0.0800 of 1.00 USD" in said.out
    assert re.search(r"^player +1 +0\.0800$", said.out, re.MULTILINE)


async def test_what_has_no_known_price_is_named(deployment: Deployment) -> None:
    """Nobody takes 0 USD for what it cost."""
    await deployment.ready_worker()
    await deployment.ask("r-1")
    await deployment.outcome("r-1")

    async def told() -> bool:
        said = await operate(deployment, "spend")
        return "has no known price (MOBART_PRICES), counts as 0 USD" in said.out

    await until(told, "the picture is counted")


async def test_settings_are_told_with_their_source_and_without_secrets(
    deployment: Deployment,
) -> None:
    """Passwords in addresses included."""
    said = await mobart(deployment, "config", "--json")
    told = json.loads(said.out)
    assert told["mobart_namespace"] == {"value": deployment.namespace, "source": "environment"}
    assert told["mobart_preset"]["source"] == "default"
    assert not [secret for secret in SECRETS if secret in said.out]


async def test_without_a_command_there_is_help(deployment: Deployment) -> None:
    """Every command in one line."""
    said = await mobart(deployment, "--help")
    for command in ("run", "submit", "jobs", "show", "watch", "cancel", "resolve", "config"):
        assert f"\n  {command} " in said.out
