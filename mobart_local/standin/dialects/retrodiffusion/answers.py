"""What Retro Diffusion's API answers, well and badly: every error has a code, a message and an id."""

import json
from collections.abc import Mapping

from mobart_local.standin.answers import TASK, AcceptedAnswer, Table, answers, submit_answers
from mobart_local.standin.replies import Reply

CODES: Mapping[str, tuple[str, str]] = {
    "Bad Request": ("bad_request", "The request is invalid."),
    "invalid api key": ("invalid_token", "Invalid or missing X-RD-Token header."),
    "Insufficient quota": ("not_enough_balance", "Not enough balance."),
    "Forbidden": ("forbidden", "The authenticated caller is not allowed to perform this action."),
    "task not found": ("not_found", "Resource not found."),
    "Too many requests": ("rate_limited", "Too many requests."),
    "Internal Server Error": ("internal_error", "An unexpected internal error occurred."),
    "Service Unavailable": ("service_unavailable", "The service is temporarily unavailable."),
}
"""Code and message, by what other APIs say."""
REQUEST_ID = "5f2c7d1e-0000-4000-8000-1f6b7a3c9e20"
ENDINGS: Mapping[str, tuple[int, str, str]] = {
    "failed": (502, "inference_failed", "Inference failed."),
    "failed-silently": (500, "internal_error", "An unexpected internal error occurred."),
    "internal-error": (500, "internal_error", "An unexpected internal error occurred."),
    "job-timeout": (504, "request_timeout", "The request timed out."),
}
"""Status, code and message of tasks that failed, by ending; others say their own messages."""


def coded(code: str, message: str) -> str:
    """Write the body of an error."""
    return json.dumps({"error": {"code": code, "message": message, "request_id": REQUEST_ID}})


def error(message: str) -> str:
    """Write the body of the error that other APIs tell with *message*."""
    return coded(*CODES[message])


def ticket(identifier: str) -> str:
    """Write the answer to a submit whose task id is the JSON *identifier*."""
    return f'{{"status": "accepted", "task_id": {identifier}, "message": "Inference accepted."}}'


def odd(about: str, identifier: str) -> Reply:
    """Make an answer with something wrong with its id."""
    return Reply(about=about, body=ticket(identifier), accepts=True)


def refused(about: str, status: int, code: str, message: str) -> Reply:
    """Make a refusal with a code of its own."""
    return Reply(about=about, status=status, body=coded(code, message))


SUBMITS: Table = submit_answers(
    AcceptedAnswer(body=TASK, broken='{"status": "accepted", "task_id": "$task_id", "mes'),
    error,
    **{
        "brief": Reply(about="well, and briefly", body=ticket('"$task_id"'), accepts=True),
        "no-style": refused(
            "there is no such style", 404, "style_not_found", "Prompt style not found."
        ),
        "bad-size": refused(
            "the style paints no such size", 400, "invalid_dimensions", "Invalid dimensions."
        ),
        "conflict": refused(
            "the key was used for another picture",
            409,
            "idempotency_conflict",
            "Idempotency conflict.",
        ),
        "bad-key": refused(
            "the Idempotency-Key is malformed",
            400,
            "invalid_idempotency_key",
            "Invalid idempotency key.",
        ),
        "debt": refused(
            "a debt is outstanding", 402, "payment_debt_outstanding", "Payment debt outstanding."
        ),
        "no-keys": refused(
            "keys cannot be looked up",
            503,
            "idempotency_backend_unavailable",
            "Idempotency backend unavailable.",
        ),
        "no-dispatch": refused(
            "the queue is away",
            503,
            "durable_dispatch_unavailable",
            "Durable dispatch unavailable.",
        ),
        "task-id-missing": Reply(about="no id", body='{"status": "accepted"}', accepts=True),
        "task-id-null": odd("null as id", "null"),
        "task-id-int": odd("a number as id", "4711"),
        "task-id-empty": odd("an empty id", '""'),
        "task-id-traversal": odd("../x as id", '"../x"'),
        "task-id-duplicate": odd("the id of another task", '"$other_task_id"'),
    },
)
"""Answers to `POST /inferences`."""

POLLS: Table = answers(
    error,
    **{
        "another": Reply(
            about="another task", body='{"task_id": "another", "status": "succeeded"}'
        ),
        "no-status": Reply(about="no word", body='{"task_id": "$task_id"}'),
    },
)
"""Answers to a poll."""
