"""What the HTTP answer to a paid POST proves."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.policy import LONGEST_RETRY_AFTER
from mobart.providers.fields import error_text
from mobart.providers.http import Answer
from mobart.providers.outcomes import (
    NOT_YET,
    REFUSALS,
    accepted_body,
    failure,
    refuse_if_proven,
    trouble,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def judge(status: int, body: bytes = b"{}", *, whole: bool = True) -> dict[str, object]:
    """Judge an answer."""
    return accepted_body(Answer(status, {}, body, whole), now=NOW, secrets=())


@pytest.mark.parametrize("status", [302, 307, 400, 404, 405, 410, 415, 422, 451])
def test_a_poll_that_no_waiting_helps_against_is_not_told_as_an_outage(status: int) -> None:
    """Told as one until the deadline, it would end as a timeout, and be paid again."""
    told = trouble(Answer(status, {}, b""), now=NOW)
    assert told.code is Code.PROVIDER_BAD_RESPONSE


@pytest.mark.parametrize("status", [408, 425, 500, 502, 521])
def test_a_poll_that_may_pass_is_an_outage(status: int) -> None:
    """It says nothing about the task."""
    assert trouble(Answer(status, {}, b""), now=NOW).code is Code.PROVIDER_UNAVAILABLE


def test_the_name_of_an_error_proves_a_refusal_as_its_words_do() -> None:
    """With the status of a success too; no name quotes a prompt."""
    body = {"error": {"message": "no", "code": "insufficient_quota"}}
    with pytest.raises(Rejected) as no:
        refuse_if_proven(body, ("a cat",))
    assert no.value.code is Code.PROVIDER_CREDIT
    refuse_if_proven({"error": {"message": "no", "code": "server_error"}}, ("a cat",))


@given(st.integers(100, 999), st.binary(max_size=40) | st.just(b"{}"), st.booleans())
def test_only_known_proofs_give_money_back(status: int, body: bytes, whole: bool) -> None:
    """Whatever is not documented as a no is a doubt."""
    try:
        judge(status, body, whole=whole)
    except (Rejected, Unavailable):
        assert status in REFUSALS or status in NOT_YET or 300 <= status < 400
    except InDoubt:
        assert status not in REFUSALS
    else:
        assert 200 <= status < 300
        assert whole or body == b"{}"


@pytest.mark.parametrize("status", [406, 408, 409, 418, 424, 444, 449, 460, 499])
def test_an_odd_status_is_a_doubt_unless_its_words_prove_a_no(status: int) -> None:
    """No documented one says that nothing was done; moderation and an empty account are no prompt's business."""
    with pytest.raises(InDoubt):
        judge(status, b'{"error": {"message": "something went wrong"}}')
    with pytest.raises(Rejected) as no:
        judge(status, b'{"error": {"code": "insufficient_quota", "message": "no"}}')
    assert no.value.code is Code.PROVIDER_CREDIT


@pytest.mark.parametrize("status", [407, 411, 412, 414, 417, 421, 423, 426, 428, 431, 451])
def test_a_status_by_which_servers_refuse_before_they_act_is_a_no(status: int) -> None:
    """Nothing was bought; what its words say comes first."""
    with pytest.raises(Rejected) as no:
        judge(status, b"")
    assert no.value.code in {Code.PROVIDER_REJECTED, Code.PROVIDER_UNAVAILABLE}
    with pytest.raises(Rejected) as blocked:
        judge(status, b'{"error": {"message": "blocked by content moderation"}}')
    assert blocked.value.code is Code.MODERATION_BLOCKED


def test_too_early_is_not_yet() -> None:
    """The server would not risk to act on it."""
    with pytest.raises(Unavailable):
        judge(425, b"")


@pytest.mark.parametrize("body", [b'{"task_id": "t-1"}', b'[{"task_id": "t-1"}]'])
def test_an_object_that_came_whole_is_read_whatever_was_announced(body: bytes) -> None:
    """The line broke behind it; half an object is none."""
    assert judge(200, body, whole=False) == {"task_id": "t-1"}
    with pytest.raises(InDoubt):
        judge(200, body[:-1], whole=False)


@pytest.mark.parametrize("body", [b"7", b"nul", b'"t', b'["a"]'])
def test_what_may_be_a_part_of_something_is_a_doubt(body: bytes) -> None:
    """A number has no end."""
    with pytest.raises(InDoubt):
        judge(200, body, whole=False)


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (400, "Banned prompt detected", Code.MODERATION_BLOCKED),
        (403, "forbidden: The prompt has blocked words", Code.MODERATION_BLOCKED),
        (403, "Insufficient quota", Code.PROVIDER_CREDIT),
        (400, "invalid api key", Code.PROVIDER_AUTH),
        (401, "Banned prompt detected", Code.PROVIDER_AUTH),
        (402, "queue is full", Code.PROVIDER_CREDIT),
        (422, "whatever", Code.PROVIDER_REJECTED),
    ],
)
def test_words_tell_what_the_status_leaves_open(status: int, said: str, code: Code) -> None:
    """Where the status is clear, words change nothing."""
    with pytest.raises(Rejected) as refusal:
        judge(status, b'{"message": "%b"}' % said.encode())
    assert refusal.value.code is code


