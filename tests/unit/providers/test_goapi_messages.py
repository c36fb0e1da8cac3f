"""How the messages of GoAPI's `mj/v2` are written and read."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.domain import Pending, Picture
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.providers.goapi.messages import imagine, read_task, read_ticket
from mobart.providers.midjourney import picture_urls

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
WORDS = st.sampled_from(
    ["", "success", "failed", "SUCCESS", "processing", "odd", "queue is full", "Banned prompt"]
)
SUBMIT_ANSWERS = st.fixed_dictionaries(
    {}, optional={"task_id": JSON, "status": WORDS | JSON, "message": WORDS | JSON, "error": JSON}
)
TASKS = st.fixed_dictionaries(
    {"task_id": st.just("t")},
    optional={
        "status": st.sampled_from(["finished", "failed", "processing", "Success"]) | JSON,
        "message": JSON,
        "meta": JSON,
        "task_result": JSON
        | st.fixed_dictionaries(
            {},
            optional={
                "image_url": JSON,
                "image_urls": JSON,
                "temporary_image_urls": JSON,
                "task_progress": JSON,
                "error_messages": JSON,
            },
        ),
    },
)


def request(prompt: str) -> Order:
    """Ask for *prompt*."""
    return Order("r", "u", prompt)


def read(task: Any) -> Pending | Picture:
    """Read the task `t`."""
    return read_task(task, reference="t", tile=1)


def result(**fields: object) -> dict[str, object]:
    """Make a finished task `t`."""
    return {"task_id": "t", "status": "finished", "task_result": fields}


class TestImagine:
    """The body of a submit."""

    def test_holds_the_prompt_alone_by_default(self) -> None:
        """What is not configured is left to the provider."""
        body = imagine(request("a cat"), process_mode=None, aspect_ratio=None)
        assert body == {"prompt": "a cat"}

    @pytest.mark.parametrize(
        "flag", ["--ar 3:2", "--aspect 3:2", "—ar 3:2", "--AR 1:1", "– ar 1:1"]
    )
    def test_leaves_an_aspect_ratio_in_the_prompt_alone(self, flag: str) -> None:
        """Both at once is an error at some providers."""
        body = imagine(request(f"a cat {flag}"), process_mode="fast", aspect_ratio="1:1")
        assert body == {"prompt": f"a cat {flag}", "process_mode": "fast"}

    @pytest.mark.parametrize("prompt", ["a --argument", "a ship--shape ark", "are"])
    def test_takes_no_other_word_for_an_aspect_ratio(self, prompt: str) -> None:
        """The flag is a word of its own."""
        body = imagine(request(prompt), process_mode=None, aspect_ratio="1:1")
        assert body["aspect_ratio"] == "1:1"


class TestReadTicket:
    """The answer to a submit."""

    @given(SUBMIT_ANSWERS)
    def test_never_gives_money_back_that_may_be_spent(self, body: dict[str, Any]) -> None:
        """Whatever is in the place of a task id, nobody concludes that nothing was bought."""
        try:
            ticket = read_ticket(body, secrets=())
        except (Rejected, Unavailable):
            assert body.get("task_id") in (None, "")
        except InDoubt:
            assert body.get("status") != "failed" or body.get("task_id") not in (None, "")
        else:
            assert ticket == str(body["task_id"])

    @pytest.mark.parametrize("status", ["success", "Success", "failed", "odd", ""])
    def test_believes_a_task_id_more_than_a_status(self, status: str) -> None:
        """A task that can be asked about is asked about."""
        assert read_ticket({"task_id": "t-1", "status": status}, secrets=()) == "t-1"

    @pytest.mark.parametrize(
        "task_id", ["../x", "a b", "x" * 129, "a\n", "ä", "%2e", True, ["t"], {"id": "t"}, 0]
    )
    def test_doubts_a_task_id_that_is_none(self, task_id: object) -> None:
        """Something was accepted, perhaps; it cannot be asked about."""
        with pytest.raises(InDoubt):
            read_ticket({"task_id": task_id, "status": "failed"}, secrets=())

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"status": "failed", "message": "Insufficient quota"}, Code.PROVIDER_CREDIT),
            ({"status": "failed", "message": "invalid api key"}, Code.PROVIDER_AUTH),
            ({"status": "failed", "message": "Banned prompt"}, Code.MODERATION_BLOCKED),
            ({"status": "failed", "message": "Empty prompt"}, Code.PROMPT_REJECTED),
            ({"status": "failed", "message": "no idea"}, Code.PROVIDER_REJECTED),
            ({"status": "failed"}, Code.PROVIDER_REJECTED),
            ({"status": "failed", "task_id": ""}, Code.PROVIDER_REJECTED),
            ({"status": "no_plan", "message": "choose a plan"}, Code.PROVIDER_REJECTED),
            ({"message": "Insufficient credit", "task_id": None}, Code.PROVIDER_CREDIT),
            ({"error": {"message": "Unauthorized"}}, Code.PROVIDER_AUTH),
            ({"error": "not enough credits"}, Code.PROVIDER_CREDIT),
        ],
    )
    def test_hears_a_no(self, body: dict[str, Any], code: Code) -> None:
        """Sorted by its words."""
        with pytest.raises(Rejected) as refusal:
            read_ticket(body, secrets=())
        assert refusal.value.code is code

    @pytest.mark.parametrize("words", ["queue is full", "Queue full", "Too many requests"])
    def test_hears_that_there_is_no_room(self, words: str) -> None:
        """That may change."""
        with pytest.raises(Unavailable) as busy:
            read_ticket({"status": "failed", "message": words}, secrets=())
        assert busy.value.code is Code.PROVIDER_RATE_LIMITED

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"status": "success"},
            {"status": "Success", "message": "queue is full"},
            {"status": "pending", "message": "queue is full"},
            {"status": "odd"},
            {"message": "success"},
            {"status": 500, "message": "odd"},
        ],
    )
    def test_doubts_what_is_neither_yes_nor_no(self, body: dict[str, Any]) -> None:
        """Nobody pays again on a guess."""
        with pytest.raises(InDoubt):
            read_ticket(body, secrets=())


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

    @pytest.mark.parametrize("task_id", ["T", "t ", "u", 7, None])
    def test_is_of_the_task_asked_for(self, task_id: object) -> None:
        """Another task's picture is another user's."""
        with pytest.raises(Unavailable):
            read(result(image_url="https://a.example/x.png") | {"task_id": task_id})

    @pytest.mark.parametrize(
        ("told", "progress"),
        [
            (0, 0),
            (31, 31),
            (99.9, 99),
            (100, 100),
            ("31%", 31),
            (" 31 % ", 31),
            ("31", 31),
            (250, None),
            (-1, None),
            ("-1", None),
            ("250%", None),
            ("half", None),
            (None, None),
            (True, None),
            ([31], None),
            (1e300, None),
        ],
    )
    def test_tells_progress_if_it_is_any(self, told: object, progress: int | None) -> None:
        """Odd progress is none, and no error."""
        task = {"task_id": "t", "status": "processing", "task_result": {"task_progress": told}}
        assert read(task) == Pending(progress)

    @pytest.mark.parametrize("status", ["", "retry", "FINISHING", "done?", None, 7, ["finished"]])
    def test_an_unknown_status_is_not_final(self, status: object) -> None:
        """Not even with an address, which is a preview then."""
        task = result(image_url="https://a.example/preview.webp") | {"status": status}
        assert isinstance(read(task), Pending)

    @pytest.mark.parametrize("status", ["finished", "Completed", "SUCCESS", " success "])
    def test_knows_all_words_for_the_end(self, status: str) -> None:
        """In any case of letters."""
        task = result(image_url="https://a.example/x.png") | {"status": status}
        assert read(task) == Picture(("https://a.example/x.png",), grid=True)

    @pytest.mark.parametrize("status", ["failed", "FAILURE", "error", "Cancelled", "canceled"])
    def test_knows_all_words_for_a_failure(self, status: str) -> None:
        """A picture's address does not save it."""
        with pytest.raises(Rejected):
            read(result(image_url="https://a.example/x.png") | {"status": status})

    def test_keeps_the_prompt_out_of_a_failure(self) -> None:
        """The provider quotes it; the log must not."""
        task = {
            "task_id": "t",
            "status": "failed",
            "meta": {"task_param": {"prompt": "a secret cat"}},
            "task_result": {"error_messages": ["Invalid parameter in: A Secret Cat", 7, None]},
        }
        with pytest.raises(Rejected) as failure:
            read(task)
        assert "secret cat" not in str(failure.value).lower()
        assert "Invalid parameter" in str(failure.value)

    def test_repeats_no_words_of_a_failure_without_knowing_the_prompt(self) -> None:
        """They may quote it; what they mean is understood all the same."""
        said = "Invalid parameter in: a secret cat"
        with pytest.raises(Rejected) as failure:
            read({"task_id": "t", "status": "failed", "message": said})
        assert "secret cat" not in str(failure.value)
        assert failure.value.code is Code.PROMPT_REJECTED


