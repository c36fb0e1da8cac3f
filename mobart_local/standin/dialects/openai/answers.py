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


def in_data_uri(draw: Draw) -> bytes:
    """Write the body with the picture in a data URI."""
    address = f"data:image/png;base64,{base64.b64encode(draw()).decode()}"
    return json.dumps({"created": 1_700_000_000, "data": [{"url": address}]}).encode()


BLOCKED = error(
    "Your request was rejected by the safety system. safety_violations=[violence].",
    code="moderation_blocked",
    kind="image_generation_user_error",
)

SUBMITS: Table = submit_answers(
    AcceptedAnswer(
        payload=picture,
        headers={"x-request-id": "req_4711", "openai-processing-ms": "1200"},
        broken='{"created": 1700000000, "data": [{"b64_json": "iVBOR',
    ),
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
        "url": Reply(
            about="an address, as other servers that speak the API answer",
            body='{"created": 1700000000, "data": [{"url": "$origin/mj/$task_id.png"}]}',
            accepts=True,
        ),
        "data-uri": Reply(about="a data URI", payload=in_data_uri, accepts=True),
        "litellm-429": Reply(
            about="no credit is left, as LiteLLM's proxy says it",
            status=429,
            body=error(
                "litellm.RateLimitError: RateLimitError: OpenAIException - You exceeded your current"
                " quota, please check your plan and billing details.",
                code="429",
                kind="throttling_error",
            ),
        ),
        "litellm-moderated": Reply(
            about="moderation said no, as LiteLLM's proxy says it",
            status=400,
            body=error(
                "litellm.ContentPolicyViolationError: ContentPolicyViolationError: OpenAIException -"
                " Your request was rejected as a result of our safety system.",
                code="400",
            ),
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
