"""A picture that is paid for is found in a body that is none itself."""

import base64
import json
from io import BytesIO

import pytest
from PIL import Image

from mobart.downloads import wrapped
from mobart.downloads.bodies import Body
from mobart.downloads.wrapped import LONGEST_LEAD, picture_within


def file(kind: str) -> bytes:
    """Draw a picture."""
    data = BytesIO()
    Image.effect_noise((16, 16), 80).convert("RGB").save(data, kind)
    return data.getvalue()


PICTURE = file("PNG")
CODE = base64.b64encode(PICTURE)
OTHER = base64.b64encode(file("JPEG")).decode()
PART = b"--b\r\nContent-Type: image/png\r\nContent-Range: bytes 0-9/10\r\n\r\n"
WRAPPED = {
    "behind a blank line": b"\r\n" + PICTURE,
    "behind a byte order mark": b"\xef\xbb\xbf" + PICTURE,
    "behind a warning": b"<br />\n<b>Warning</b>: Undefined index in <b>/a.php</b><br />\n"
    + PICTURE,
    "as base64": CODE,
    "as base64 in lines": b"\n".join(CODE[at : at + 76] for at in range(0, len(CODE), 76)),
    "as base64 in quotes": b'"' + CODE + b'"\n',
    "as a data URI": b"data:image/png;base64," + CODE,
    "in JSON": json.dumps({"code": 0, "data": [{"b64_json": CODE.decode()}]}).encode(),
    "in JSON behind what it was made from": json.dumps(
        {
            "thumbnail": OTHER,
            "input": {"init_images": [OTHER]},
            "error": None,
            "images": [CODE.decode()],
        }
    ).encode(),
    "as a data URI in JSON": json.dumps(["data:image/png;base64," + CODE.decode()]).encode(),
}


@pytest.mark.parametrize("body", WRAPPED.values(), ids=WRAPPED)
def test_it_is_found(body: bytes) -> None:
    """However it came, by whoever collects a body."""
    collected = Body("", 1_000_000)
    collected.add(body)
    assert collected.whole() == PICTURE


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_it_is_found_as_one_part_of_several(kind: str) -> None:
    """What follows it is nobody's, as behind any picture."""
    found = picture_within(PART + (picture := file(kind)) + b"\r\n--b--\r\n")
    assert found.startswith(picture)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>no such picture</html>",
        b"x" * 5000,
        CODE.replace(b"i", b"j", 1),
        b'{"error": "gone"}',
        b'{"broken',
        b"[" * 5000,
        b" " * (LONGEST_LEAD + 1) + PICTURE,
        json.dumps({"status": "failed", "input": {"image": CODE.decode()}}).encode(),
        json.dumps({"error": "blocked", "logo": CODE.decode()}).encode(),
    ],
)
def test_anything_else_stays_as_it_is(body: bytes) -> None:
    """It is told as no picture."""
    assert picture_within(body) is body


def test_a_body_of_many_values_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """As objects, 32 MB of small ones take a gigabyte, and the worker stands still for seconds."""
    read = list[bytes]()
    monkeypatch.setattr(wrapped, "read_lenient_json", read.append)
    for body in (b"[" + b"{}," * 20_000 + b"1]", b"[" * 20_000, b"\n" * 5000 + b"{}"):
        assert picture_within(body) is body
    assert read == []


def test_a_body_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for several times, and may be all that may come."""
    looks = list[bytes]()

    def look(data: bytes) -> bytes:
        looks.append(data)
        return picture_within(data)

    monkeypatch.setattr(wrapped, "picture_within", look)
    collected = Body("", 1_000_000)
    collected.add(CODE)
    assert [collected.whole() for _ in range(3)] == [PICTURE] * 3
    assert len(looks) == 1
