"""Ends of tasks are understood in whichever words they are told, by every dialect that polls."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from mobart.core.domain import Pending, Picture
from mobart.core.errors import Code, Rejected
from mobart.providers.fal.messages import read_status
from mobart.providers.goapi.messages import read_task as goapi
from mobart.providers.goapi.messages import read_ticket
from mobart.providers.ideogram.messages import read_generation
from mobart.providers.mjproxy.messages import read_task as mjproxy
from mobart.providers.piapi.answers import read_task as piapi
from mobart.providers.pixellab.messages import read_job
from mobart.providers.replicate.messages import read_prediction
from mobart.providers.retrodiffusion.messages import read_task as retrodiffusion
from mobart.providers.states import DONE, FAILED

PNG = b"\x89PNG\r\n\x1a\n" + bytes(99)
URL = "https://img.example/1.png"
Read = Callable[[str], Any]


def _fal(word: str) -> Any:
    over = read_status({"status": word, "request_id": "t"}, reference="a/b/requests/t")
    return Picture((URL,)) if over else Pending()


def _task(word: str, **more: Any) -> Mapping[str, Any]:
    return {"task_id": "t", "status": word, **more}


DIALECTS: Mapping[str, Read] = {
    "midjourney": lambda word: goapi(
        _task(word, task_result={"image_url": URL}), reference="t", tile=1
    ),
    "piapi": lambda word: piapi(
        _task(word, output={"image_url": URL}), name="task_id", reference="t", tile=1
    ),
    "midjourney-proxy": lambda word: mjproxy(
        {"id": "t", "status": word, "imageUrl": URL}, reference="t", tile=1
    ),
    "ideogram": lambda word: read_generation(
        {"generation_id": "t", "status": word, "data": [{"url": URL}]}, reference="t"
    ),
    "replicate": lambda word: read_prediction(
        {"id": "t", "status": word, "output": [URL]}, reference="t"
    ),
    "fal": _fal,
    "retrodiffusion": lambda word: retrodiffusion(
        _task(word, result={"output_urls": [URL]}), reference="t"
    ),
    "pixellab": lambda word: read_job(
        {"id": "t", "status": word, "last_response": {"images": [{"url": URL}]}}, reference="t"
    ),
}


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("word", sorted(DONE))
def test_a_finished_task_is_seen_in_any_word_for_it(name: str, word: str) -> None:
    """A paid picture that lies there is not waited for until the deadline."""
    assert isinstance(DIALECTS[name](word.upper()), Picture)


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("word", sorted(FAILED))
def test_a_task_that_failed_is_seen_in_any_word_for_it(name: str, word: str) -> None:
    """It is not polled until the deadline, and then told as late."""
    with pytest.raises(Rejected) as failed:
        DIALECTS[name](word.replace("_", " ").title())
    assert failed.value.code is not Code.PROVIDER_BAD_RESPONSE


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("word", ["Content Moderated", "request-moderated", "blocked"])
def test_a_status_that_names_moderation_is_final(name: str, word: str) -> None:
    """It would be refused again, so it is not told as something that may pass."""
    with pytest.raises(Rejected) as failed:
        DIALECTS[name](word)
    assert failed.value.code is Code.MODERATION_BLOCKED


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("word", ["queued", "warming up", "retrying", "IN_PROGRESS"])
def test_any_other_word_is_waited_with(name: str, word: str) -> None:
    """Words for what goes on are many, and new ones come."""
    assert isinstance(DIALECTS[name](word), Pending)


@pytest.mark.parametrize("name", ["ideogram", "retrodiffusion"])
def test_only_what_failed_is_known_to_be_paid_back(name: str) -> None:
    """The vendors promise nothing of tasks that end in other ways."""
    told = {}
    for word in ("failed", "expired"):
        with pytest.raises(Rejected) as failed:
            DIALECTS[name](word)
        told[word] = failed.value.refunded
    assert told == {"failed": True, "expired": False}


@pytest.mark.parametrize("word", ["timeout", "aborted", "expired"])
def test_a_submit_that_timed_out_somewhere_is_a_doubt(word: str) -> None:
    """It proves no refusal: the order may have been placed before."""
    body = {"task_id": "", "status": word, "message": "no answer"}
    with pytest.raises(Exception, match="no usable task id"):
        read_ticket(body, secrets=())


@pytest.mark.parametrize(
    "body",
    [
        {"success": True, "data": {"status": "completed", "images": ["$"]}},
        {"data": {"id": "t", "status": "completed", "last_response": {"images": ["$"]}}},
        {"id": "t", "last_response": {"status": "done", "image": "$"}},
        {"id": "t", "status": "completed", "last_response": {"images": [{"image": "$"}]}},
    ],
)
def test_a_job_of_pixellab_is_read_in_each_shape_that_its_clients_know(
    body: dict[str, Any],
) -> None:
    """In an envelope, with its status inside, with pictures a level deeper."""
    held = {"type": "base64", "base64": b64encode(PNG).decode()}
    told = read_job(_filled(body, held), reference="t")
    assert isinstance(told, Picture)


PICTURE = Picture(("https://a.example/x.png",), grid=True)


@pytest.mark.parametrize(
    ("status", "progress", "so_far"),
    [
        ("成功", None, PICTURE),
        (2, 100, PICTURE),
        ("done-ish", None, PICTURE),
        ("done-ish", 46, None),
        ("processing", 100, None),
        ("Queued", None, None),
        ("in-progress", None, None),
        ("nsfw_detected", 100, None),
        ("Image flagged", None, None),
        ("partially failed", None, None),
    ],
)
def test_a_picture_behind_a_word_that_nobody_knows_is_not_forgotten(
    status: object, progress: object, so_far: Picture | None
) -> None:
    """It may be the end, or a preview: whoever waits decides when nothing better comes."""
    result = {"image_url": PICTURE.urls[0], "task_progress": progress}
    task = {"task_id": "t", "status": status, "task_result": result}
    told = goapi(task, reference="t", tile=1)
    assert told == Pending(progress if isinstance(progress, int) else None, so_far)


def test_without_a_picture_such_a_word_says_nothing() -> None:
    """The task is waited for."""
    task = {"task_id": "t", "status": "reviewed", "task_result": {"image_url": ""}}
    assert goapi(task, reference="t", tile=1) == Pending()


def _filled(value: Any, held: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(inner, held) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, held) for inner in value]
    return held if value == "$" else value
