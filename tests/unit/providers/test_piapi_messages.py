"""How the messages of PiAPI and LegNext are written and read."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.domain import Pending, Picture
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.prompts.parameters import split
from mobart.providers.callback import CallbackAddress
from mobart.providers.fields import TASK_ID, task_id_of
from mobart.providers.http import Answer
from mobart.providers.legnext.messages import Diffusion
from mobart.providers.piapi.answers import read_task, read_ticket, reference_in
from mobart.providers.piapi.messages import Imagine, tasks_in
from mobart.providers.repeatable import keyed_seed

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HERE = CallbackAddress("https://game.example", "piapi", "key")
CAT = Order("r-1", "u-1", "a cat")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
SAYINGS = st.sampled_from(["", "success", "insufficient credits", "Banned prompt", "queue is full"])
IDS = st.sampled_from(["t-1", "", "../x", None, 0, 7]) | JSON
ERRORS = st.fixed_dictionaries({}, optional={"message": SAYINGS | JSON, "raw_message": SAYINGS})
TASKS = st.fixed_dictionaries(
    {},
    optional={
        "task_id": st.just("t-1") | IDS,
        "status": st.sampled_from(["Completed", "Failed", "processing"]) | JSON,
        "input": JSON | st.fixed_dictionaries({"prompt": JSON}),
        "output": JSON
        | st.fixed_dictionaries(
            {}, optional={"image_url": JSON, "temporary_image_urls": JSON, "progress": JSON}
        ),
        "error": ERRORS | JSON,
        "detail": JSON,
    },
)
ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        "code": st.sampled_from([0, 200, 400, 402, 429, 500, 503, 10000]) | JSON,
        "message": SAYINGS | JSON,
        "data": TASKS | JSON,
    },
)
STATUSES = st.sampled_from([200, 201, 202, 204, 301, 400, 401, 402, 408, 409, 429, 500, 502, 503])


def ticket(status: int, body: object, *, prompt: str = CAT.prompt) -> str:
    """Read the answer to a submit."""
    answer = Answer(status, {}, json.dumps(body).encode())
    return read_ticket(answer, name="task_id", now=NOW, secrets=("key", prompt))


def poll(body: object) -> Pending | Picture:
    """Read the answer to a poll of the task `t-1`."""
    return read_task(body, name="task_id", reference="t-1", tile=1)


class TestReadTicket:
    """The answer to a submit."""

    @given(STATUSES, ENVELOPES | TASKS | JSON)
    def test_is_an_id_or_an_error_of_mobart(self, status: int, body: Any) -> None:
        """Nothing that JSON can hold brings the reader down, or gives away what may be bought."""
        try:
            assert TASK_ID.fullmatch(ticket(status, body))
        except (Rejected, Unavailable):
            data = body.get("data") if isinstance(body, dict) else None
            for layer in (body, data):
                if isinstance(layer, dict):
                    assert layer.get("task_id") in (None, "")
        except InDoubt:
            pass

    @given(ENVELOPES)
    def test_a_good_code_without_an_id_is_never_a_no(self, body: dict[str, Any]) -> None:
        """Whatever words there are: only an error's code makes them count."""
        body |= {"code": 200}
        with suppress(InDoubt):
            assert ticket(200, body)

    @given(st.sampled_from([500, 502, 503, 504]), SAYINGS)
    def test_an_error_of_theirs_without_an_envelope_proves_nothing(
        self, status: int, said: str
    ) -> None:
        """A front server speaks JSON as well."""
        with pytest.raises(InDoubt):
            ticket(status, {"message": said})

    @pytest.mark.parametrize("said", ["insufficient credits", "invalid api key", "Banned prompt"])
    def test_an_internal_error_may_prove_a_no(self, said: str) -> None:
        """By words for what no submit gets past."""
        with pytest.raises(Rejected):
            ticket(500, {"code": 500, "message": said})

    @pytest.mark.parametrize(
        "body",
        [
            {
                "job_id": "",
                "status": "failed",
                "error": {"code": 10001, "message": "Banned prompt"},
            },
            {"status": "Failed", "message": "Banned prompt detected"},
            {"error": {"code": 10000, "raw_message": "banned words"}},
            {"code": "400", "message": "Banned prompt"},
            {"code": "10000", "message": "Banned prompt"},
        ],
    )
    def test_a_failure_as_a_success_may_prove_a_no(self, body: dict[str, Any]) -> None:
        """A bare task that failed before it had an id, or a code that is written as a text."""
        with pytest.raises(Rejected) as no:
            ticket(200, body)
        assert no.value.code is Code.MODERATION_BLOCKED

    @pytest.mark.parametrize(
        "body", [{"status": "failed", "error": {"message": "odd"}}, {"message": "Banned prompt"}]
    )
    def test_a_success_without_a_task_proves_nothing_else(self, body: dict[str, Any]) -> None:
        """Whatever failed may have been paid."""
        with pytest.raises(InDoubt):
            ticket(200, body)

    @pytest.mark.parametrize("status", [502, 503, 504])
    def test_a_gateway_proves_nothing_whatever_it_says(self, status: int) -> None:
        """It does not know."""
        with pytest.raises(InDoubt):
            ticket(status, {"code": status, "message": "insufficient credits"})


