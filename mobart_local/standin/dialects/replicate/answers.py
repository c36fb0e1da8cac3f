"""What Replicate answers, well and badly: errors are problems as in RFC 7807."""

import json
from collections.abc import Mapping

from mobart_local.standin.answers import TASK, AcceptedAnswer, Table, answers, submit_answers
from mobart_local.standin.replies import Reply

PROBLEMS: Mapping[str, tuple[int, str, str]] = {
    "Bad Request": (422, "Input validation failed", "- input.width: Must be at most 1440"),
    "invalid api key": (401, "Unauthenticated", "You did not pass a valid authentication token"),
    "Insufficient quota": (
        402,
        "Insufficient credit",
        "You have insufficient credit to run this model.",
    ),
    "Forbidden": (403, "Permission denied", "You do not have permission to do this."),
    "task not found": (404, "", "The requested resource could not be found."),
    "Too many requests": (429, "", "Request was throttled. Expected available in 1 second."),
    "Internal Server Error": (500, "Internal server error", "Something went wrong on our end."),
    "Service Unavailable": (503, "Service unavailable", "Please try again later."),
}
"""Status, title and detail, by what other APIs say."""
ENDINGS: Mapping[str, str | None] = {
    "failed": "Prediction interrupted; please retry (code: PA)",
    "failed-silently": None,
    "banned": "NSFW content detected. Try running it again, or try a different prompt.",
    "moderated": "NSFW content detected. Try running it again, or try a different prompt.",
    "filtered": "The input or output was flagged as sensitive. Please try again with different"
    " inputs. (E005)",
}
"""What stands in `error`, by ending; of other endings their own messages."""


def problem(message: str) -> str:
    """Write the body of an error."""
    status, title, detail = PROBLEMS[message]
    named = {"title": title} if title else {}
    return json.dumps({**named, "detail": detail, "status": status})


def ticket(identifier: str) -> str:
    """Write the answer to a submit whose `id` is the JSON *identifier*."""
    return (
        f'{{"id": {identifier}, "status": "starting", "output": null, "error": null, "logs": "",'
        ' "data_removed": false, "urls": {}}'
    )


def odd(about: str, identifier: str) -> Reply:
    """Make an answer with something wrong with its id."""
    return Reply(about=about, status=201, body=ticket(identifier), accepts=True)


def about(prediction: str, said: str) -> Reply:
    """Make the answer to a poll that says something odd about a *prediction*."""
    return Reply(about=said, body=prediction)


SUBMITS: Table = submit_answers(
    AcceptedAnswer(body=TASK, status=201, broken='{"id": "$task_id", "status": "star'),
    problem,
    **{
        "400": Reply(about="the input is malformed", status=422, body=problem("Bad Request")),
        "brief": Reply(about="well, as 200 and briefly", body=ticket('"$task_id"'), accepts=True),
        "no-model": Reply(
            about="there is no such model", status=404, body=problem("task not found")
        ),
        "no-version": Reply(
            about="there is no such version",
            status=422,
            body='{"title": "Invalid version or not permitted", "status": 422,'
            ' "detail": "The specified version does not exist."}',
        ),
        "task-id-missing": Reply(
            about="no id", status=201, body='{"status": "starting"}', accepts=True
        ),
        "task-id-null": odd("null as id", "null"),
        "task-id-int": odd("a number as id", "4711"),
        "task-id-empty": odd("an empty id", '""'),
        "task-id-traversal": odd("../x as id", '"../x"'),
        "task-id-duplicate": odd("the id of another prediction", '"$other_task_id"'),
    },
)
"""Answers to a submit, with a version or without."""

POLLS: Table = answers(
    problem,
    **{
        "another": about(
            '{"id": "another", "status": "succeeded", "output": "https://other.example/x.png"}',
            "another prediction",
        ),
        "no-output": about(
            '{"id": "$task_id", "status": "succeeded", "output": null}', "no output"
        ),
        "no-status": about(
            '{"id": "$task_id", "output": "https://other.example/x.png"}', "no word"
        ),
    },
)
"""Answers to a poll."""
