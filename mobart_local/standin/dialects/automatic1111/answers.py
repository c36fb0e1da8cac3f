"""What AUTOMATIC1111's web UI answers, well and badly."""

import base64
import io
import json

from PIL import Image

from mobart_local.standin.answers import AcceptedAnswer, Table, submit_answers
from mobart_local.standin.replies import Draw, Reply


def error(message: str) -> str:
    """Write the body of an error as FastAPI does by itself."""
    return json.dumps({"detail": message})


def exception(name: str, detail: str = "", *, errors: str = "") -> str:
    """Write the body of an error as the web UI's own code does."""
    return json.dumps({"error": name, "detail": detail, "body": "", "errors": errors})


def drawn(*images: bytes, first: int = 0) -> bytes:
    """Write the body with pictures in it, the *first* of which is none of the contact sheet."""
    info = {"seed": 1, "all_seeds": [1], "infotexts": [""], "index_of_first_image": first}
    pictures = [base64.b64encode(image).decode() for image in images]
    return json.dumps({"images": pictures, "parameters": {}, "info": json.dumps(info)}).encode()


def picture(draw: Draw) -> bytes:
    """Write the body with the picture."""
    return drawn(draw())


def sheet(draw: Draw) -> bytes:
    """Write the body with a contact sheet before the picture."""
    return drawn(blank(), draw(), first=1)


def half(_: Draw) -> bytes:
    """Write the body with what was there when somebody interrupted it: a whole file, half made."""
    return drawn(blank())


def plain(draw: Draw) -> bytes:
    """Write the body as forks do that say nothing about it, and give a data URL."""
    image = "data:image/png;base64," + base64.b64encode(draw()).decode()
    return json.dumps({"images": [image], "parameters": {}, "info": "no JSON"}).encode()


def blank() -> bytes:
    """Give a small grey PNG."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "grey").save(buffer, "png")
    return buffer.getvalue()


SUBMITS: Table = submit_answers(
    AcceptedAnswer(payload=picture, broken='{"images": ["iVBOR'),
    error,
    **{
        "sheet": Reply(about="a contact sheet first", payload=sheet, accepts=True),
        "plain": Reply(about="a data URL, and info that is no JSON", payload=plain, accepts=True),
        "interrupted": Reply(about="interrupted: half a picture", payload=half, accepts=True),
        "no-picture": Reply(
            about="interrupted before it began", payload=lambda _: drawn(), accepts=True
        ),
        "bad-base64": Reply(
            about="half a character",
            body='{"images": ["iVBORw0KGgo*"], "info": "{}"}',
            accepts=True,
        ),
        "no-api": Reply(about="it runs without --api", status=404, body='{"detail":"Not Found"}'),
        "no-sampler": Reply(
            about="no such sampler",
            status=404,
            body=exception("HTTPException", "Sampler not found"),
        ),
        "500-bare": Reply(
            about="an exception while painting, at Forge, which has no words for it",
            status=500,
            body="Internal Server Error",
            media="text/plain",
        ),
        "no-sampler-forge": Reply(
            about="no such sampler, as Forge says it", status=400, body=error("Sampler not found")
        ),
        "invalid": Reply(
            about="a value of the wrong kind",
            status=422,
            body='{"detail": [{"loc": ["body", "steps"], "msg": "value is not a valid integer",'
            ' "type": "type_error.integer"}]}',
        ),
        "out-of-memory": Reply(
            about="the card's memory is full",
            status=500,
            body=exception("OutOfMemoryError", errors="CUDA out of memory."),
        ),
        "failed": Reply(
            about="an exception while painting",
            status=500,
            body=exception("NansException", errors="A tensor with all NaNs was produced in Unet."),
        ),
    },
)
"""Answers to `POST /sdapi/v1/txt2img`."""
