"""Answers that break the rules of HTTP, read as browsers read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.downloads.plain_http import NoHttp, read_answer

BODY = b"\x89PNG and more"
LENGTH = len(BODY)
MOST = 1000


def answer(*lines: bytes, body: bytes = BODY, end: bytes = b"\r\n") -> bytes:
    """Write a 200 with some header lines."""
    return end.join((b"HTTP/1.1 200 OK", *lines, b"", body))


CHUNKS = (
    b"5\r\n" + BODY[:5] + b"\r\n%x;a=b\r\n" % (LENGTH - 5) + BODY[5:] + b"\r\n0\r\nX: 1\r\n\r\n"
)


@pytest.mark.parametrize(
    "raw",
    [
        answer(),
        answer(b"Content-Length: %d" % LENGTH, b"Content-Length: %d" % LENGTH, body=BODY + b"\n"),
        answer(b"Content-Length: %d, %d" % (LENGTH, LENGTH), body=BODY + b"\n"),
        answer(b"Content-Length:"),
        answer(b"Content-Length: unknown"),
        answer(b"Content-Length: -1"),
        answer(b"Content-Length: 99999"),
        answer(b"no header at all", b"Odd Name : b", b" folded: 1", b"X: a\0b"),
        answer(*[b"X-%d: 1" % number for number in range(5000)]),
        answer(b"X: " + b"y" * 100_000),
        answer(b"Content-Length: 3", b"Transfer-Encoding: chunked", body=CHUNKS),
        answer(b"Content-Length: %d" % LENGTH, end=b"\n"),
        b"\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(),
        b"HTTP/1.0 200\r\n\r\n" + BODY,
    ],
)
def test_the_body_is_found(raw: bytes) -> None:
    """Whatever stands around it."""
    found = read_answer(raw, MOST)
    assert (found.status, found.body) == (200, BODY)


def test_of_a_header_told_twice_the_first_one_counts_in_any_letters() -> None:
    """As it does to a browser where it is an address."""
    found = read_answer(answer(b"LOCATION: /a", b"location: /b"), MOST)
    assert found.headers.get("Location") == "/a"


def test_what_is_cut_off_is_what_came() -> None:
    """Chunks as well."""
    assert (
        read_answer(answer(b"Transfer-Encoding: chunked", body=CHUNKS[:19]), MOST).body == BODY[:7]
    )


def test_no_more_of_a_body_than_wanted_is_returned() -> None:
    """In both forms."""
    assert len(read_answer(answer(), 4).body) == 4
    assert len(read_answer(answer(b"Transfer-Encoding: chunked", body=CHUNKS), 4).body) == 4


@pytest.mark.parametrize(
    "raw", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\nX: y\r\n", BODY]
)
def test_what_is_no_answer_is_told_so(raw: bytes) -> None:
    """Headers that never end are none."""
    with pytest.raises(NoHttp):
        read_answer(raw, MOST)


@given(
    st.binary(max_size=300), st.sampled_from([b"", answer(b"Transfer-Encoding: chunked", body=b"")])
)
def test_no_bytes_bring_the_reader_down(data: bytes, start: bytes) -> None:
    """An answer, or none."""
    try:
        assert len(read_answer(start + data, MOST).body) <= MOST
    except NoHttp:
        assert not start
