"""Rows of answers that every dialect has: the same troubles, in each API's own words.

Blanks: `$task_id`, `$other_task_id` (of another task), `$task` (the task object), `$location` and
`$retry_after` (from the script), `$soon` (an HTTP date a little ahead), `$origin` (scheme, host and
port that were asked).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from mobart_local.standin.replies import Delivery, Draw, Reply

Table = Mapping[str, Reply]
TASK = "$task"
"""The body that is what the dialect writes of the task."""
ErrorWriter = Callable[[str], str]
"""Writes the body of an error that says something."""

HTML = "text/html; charset=utf-8"
NGINX = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
CHALLENGE = (
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    "<body><script>window._cf_chl_opt={cvId:'3'};</script></body></html>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedAnswer:
    """What a submit is answered with that is accepted: a *body* with blanks, or the picture in one."""

    body: str = ""
    payload: Callable[[Draw], bytes] | None = None
    broken: str
    """What it looks like when half of it is missing."""
    media: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


def refusals(say: ErrorWriter) -> Table:
    """Return answers that prove that nothing was accepted."""
    return MappingProxyType(
        {
            "400": Reply(about="the request is malformed", status=400, body=say("Bad Request")),
            "401": Reply(about="the key is wrong", status=401, body=say("invalid api key")),
            "402": Reply(about="no credit is left", status=402, body=say("Insufficient quota")),
            "403": Reply(about="the account is blocked", status=403, body=say("Forbidden")),
            "429": Reply(
                about="too many requests; `Retry-After` is the script's text, absent when empty",
                status=429,
                body=say("Too many requests"),
                headers={"Retry-After": "$retry_after"},
            ),
            "429-date": Reply(
                about="too many requests; `Retry-After` is an HTTP date",
                status=429,
                body=say("Too many requests"),
                headers={"Retry-After": "$soon"},
            ),
            "429-absurd": Reply(
                about="too many requests; come back in a year",
                status=429,
                body=say("Too many requests"),
                headers={"Retry-After": "31536000"},
            ),
            "429-silent": Reply(
                about="too many requests, without `Retry-After`",
                status=429,
                body=say("Too many requests"),
            ),
        }
    )


def troubles(say: ErrorWriter, *, broken: str) -> Table:
    """Return what can be wrong with any answer; *broken* is half a JSON text."""
    return MappingProxyType(
        {
            "404": Reply(about="not found", status=404, body=say("task not found")),
            "500": Reply(
                about="internal error, in JSON", status=500, body=say("Internal Server Error")
            ),
            "502": Reply(about="bad gateway, nginx's HTML", status=502, body=NGINX, media=HTML),
            "503": Reply(about="unavailable, in JSON", status=503, body=say("Service Unavailable")),
            "504": Reply(about="gateway timeout, an empty body", status=504),
            "html": Reply(about="200 and a bot challenge in HTML", body=CHALLENGE, media=HTML),
            "empty": Reply(about="200 and an empty body"),
            "bad-json": Reply(about="200 and half a JSON text", body=broken),
            "list": Reply(about="200 and a JSON list", body="[]"),
            "null": Reply(about="200 and null", body="null"),
            "drop": Reply(about="the connection is closed unanswered", delivery=Delivery.DROPPED),
            "reset": Reply(about="the connection is reset unanswered", delivery=Delivery.RESET),
            "hang": Reply(about="no answer until the hold time is over", delivery=Delivery.HELD),
            "cut": Reply(about="half of the answer's bytes", body="[" * 64, delivery=Delivery.CUT),
            "redirect": Reply(
                about="307 to the script's location", status=307, headers={"Location": "$location"}
            ),
        }
    )


LOST = ("500", "502", "503", "504", "drop", "reset", "hang", "html")
"""Troubles that may also come after the submit was accepted."""


def lost_answers(accepted: AcceptedAnswer, say: ErrorWriter) -> Table:
    """Return answers to a submit that was accepted, costs money, and is not confirmed."""
    bad, well = troubles(say, broken=accepted.broken), Reply(about="", **_good(accepted))
    lost = {name: bad[name] for name in LOST} | {
        "cut": replace(well, about="half of the bytes", delivery=Delivery.CUT),
        "truncated": Reply(about="half a JSON text", body=accepted.broken),
        "drip": replace(well, about="one byte at a time", delivery=Delivery.DRIPPED),
    }
    return MappingProxyType(
        {
            f"accepted-{name}": replace(reply, about=f"accepted, then: {reply.about}", accepts=True)
            for name, reply in lost.items()
        }
    )


def submit_answers(accepted: AcceptedAnswer, say: ErrorWriter, **own: Reply) -> Table:
    """Return all answers to a submit: the good one, the bad ones, and the dialect's *own*."""
    well = Reply(about="well", accepts=True, **_good(accepted))
    return MappingProxyType(
        {
            "accept": well,
            **refusals(say),
            **troubles(say, broken=accepted.broken),
            **lost_answers(accepted, say),
            **own,
        }
    )


def answers(say: ErrorWriter, **own: Reply) -> Table:
    """Return all answers to a poll; `answer` is the one whose body the dialect makes itself."""
    well = Reply(about="well: the task", body=TASK)
    broken = troubles(say, broken='{"id": "$task_id", "sta')
    return MappingProxyType({"answer": well, **refusals(say), **broken, **own})


def _good(accepted: AcceptedAnswer) -> dict[str, Any]:
    """Return the fields of a reply that hands the accepted over."""
    return {
        "body": accepted.body,
        "payload": accepted.payload,
        "media": accepted.media,
        "headers": accepted.headers,
        "status": accepted.status,
    }
