"""Files in an answer itself, however they are spelled."""

import base64
from urllib.parse import quote, quote_from_bytes

import pytest

from mobart.core.data_uri import data_uri, file_in, is_data_uri

FILE = bytes(range(256)) + b"\xfb\xff,%"
CODE = base64.b64encode(FILE).decode()
SPELLINGS = {
    "bare": CODE,
    "uri": f"data:image/png;base64,{CODE}",
    "written here": data_uri(FILE),
    "capitals": f"DATA:image/png;BASE64,{CODE}",
    "white space before": f"\n data:image/png;base64,{CODE}",
    "lines": f"data:image/png;base64,{CODE[:76]}\r\n{CODE[76:]}\n",
    "no padding": CODE.rstrip("="),
    "alphabet of URLs": base64.urlsafe_b64encode(FILE).decode(),
    "base64, percent-encoded": f"data:image/png;base64,{quote(CODE, safe='')}",
    "percent-encoded": f"data:image/png,{quote_from_bytes(FILE)}",
}


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
def test_a_file_is_read_in_every_spelling_that_browsers_know(text: str) -> None:
    """It is paid for."""
    assert file_in(text) == FILE
    assert is_data_uri(text) == ("data:" in text.lower())


@pytest.mark.parametrize("text", [None, 5, "", "data:", "data:,", "ü", "https://a.example/a.png"])
def test_what_is_no_file_is_empty(text: object) -> None:
    """And brings nobody down."""
    assert file_in(text) == b""
