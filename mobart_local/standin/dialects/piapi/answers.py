"""What PiAPI and LegNext answer, well and badly."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from mobart_local.standin.answers import AcceptedAnswer, ErrorWriter, Table, answers, submit_answers
from mobart_local.standin.replies import Reply

CODES = {
    "Bad Request": 400,
    "invalid api key": 401,
    "Insufficient quota": 402,
    "Forbidden": 403,
    "task not found": 404,
    "Too many requests": 429,
    "Service Unavailable": 503,
}
"""The code that stands in the body beside a message; any other is 500."""
ERROR_CODE = 10000
"""Of `data.error`; the real list is not published."""
Naming = Callable[[str], str]
"""Writes a good answer whose id of the task is so much JSON."""


def error(message: str, *, code: int | None = None, task_id: str = "") -> str:
    """Write PiAPI's envelope of an error: the reason is inside, the message is a general one."""
    inside = {"code": ERROR_CODE, "raw_message": message, "message": message, "detail": None}
    data = {"task_id": task_id, "model": "", "task_type": "", "status": "", "error": inside}
    number = CODES.get(message, 500) if code is None else code
    return json.dumps({"code": number, "message": "failed to create task", "data": data})


def flat(message: str, *, code: int | None = None) -> str:
    """Write LegNext's error, which has no envelope."""
    number = CODES.get(message, 500) if code is None else code
    return json.dumps({"code": number, "message": message, "raw_message": message, "detail": None})


def task(task_id: str) -> str:
    """Write PiAPI's answer to a submit."""
    task = f'{{"task_id": {task_id}, "model": "midjourney", "status": "pending", "output": null}}'
    return f'{{"code": 200, "message": "success", "data": {task}}}'


def job(job_id: str) -> str:
    """Write LegNext's answer to a submit."""
    return f'{{"job_id": {job_id}, "model": "midjourney", "status": "pending", "output": null}}'


def odd_ids(named: Naming) -> Mapping[str, Reply]:
    """Return answers of which something is wrong with the id."""
    ids = {
        "empty": ("an empty id", '""'),
        "int": ("a number as id", "4711"),
        "null": ("null as id", "null"),
        "huge": ("an id of 10 kB", '"' + "x" * 10_000 + '"'),
        "traversal": ("../x as id", '"../x"'),
        "duplicate": ("the id of another task", '"$other_task_id"'),
    }
    return {
        f"task-id-{name}": Reply(about=about, body=named(value), accepts=True)
        for name, (about, value) in ids.items()
    }


def envelopes(say: Callable[..., str]) -> Mapping[str, Reply]:
    """Return errors of which the HTTP status does not tell all."""
    banned, credit = "Banned prompt detected", "insufficient credits"
    failing = "Internal Server Error"
    return {
        "moderated": Reply(about="moderation said no", status=400, body=say(banned, code=400)),
        "500-moderated": Reply(about="moderation said no, as a 500", status=500, body=say(banned)),
        "500-credit": Reply(about="no credit is left, as a 500", status=500, body=say(credit)),
        "500-full": Reply(about="a full queue, as a 500", status=500, body=say("queue is full")),
        "accepted-500-full": Reply(
            about="accepted, then a full queue, as a 500",
            status=500,
            body=say("queue is full"),
            accepts=True,
        ),
        "code-400": Reply(about="200, code 400", body=say("invalid prompt", code=400)),
        "code-401": Reply(about="200, code 401", body=say("invalid api key")),
        "code-429": Reply(about="200, code 429", body=say("Too many requests")),
        "code-500-credit": Reply(about="200, code 500, no credit", body=say(credit)),
        "code-10000-credit": Reply(
            about="200, a code of its own, no credit", body=say(credit, code=ERROR_CODE)
        ),
        "code-500": Reply(about="200, code 500", body=say(failing)),
        "accepted-code-500": Reply(
            about="accepted, 200, code 500", body=say(failing), accepts=True
        ),
        "accepted-code-503": Reply(
            about="accepted, 200, code 503", body=say("Service Unavailable"), accepts=True
        ),
    }


SUBMITS: Table = submit_answers(
    AcceptedAnswer(body=task('"$task_id"'), broken='{"code": 200, "data": {"task_id": "$task_id'),
    error,
    **odd_ids(task),
    **envelopes(error),
    **{
        "task-id-missing": Reply(
            about="a task without an id", body='{"code": 200, "data": {}}', accepts=True
        ),
        "data-null": Reply(
            about="200 and no data",
            body='{"code": 200, "message": "success", "data": null}',
            accepts=True,
        ),
        "400-with-task": Reply(
            about="accepted, and a 400 that names the task",
            status=400,
            body=error("Bad Request", task_id="$task_id"),
            accepts=True,
        ),
        "500-with-task": Reply(
            about="accepted, and a 500 that names the task",
            status=500,
            body=error("Internal Server Error", task_id="$task_id"),
            accepts=True,
        ),
        "code-500-with-task": Reply(
            about="accepted, and code 500 that names the task",
            body=error("Internal Server Error", task_id="$task_id"),
            accepts=True,
        ),
    },
)
"""Answers to PiAPI's `POST /api/v1/task`."""


def polls(say: ErrorWriter, other: str) -> Table:
    """Return answers to a poll; *other* is the body about another task."""
    return answers(
        say,
        **{
            "code-404": Reply(about="200, code 404", body=say("task not found")),
            "code-500": Reply(about="200, code 500", body=say("Internal Server Error")),
            "another": Reply(about="another task", body=other),
        },
    )


def finished(name: str) -> dict[str, Any]:
    """Write a finished task that nobody asked about."""
    output = {"image_url": "https://other.example/x.png"}
    return {name: "another", "status": "completed", "output": output}


POLLS: Table = polls(error, json.dumps({"code": 200, "data": finished("task_id")}))
"""Answers to PiAPI's `GET /api/v1/task/{task_id}`."""
