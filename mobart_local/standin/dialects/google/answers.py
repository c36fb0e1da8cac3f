"""What `generateContent` answers, well and badly: HTTP 200 without a picture is a refusal."""

import base64
import json
from typing import Any

from mobart_local.standin.answers import AcceptedAnswer, Table, submit_answers
from mobart_local.standin.replies import Draw, Reply

STATUSES = {
    "Bad Request": (400, "INVALID_ARGUMENT"),
    "invalid api key": (401, "UNAUTHENTICATED"),
    "Insufficient quota": (402, "RESOURCE_EXHAUSTED"),
    "Forbidden": (403, "PERMISSION_DENIED"),
    "task not found": (404, "NOT_FOUND"),
    "Too many requests": (429, "RESOURCE_EXHAUSTED"),
    "Internal Server Error": (500, "INTERNAL"),
}
"""HTTP status and `google.rpc.Code` of what other APIs say in words."""
RPC = "type.googleapis.com/google.rpc"


def error(message: str, *details: dict[str, Any]) -> str:
    """Write the body of an error; what has no code is not Google's own, but of something between."""
    if message not in STATUSES:
        return json.dumps({"message": message})
    return rpc_error(*STATUSES[message], message, *details)


def rpc_error(code: int, status: str, message: str, *details: dict[str, Any]) -> str:
    """Write a `google.rpc.Status` as its HTTP APIs do."""
    told: dict[str, Any] = {"code": code, "message": message, "status": status}
    return json.dumps({"error": told | ({"details": list(details)} if details else {})})


def said(*parts: dict[str, Any], reason: str = "STOP", tokens: int = 1120) -> str:
    """Write an answer with one candidate."""
    candidate = {"content": {"parts": list(parts), "role": "model"}, "finishReason": reason}
    usage = {"promptTokenCount": 12, "candidatesTokenCount": tokens, "totalTokenCount": 12 + tokens}
    told = {"candidates": [{**candidate, "index": 0}], "usageMetadata": usage}
    return json.dumps({**told, "modelVersion": "gemini-nano-banana-2.1", "responseId": "4711"})


def inline(raw: bytes) -> dict[str, Any]:
    """Write a part that is a picture."""
    return {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(raw).decode()}}


def picture(draw: Draw) -> bytes:
    """Write the body with the picture in it."""
    return said({"text": "Here is your picture."}, inline(draw())).encode()


def drafted(draw: Draw) -> bytes:
    """Write the body with a draft before the picture."""
    draft = {**inline(b"\x89PNG\r\n\x1a\nonly a draft"), "thought": True}
    return said(draft, inline(draw())).encode()


def unmade(reason: str) -> Reply:
    """Make an answer of 200 whose candidate has no picture."""
    return Reply(about=f"200 without a picture: {reason}", body=said(reason=reason, tokens=0))


def blocked(reason: str) -> Reply:
    """Make an answer of 200 to a prompt that was blocked."""
    feedback = {"promptFeedback": {"blockReason": reason}, "usageMetadata": {"promptTokenCount": 9}}
    return Reply(about=f"200, the prompt was blocked: {reason}", body=json.dumps(feedback))


def quota(value: str) -> dict[str, Any]:
    """Write the detail that names the quota that was exceeded."""
    named = "GenerateRequestsPerMinutePerProjectPerModel"
    return {"@type": f"{RPC}.QuotaFailure", "violations": [{"quotaId": named, "quotaValue": value}]}


KEY_INVALID = {
    "@type": f"{RPC}.ErrorInfo",
    "reason": "API_KEY_INVALID",
    "domain": "googleapis.com",
    "metadata": {"service": "generativelanguage.googleapis.com"},
}

SUBMITS: Table = submit_answers(
    AcceptedAnswer(
        payload=picture,
        broken='{"candidates": [{"content": {"parts": [{"inlineData": {"data": "iVBORw0KGgo',
    ),
    error,
    **{
        "503": Reply(
            about="overloaded, as Google says it",
            status=503,
            body=rpc_error(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
        ),
        "gateway-503": Reply(
            about="unavailable, as something in between says it",
            status=503,
            body=error("Service Unavailable"),
        ),
        "bad-key": Reply(
            about="the key is wrong, as a 400",
            status=400,
            body=rpc_error(400, "INVALID_ARGUMENT", "API key not valid.", KEY_INVALID),
        ),
        "no-region": Reply(
            about="not sold in this region",
            status=400,
            body=rpc_error(
                400,
                "FAILED_PRECONDITION",
                "User location is not supported for the API use without a billing account linked.",
            ),
        ),
        "no-model": Reply(
            about="the model was retired",
            status=404,
            body=rpc_error(404, "NOT_FOUND", "The model is not found for API version v1beta."),
        ),
        "retry-info": Reply(
            about="too many requests; `RetryInfo` is the script's text and an s",
            status=429,
            body=error(
                "Too many requests",
                quota("10"),
                {"@type": f"{RPC}.RetryInfo", "retryDelay": "${retry_after}s"},
            ),
        ),
        "no-quota": Reply(
            about="a free account, which has no pictures",
            status=429,
            body=error("Too many requests", quota("0")),
        ),
        "moderated": unmade("PROHIBITED_CONTENT"),
        "image-safety": unmade("IMAGE_SAFETY"),
        "image-prohibited": unmade("IMAGE_PROHIBITED_CONTENT"),
        "safety": unmade("SAFETY"),
        "recitation": unmade("IMAGE_RECITATION"),
        "language": unmade("LANGUAGE"),
        "no-image": unmade("NO_IMAGE"),
        "image-other": unmade("IMAGE_OTHER"),
        "account-limited": unmade("PUP_LIMITED_DISABLED"),
        "odd-reason": Reply(
            about="200 without a picture, for a reason nobody documented",
            body=said(reason="ODD_REASON"),
            accepts=True,
        ),
        "blocked": blocked("PROHIBITED_CONTENT"),
        "blocked-other": blocked("OTHER"),
        "words": Reply(
            about="200 and words instead of a picture",
            body=said({"text": "I cannot draw that."}, tokens=9),
        ),
        "drafted": Reply(about="well, with a draft before it", payload=drafted, accepts=True),
        "no-candidates": Reply(about="200 and nothing in it", body="{}", accepts=True),
        "bad-base64": Reply(
            about="200 with half a character",
            body=said({"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo*"}}),
            accepts=True,
        ),
    },
)
"""Answers to `POST /v1beta/models/{model}:generateContent`."""
