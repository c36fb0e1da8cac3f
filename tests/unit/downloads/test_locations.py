"""Addresses of pictures, judged before anybody is called."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.errors import Code, Rejected
from mobart.downloads.locations import Location, follow, locate, origin_of

API = "http://127.0.0.1:8099"
TRUSTED = frozenset({origin_of(API)})
CDN = "https://img.example/mj/a.png"


def judge(text: str) -> Location:
    """Judge an address, with the API's origin trusted."""
    return locate(text, trusted_origins=TRUSTED)


@pytest.mark.parametrize(
    ("text", "trusted"),
    [
        (CDN, False),
        ("HTTPS://IMG.EXAMPLE/a.png", False),
        ("https://img.example:8443/a.png", False),
        ("https://img.example", False),
        ("https://img.example?x=1", False),
        ("https://8.8.8.8/a.png", False),
        ("https://[2606:4700::6810:84e5]/a.png", False),
        (f"{API}/mj/a.png", True),
        (f"{API}?x", True),
        ("HTTP://127.0.0.1:8099/a", True),
    ],
)
def test_https_and_the_apis_own_origin_may_be_called(text: str, *, trusted: bool) -> None:
    """Nothing else is needed of an address."""
    assert judge(text).trusted is trusted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "img.example/a.png",
        "//img.example/a.png",
        "/mj/a.png",
        "ftp://img.example/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "https://",
        "https://127.0.0.1/a.png",
        "https:\\\\127.0.0.1/a.png",
        "https://127.0.0.1:8099/a.png",
        "https://127.1/a.png",
        "https://2130706433/a.png",
        "https://0x7f.1/a.png",
        "https://0177.0.0.1/a.png",
        "https://%31%32%37.0.0.1/a.png",
        "https://１２７.0.0.1/a.png",
        "https://1.2.3.4.5/a.png",
        "https://[::1]/a.png",
        "https://[::ffff:127.0.0.1]/a.png",
        "https://[64:ff9b::a9fe:a9fe]/a.png",
        "https://169.254.169.254/latest/meta-data/",
        "https://168.63.129.16/",
        "https://user:password@127.0.0.1/a.png",
        "https://img.example@127.0.0.1/a.png",
        "https://img.example:443@2130706433/a.png",
        "https://127.0.0.1\\.img.example/",
        "https://127.0.0.1#.img.example/",
        "http://127.0.0.1:80990/a.png",
        "http://127.0.0.1:8098/a.png",
        "http://127.0.0.1/a.png",
        "http://127.1/a.png",
        "http://2130706433/a.png",
        "http://localhost:8099/a.png",
        "http://[::1]:8099/a.png",
        "http://[::1]/a.png",
        "http://img.example:8080/a.png",
        "https://img.example:99999/a.png",
        "https://img.example:0x50/a.png",
        "https://img%2fexample/a.png",
        "https://img example/a.png",
        "https://[fe80::1%25eth0]/a.png",
        "https://[::1/a.png",
        "https://img.example/" + "a" * 20_000,
    ],
)
def test_anything_else_may_not(text: str) -> None:
    """Other schemes, other ports, private hosts in any spelling, names and passwords."""
    with pytest.raises(Rejected) as refusal:
        judge(text)
    assert refusal.value.code is Code.DOWNLOAD_BLOCKED


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("https://img.example/ä b.png", "https://img.example/%C3%A4%20b.png"),
        ("https://img.example/%C3%A4%20b.png", "https://img.example/%C3%A4%20b.png"),
        ('https://img.example/a"<b>`{c}.png', "https://img.example/a%22%3Cb%3E%60%7Bc%7D.png"),
        ("https://img.example/a.png?u=me@b.c", "https://img.example/a.png?u=me@b.c"),
        ("https://img.example/@a.png", "https://img.example/@a.png"),
        ("https://img.example/a.png?q=ä 'b'", "https://img.example/a.png?q=%C3%A4%20%27b%27"),
        ("https://img.example/a.png#t=1", "https://img.example/a.png"),
        ("https://img.example/a.png?b#@127.0.0.1/", "https://img.example/a.png?b"),
        ("https://img.example#@127.0.0.1/", "https://img.example"),
        (" https://img.example/a.png\n", "https://img.example/a.png"),
        ("https://img.example/a\t.p\r\nng", "https://img.example/a.png"),
        ("https://img.example\\a\\b.png", "https://img.example/a/b.png"),
        ("https://img.example\\@127.0.0.1/", "https://img.example/@127.0.0.1/"),
        ("https:///img.example/a.png", "https://img.example/a.png"),
        ("https://img.example:/a.png", "https://img.example/a.png"),
        ("https://bücher.example/a.png", "https://xn--bcher-kva.example/a.png"),
        ("https://img%2eexample/a.png", "https://img.example/a.png"),
        ("https://134744072/a.png", "https://8.8.8.8/a.png"),
        ("http://img.example/a.png", "https://img.example/a.png"),
        ("http://img.example:80/a.png?b", "https://img.example/a.png?b"),
    ],
)
def test_an_address_is_normalised_as_browsers_do(text: str, called: str) -> None:
    """The picture is paid for, and its provider tries it in a browser."""
    assert str(judge(text).url) == called


