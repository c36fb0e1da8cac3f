"""Whatever the provider answers, and any caller of its webhook."""

from dataclasses import dataclass, field
from typing import Any, cast

from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.callbacks import CallbackVerifier
from mobart.core.domain import Pending, Picture, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart.core.lenient_json import read_lenient_json
from mobart.core.policy import LONGEST_RETRY_AFTER, retry_after
from mobart.core.wire import is_id
from mobart.providers.callback import CallbackAddress
from mobart.providers.error_phrases import REASONS
from mobart.providers.fields import LONGEST_URL, TASK_ID
from mobart.providers.goapi.messages import UNDER_WAY, read_callback, read_task, read_ticket
from mobart.providers.http import Answer
from mobart.providers.outcomes import REFUSALS, accepted_body
from mobart.providers.states import DONE, FAILED
from mobart.web.hooks import Hooks
from tests.fuzz.mutators import at_once, bounded, json_values, messages, tried, words
from tests.support.clocks import BEGIN

PROMPT, REFERENCE = "a dragon nobody may know of", "task-1"
SPEECH = ("queue full", "banned prompt", "insufficient credits", f"cannot draw {PROMPT}", "ok", "")
speech = st.sampled_from(SPEECH) | words
statuses = st.sampled_from([*sorted(DONE | FAILED | UNDER_WAY), "FINISHED ", "retry"]) | words
urls = st.sampled_from(["https://img.example/1.png", "", "http://x", "h" * (LONGEST_URL + 1)])
tasks: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"task_id": st.just(REFERENCE) | words, "status": statuses},
    optional={
        "message": speech,
        "error": speech | st.fixed_dictionaries({"message": speech, "raw_message": speech}),
        "meta": st.fixed_dictionaries({"task_param": st.just({"prompt": PROMPT}) | json_values}),
        "task_result": st.fixed_dictionaries(
            {},
            optional={
                "task_progress": st.sampled_from([0, 50, 250, "33%", "-1", None, 1e400, "٣"]),
                "image_url": urls | json_values,
                "image_urls": st.lists(urls | json_values, max_size=5),
                "error_messages": st.lists(speech | json_values, max_size=3),
            },
        )
        | json_values,
    },
)
headers = st.dictionaries(
    st.sampled_from(["Retry-After", "retry-after-ms", "RETRY-AFTER", "Date"]),
    st.sampled_from(["1", "1e9", "-5", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
    | st.from_regex(r"\w{3}, \d{1,2} \w{3} \d{1,5} \d\d:\d\d:\d\d ?[+-]?\w{0,5}")
    | words,
    max_size=2,
)
answers = st.builds(
    Answer,
    status=st.integers(100, 599) | st.sampled_from([200, 201, *REFUSALS, 429]),
    headers=headers,
    body=messages(tasks),
    whole=st.booleans(),
)
SENTENCES = {reason.sentence for reason in REASONS}


@bounded
@given(answers)
def test_an_answer_to_a_submit_is_a_ticket_a_no_or_a_doubt(answer: Answer) -> None:
    """A ticket is fit for an address, and only what proves that nothing was bought is a no."""

    def read() -> str:
        body = accepted_body(answer, now=BEGIN, secrets=(PROMPT,))
        return read_ticket(body, secrets=(PROMPT,))

    heard = tried(read, Rejected, Unavailable, InDoubt)
    assert PROMPT not in f"{heard} {getattr(heard, 'sentence', '')}"
    if isinstance(heard, str):
        assert answer.status // 100 == 2
        assert answer.whole or isinstance(read_lenient_json(answer.body), dict | list)
        assert TASK_ID.fullmatch(heard)
    elif not isinstance(heard, InDoubt):
        assert answer.status < 500
        assert answer.status not in {408, 409}
        said = answer.whole or answer.status // 100 != 2
        assert said or isinstance(read_lenient_json(answer.body), dict | list)


@bounded
@given(tasks | json_values)
def test_an_answer_to_a_poll_never_fails_a_paid_job_by_its_shape(task: object) -> None:
    """It fails by the word of the provider; else it is pending, a picture, or to be asked again."""
    heard = tried(lambda: read_task(task, reference=REFERENCE, tile=4), Rejected, Unavailable)
    if isinstance(heard, Rejected):
        assert isinstance(task, dict)
        assert task["status"].strip().casefold() in FAILED
        assert PROMPT not in f"{heard} {heard.sentence}"
    elif isinstance(heard, Unavailable):
        assert heard.code is Code.PROVIDER_BAD_RESPONSE
    elif isinstance(heard, Pending):
        assert heard.progress is None or 0 <= heard.progress <= 100
    else:
        assert isinstance(heard, Picture)
        assert heard.urls
        assert all(0 < len(url) <= LONGEST_URL for url in heard.urls)


@bounded
@given(headers)
def test_nobody_is_waited_for_longer_than_two_minutes_at_a_time(given: dict[str, str]) -> None:
    """Whatever the headers ask for."""
    wait = retry_after(given, now=BEGIN)
    assert wait is None or 0 <= wait <= LONGEST_RETRY_AFTER


DOOR = CallbackAddress("https://mobart.example", "midjourney", key="a key")


@dataclass
class Call:
    """What `Hooks` reads of a request."""

    match_info: dict[str, str]
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    def clone(self, **_: object) -> "Call":
        """Be the same for any limit of bytes."""
        return self

    async def read(self) -> bytes:
        """Return the body."""
        return self.body


@bounded
@given(
    st.sampled_from(["midjourney", "nobody"]),
    st.sampled_from(["r-1", "../r", "r/1", ""]) | words,
    st.sampled_from(["right", "of another", "none", "\udcff"]) | words,
    messages(tasks),
)
def test_a_call_to_the_webhook_brings_a_plausible_ticket_or_nothing(
    provider: str, request_id: str, word: str, body: bytes
) -> None:
    """And nothing at all without the word that was given out for that very request."""
    adopted: list[tuple[str, Ticket]] = []

    async def adopt(name: str, ticket: Ticket) -> None:
        adopted.append((name, ticket))

    async def wake(name: str) -> None:
        assert [name for name, _ in adopted] == [name]

    hooks = Hooks(
        {"midjourney": CallbackVerifier(DOOR.proves, read_callback, DOOR.names_another)},
        adopt=adopt,
        wake=wake,
    )
    known = {"right": DOOR.secret(request_id) if is_id(request_id) else "", "none": ""}
    known["of another"] = DOOR.secret("r-2")
    call = Call({"provider": provider, "request_id": request_id}, body)
    call.headers = {"x-webhook-secret": known.get(word, word)}
    answer = at_once(hooks.take(cast(web.Request, call)))
    assert answer.status in {200, 400, 401, 404}
    assert bool(adopted) == (answer.status == 200)
    for name, ticket in adopted:
        assert (word, provider, name) == ("right", "midjourney", request_id)
        assert is_id(name)
        assert TASK_ID.fullmatch(ticket.reference)
        assert str(read_lenient_json(body)["task_id"]) == ticket.reference
