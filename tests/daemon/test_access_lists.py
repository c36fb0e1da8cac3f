"""The users of `deploy/redis/users.acl` on a real Redis: each does its whole work, and nothing else."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import NoPermissionError

from mobart.app.operator import Operator, operating
from mobart.core.domain import GenerationRequest
from mobart.core.operations import Action, Command
from mobart.core.views import Query
from mobart.settings.model import RedisAlone
from mobart_local.redis import RedisServer
from mobart_local.s3 import S3Server
from mobart_local.standin import Script
from tests.daemon.deployment import ROOT, Deployment, WorkerProcess, deployed, until
from tests.daemon.test_commands import run
from tests.daemon.test_outages import backend
from tests.support.servers import QUICK, redis_binaries, redis_server

SHIPPED = (ROOT / "deploy" / "redis" / "users.acl").read_text()
NAMESPACE = "lists"
USERS = ("mobart-worker", "mobart-backend", "mobart-operator", "mobart-viewer")
WITHOUT_LOGIN = {"auth", "hello", "quit", "reset"}
"""Commands that Redis lets everybody run."""
DONE_WITHOUT = ("'client|setinfo'", "'config|get'")
"""A greeting of the client library; what the check would see of the server's policy."""
EVERYTHING_ON = {
    "MOBART_PROGRESS": "true",
    "MOBART_PUBLIC_URL": "http://127.0.0.1:1",
    "MOBART_KEEP_RAW": "1",
    "MOBART_USER_CONCURRENT_JOBS": "5",
    "MOBART_USER_DAILY_JOBS": "50",
    "MOBART_DAILY_BUDGET": "100",
    "MOBART_DAILY_BUDGET_USD": "100",
    "MOBART_PRICES": json.dumps({"midjourney": 0.1}),
    "MOBART_USER_STRIKES": "1",
    "MIDJOURNEY_SUBMIT_TIMEOUT_SECONDS": "2",
}
FOREIGN = {
    "mobart-worker": (("GET", "other"), ("XADD", "{other}:requests", "*", "f", "v")),
    "mobart-backend": (
        ("XADD", "{lists}:completions", "*", "completion", "forged"),
        ("PUBLISH", "lists:image_generation_complete", "forged"),
        ("SUBSCRIBE", "lists:image_generation_requests"),
        ("HGET", "{lists}:money", "total"),
        ("XRANGE", "{lists}:requests", "-", "+"),
    ),
    "mobart-operator": (("GET", "other"), ("PUBLISH", "lists:image_generation_requests", "x")),
    "mobart-viewer": (("GET", "other"), ("PUBLISH", "lists:image_generation_cancel", "x")),
}
"""Allowed commands on keys and channels that are none of the user's business."""


