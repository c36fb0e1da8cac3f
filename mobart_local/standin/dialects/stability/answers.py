"""What Stability AI's stable image API answers, well and badly."""

import base64
import json

from mobart_local.standin import payloads
from mobart_local.standin.answers import AcceptedAnswer, Table, submit_answers
from mobart_local.standin.replies import Draw, Reply

PNG = "image/png"
SOLD = {"finish-reason": "SUCCESS", "seed": "343940597", "x-request-id": "a1b2"}


def error(message: str, *, name: str = "bad_request") -> str:
    """Write the body of an error."""
    return json.dumps({"id": "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4", "name": name, "errors": [message]})


def in_json(draw: Draw) -> bytes:
    """Write the picture as JSON."""
    image = base64.b64encode(draw()).decode()
    return json.dumps({"image": image, "finish_reason": "SUCCESS", "seed": 343940597}).encode()


SUBMITS: Table = submit_answers(
    AcceptedAnswer(payload=payloads.true, media=PNG, headers=SOLD, broken='{"image": "iVBORw0KGgo'),
    error,
    **{
        "401": Reply(
            about="the key is wrong",
            status=401,
            body=error("missing or invalid authorization header", name="unauthorized"),
        ),
        "402": Reply(
            about="no credit is left",
            status=402,
            body=error("You lack sufficient credits", name="payment_required"),
        ),
        "403": Reply(about="forbidden", status=403, body=error("Forbidden", name="forbidden")),
        "moderated": Reply(
            about="moderation said no",
            status=403,
            body=error(
                "Your request was flagged by our content moderation system, as a result your"
                " request was denied and you were not charged.",
                name="content_moderation",
            ),
        ),
        "language": Reply(
            about="the prompt is not in English",
            status=422,
            body=error("English is the only supported language", name="invalid_language"),
        ),
        "filtered": Reply(
            about="200 and a picture that shows nothing",
            payload=payloads.huge_header,
            media=PNG,
            headers={**SOLD, "finish-reason": "CONTENT_FILTERED"},
        ),
        "filtered-json": Reply(
            about="200 and a blurred picture in JSON",
            body='{"image": "iVBORw0KGgo=", "finish_reason": "CONTENT_FILTERED", "seed": 1}',
        ),
        "in-json": Reply(about="well, in JSON", payload=in_json, accepts=True),
        "other-reason": Reply(
            about="200, finished for a reason nobody documented",
            payload=payloads.true,
            media=PNG,
            headers={**SOLD, "finish-reason": "ERROR"},
            accepts=True,
        ),
        "no-picture": Reply(
            about="200 and JSON without a picture",
            body='{"finish_reason": "SUCCESS", "seed": 1}',
            accepts=True,
        ),
        "bad-base64": Reply(
            about="200 with half a character",
            body='{"image": "iVBORw0KGgo*", "finish_reason": "SUCCESS"}',
            accepts=True,
        ),
        "not-found": Reply(about="no such model", status=404, body=error("", name="not_found")),
    },
)
"""Answers to `POST /v2beta/stable-image/generate/{model}`."""
