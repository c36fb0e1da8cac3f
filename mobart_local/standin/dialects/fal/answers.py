"""What fal's queue answers, well and badly: what is wrong has a type, in the body or in a header."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from mobart_local.standin.answers import TASK, AcceptedAnswer, Table, answers, submit_answers
from mobart_local.standin.replies import Reply

SAYINGS: Mapping[str, str] = {
    "invalid api key": "No user found for Key ID and Secret",
    "Insufficient quota": "User is locked. Reason: Exhausted balance. Top up your balance.",
    "task not found": "Request not found",
}
"""What fal says where others say these."""
FLAGGED = "The content could not be processed because it was flagged by a content checker."


def error(message: str) -> str:
    """Write the body of an error."""
    return json.dumps({"detail": SAYINGS.get(message, message)})


def typed(kind: str, message: str, *, prompt: str = "") -> str:
    """Write the body of an error of a type; it repeats the *prompt*."""
    place = ["body", "prompt"]
    return json.dumps(
        {"detail": [{"loc": place, "msg": message, "type": kind, "ctx": {}, "input": prompt}]}
    )


@dataclass(frozen=True, slots=True)
class Failure:
    """How a request fails: shown by its status, or by its result where that has an HTTP status."""

    kind: str
    message: str
    result: int | None = None


FAILURES: Mapping[str, Failure] = {
    "failed": Failure("internal_server_error", "The model crashed", 500),
    "failed-silently": Failure("", "Unknown error"),
    "banned": Failure("content_policy_violation", FLAGGED, 422),
    "moderated": Failure("content_policy_violation", FLAGGED, 422),
    "invalid-parameter": Failure("value_error", "Input should be at most 4", 422),
    "queue-full": Failure("runner_scheduling_failure", "No runner could be scheduled"),
    "internal-error": Failure("runner_server_error", "The runner failed"),
    "job-timeout": Failure("request_timeout", "The request did not start in time"),
}
"""By ending; `filtered` is a black picture, and other endings say their own words."""
CALLED_OFF = Failure("client_cancelled", "The request was cancelled")


def ticket(identifier: str) -> str:
    """Write the answer to a submit whose `request_id` is the JSON *identifier*."""
    place = "$location/fal/fal-ai/flux/requests/$task_id"
    return (
        f'{{"status": "IN_QUEUE", "request_id": {identifier}, "response_url": "{place}",'
        f' "status_url": "{place}/status", "cancel_url": "{place}/cancel", "queue_position": 0}}'
    )


def odd(about: str, identifier: str) -> Reply:
    """Make an answer with something wrong with its id."""
    return Reply(about=about, body=ticket(identifier), accepts=True)


SUBMITS: Table = submit_answers(
    AcceptedAnswer(body=TASK, broken='{"status": "IN_QUEUE", "request_id": "$task_id'),
    error,
    **{
        "moderated": Reply(
            about="moderation said no",
            status=422,
            body=typed("content_policy_violation", FLAGGED),
            headers={"X-Fal-Error-Type": "content_policy_violation", "X-Fal-Retryable": "false"},
        ),
        "422": Reply(
            about="the input is malformed", status=422, body=typed("missing", "Field required")
        ),
        "locked": Reply(
            about="no balance is left, as a 403", status=403, body=error("Insufficient quota")
        ),
        "admin-lock": Reply(
            about="the account was locked by hand",
            status=403,
            body=error("User is locked. Reason: Admin lock."),
        ),
        "retryable-503": Reply(
            about="accepted, perhaps: 503 that says that it may be retried",
            status=503,
            body=error("Service Unavailable"),
            headers={"X-Fal-Retryable": "true", "X-Fal-Request-Id": "$task_id"},
            accepts=True,
        ),
        "task-id-missing": Reply(about="no id", body='{"status": "IN_QUEUE"}', accepts=True),
        "task-id-null": odd("null as id", "null"),
        "task-id-int": odd("a number as id", "4711"),
        "task-id-empty": odd("an empty id", '""'),
        "task-id-traversal": odd("../x as id", '"../x"'),
        "task-id-duplicate": odd("the id of another request", '"$other_task_id"'),
    },
)
"""Answers to a submit."""

POLLS: Table = answers(
    error,
    **{
        "another": Reply(
            about="another request", body='{"status": "COMPLETED", "request_id": "another"}'
        ),
        "no-status": Reply(about="no word", body='{"request_id": "$task_id"}'),
        "odd-status": Reply(about="a word nobody documents", status=202, body='{"status": "ODD"}'),
    },
)
"""Answers to a question for the status."""
