"""What every provider with tasks makes of odd words and of ends, beside its own suite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from mobart.core.domain import Pending, Picture
from mobart.core.errors import Code, Rejected, Unavailable
from mobart_local.standin import Script
from mobart_local.standin.task_states import ENDINGS, WORDINGS
from mobart_local.standin.tasks import FINAL
from tests.support.outcomes import outcome
from tests.support.provider_setup import CAT, selling

LACKING = frozenset({"no-result", "no-url", "null-url", "number-url"})
"""Wordings of an end without an address."""
CODES: Mapping[str, Code] = {
    "failed": Code.GENERATION_FAILED,
    "failed-silently": Code.GENERATION_FAILED,
    "banned": Code.MODERATION_BLOCKED,
    "moderated": Code.MODERATION_BLOCKED,
    "filtered": Code.MODERATION_BLOCKED,
    "invalid-parameter": Code.PROMPT_REJECTED,
    "queue-full": Code.GENERATION_FAILED,
    "internal-error": Code.GENERATION_FAILED,
    "job-timeout": Code.GENERATION_FAILED,
    "captcha": Code.PROVIDER_UNAVAILABLE,
}
"""How an end is told, sorted by its words or by its type."""
ENDLESS = tuple(row for row, end in ENDINGS.items() if end.status not in FINAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What differs from one provider to the next."""

    lasting: bool = False
    """An end stays what it is, so that one without an address fails at once."""
    lacking: frozenset[str] = LACKING
    silent: frozenset[str] = frozenset()
    """Wordings that are no answer at all while it runs: it is asked again."""
    codes: Mapping[str, Code] = field(default_factory=dict)
    missing: Sequence[str] = ()
    """Ends that the provider does not have."""

    def ends(self) -> dict[str, Code]:
        """Return the code of each end that it has."""
        known = {**CODES, **self.codes}
        return {end: code for end, code in known.items() if end not in self.missing}


QUEUES = {"job-timeout": Code.PROVIDER_TIMEOUT}
TOLD: Mapping[str, Told] = {
    "midjourney": Told(),
    "piapi": Told(),
    "midjourney-proxy": Told(),
    "legnext": Told(lacking=frozenset({"no-result"})),  # else the tiles are still there
    "replicate": Told(lasting=True, codes=QUEUES, missing=("queue-full", "captcha")),
    "fal": Told(lasting=True, codes={**QUEUES, "invalid-parameter": Code.PROVIDER_REJECTED}),
    "ideogram": Told(
        lasting=True,
        silent=frozenset({"empty-status"}),
        missing=("queue-full", "captcha", "invalid-parameter"),
    ),
}
WORDED = [(name, wording) for name in TOLD for wording in WORDINGS]
ENDED = [(name, *row) for name, told in TOLD.items() for row in told.ends().items()]


@pytest.mark.parametrize(("name", "wording"), WORDED)
async def test_odd_wording_while_it_runs_is_no_end(name: str, wording: str) -> None:
    """Unknown words, capitals, odd progress, nulls and early addresses are no picture and no no."""
    async with selling(name, Script(seconds=100, wording=wording)) as setup:
        ticket = await setup.provider.submit(CAT)
        for seconds in (0, 30, 30, 30):
            setup.time.seconds += seconds
            told = await outcome(setup.provider.poll(ticket))
            if wording in TOLD[name].silent:
                assert isinstance(told, Pending | Unavailable)
                continue
            assert isinstance(told, Pending)
            assert told.progress is None or 0 <= told.progress <= 100


@pytest.mark.parametrize(("name", "wording"), WORDED)
async def test_odd_wording_at_the_end_is_a_picture_if_it_has_an_address(
    name: str, wording: str
) -> None:
    """Without one the job waits on, or fails at once where an end stays what it is."""
    async with selling(name, Script(wording=wording, side=64)) as setup:
        ticket = await setup.provider.submit(CAT)
        setup.finish()
        told = await outcome(setup.provider.poll(ticket))
        if wording not in TOLD[name].lacking:
            assert isinstance(told, Picture)
        elif not TOLD[name].lasting:
            assert isinstance(told, Unavailable)
        else:
            assert isinstance(told, Rejected)
            assert told.code is Code.PROVIDER_BAD_RESPONSE


@pytest.mark.parametrize(("name", "ending", "code"), ENDED)
async def test_a_final_failure_has_the_right_code(name: str, ending: str, code: Code) -> None:
    """What is final at the provider is final here, and the prompt is not repeated in it."""
    async with selling(name, Script(ending=ending)) as setup:
        ticket = await setup.provider.submit(CAT)
        setup.finish()
        with pytest.raises(Rejected) as failure:
            await setup.provider.poll(ticket)
        assert failure.value.code is code
        assert CAT.prompt not in str(failure.value)


@pytest.mark.parametrize("name", [*TOLD, "comfyui"])
@pytest.mark.parametrize("ending", ENDLESS)
async def test_what_does_not_end_is_pending(name: str, ending: str) -> None:
    """Waiting at the provider is not failing."""
    async with selling(name, Script(ending=ending)) as setup:
        ticket = await setup.provider.submit(CAT)
        setup.finish()
        assert isinstance(await setup.provider.poll(ticket), Pending)
