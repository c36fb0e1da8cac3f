"""What PixelLab's API answers, well and badly: errors say why in `detail`."""

import base64
import json

from mobart_local.standin.answers import TASK, AcceptedAnswer, Table, answers, submit_answers
from mobart_local.standin.replies import Draw, Reply

COST = 0.00793
"""Of a picture, in USD."""


def error(message: str) -> str:
    """Write the body of an error."""
    return json.dumps({"detail": message})


def encoded(raw: bytes) -> dict[str, str]:
    """Write a file as the API does."""
    return {"type": "base64", "base64": base64.b64encode(raw).decode(), "format": "png"}


def picture(draw: Draw) -> bytes:
    """Write the body with the picture in it, and what it cost."""
    usage = {"type": "usd", "usd": COST}
    return json.dumps({"usage": usage, "image": encoded(draw())}).encode()


def of_subscription(draw: Draw) -> bytes:
    """Write the same for an account that pays in generations."""
    usage = {"type": "generations", "generations": 1}
    return json.dumps({"usage": usage, "image": encoded(draw())}).encode()


def in_list(draw: Draw) -> bytes:
    """Write the picture as the first of several, in data URIs."""
    image = {"base64": f"data:image/png;base64,{base64.b64encode(draw()).decode()}"}
    return json.dumps({"images": [image, image]}).encode()


OWN = {
    "422": Reply(
        about="a field does not fit",
        status=422,
        body=json.dumps(
            {"detail": [{"loc": ["body", "image_size"], "msg": "Invalid size", "type": "value"}]}
        ),
    ),
    "529": Reply(
        about="no room; `Retry-After` is the script's text",
        status=529,
        body=error("Rate limit exceeded"),
        headers={"Retry-After": "$retry_after"},
    ),
    "moderated": Reply(
        about="moderation said no",
        status=400,
        body=error("The description was flagged by content moderation."),
    ),
}
SUBMITS: Table = submit_answers(
    AcceptedAnswer(payload=picture, broken='{"usage": {"type": "usd", "usd": 0.007'),
    error,
    **OWN,
    **{
        "generations": Reply(
            about="well, on a subscription", payload=of_subscription, accepts=True
        ),
        "in-list": Reply(about="well, one of several", payload=in_list, accepts=True),
        "no-picture": Reply(
            about="200 without a picture",
            body='{"usage": {"type": "usd", "usd": 0.00793}, "image": null}',
            accepts=True,
        ),
        "bad-base64": Reply(
            about="200 with half a character",
            body='{"image": {"type": "base64", "base64": "iVBORw0KGgo*"}}',
            accepts=True,
        ),
    },
)
"""Answers to a submit that is answered with the picture."""

JOBS: Table = {
    **SUBMITS,
    **submit_answers(
        AcceptedAnswer(body=TASK, broken='{"background_job_id": "$task_id", "sta', status=202),
        error,
        **OWN,
    ),
}
"""Answers to a submit that is answered with a job."""

POLLS: Table = answers(
    error,
    **{
        "another": Reply(about="another job", body='{"id": "another", "status": "completed"}'),
        "no-status": Reply(about="no word", body='{"id": "$task_id"}'),
    },
)
"""Answers to a poll of a job."""
