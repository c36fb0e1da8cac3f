"""GoAPI's tables of named answers: to a submit, to a poll; and those to a picture's address."""

from types import MappingProxyType

from mobart_local.standin import payloads
from mobart_local.standin.answers import (
    CHALLENGE,
    HTML,
    AcceptedAnswer,
    Table,
    lost_goods,
    refusals,
    troubles,
)
from mobart_local.standin.replies import Delivery, Reply

TICKET = '{"task_id": "$task_id", "status": "success", "message": ""}'


def refusal(message: str) -> str:
    """Write the body of a refused submit."""
    return f'{{"task_id": "", "status": "failed", "message": "{message}"}}'


def ticket(task_id: str) -> str:
    """Write the body of an accepted submit whose `task_id` is the JSON *task_id*."""
    return f'{{"task_id": {task_id}, "status": "success", "message": ""}}'


TICKETS = AcceptedAnswer(body=TICKET, broken='{"task_id": "$task_id')
REFUSALS: Table = refusals(refusal)
"""Answers that prove that nothing was accepted."""
TROUBLES: Table = MappingProxyType(
    {
        **troubles(refusal, broken='{"task_id": "$task_id", "sta'),
        "404": Reply(about="not found", status=404, body='{"message": "task not found"}'),
    },
)
"""What can be wrong with any answer."""
LOST_TICKETS: Table = lost_goods(TICKETS, refusal)
"""The task exists and costs money, but its ticket does not arrive."""

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
    },
)
"""200, and something is wrong with the ticket."""

SUBMITS: Table = MappingProxyType(
    {
        "accept": Reply(about="well: the ticket", body=TICKET, accepts=True),
        **REFUSALS,
        **TROUBLES,
        **LOST_TICKETS,
        **ODD_TICKETS,
    },
)
"""Answers to `POST /imagine` and `POST /upscale`."""

POLLS: Table = MappingProxyType(
    {"answer": Reply(about="well: the task object", body="$task"), **REFUSALS, **TROUBLES},
)
"""Answers to `POST /fetch` and `POST /multi_fetch`."""

OUTAGES: Table = MappingProxyType({**REFUSALS, **TROUBLES})
"""Answers to everything while the whole provider is in trouble."""

PNG = "image/png"

PICTURES: Table = MappingProxyType(
    {
        "serve": Reply(about="well: the picture", payload=payloads.true, media=PNG),
        "truncated": Reply(
            about="half of the file, with a matching Content-Length",
            payload=payloads.half,
            media=PNG,
        ),
        "cut": Reply(
            about="half of the announced bytes",
            payload=payloads.true,
            media=PNG,
            delivery=Delivery.CUT,
        ),
        "overlong": Reply(
            about="twice the announced bytes",
            payload=payloads.true,
            media=PNG,
            delivery=Delivery.OVERLONG,
        ),
        "zero": Reply(about="an empty file", media=PNG),
        "html": Reply(about="200 and HTML", body=CHALLENGE, media=HTML),
        "html-as-png": Reply(about="HTML that says it is PNG", body=CHALLENGE, media=PNG),
        "403": Reply(about="403 and HTML", status=403, body=CHALLENGE, media=HTML),
        "404": Reply(
            about="expired",
            status=404,
            body="This content is no longer available.",
            media="text/plain",
        ),
        "500": Reply(about="internal error", status=500, body="oops", media="text/plain"),
        "503": Reply(
            about="unavailable",
            status=503,
            body="slow down",
            media="text/plain",
            headers={"Retry-After": "$retry_after"},
        ),
        "svg": Reply(about="an SVG", payload=payloads.svg, media="image/svg+xml"),
        "gif": Reply(about="a GIF that says it is PNG", payload=payloads.gif, media=PNG),
        "bomb": Reply(
            about="21 kB that decode to 13370x13370 pixels", payload=payloads.bomb, media=PNG
        ),
        "huge-header": Reply(
            about="a header of 65535x65535 and nothing else",
            payload=payloads.huge_header,
            media=PNG,
        ),
        "gzip-bomb": Reply(
            about="200 kB of gzip that inflate to 200 MB",
            payload=payloads.gzip_bomb,
            media=PNG,
            headers={"Content-Encoding": "gzip"},
        ),
        "endless": Reply(
            about="a body without end",
            payload=payloads.true,
            media=PNG,
            delivery=Delivery.ENDLESS,
        ),
        "drip": Reply(
            about="one byte at a time",
            payload=payloads.true,
            media=PNG,
            delivery=Delivery.DRIPPED,
        ),
        "flood": Reply(
            about="a hundred thousand headers",
            payload=payloads.true,
            media=PNG,
            delivery=Delivery.FLOODED,
        ),
        "hang": Reply(about="no answer until the hold time is over", delivery=Delivery.HELD),
        "drop": Reply(about="the connection is closed unanswered", delivery=Delivery.DROPPED),
        "reset": Reply(about="the connection is reset unanswered", delivery=Delivery.RESET),
        "redirect": Reply(
            about="302 to the script's location", status=302, headers={"Location": "$location"}
        ),
    },
)
"""Answers to a picture's address."""