@pytest.fixture(params=redis_binaries())
def listed_redis(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Run each Redis of this machine with the shipped users, in the test's namespace."""
    lists = tmp_path / "users.acl"
    renamed = SHIPPED.replace("{mobart}", f"{{{NAMESPACE}}}")
    lists.write_text(renamed.replace("&image_", f"&{NAMESPACE}:image_"))
    binary = redis_binaries()[request.param]
    options = ("--aclfile", str(lists))
    password = "ADMIN_PASSWORD"
    with redis_server(
        tmp_path / "redis", binary=binary, password=password, options=options
    ) as server:
        yield server


@pytest.fixture
async def listed(
    listed_redis: RedisServer, s3: S3Server, tmp_path: Path
) -> AsyncIterator[Deployment]:
    """Deploy on it; workers log in as theirs."""
    s3.reset()
    async with deployed(listed_redis, s3, tmp_path, namespace=NAMESPACE, script=QUICK) as one:
        one.environment["REDIS_URL"] = url_of(one, "mobart-worker")
        yield one


def url_of(deployment: Deployment, user: str) -> str:
    """Return the address for one of the users."""
    password = f"{user.removeprefix('mobart-').upper()}_PASSWORD"
    return f"redis://{user}:{password}@127.0.0.1:{deployment.redis_server.port}/0"


@asynccontextmanager
async def client(deployment: Deployment, user: str) -> AsyncIterator[Redis]:
    """Connect as one of the users."""
    async with Redis.from_url(url_of(deployment, user), protocol=2) as redis:
        yield redis


@asynccontextmanager
async def program(deployment: Deployment, user: str) -> AsyncIterator[Operator]:
    """Do what the command line does, as one of the users."""
    given = {"redis_url": url_of(deployment, user), "mobart_namespace": NAMESPACE}
    alone = RedisAlone.model_validate(given)
    async with operating(alone) as operator:
        yield operator


async def act(deployment: Deployment, action: Action, target: str = "", **fields: str) -> str:
    """Perform an operator's action as the operator's user; return the request that it made."""
    async with program(deployment, "mobart-operator") as operator:
        return (await operator.perform(Command(action, target, fields))).request_id


async def refusals(deployment: Deployment) -> list[str]:
    """Tell what Redis refused to whom so far, but for what is asked and not needed."""
    log: Any = await deployment.redis.execute_command("ACL", "LOG")  # type: ignore[no-untyped-call]
    told = [" ".join(str(word) for word in one[5:10]) for one in log]
    return [one for one in told if not any(word in one for word in DONE_WITHOUT)]


@pytest.mark.timeout(600)
async def test_all_users_can_do_their_work(listed: Deployment) -> None:
    """A takeover, a replay, a cancellation, doubts, a suspension; all that operators do."""
    code, said = await run(listed, "check")
    assert code == 0, said
    async with backend() as (webhooks, posts):
        first = await listed.ready_worker(**EVERYTHING_ON, **webhooks)
        await ask_as_the_backend(listed)
        await be_taken_over(listed, first, EVERYTHING_ON | webhooks)
        await act_as_the_operator(listed)
        await until(lambda: posts.qsize() > 0, "a webhook")
    async with program(listed, "mobart-viewer") as viewer:
        found = await viewer.requests.list_requests(Query(limit=100))
        assert {"r-1", "r-doubt-1"} <= {view.request.request_id for view in found.requests}
        assert await viewer.requests.timeline("r-1")
        assert await viewer.status.workers()
        await until(lambda: is_empty(viewer), "the stream is empty")
    assert await refusals(listed) == []


async def ask_as_the_backend(deployment: Deployment) -> None:
    """Ask both ways, wait both ways, repeat, contradict, and read the outcome."""
    channel = deployment.channel("image_generation_requests")
    async with client(deployment, "mobart-backend") as redis, redis.pubsub() as hearing:
        await hearing.subscribe(deployment.channel("image_generation_complete"))
        asked = json.dumps({"request_id": "r-1", "user_id": "player", "prompt": "a dragon"})
        await redis.xadd(f"{{{NAMESPACE}}}:requests", {"request": asked})
        await redis.publish(channel, asked)
        assert (await deployment.outcome("r-1"))["status"] == "completed"
        await until(lambda: heard_any(hearing), "the completion as the backend hears it")
        read: Any = await redis.xread({f"{{{NAMESPACE}}}:completions": "0"})
        assert b"r-1" in read[0][1][0][1][b"completion"]
        assert await redis.hget(f"{{{NAMESPACE}}}:job:r-1", "completion")
        await redis.publish(channel, asked.replace("dragon", "troll"))
        await until(lambda: len(deployment.outcomes("r-1")) == 2, "the conflict is answered")
        await redis.publish(channel, b"no JSON")
        # What is heard within two seconds is one message: move the first hearing into the past.
        await deployment.redis.hset(f"{{{NAMESPACE}}}:job:r-1", "heard_at", "0")
        await redis.publish(channel, asked)
        await until(lambda: len(deployment.outcomes("r-1")) == 3, "the repeat is answered")
        assert await redis.get(f"{{{NAMESPACE}}}:refused:r-0") is None


async def heard_any(hearing: PubSub) -> bool:
    """Whether a message came in."""
    return bool(await hearing.get_message(ignore_subscribe_messages=True, timeout=0.1))


async def be_taken_over(
    deployment: Deployment, first: WorkerProcess, settings: dict[str, str]
) -> None:
    """Kill a worker with a paid job; the next one goes on, cancels, doubts, suspends and drains."""
    deployment.midjourney.play(Script(seconds=3, side=64), marker="slow", times=1)
    await deployment.ask("r-2", "a slow dragon")
    await first.until_logged("job.paid", 2)
    await first.kill()
    await deployment.ready_worker(**settings)
    assert (await deployment.outcome("r-2"))["status"] == "completed"
    for number in range(1, 4):
        await deployment.ask(f"r-doubt-{number}", f"a ring {number} standin-accepted-drop")
    for number in range(1, 4):
        assert (await deployment.outcome(f"r-doubt-{number}"))["error_code"] == "submit_unknown"
    await deployment.ask("r-bad", "a knife standin-ending-moderated", user_id="eve")
    assert (await deployment.outcome("r-bad"))["error_code"] == "moderation_blocked"
    await deployment.ask("r-lift", "a spoon", user_id="eve")
    assert (await deployment.outcome("r-lift"))["error_code"] == "user_suspended"


async def act_as_the_operator(deployment: Deployment) -> None:
    """Do each action once."""
    async with program(deployment, "mobart-operator") as operator:
        await operator.intake.admit(GenerationRequest("r-submitted", "player", "a boat"))
        assert (await deployment.outcome("r-submitted"))["status"] == "completed"
        await operator.kill_switch.switch(paused=True)
        await deployment.ask("r-cancel")
        assert await operator.status.paused()
        await until(lambda: known(operator, "r-cancel"), "the request is taken in")
        assert await operator.intake.publish_cancellation("r-cancel") > 0
        assert (await deployment.outcome("r-cancel"))["error_code"] == "cancelled"
        await operator.kill_switch.switch(paused=False)
    await act(deployment, Action.LIFT, "eve")
    again = await act(deployment, Action.RETRY, "r-lift")
    assert (await deployment.outcome(again))["status"] == "completed"
    other = await act(deployment, Action.REPROCESS, "r-1", preset="painting")
    assert (await deployment.outcome(other))["preset"] == "painting"
    await act(deployment, Action.DECLARE_UNPAID, "r-doubt-1")
    await act(deployment, Action.GIVE_UP, "r-doubt-2")
    paid = deployment.midjourney.ledger.payments
    [task] = [one.task_id for one in paid if "a ring 3" in one.prompt]
    await act(deployment, Action.ADOPT, "r-doubt-3", task_id=task)
    await act(deployment, Action.ANNOUNCE, "r-2")
    await act(deployment, Action.RESEND)
    await until(lambda: len(deployment.outcomes("r-2")) == 2, "the outcome is announced again")


async def is_empty(operator: Operator) -> bool:
    """Whether nothing is outstanding."""
    return await operator.status.outstanding() == 0


async def known(operator: Operator, request_id: str) -> bool:
    """Whether a request has a record."""
    return await operator.requests.find(request_id) is not None


async def test_no_user_can_do_anything_else(listed: Deployment) -> None:
    """No other command of the server, and nothing with what is not its own."""
    commands = await commands_of(listed.redis)
    rules = dict(re.findall(r"^user (\S+) on \S+ (.*)$", SHIPPED, re.MULTILINE))
    for user in USERS:
        allowed = set(re.findall(r"\+([a-z|]+)", rules[user])) | WITHOUT_LOGIN
        assert allowed - WITHOUT_LOGIN <= set(commands)
        for name in set(commands) - allowed:
            given = ["x"] * (abs(commands[name]) - 1 - name.count("|"))
            said = await dry_run(listed, user, *name.split("|"), *given)
            assert "no permissions to run" in said, (user, name, said)
        for command in FOREIGN[user]:
            assert "no permissions" in await dry_run(listed, user, *command), command


async def commands_of(redis: Redis) -> dict[str, int]:
    """Map each command of the server to its arity; one that has others below it counts by those."""
    told: Any = await redis.command()
    found = dict[str, int]()
    for name, about in told.items():
        below = about["subcommands"]
        found |= {one[0].decode(): one[1] for one in below} or {str(name): about["arity"]}
    return found


async def dry_run(deployment: Deployment, user: str, *command: str) -> str:
    """Return what Redis would say."""
    told: Any = await deployment.redis.execute_command(  # type: ignore[no-untyped-call]
        "ACL", "DRYRUN", user, *command
    )
    return str(told)


async def test_what_is_refused_is_refused_to_a_client(listed: Deployment) -> None:
    """Not only by a dry run."""
    async with client(listed, "mobart-backend") as redis:
        with pytest.raises(NoPermissionError):
            await redis.publish(listed.channel("image_generation_complete"), "forged")
    async with program(listed, "mobart-viewer") as viewer:
        with pytest.raises(NoPermissionError):
            await viewer.intake.redis.set(f"{{{NAMESPACE}}}:paused", 1)