def test_words_that_are_quoted_of_the_prompt_are_not_the_providers() -> None:
    """A road that is blocked has offended nobody; told so, its player would be suspended."""
    prompt = "a road blocked by rocks, banned to all"
    body = json.dumps({"message": f'cannot take "{prompt.upper()}": width is odd'}).encode()
    with pytest.raises(Rejected) as refusal:
        accepted_body(Answer(400, {}, body), now=NOW, secrets=("key", prompt))
    assert refusal.value.code is Code.PROVIDER_REJECTED
    assert failure(f"no picture of {prompt}", prompt).code is Code.GENERATION_FAILED
    assert failure(f"Banned prompt: {prompt}", prompt).code is Code.MODERATION_BLOCKED


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": {"code": "insufficient_user_quota", "message": "$0.01"}}, Code.PROVIDER_CREDIT),
        ({"code": "content_filter", "message": "no"}, Code.MODERATION_BLOCKED),
        ({"error": {"type": "content_policy_violation"}}, Code.MODERATION_BLOCKED),
        ({"error_type": "invalid_api_key", "detail": "no"}, Code.PROVIDER_AUTH),
        ({"error": {"code": "invalid_parameter", "message": "width"}}, Code.PROVIDER_REJECTED),
        ({"error": {"code": "content_filter", "message": "bad api key"}}, Code.MODERATION_BLOCKED),
    ],
)
def test_the_name_of_an_error_tells_what_its_words_leave_open(
    body: dict[str, object], code: Code
) -> None:
    """Where it tells it for sure; what is wrong with a request may be the operator's doing."""
    with pytest.raises(Rejected) as refusal:
        judge(400, json.dumps(body).encode())
    assert refusal.value.code is code


def test_a_busy_provider_may_say_so_with_any_refusal() -> None:
    """A refusal is the proof, the words are the reason."""
    with pytest.raises(Unavailable) as busy:
        judge(400, b'{"error": {"message": "no available bot"}}')
    assert busy.value.code is Code.PROVIDER_RATE_LIMITED


@pytest.mark.parametrize(
    ("body", "wait"),
    [
        ({"detail": "Request was throttled. Your rate limit resets in ~30s."}, 30.0),
        ({"detail": "Request was throttled. Expected available in 1 second."}, 1.0),
        ({"error": {"message": "Rate limit reached. Please try again in 12.5s."}}, 12.5),
        ({"error": {"message": "No deployments available, Try again in 5 seconds."}}, 5.0),
        ({"detail": "Try again in 99999s"}, LONGEST_RETRY_AFTER),
        ({"detail": "Try again in 5 minutes"}, None),
        ({"detail": "Too many requests"}, None),
    ],
)
def test_a_busy_provider_may_say_in_words_for_how_long(
    body: dict[str, object], wait: float | None
) -> None:
    """As Replicate, OpenAI and LiteLLM's proxy do; a header is believed before."""
    for headers, expected in (({}, wait), ({"Retry-After": "7"}, 7.0)):
        with pytest.raises(Unavailable) as busy:
            accepted_body(Answer(429, headers, json.dumps(body).encode()), now=NOW, secrets=())
        assert busy.value.retry_after == expected


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Your prepayment credits are depleted.", Code.PROVIDER_CREDIT),
        ("Your account is not active: billing disabled", Code.PROVIDER_CREDIT),
        ("insufficient_funds", Code.PROVIDER_CREDIT),
        ("You exceeded your current quota, please check your plan and billing details.", None),
        ("Quota exceeded for requests per minute", None),
        ("Resource has been exhausted (e.g. check quota).", None),
        ("too many requests", None),
    ],
)
def test_an_empty_account_is_told_from_haste_by_words_of_money(
    said: str, code: Code | None
) -> None:
    """Both come as 429; waiting helps for one of them only."""
    with pytest.raises((Rejected, Unavailable)) as raised:
        judge(429, json.dumps({"error": {"message": said}}).encode())
    told = raised.value
    assert isinstance(told, Rejected | Unavailable)
    assert isinstance(told, Rejected) is (code is not None)
    assert told.code is (code or Code.PROVIDER_RATE_LIMITED)


def test_a_firewalls_page_is_not_moderation_and_not_the_keys_end() -> None:
    """Its "blocked" is not about the prompt, nor is it the API's word about the key: it may pass."""
    page = b"\n<html>Sorry, you have been blocked</html>"
    with pytest.raises(Unavailable) as away:
        accepted_body(Answer(403, {"Retry-After": "7"}, page), now=NOW, secrets=())
    assert (away.value.code, away.value.retry_after) == (Code.PROVIDER_UNAVAILABLE, 7.0)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": "a", "error": "b"}, "a; b"),
        ({"error_messages": ["a", "", 7, "b"], "detail": {"x": 1}}, "a; b"),
        ({"error": {"message": "a", "raw_message": "b"}}, "a; b"),
        ({"message": None, "error": None}, ""),
    ],
)
def test_words_are_found_wherever_they_are_put(body: dict[str, object], words: str) -> None:
    """APIs of one family put them in different places."""
    assert error_text(body) == words
