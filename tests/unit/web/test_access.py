"""Who is let in: tokens, sessions, names of the server, and what browsers say of themselves."""

import pytest

from mobart.web.access import SESSION_SECONDS, Access, is_loopback
from mobart.web.gate import local_path

TOKEN = "a token of an operator"


def access(
    token: str = TOKEN, host: str = "127.0.0.1", now: float = 1000.0, **more: object
) -> Access:
    """Return rules at a moment."""
    return Access(token=token, host=host, now=lambda: now, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])
def test_loopback_is_recognised(host: str) -> None:
    """In all its spellings."""
    assert is_loopback(host)
    assert not access("", host).closed


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "", "mobart"])  # noqa: S104
def test_beyond_loopback_nobody_is_let_in_without_a_token(host: str) -> None:
    """What cannot be judged counts as beyond."""
    assert access("", host).closed
    assert not access(TOKEN, host).closed


@pytest.mark.parametrize(
    ("host", "trusted"),
    [
        ("127.0.0.1:8081", True),
        ("localhost", True),
        ("LOCALHOST:1", True),
        ("[::1]:8081", True),
        ("evil.test", False),
        ("evil.test:8081", False),
        ("localhost.evil.test", False),
        ("127.0.0.1.evil.test", False),
        ("", False),
    ],
)
def test_without_a_token_only_names_of_this_machine_are_answered(host: str, trusted: bool) -> None:
    """A page elsewhere may point its own name here: DNS rebinding."""
    assert access("").trusts_host({"Host": host}) is trusted


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_without_a_token_nothing_is_answered_through_a_proxy(header: str) -> None:
    """It may let in anybody."""
    assert not access("").trusts_host({"Host": "localhost", header: "x"})
    assert access(TOKEN).trusts_host({"Host": "localhost", header: "x"})


def test_further_names_can_be_given() -> None:
    """With a token any name will do until some are given."""
    assert access("", hosts=["ops.test"]).trusts_host({"Host": "ops.test"})
    assert access(TOKEN).trusts_host({"Host": "anything.test"})
    assert not access(TOKEN, hosts=["ops.test"]).trusts_host({"Host": "anything.test"})


@pytest.mark.parametrize("given", ["", "a", TOKEN + " ", TOKEN.upper(), "é" * 22])
def test_only_the_token_is_the_token(given: str) -> None:
    """Nothing near it."""
    assert access().is_token(TOKEN)
    assert not access().is_token(given)
    assert not access("").is_token("")


def test_a_bearer_token_is_read_from_its_header() -> None:
    """In any case of the scheme."""
    assert access().bears_token({"Authorization": f"bearer {TOKEN}"})
    for header in ({}, {"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"}):
        assert not access().bears_token(header)


def test_a_session_is_what_was_signed() -> None:
    """By any worker with the same token, until it is over."""
    session, cookie = access().open_session()
    assert access().session_in(cookie) == session
    assert access(now=999.0 + SESSION_SECONDS).session_in(cookie) == session
    assert access(now=1000.0 + SESSION_SECONDS).session_in(cookie) is None


def test_a_session_does_not_outlive_its_token() -> None:
    """Changing the token signs everybody out."""
    _, cookie = access().open_session()
    assert access("another token altogether").session_in(cookie) is None
    assert access("").session_in(cookie) is None


def test_a_forged_session_is_none() -> None:
    """Each part of it is signed."""
    _, cookie = access().open_session()
    expires, nonce, mac = cookie.split(".")
    for forged in (
        f"{int(expires) + 1}.{nonce}.{mac}",
        f"{expires}.{nonce[::-1]}.{mac}",
        f"{expires}.{nonce}.{'0' * 64}",
        f"{expires}.{nonce}.",
        f"{'9' * 400}.{nonce}.{mac}",
        f"²{expires}.{nonce}.{mac}",
        *("", ".", "..", "a.b.c", "-1.a.b", f"{expires}.{nonce}.é"),
    ):
        assert access().session_in(forged) is None, forged


def test_a_form_belongs_to_its_session() -> None:
    """The key of another session's page is no use, nor is the session's own signature."""
    one, cookie = access().open_session()
    other, _ = access().open_session()
    assert access().is_form_key(one, access().form_key(one))
    assert not access().is_form_key(one, access().form_key(other))
    assert not access().is_form_key(one, cookie.split(".")[2])
    assert not access().is_form_key(one, "é")


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://a.test"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "http://a.test"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://a.test"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "http://evil.test"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.test"}, False),
        ({}, False),
    ],
)
def test_a_change_comes_from_our_own_pages(headers: dict[str, str], ours: bool) -> None:
    """As the browser itself says."""
    assert access().comes_from_here({"Host": "a.test"} | headers) is ours


@pytest.mark.parametrize(
    ("path", "goes"),
    [
        ("/requests?user=a", "/requests?user=a"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_nowhere_else(path: str, goes: str) -> None:
    """An address may come from anybody."""
    assert local_path(path) == goes
