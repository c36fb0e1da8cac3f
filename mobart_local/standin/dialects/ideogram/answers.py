"""What Ideogram's API v2 answers, well and badly: refusals say in `reject_reason` why."""

import json
from collections.abc import Mapping

from mobart_local.standin.answers import TASK, AcceptedAnswer, Table, answers, submit_answers
from mobart_local.standin.replies import Reply

SAYINGS: Mapping[str, str] = {
    "invalid api key": "Access denied. Please verify your API Token is valid.",
    "Insufficient quota": "Please add credits to your account.",
    "Too many requests": "Too many requests. Slow down.",
    "task not found": "Generation not found.",
}
"""What Ideogram says where others say these."""
UNSAFE = "Prompt or provided image failed the safety checks"
REASONS: Mapping[str, str | None] = {
    "failed": "The generation failed.",
    "failed-silently": None,
    "internal-error": "Internal error.",
    "job-timeout": "Timed out.",
}
"""What stands in `failure_reason`, by ending; of other endings their own messages."""
WITHHELD = frozenset({"banned", "moderated", "filtered"})
"""Endings that are finished pictures which the safety check holds back; they are billed."""


def error(message: str) -> str:
    """Write the body of an error."""
    return json.dumps({"error": SAYINGS.get(message, message)})


def rejection(about: str, status: int, reason: str) -> Reply:
    """Make a refusal that says why; nothing was run."""
    more = {"max_inflight_requests": 10} if reason == "inflight_limit" else {}
    body = {"error": "The request was rejected.", "reject_reason": reason, **more}
    headers = {"Retry-After": "$retry_after"} if reason == "inflight_limit" else {}
    return Reply(about=about, status=status, body=json.dumps(body), headers=headers)


def odd(about: str, identifier: str) -> Reply:
    """Make an answer with something wrong with its id."""
    return Reply(about=about, body=f'{{"generation_id": {identifier}, "seed": 7}}', accepts=True)


SUBMITS: Table = submit_answers(
    AcceptedAnswer(body=TASK, broken='{"generation_id": "$task_id'),
    error,
    **{
        "402": rejection("no credit is left", 402, "insufficient_funds"),
        "daily-limit": rejection("the account's limit of the day is reached", 402, "daily_limit"),
        "subscription": rejection("the plan does not sell it", 402, "subscription_required"),
        "feature-limit": rejection("the plan lacks a feature", 402, "feature_limit"),
        "inflight-limit": rejection("ten pictures are in the making", 429, "inflight_limit"),
        "moderated": Reply(about="moderation said no", status=422, body=error(UNSAFE)),
        "html-422": Reply(about="a 422 of something in between", status=422, body="<html></html>"),
        "task-id-missing": Reply(about="no id", body='{"seed": 7}', accepts=True),
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
            about="another generation", body='{"generation_id": "another", "status": "completed"}'
        ),
        "no-status": Reply(about="no word", body='{"generation_id": "$task_id"}'),
        "odd-status": Reply(
            about="a word nobody documents",
            body='{"generation_id": "$task_id", "status": "reviewing"}',
        ),
    },
)
"""Answers to a question for the state."""
