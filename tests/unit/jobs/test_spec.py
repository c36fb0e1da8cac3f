"""What a request comes to, judged before it is paid, and kept to afterwards."""

from dataclasses import replace

import pytest

from mobart.core.domain import GenerationRequest, Job, Stage
from mobart.core.errors import Code, Rejected
from mobart.core.orders import Reference
from mobart.core.ports import Claim
from mobart.prompts.blocklist import Blocklist
from mobart.prompts.rules import PromptRules
from mobart.testing.providers import MemoryProvider
from tests.support.jobs import RESOLVER, in_hand

REQUEST = GenerationRequest("r", "u", "a fox", preset="icon", options={"margin": 2})
HUGE = 10**4298


@pytest.mark.parametrize(
    "options",
    [
        {"pixels_per_unit": HUGE},
        {"margin": HUGE},
        {"size": -HUGE},
        {"pivot": [HUGE, 0.5]},
        {"colours": 1e300},
        {"margin": [[2]]},
        {"palette": "x" * 9000},
    ],
)
def test_an_option_beyond_all_bounds_is_rejected_before_it_is_paid(
    options: dict[str, object],
) -> None:
    """Not by the process that renders the paid picture."""
    with pytest.raises(Rejected) as no:
        RESOLVER.resolve(replace(REQUEST, options=options))
    assert (no.value.code, no.value.reason) == (Code.INVALID_MESSAGE, "preset")


def test_what_was_paid_is_processed_even_if_it_would_be_rejected_now() -> None:
    """Options that are not allowed any more are left out, a preset that is gone is the default."""
    spec = RESOLVER.resolve_begun(replace(REQUEST, options={"margin": -1}))
    assert (spec.preset, spec.recipe.preset.margin) == (
        "icon",
        RESOLVER.presets.presets["icon"].margin,
    )
    assert RESOLVER.resolve_begun(replace(REQUEST, preset="gone")).preset == "auto"


def test_a_picture_that_is_processed_again_gets_the_preset_that_was_asked_for_or_none() -> None:
    """Its operator is told of the preset that is not there; the picture was paid for another request."""
    again = Job(replace(REQUEST, preset="gone", options={}), stage=Stage.PAID, reuses=True)
    with pytest.raises(Rejected) as no:
        RESOLVER.resolve_job(again)
    assert no.value.code is Code.UNKNOWN_PRESET
    assert RESOLVER.resolve_job(replace(again, reuses=False)).preset == "auto"
    assert RESOLVER.resolve_job(replace(again, request=REQUEST)).preset == "icon"


def test_a_paid_order_is_looked_up_by_its_prompt_whatever_the_rules_say_now() -> None:
    """It was submitted under other rules."""
    stricter = replace(RESOLVER, rules=PromptRules("reject"), blocklist=Blocklist.read("fox"))
    request = replace(REQUEST, prompt="a fox --r 4")
    with pytest.raises(Rejected):
        stricter.resolve(request)
    assert stricter.resolve_begun(request).wording.plain == "a fox --r 4"


def test_an_order_is_built_once_and_anew_for_what_it_depends_on() -> None:
    """It is needed to pay, and again to know how long such pictures take."""
    context = in_hand(Claim(Job(REQUEST), "1-0", 0.0))
    one, other = MemoryProvider(), MemoryProvider()
    order = context.order_for(one)
    assert context.order_for(one) is order
    context.reference = Reference("https://h/p.png", b"png")
    assert context.order_for(one).reference is context.reference
    assert context.order_for(other) is not context.order_for(one)
