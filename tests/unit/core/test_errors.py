"""What a failure tells: players a sentence, developers a hint, and both what helps."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.completions import HINT_CHARS, encode_outcome
from mobart.core.domain import Failed, GenerationRequest, Job
from mobart.core.errors import ADVICE, Code, Rejected, Who
from mobart.core.limits import Excess, refusal

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LASTING = (
    *(Code.PROVIDER_BAD_RESPONSE, Code.PROCESSING_FAILED, Code.PROCESSING_TIMEOUT),
    *(Code.IMAGE_INVALID, Code.IMAGE_TOO_LARGE, Code.DOWNLOAD_BLOCKED, Code.INTERNAL),
    *(Code.SUBMIT_UNKNOWN, Code.REQUEST_CONFLICT, Code.MODERATION_BLOCKED),
)


def told(outcome: Failed) -> dict[str, object]:
    """Return the message about a failure."""
    message = encode_outcome(Job(GenerationRequest("r", "u", "a fox")), outcome, at=NOON)
    return dict(json.loads(message))


@pytest.mark.parametrize("code", Code)
def test_every_code_tells_who_must_act_and_when_to_try_again(code: Code) -> None:
    """As data, so that a backend need not know the list."""
    message = told(Failed(code, "It failed.", paid=False))
    assert message["who"] in set(Who)
    assert (message["retry_after"] is not None) is message["retryable"]


def test_the_table_of_codes_is_in_their_order() -> None:
    """The README shows it."""
    assert list(ADVICE) == list(Code)


@pytest.mark.parametrize("code", LASTING)
def test_a_lasting_misfit_is_never_told_as_a_passing_one(code: Code) -> None:
    """Who tries again pays again."""
    assert not ADVICE[code].retryable


@pytest.mark.parametrize("code", [Code.PROVIDER_AUTH, Code.PROVIDER_CREDIT, Code.STORAGE_DENIED])
def test_what_an_operator_must_mend_is_not_hammered(code: Code) -> None:
    """It may take a while, and no player can do anything about it."""
    message = told(Failed(code, "It failed.", paid=False))
    assert message["who"] == "operator"
    assert isinstance(message["retry_after"], int)
    assert message["retry_after"] >= 600


def test_a_wait_that_is_known_is_told_instead_of_the_usual_one() -> None:
    """Such as that which the provider asked for."""
    busy = Failed(Code.PROVIDER_RATE_LIMITED, "Busy.", paid=False, retry_after=7.2)
    assert told(busy)["retry_after"] == 8
    invalid = Failed(Code.IMAGE_INVALID, "Broken.", paid=True, retry_after=7.2)
    assert told(invalid)["retry_after"] is None


@pytest.mark.parametrize("excess", [Excess.QUOTA, Excess.BUDGET])
@pytest.mark.parametrize("hours", [0, 9])
def test_a_limit_of_the_day_is_over_at_midnight_utc(excess: Excess, hours: int) -> None:
    """Whatever zone the clock shows."""
    no = refusal(excess, now=NOON.astimezone() + timedelta(hours=hours))
    assert no.retry_after == (12 - hours) * 3600


def test_a_hint_is_told_apart_from_the_sentence_for_players() -> None:
    """And left out where there is none."""
    no = Rejected(Code.UNKNOWN_PRESET, "No.", hint="There is no preset x.", detail="secret")
    message = told(Failed.because(no, paid=False))
    assert (message["error"], message["detail"]) == ("No.", "There is no preset x.")
    assert "secret" not in str(message)
    assert "detail" not in told(Failed(Code.INTERNAL, "No.", paid=False))


@given(st.text(max_size=20), st.sampled_from(["http", "https", "redis", "s3"]), st.text("abc:@./9"))
def test_no_hint_tells_an_address(before: str, scheme: str, rest: str) -> None:
    """Nor is it ever long."""
    hint = f"{before} {scheme}://{rest}" + "x" * 1000
    detail = told(Failed(Code.INTERNAL, "No.", paid=False, hint=hint))["detail"]
    assert isinstance(detail, str)
    assert "://" not in detail
    assert len(detail) <= HINT_CHARS
