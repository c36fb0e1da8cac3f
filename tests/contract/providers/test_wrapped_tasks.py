"""Polls of a paid task that are answered in an envelope, a list or a stream."""

import json
from typing import Any

import pytest

from mobart.core.domain import Picture, Ticket
from mobart.core.errors import Unavailable
from mobart.providers.mjproxy.messages import read_callback
from tests.support.outcomes import outcome
from tests.support.provider_setup import CAT, client_at
from tests.support.raw_http import head, raw_server, sends

ADDRESS = "https://cdn.example/cat.png"
PRO: dict[str, Any] = {"pixellab_model": "pro"}
PIXELLAB: dict[str, object] = {
    "id": "t-1",
    "status": "completed",
    "last_response": {"image": {"url": ADDRESS}},
}
TASKS: dict[str, dict[str, object]] = {
    "midjourney": {"task_id": "t-1", "status": "finished", "task_result": {"image_url": ADDRESS}},
    "piapi": {"task_id": "t-1", "status": "completed", "output": {"image_url": ADDRESS}},
    "legnext": {"job_id": "t-1", "status": "completed", "output": {"image_url": ADDRESS}},
    "replicate": {"id": "t-1", "status": "succeeded", "output": [ADDRESS]},
    "retrodiffusion": {
        "task_id": "t-1",
        "status": "succeeded",
        "result": {"output_urls": [ADDRESS]},
    },
    "ideogram": {"generation_id": "t-1", "status": "completed", "data": [{"url": ADDRESS}]},
    "pixellab": PIXELLAB,
    "midjourney-proxy": {"id": "t-1", "status": "SUCCESS", "imageUrl": ADDRESS},
}
SHAPES = {
    "data": '{"code": 0, "data": %s}',
    "list in data": '{"data": [%s]}',
    "result": '{"result": %s}',
    "response": '{"response": %s}',
    "task": '{"task": %s}',
    "task in data": '{"code": 200, "data": {"task": %s}}',
    "code and result": '{"code": 1, "description": "", "result": %s}',
    "remote call": '{"jsonrpc": "2.0", "id": 7, "task_id": 7, "job_id": 7, "result": %s}',
    "events": "event: done\ndata: %s\n\n",
    "guard": ")]}',\n%s",
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", TASKS)
async def test_a_finished_task_is_found(name: str, shape: str) -> None:
    """Its id tells that it is this one."""
    text = (SHAPES[shape] % json.dumps(TASKS[name])).encode()
    answer = head(200, {"Content-Length": str(len(text))}) + text
    async with (
        raw_server(sends(answer)) as server,
        client_at(name, server.origin, **PRO if name == "pixellab" else {}) as client,
    ):
        told = await outcome(client.poll(Ticket(name, "t-1")))
        other = await outcome(client.poll(Ticket(name, "t-2")))
    assert isinstance(told, Picture)
    assert told.urls == (ADDRESS,)
    assert isinstance(other, Unavailable)


@pytest.mark.parametrize("shape", ["%s", '{"code": 1, "result": %s}', '{"data": %s}'])
async def test_a_lost_submit_is_found_in_a_list(shape: str) -> None:
    """Of midjourney-proxy, whose resellers wrap it."""
    listed = [{"id": "t-0", "state": "r-0"}, {"id": "t-1", "state": CAT.request_id}]
    text = (shape % json.dumps(listed)).encode()
    answer = head(200, {"Content-Length": str(len(text))}) + text
    async with (
        raw_server(sends(answer)) as server,
        client_at("midjourney-proxy", server.origin) as client,
    ):
        assert await client.find(CAT) == Ticket("midjourney-proxy", "t-1")


def test_a_callback_is_read_in_an_envelope() -> None:
    """Of midjourney-proxy as well."""
    for body in ({"id": "t-1"}, {"code": 1, "result": {"id": "t-1"}}, {"data": {"id": "t-1"}}):
        assert read_callback(body) == "t-1"
    assert read_callback({"code": 1, "result": "t-1"}) is None
