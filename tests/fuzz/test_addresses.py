"""Whatever is called an address of a picture."""

from functools import partial
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from mobart.core.errors import Code, Rejected
from mobart.downloads.addresses import is_refused
from mobart.downloads.locations import LONGEST_URL, Location, follow, locate
from tests.fuzz.mutators import bounded, tried

TRUSTED = frozenset({"http://api.example:8080"})
BITS = (
    *("http", "https", "HTTPS", "file", "://", ":", "/", "//", "\\", "?", "#", "@", ".", "..", "%"),
    *(
        "api.example",
        "api.example:8080",
        "img.example",
        "localhost",
        "127.0.0.1",
        "0x7f.1",
        "[::1]",
    ),
    *(
        "2130706433",
        "[::ffff:10.0.0.1]",
        "169.254.169.254",
        "8.8.8.8",
        "[64:ff9b::a00:1]",
        "a",
        "１",
    ),
    *(" ", "\n", "\0", "\t", ":443", ":99999", "user:word@", "%2f", "%00", "ｅ", "。", "x=1&y=2"),
)
addresses = st.one_of(
    st.lists(st.sampled_from(BITS), max_size=8).map("".join),
    st.lists(st.sampled_from(BITS), max_size=6).map(lambda bits: "https://" + "".join(bits)),
    st.text(max_size=40),
    st.ip_addresses().map(lambda one: f"https://{one if one.version == 4 else f'[{one}]'}/a.png"),
)


def judged(text: str, at: Location | None = None) -> Location | None:
    """Judge an address, or a redirect to it; None if it must not be called."""
    judge = locate if at is None else partial(follow, at)
    answer = tried(lambda: judge(text, trusted_origins=TRUSTED), Rejected)
    if isinstance(answer, Location):
        return answer
    assert answer.code is Code.DOWNLOAD_BLOCKED
    return None


def check(location: Location, asked: str) -> None:
    """See that nobody but a public host is called, or the provider itself."""
    url = location.url
    assert url.host
    assert url.user is None
    assert len(str(url)) <= LONGEST_URL
    if location.trusted:
        assert str(url.origin()) in TRUSTED
        return
    assert url.scheme == "https", asked
    host = url.host
    literal = tried(lambda: ip_address(host), ValueError)
    assert isinstance(literal, ValueError) or not is_refused(literal)


@bounded
@given(addresses)
def test_an_address_that_may_be_called_is_public_or_the_providers_own(text: str) -> None:
    """By https, with no name and password in it."""
    location = judged(text)
    if location is not None:
        check(location, text)


@bounded
@given(addresses, addresses)
def test_a_redirect_leads_nowhere_else(first: str, second: str) -> None:
    """It is judged as an address is, and never leads to less security."""
    location = judged(first)
    if location is None:
        return
    there = judged(second, at=location)
    if there is not None:
        check(there, second)
        assert (location.url.scheme, there.url.scheme) != ("https", "http")