class TestReadTask:
    """The task, in an envelope or not."""

    @given(ENVELOPES | TASKS | JSON)
    def test_is_pending_a_picture_or_an_error_of_mobart(self, body: object) -> None:
        """Nothing that JSON can hold brings the reader down."""
        with suppress(Rejected, Unavailable):
            assert isinstance(poll(body), Pending | Picture)

    @pytest.mark.parametrize("status", ["", "retry", "Creating", "Staged", None, 7, ["completed"]])
    def test_an_unknown_status_is_not_final(self, status: object) -> None:
        """Not even with an address, which is a preview then."""
        output = {"image_url": "https://a.example/preview.webp"}
        told = poll({"data": {"task_id": "t-1", "status": status, "output": output}})
        assert isinstance(told, Pending)
        assert told.progress is None

    @pytest.mark.parametrize("status", ["completed", "Completed", "FINISHED", " success "])
    def test_knows_all_words_for_the_end(self, status: str) -> None:
        """In any case of letters."""
        output = {"image_url": "https://a.example/x.png", "image_urls": None}
        assert poll({"task_id": "t-1", "status": status, "output": output}) == Picture(
            ("https://a.example/x.png",), grid=True
        )

    def test_keeps_the_prompt_out_of_a_failure(self) -> None:
        """The provider quotes it; the log must not."""
        error = {"code": 1, "message": "Invalid parameter in: A Secret Cat", "raw_message": ""}
        task = {"task_id": "t-1", "status": "failed", "error": error}
        with pytest.raises(Rejected) as failure:
            poll({"data": task | {"input": {"prompt": "a secret cat"}}})
        assert "secret cat" not in str(failure.value).lower()
        assert "Invalid parameter" in str(failure.value)


class TestReading:
    """The id in a webhook's body."""

    @pytest.mark.parametrize(
        "body",
        [
            {"task_id": "t-1"},
            {"timestamp": 1, "data": {"task_id": "t-1", "status": "Pending"}},
            {"timestamp": 1, "data": {"task": {"task_id": "t-1"}}},
        ],
    )
    def test_finds_it_wrapped_or_not(self, body: object) -> None:
        """How a task is wrapped is not told with certainty."""
        assert reference_in(body, name="task_id") == "t-1"

    @given(JSON)
    def test_finds_none_in_anything_else(self, body: object) -> None:
        """And breaks at nothing."""
        assert reference_in(body, name="job_id") is None

    @pytest.mark.parametrize("job_id", ["../x", "", -7, None, "x" * 129, ["t"], "a b"])
    def test_finds_none_that_is_none(self, job_id: object) -> None:
        """It goes into an address later."""
        assert reference_in({"data": {"job_id": job_id}}, name="job_id") is None


