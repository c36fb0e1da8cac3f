"""Addresses of pictures, spelled as browsers spell them and judged before anybody is called.

An address is a provider's word about a picture that is paid for, so whatever a browser would fetch is
fetched: blanks, letters beyond ASCII, fragments and backslashes are normalised as the WHATWG URL
Standard says, and a name and password go into a header.  What is judged is the host.  The normalised text is what is called, so no second
reader can disagree about which host is meant.
"""

import base64
import re
import socket
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from urllib.parse import quote, unquote

from yarl import URL

from mobart.core.errors import Code, Rejected
from mobart.downloads.addresses import IPAddress, is_refused, parse_literal

BLOCKED = "The picture's address is not one that may be fetched."
LONGEST_URL = 16 * 1024
"""Characters; twice what common servers take, signed addresses are long."""
MALFORMED = (ValueError, IndexError)
"""What yarl raises; the latter where brackets stand before an at sign and no host behind it."""

_STRIPPED = "".join(map(chr, range(0x21)))
"""C0 controls and the blank: taken from both ends."""
_REMOVED = re.compile(r"[\t\n\r]")
_PARTS = re.compile(r"(https?):[/\\]*([^/\\?]+)([^?]*)(\?.*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(
    r"(?:(?P<login>.*)@)?(?P<host>[^\[\]:@]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{0,5}))?"
)
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_KEPT_IN_PATH = "!$%&'()*+,-./:;=@[]^_|~"
_KEPT_IN_QUERY = "!$%&()*+,-./:;=?@[]^_`{|}~\\"
"""What browsers send as it is; all else is percent-encoded as UTF-8."""
_NUMBER = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)
"""A host whose last part is a number is an IPv4 address, in one of its old spellings."""


@dataclass(frozen=True, slots=True)
class Location:
    """An address that may be called; a query of plain ASCII stays as it came, byte for byte."""

    url: URL
    trusted: bool
    """It belongs to the provider's own API, as the operator configured it."""
    login: str = field(default="", repr=False)
    """Value of `Authorization`, where the address holds a name and password."""


def origin_of(url: str) -> str:
    """Return scheme, host and port of *url*, for comparing; raises ValueError if it has none."""
    return str(URL(url).origin())


def credentials_of(url: str) -> tuple[str, str] | None:
    """Return the origin of *url* and the value of `Authorization` for its user and password."""
    known = URL(url)
    return (origin_of(url), _basic(known)) if known.user is not None else None


def _basic(url: URL) -> str:
    code = base64.b64encode(f"{url.user or ''}:{url.password or ''}".encode()).decode()
    return f"Basic {code}"


def locate(text: str, *, trusted_origins: AbstractSet[str]) -> Location:
    """Normalise and judge the address *text*.

    Plain http to a public host is called as https.

    Raises:
        Rejected: it may not be called.
    """
    try:
        spelled = _normalised(text)
        url, login = (
            spelled.with_user(None),
            _basic(spelled) if spelled.raw_user or spelled.password else "",
        )
        trusted = origin_of(str(url.origin())) in trusted_origins
    except MALFORMED:
        raise blocked("malformed") from None
    if trusted:
        return Location(url, trusted=True, login=login)
    if url.scheme != "https":
        if url.port != 80:  # noqa: PLR2004 - the port of http
            raise blocked("not https")
        url = URL(str(url).replace("http", "https", 1), encoded=True)
    literal = _address(url.raw_host or "")
    if literal is not None and is_refused(literal):
        raise blocked("a private or special address")
    return Location(url, trusted=False, login=login)


def follow(location: Location, target: str, *, trusted_origins: AbstractSet[str]) -> Location:
    """Judge the redirect from *location* to *target* as any address, and never to less security."""
    try:
        spelled = target.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        spelled = _REMOVED.sub("", spelled.strip(_STRIPPED)).partition("#")[0]
        if not re.match(r"https?:", spelled, re.IGNORECASE):
            path, mark, query = spelled.replace("\\", "/").partition("?")
            joined = quote(path, safe=_KEPT_IN_PATH) + mark + quote(query, safe=_KEPT_IN_QUERY)
            spelled = str(location.url.join(URL(joined, encoded=True)))
    except MALFORMED:
        raise blocked("redirect to something malformed") from None
    there = locate(spelled, trusted_origins=trusted_origins)
    if location.url.scheme == "https" and there.url.scheme != "https":
        raise blocked("redirect from https to http")
    if there.url.origin() == location.url.origin() and not there.login:
        return replace(there, login=location.login)
    return there


def blocked(detail: str) -> Rejected:
    """Make the error for an address that may not be called."""
    return Rejected(Code.DOWNLOAD_BLOCKED, BLOCKED, detail=f"address refused: {detail}")


def _normalised(text: str) -> URL:
    """Return what a browser would call.  Raises ValueError."""
    clean = _REMOVED.sub("", text.strip(_STRIPPED)).partition("#")[0]
    parts = _PARTS.fullmatch(clean) if len(clean) <= LONGEST_URL else None
    authority = _AUTHORITY.fullmatch(parts[2]) if parts else None
    if parts is None or authority is None:
        raise ValueError("no address")
    host = _ascii_host(authority["host"])
    port = f":{authority['port']}" if authority["port"] else ""
    path = quote(parts[3].replace("\\", "/"), safe=_KEPT_IN_PATH)
    query = quote(parts[4] or "", safe=_KEPT_IN_QUERY)
    login = f"{quote(authority['login'], safe='%:')}@" if authority["login"] else ""
    return URL(f"{parts[1].lower()}://{login}{host}{port}{path}{query}", encoded=True)


def _ascii_host(host: str) -> str:
    """Return *host* as it is looked up: percent-decoded, in IDNA, numbers as an IPv4 address."""
    if host.startswith("["):
        return host
    name = URL.build(scheme="https", host=unquote(host, errors="strict")).raw_host or ""
    if not _HOST.fullmatch(name):
        raise ValueError("no host")
    return str(_address(name) or name)


def _address(host: str) -> IPAddress | None:
    """Return the address that *host* spells, `127.1` and `0x7f000001` included; None for a name."""
    if ":" in host or not _NUMBER.fullmatch(host):
        return parse_literal(host)
    try:
        return IPv4Address(socket.inet_aton(host.removesuffix(".")))
    except OSError:
        raise ValueError("no IPv4 address") from None
