"""Many requests, three workers, and a `kill -9` again and again."""

import asyncio
from collections import Counter

import pytest

from mobart_local.standin import Script
from tests.chaos.fleet import stored
from tests.chaos.storm import storm
from tests.daemon.deployment import Deployment, until

REQUESTS = 40
KILLS = 15
SEED = 20


@pytest.mark.timeout(900)
async def test_random_kills_lose_nothing_and_pay_and_tell_nothing_twice(
    deployment: Deployment,
    own_redis: object,
) -> None:
    """Forty requests, one kill every 0.8 s, fifteen at most; in doubt is what a kill put in doubt."""
    del own_redis
    deployment.midjourney.play(Script(seconds=0.5, submit_delay=0.1, side=64))
    deployment.environment["MIDJOURNEY_SUBMIT_TIMEOUT_SECONDS"] = "5"
    names = [f"r-{number}" for number in range(REQUESTS)]
    async with storm(
        deployment, workers=3, pause=lambda: asyncio.sleep(0.8), most=KILLS, seed=SEED
    ) as raging:
        for name in names:
            await deployment.enqueue(name, f"a dragon called {name},")
            await asyncio.sleep(0.1)  # so that there is something to kill all the time
        await until(lambda: len(deployment.announcements()) == REQUESTS, "all outcomes", 200)

    ledger = deployment.midjourney.ledger
    outcomes = {name: deployment.outcomes(name)[0] for name in names}
    unknown = {name for name, told in outcomes.items() if told["status"] == "failed"}
    completed = set(names) - unknown

    assert deployment.announcements() == Counter(names)
    assert not ledger.paid_twice()
    assert set(Counter(submit.prompt for submit in ledger.submits).values()) == {1}
    assert {outcomes[name]["error_code"] for name in unknown} <= {"submit_unknown"}
    assert unknown <= raging.during_payment
    assert set(await stored(deployment.s3, "player")) & set(names) >= completed
    assert raging.kills > 5