class TestImagine:
    """The body of PiAPI's submit."""

    def test_holds_what_is_asked_for(self) -> None:
        """Settings first, the preset's own words over them."""
        imagine = Imagine(key="k", process_mode="fast", aspect_ratio="1:1", callback=HERE)
        own = {"process_mode": "turbo", "service_mode": "public", "else": "ignored"}
        order = Order("r-1", "u", "a cat --seed 1", "dogs", "3:2", own)
        assert imagine.message(order) == {
            "model": "midjourney",
            "task_type": "imagine",
            "input": {
                "prompt": "a cat --seed 1 --no dogs",
                "process_mode": "turbo",
                "aspect_ratio": "3:2",
            },
            "config": {
                "service_mode": "public",
                "webhook_config": {"endpoint": HERE.url("r-1"), "secret": HERE.secret("r-1")},
            },
        }

    def test_leaves_to_the_provider_what_nobody_asks_for(self) -> None:
        """Only the prompt is there."""
        message = Imagine(key="k").message(CAT)
        assert message.keys() == {"model", "task_type", "input"}
        assert message["input"] == {"prompt": Imagine(key="k").prompt(CAT)}

    def test_leaves_an_aspect_ratio_in_the_prompt_alone(self) -> None:
        """Both at once is an error at some providers."""
        order = Order("r-1", "u", "a cat --ar 16:9")
        given = Imagine(key="k", aspect_ratio="1:1").message(order)["input"]
        assert isinstance(given, dict)
        assert "aspect_ratio" not in given

    @given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
    def test_seeds_follow_from_the_request(self, first: str, second: str) -> None:
        """The same one each time, another for another; Midjourney takes 32 bits."""
        prompts = [Imagine(key="k").prompt(Order(name, "u", "a cat")) for name in (first, second)]
        assert (prompts[0] == prompts[1]) is (first == second)
        (seed,) = split(prompts[0])[1]
        assert seed.name == "seed"
        assert seed.harmless

    @pytest.mark.parametrize("flag", ["--seed 7", "—SEED 7", "--sameseed 7"])
    def test_a_seed_of_the_players_own_is_kept(self, flag: str) -> None:
        """Two would be none."""
        assert Imagine(key="k").prompt(Order("r", "u", f"a cat {flag}")) == f"a cat {flag}"


class TestDiffusion:
    """The body of LegNext's submit."""

    def test_puts_everything_into_the_text(self) -> None:
        """The API has no other fields."""
        order = Order("r-1", "u", "a cat", "dogs", "3:2", {"process_mode": "turbo"})
        message = Diffusion(key="k", aspect_ratio="1:1", callback=HERE).message(order)
        assert message == {
            "text": f"a cat --ar 3:2 --no dogs --seed {keyed_seed(order, 'k')}",
            "callback": HERE.proving_url("r-1"),
        }

    def test_leaves_an_aspect_ratio_in_the_prompt_alone(self) -> None:
        """The player's own comes first."""
        order = Order("r-1", "u", "a cat --ar 16:9")
        assert Diffusion(key="k", aspect_ratio="1:1").message(order)["text"] == (
            f"a cat --ar 16:9 --seed {keyed_seed(order, 'k')}"
        )


class TestHistory:
    """Finding a request's own task in what nobody documents."""

    @given(JSON | st.lists(TASKS, max_size=3))
    def test_no_history_brings_the_reader_down(self, body: object) -> None:
        """And what is found has an id that can be asked about."""
        imagine = Imagine(key="k", callback=HERE)
        for task in tasks_in(body):
            assert task_id_of(task["task_id"]) is not None
            assert not imagine.recognises(CAT, task)

    def test_a_history_without_a_bottom_is_not_followed(self) -> None:
        """Depth has an end."""
        body: object = {"task_id": "t-1"}
        for _ in range(100):
            body = [body]
        assert list(tasks_in(body)) == []

    @pytest.mark.parametrize(
        "task",
        [
            {"prompt": HERE.url("r-1")},
            {"input": {"prompt": "a cat"}},
            {"config": {"webhook_config": {"endpoint": HERE.url("r-2")}}},
            {"config": {"webhook_config": {"endpoint": ""}}, "input": {"prompt": ""}},
            {"output": {"title": Imagine(key="k").prompt(CAT)}},
            {"input": {"prompt": Imagine(key="other").prompt(CAT)}},
        ],
    )
    def test_another_requests_task_is_not_taken(self, task: dict[str, object]) -> None:
        """Nor one that only looks like it."""
        assert not Imagine(key="k", callback=HERE).recognises(CAT, task)
        assert not Imagine(key="k").recognises(Order("r-1", "u", "a cat --seed 1"), task)
