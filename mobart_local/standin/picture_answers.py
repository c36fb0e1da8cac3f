"""Answers to the address of a picture, and those to everything while a provider is down."""

import json
from types import MappingProxyType

from mobart_local.standin import payloads
from mobart_local.standin.answers import CHALLENGE, HTML, Table, refusals, troubles
from mobart_local.standin.replies import Delivery, Reply


def error(message: str) -> str:
    """Write the body of an error that belongs to no API."""
    return json.dumps({"message": message})


OUTAGES: Table = MappingProxyType({**refusals(error), **troubles(error, broken='{"message": "')})
"""Answers to everything while a provider is down, where its dialect has none of its own."""

PNG = "image/png"

PICTURES: Table = MappingProxyType(
    {
        "serve": Reply(about="well: the picture", payload=payloads.true, media=PNG),
        "truncated": Reply(
            about="half of the file, with a matching Content-Length",
            payload=payloads.half,
            media=PNG,
        ),
        "cut": Reply(
            about="half of the announced bytes",
            payload=payloads.true,
            media=PNG,
            delivery=Delivery.CUT,
        ),
        "overlong": Reply(
            about="twice the announced bytes",
            payload=payloads.true,
            media=PNG,
            delivery=Delivery.OVERLONG,
        ),
        "zero": Reply(about="an empty file", media=PNG),
        "html": Reply(about="200 and HTML", body=CHALLENGE, media=HTML),
        "html-as-png": Reply(about="HTML that says it is PNG", body=CHALLENGE, media=PNG),
        "403": Reply(about="403 and HTML", status=403, body=CHALLENGE, media=HTML),
        "404": Reply(
            about="expired",
            status=404,
            body="This content is no longer available.",
            media="text/plain",
        ),
        "500": Reply(about="internal error", status=500, body="oops", media="text/plain"),
        "503": Reply(
            about="unavailable",
            status=503,
            body="slow down",
            media="text/plain",
            headers={"Retry-After": "$retry_after"},
        ),
        "svg": Reply(about="an SVG", payload=payloads.svg, media="image/svg+xml"),
        "gif": Reply(about="a GIF that says it is PNG", payload=payloads.gif, media=PNG),
        "bomb": Reply(
            about="21 kB that decode to 13370x13370 pixels", payload=payloads.bomb, media=PNG
        ),
        "huge-header": Reply(
            about="a header of 65535x65535 and nothing else",
            payload=payloads.huge_header,
            media=PNG,
        ),
        "gzip-bomb": Reply(
            about="200 kB of gzip that inflate to 200 MB",
            payload=payloads.gzip_bomb,
            media=PNG,
            headers={"Content-Encoding": "gzip"},
        ),
        "endless": Reply(
            about="a body without end", payload=payloads.true, media=PNG, delivery=Delivery.ENDLESS
        ),
        "drip": Reply(
            about="one byte at a time", payload=payloads.true, media=PNG, delivery=Delivery.DRIPPED
        ),
        "flood": Reply(
            about="a hundred thousand headers",
            payload=payloads.true,
            media=PNG,
            delivery=Delivery.FLOODED,
        ),
        "hang": Reply(about="no answer until the hold time is over", delivery=Delivery.HELD),
        "drop": Reply(about="the connection is closed unanswered", delivery=Delivery.DROPPED),
        "reset": Reply(about="the connection is reset unanswered", delivery=Delivery.RESET),
        "redirect": Reply(
            about="302 to the script's location", status=302, headers={"Location": "$location"}
        ),
    }
)
"""Answers to a picture's address."""