@pytest.mark.parametrize(
    ("text", "called", "login"),
    [
        ("https://user:password@img.example/a.png", "https://img.example/a.png", "user:password"),
        ("https://user@img.example/a.png", "https://img.example/a.png", "user:"),
        ("https://:word@img.example/a.png", "https://img.example/a.png", ":word"),
        ("https://@img.example/a.png", "https://img.example/a.png", ""),
        ("https://a:b@c@img.example/a.png", "https://img.example/a.png", "a:b@c"),
        ("https://ü:p%20%3a@img.example/a.png?x=%2f", "https://img.example/a.png?x=%2f", "ü:p :"),
        ("http://u:p@img.example/a.png", "https://img.example/a.png", "u:p"),
        (f"{API}@img.example/a.png", "https://img.example/a.png", "127.0.0.1:8099"),
        ("http://u:p@127.0.0.1:8099/a", f"{API}/a", "u:p"),
    ],
)
def test_a_name_and_password_are_no_part_of_what_is_called(
    text: str, called: str, login: str
) -> None:
    """Nor shown; they go out as a header, as browsers send them."""
    location = judge(text)
    assert str(location.url) == called
    code = base64.b64encode(login.encode()).decode()
    assert location.login == (f"Basic {code}" if login else "")
    assert not login or code not in repr(location)


def test_a_name_and_password_go_along_within_their_origin_alone() -> None:
    """A redirect may bring its own."""
    start = judge("https://u:p@img.example/a.png")
    for target, login in (
        ("/b.png", start.login),
        ("https://img.example/b.png", start.login),
        ("https://cdn.example/b.png", ""),
        ("https://img.example:8443/b.png", ""),
        ("https://x@img.example/b.png", "Basic eDo="),
    ):
        assert follow(start, target, trusted_origins=TRUSTED).login == login


@given(st.text(st.characters(codec="ascii"), max_size=60))
def test_no_text_is_trusted_but_the_apis_own(rest: str) -> None:
    """What is called without further checks begins with the trusted origin once normalised."""
    try:
        location = judge(f"http://{rest}")
    except Rejected:
        return
    called = str(location.url)
    if location.trusted:
        assert f"{called}/".startswith((f"{API}/", f"{API}?"))
    else:
        assert called.startswith("https://")


@pytest.mark.parametrize(
    "query", ["?ex=658a4c45&is=6577d745&hm=ab12&", "?a=%2f%2F&b=%20+&&c", "?a=1?b=2;c=/../d"]
)
def test_a_query_stays_as_it_came(query: str) -> None:
    """A signature is over bytes."""
    assert str(judge(CDN + query).url) == CDN + query


@pytest.mark.parametrize(
    ("start", "target", "end"),
    [
        (CDN, "/b.png?x=%2f&", "https://img.example/b.png?x=%2f&"),
        (CDN, "b.png", "https://img.example/mj/b.png"),
        (CDN, "//cdn.example/b.png", "https://cdn.example/b.png"),
        (CDN, "https://cdn.example/b.png?x=%2f&", "https://cdn.example/b.png?x=%2f&"),
        (f"{API}/a", "/b", f"{API}/b"),
        (f"{API}/a", CDN, CDN),
        (CDN, "http://img.example/b.png", "https://img.example/b.png"),
        (CDN, "/ä b.png#x", "https://img.example/%C3%A4%20b.png"),
        (CDN, "/\udcc3\udca4.png", "https://img.example/%C3%A4.png"),
        (CDN, "\\\\cdn.example\\b.png", "https://cdn.example/b.png"),
    ],
)
def test_a_redirect_may_go_where_an_address_may(start: str, target: str, end: str) -> None:
    """Relative ones too."""
    assert str(follow(judge(start), target, trusted_origins=TRUSTED).url) == end


@pytest.mark.parametrize("start", [CDN, f"{API}/a"])
@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "//127.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://169.254.169.254/",
        "file:///etc/passwd",
        "https://b.example@127.0.0.1/",
        "https://[",
        "//[]@",
        "http://127.0.0.1:8098/",
        "javascript:alert(1)",
        "\\\\127.0.0.1\\",
    ],
)
def test_a_redirect_may_not_go_elsewhere(start: str, target: str) -> None:
    """Each hop is judged like the first."""
    with pytest.raises(Rejected) as refusal:
        follow(judge(start), target, trusted_origins=TRUSTED)
    assert refusal.value.code is Code.DOWNLOAD_BLOCKED


def test_a_redirect_never_drops_tls() -> None:
    """Not even towards the API itself."""
    with pytest.raises(Rejected):
        follow(judge(CDN), f"{API}/a", trusted_origins=TRUSTED)


def test_no_refusal_repeats_the_address() -> None:
    """It may be signed."""
    with pytest.raises(Rejected) as refusal:
        judge("https://127.0.0.1/a.png?signature=canary")
    assert "canary" not in f"{refusal.value!r} {refusal.value.sentence}"
