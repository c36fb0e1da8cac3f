"""How the messages of a midjourney-proxy are written and read."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mobart.core.domain import Pending, Picture
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.providers.callback import CallbackAddress
from mobart.providers.mjproxy.messages import (
    ACCEPTED,
    imagine,
    picture_urls,
    read_callback,
    read_list,
    read_task,
    read_ticket,
    verdict,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
CODES = st.sampled_from([1, 3, 4, 5, 9, 21, 22, 23, 24, 30, 77, "1", True, 1.0])
SUBMIT_ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "code": CODES | JSON,
        "description": st.sampled_from(["队列已满", "banned", "提交Imagine任务异常", ""]) | JSON,
        "result": st.just("1320098173412546") | JSON,
        "properties": JSON,
    },
)
STATUSES = ["SUCCESS", "FAILURE", "IN_PROGRESS", "SUBMITTED", "NOT_START", "MODAL", "CANCEL"]
TASKS = st.fixed_dictionaries(
    {"id": st.just("1")},
    optional={
        "status": st.sampled_from(STATUSES) | JSON,
        "progress": JSON,
        "imageUrl": JSON,
        "imageUrls": JSON | st.lists(st.fixed_dictionaries({"url": JSON})),
        "failReason": JSON,
        "prompt": JSON,
        "description": JSON,
        "state": JSON,
    },
)
URL = "https://cdn.example/x.png?ex=1&is=2&hm=3&"


def order(prompt: str = "a cat", **fields: Any) -> Order:
    """Ask for *prompt*."""
    return Order("r-1", "u", prompt, **fields)


def read(task: Any) -> Pending | Picture:
    """Read the task `1`."""
    return read_task(task, reference="1", tile=1)


class TestImagine:
    """The body of a submit."""

    def test_holds_the_prompt_and_the_requests_id(self) -> None:
        """By which the task is found again."""
        assert imagine(order(), aspect_ratio=None) == {"prompt": "a cat", "state": "r-1"}

    def test_fits_the_longest_id_there_is(self) -> None:
        """A state may have 255 characters, an id has 128 at most; a hook may have 2000."""
        callback = CallbackAddress("https://us.example", "midjourney-proxy", "key")
        longest = Order(":" * 128, "u", "a cat")
        body = imagine(longest, aspect_ratio=None, callback=callback)
        assert len(str(body["state"])) <= 255
        assert len(str(body["notifyHook"])) <= 2000

    @pytest.mark.parametrize(
        ("asked", "setting", "prompt"),
        [("", None, "a cat"), ("", "3:2", "a cat --ar 3:2"), ("16:9", "3:2", "a cat --ar 16:9")],
    )
    def test_writes_the_aspect_ratio_into_the_prompt(
        self, asked: str, setting: str | None, prompt: str
    ) -> None:
        """There is no field for it."""
        body = imagine(order(aspect_ratio=asked), aspect_ratio=setting)
        assert body["prompt"] == prompt

    @pytest.mark.parametrize("prompt", ["a cat --ar 1:1", "a cat —aspect 1:1"])
    def test_leaves_an_aspect_ratio_in_the_prompt_alone(self, prompt: str) -> None:
        """Twice is an error."""
        assert imagine(order(prompt), aspect_ratio="3:2")["prompt"] == prompt

    def test_says_what_must_not_be_seen(self) -> None:
        """In Midjourney's own way, unless the prompt does already."""
        assert imagine(order(negative="text"), aspect_ratio=None)["prompt"] == "a cat --no text"
        had = order("a cat --no dogs", negative="text")
        assert imagine(had, aspect_ratio=None)["prompt"] == "a cat --no dogs"

    def test_knows_two_words_of_presets(self) -> None:
        """Nothing else of them goes out, and no value that nobody documented."""
        words = {"mode": "fast", "bot_type": "niji_journey", "base64Array": ["x"]}
        body = imagine(order(parameters=words), aspect_ratio=None)
        assert body["accountFilter"] == {"modes": ["FAST"]}
        assert body["botType"] == "NIJI_JOURNEY"
        odd = order(parameters={"mode": ["fast"], "bot_type": "other"})
        assert imagine(odd, aspect_ratio=None).keys() == {"prompt", "state"}