class TestPictureUrls:
    """The addresses of one and the same picture."""

    def test_are_those_of_the_grid_in_order(self) -> None:
        """The provider's own copy first, doubles once."""
        fields = {
            "discord_image_url": "https://discord.example/g.png?ex=1&",
            "image_url": "https://a.example/g.png",
            "permanent_url": "https://a.example/g.png",
            "image_urls": ["https://a.example/1.png"],
        }
        assert picture_urls(fields, tile=1) == (
            "https://a.example/g.png",
            "https://discord.example/g.png?ex=1&",
        )

    @pytest.mark.parametrize("tile", [1, 2, 3, 4])
    def test_are_those_of_the_chosen_tile_without_a_grid(self, tile: int) -> None:
        """The same tile from every list, never another one."""
        fields = {
            "image_url": "",
            "temporary_image_urls": [f"https://t.example/{place}" for place in range(1, 5)],
            "image_urls": [f"https://a.example/{place}" for place in range(1, 5)],
        }
        expected = (f"https://t.example/{tile}", f"https://a.example/{tile}")
        assert picture_urls(fields, tile=tile) == expected

    def test_are_those_of_the_only_picture(self) -> None:
        """A list of one has no fourth tile."""
        assert picture_urls({"image_urls": ["https://a.example/1"]}, tile=4) == (
            "https://a.example/1",
        )

    @pytest.mark.parametrize(
        "fields",
        [
            {"image_url": ["https://a.example/1"]},
            {"image_url": {"url": " https://a.example/1\n"}},
            {"image_url": None, "image_urls": None, "output": ["https://a.example/1"]},
        ],
    )
    def test_are_found_in_every_shape(self, fields: dict[str, object]) -> None:
        """A list, an object, a field of another name."""
        assert picture_urls(fields, tile=1) == ("https://a.example/1",)

    @pytest.mark.parametrize("url", ["", None, 7, [], "https://" + "a" * 20_000])
    def test_leave_out_what_is_no_address(self, url: object) -> None:
        """Nothing to fetch is nothing."""
        assert picture_urls({"image_url": url, "image_urls": [url]}, tile=1) == ()
