"""What GoAPI's `mj/v2` answers, well and badly."""

from types import MappingProxyType

from mobart_local.standin.answers import AcceptedAnswer, Table, answers, submit_answers
from mobart_local.standin.replies import Reply

TICKET = '{"task_id": "$task_id", "status": "success", "message": ""}'


def refusal(message: str) -> str:
    """Write the body of a refused submit."""
    return f'{{"task_id": "", "status": "failed", "message": "{message}"}}'


def ticket(task_id: str) -> str:
    """Write the body of an accepted submit whose `task_id` is the JSON *task_id*."""
    return f'{{"task_id": {task_id}, "status": "success", "message": ""}}'


ODD_TICKETS: Table = MappingProxyType(
    {
        "task-id-missing": Reply(
            about="no task_id", body='{"status": "success", "message": ""}', accepts=True
        ),
        "task-id-empty": Reply(about="an empty task_id", body=ticket('""'), accepts=True),
        "task-id-int": Reply(about="a number as task_id", body=ticket("4711"), accepts=True),
        "task-id-null": Reply(about="null as task_id", body=ticket("null"), accepts=True),
        "task-id-huge": Reply(
            about="a task_id of 10 kB", body=ticket('"' + "x" * 10_000 + '"'), accepts=True
        ),
        "task-id-traversal": Reply(about="../x as task_id", body=ticket('"../x"'), accepts=True),
        "task-id-duplicate": Reply(
            about="the task_id of another task", body=ticket('"$other_task_id"'), accepts=True
        ),
        "failed-status": Reply(
            about="200 whose status is failed", body=refusal("Failed to process your command :c")
        ),
    }
)
"""200, and something is wrong with the ticket."""

WRAPPED = Reply(
    about="the ticket in an envelope, as newer versions answer",
    body='{"code": 200, "data": {"task_id": "$task_id"}, "message": "success"}',
    accepts=True,
)
NOT_FOUND = Reply(about="not found", status=404, body='{"message": "task not found"}')
SUBMITS: Table = submit_answers(
    AcceptedAnswer(body=TICKET, broken='{"task_id": "$task_id'),
    refusal,
    **{"404": NOT_FOUND, "wrapped": WRAPPED, **ODD_TICKETS},
)
"""Answers to `POST /imagine` and `POST /upscale`."""

POLLS: Table = answers(refusal, **{"404": NOT_FOUND})
"""Answers to `POST /fetch`."""