class TestReadTicket:
    """The answer to a submit."""

    @pytest.mark.parametrize("code", sorted(ACCEPTED))
    def test_is_the_id_of_what_was_accepted(self, code: int) -> None:
        """Waiting in a queue is no refusal: taking it for one loses a paid job."""
        assert read_ticket({"code": code, "result": "1730621718151844"}, secrets=())

    @given(SUBMIT_ANSWERS)
    @example({"code": 1, "result": 1})
    def test_never_gives_money_back_that_may_be_spent(self, body: dict[str, Any]) -> None:
        """Only four codes say that nothing was accepted, and a failure because the queue is full."""
        try:
            ticket = read_ticket(body, secrets=())
        except (Rejected, Unavailable):
            assert body["code"] in {3, 4, 9, 23, 24}
        except InDoubt:
            code = body.get("code")
            known = type(code) is int and code in {3, 4, 23, 24}
            assert not known or "异常" in str(body["description"])
        else:
            assert ticket == str(body["result"])
            assert body["code"] in ACCEPTED

    def test_is_read_in_the_envelope_of_a_reseller(self) -> None:
        """What its codes are is not the proxy's affair."""
        accepted, banned = {"code": 1, "result": "t-1"}, {"code": 24, "description": "banned"}
        for body in ({"data": accepted}, {"code": 200, "msg": "ok", "data": accepted}):
            assert read_ticket(body, secrets=()) == "t-1"
        assert read_ticket({"code": 1, "result": {"id": "t-1"}}, secrets=()) == "t-1"
        with pytest.raises(Rejected) as no:
            read_ticket({"code": 200, "data": banned}, secrets=())
        assert no.value.code is Code.MODERATION_BLOCKED
        for odd in ({"code": 200, "data": {"code": 0, "result": "t-1"}}, {"code": 1, "result": {}}):
            with pytest.raises(InDoubt):
                read_ticket(odd, secrets=())

    @given(SUBMIT_ANSWERS)
    def test_is_judged_without_a_fall(self, body: dict[str, Any]) -> None:
        """Whatever the HTTP status beside it."""
        told = verdict(body, secrets=())
        assert told is None or isinstance(told, Rejected | Unavailable | InDoubt)

    def test_leaves_to_the_status_what_has_no_code(self) -> None:
        """Or only one that needs it."""
        assert verdict({"error": {"message": "Unauthorized"}}, secrets=()) is None
        assert verdict({"code": 30, "description": "x"}, secrets=()) is None


class TestReadList:
    """The list of tasks."""

    @given(st.lists(TASKS | JSON, max_size=4) | JSON)
    def test_is_an_id_or_nothing(self, tasks: object) -> None:
        """Nothing that JSON can hold brings the reader down."""
        assert read_list(tasks, request_id="r-1") in {None, "1"}

    def test_is_of_the_request_asked_for(self) -> None:
        """To the letter."""
        tasks = [{"id": "1", "state": "r-10"}, {"id": "2", "state": "R-1"}, {"id": "3", "state": 1}]
        assert read_list(tasks, request_id="r-1") is None


class TestReadTask:
    """The task object."""

    @given(TASKS)
    def test_is_pending_a_picture_or_an_error_of_mobart(self, task: dict[str, Any]) -> None:
        """Nothing that JSON can hold brings the reader down."""
        with suppress(Rejected, Unavailable):
            assert isinstance(read(task), Pending | Picture)

    @given(JSON)
    def test_makes_nothing_of_what_is_no_task(self, task: object) -> None:
        """Any other JSON is not about the task asked for."""
        with pytest.raises(Unavailable):
            read(task)

    @pytest.mark.parametrize("status", ["IN_PROGRESS", "SUBMITTED", "NOT_START", "MODAL", "", None])
    def test_is_no_picture_before_its_time(self, status: object) -> None:
        """Its address is a preview's until then."""
        task = {"id": "1", "status": status, "progress": "46%", "imageUrl": URL}
        assert read(task) == Pending(46)

    def test_is_a_picture_when_it_says_so(self) -> None:
        """Byte for byte, the last ampersand included."""
        assert read({"id": "1", "status": "SUCCESS", "imageUrl": URL}) == Picture((URL,), grid=True)

    @pytest.mark.parametrize("status", ["FAILURE", "CANCEL"])
    def test_is_over_when_it_says_so(self, status: str) -> None:
        """A preview does not save it."""
        with pytest.raises(Rejected) as failure:
            read({"id": "1", "status": status, "imageUrl": URL, "progress": ""})
        assert failure.value.code is Code.GENERATION_FAILED

    def test_keeps_the_prompt_out_of_a_failure(self) -> None:
        """In either language it is told in."""
        task = {
            "id": "1",
            "status": "FAILURE",
            "prompt": "一只秘密的猫",
            "promptEn": "a secret cat",
            "description": "/imagine 一只秘密的猫",
            "failReason": "[Invalid parameter] in: A Secret Cat",
        }
        with pytest.raises(Rejected) as failure:
            read(task)
        assert "secret cat" not in str(failure.value).lower()
        assert "秘密" not in str(failure.value)
        assert failure.value.code is Code.PROMPT_REJECTED

    def test_is_not_judged_by_the_prompt_that_it_repeats(self) -> None:
        """A player's words are no reason."""
        task = {
            "id": "1",
            "status": "FAILURE",
            "prompt": "a banned book",
            "description": "/imagine a banned book",
            "failReason": "任务超时",
        }
        with pytest.raises(Rejected) as failure:
            read(task)
        assert failure.value.code is Code.GENERATION_FAILED


class TestPictureUrls:
    """The addresses of one and the same picture."""

    TILES = ({"url": "https://t.example/1"}, {"url": "https://t.example/2"}, None)

    @pytest.mark.parametrize(
        ("tile", "url"), [(1, "https://t.example/1"), (2, "https://t.example/2")]
    )
    def test_are_those_of_the_chosen_tile_without_a_grid(self, tile: int, url: str) -> None:
        """Never another one."""
        assert picture_urls({"imageUrls": list(self.TILES)}, tile=tile) == (url,)

    def test_are_those_of_the_grid(self) -> None:
        """Whatever else there is."""
        task = {"imageUrl": URL, "imageUrls": list(self.TILES)}
        assert picture_urls(task, tile=2) == (URL,)


@given(JSON | TASKS)
def test_a_call_is_about_a_task_or_about_nothing(body: object) -> None:
    """For every caller."""
    assert read_callback(body) in {None, "1"} or isinstance(body, dict)
