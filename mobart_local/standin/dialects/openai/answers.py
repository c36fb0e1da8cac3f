"""What OpenAI's Images API answers, well and badly."""

import base64
import json

from mobart_local.standin.answers import AcceptedAnswer, Table, submit_answers
from mobart_local.standin.replies import Draw, Reply


def error(message: str, *, code: str | None = None, kind: str = "invalid_request_error") -> str:
    """Write the body of an error."""
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}})


def picture(draw: Draw) -> bytes:
    """Write the body with the picture in it."""
    data = [{"b64_json": base64.b64encode(draw()).decode()}]
    return json.dumps({"created": 1_700_000_000, "output_format": "png", "data": data}).encode()


BLOCKED = error(
    "Your request was rejected by the safety system. safety_violations=[violence].",
    code="moderation_blocked",
    kind="image_generation_user_error",
)

SUBMITS: Table = submit_answers(
    AcceptedAnswer(payload=picture, broken='{"created": 1700000000, "data": [{"b64_json": "iVBOR'),
    error,
    **{
        "moderated": Reply(about="moderation said no", status=400, body=BLOCKED),
        "insufficient-quota": Reply(
            about="no credit is left, as a 429",
            status=429,
            body=error("You exceeded your current quota.", code="insufficient_quota"),
        ),
        "429-ms": Reply(
            about="too many requests; `retry-after-ms` is the script's text",
            status=429,
            body=error("Rate limit reached: images per min", code="rate_limit_exceeded"),
            headers={"retry-after-ms": "$retry_after"},
        ),
        "unverified": Reply(
            about="the organisation is not verified",
            status=403,
            body=error("Your organization must be verified to use the model."),
        ),
        "no-model": Reply(
            about="the model was retired",
            status=404,
            body=error("The model does not exist.", code="model_not_found"),
        ),
        "no-picture": Reply(about="200 without a picture", body='{"data": []}', accepts=True),
        "bad-base64": Reply(
            about="200 with half a character",
            body='{"data": [{"b64_json": "iVBORw0KGgo*"}]}',
            accepts=True,
        ),
    },
)
"""Answers to `POST /images/generations`."""
