"""Addresses of pictures, judged before anybody is called.

Stricter than RFC 3986, so that no two readers can disagree about which host is meant.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from yarl import URL

from mobart.core.errors import Code, Rejected
from mobart.downloads.addresses import is_refused, parse_literal

BLOCKED = "The picture's address is not one that may be fetched."
LONGEST_URL = 4096
MALFORMED = (ValueError, IndexError)
"""What yarl raises; the latter where brackets stand before an at sign and no host behind it."""

_SHAPE = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    r"(?:[/?][!-~]*)?",
    re.IGNORECASE,
)
_NEVER = re.compile(r"[\\#@]")
"""A backslash or an at sign moves the host for some readers; a fragment has no business here."""


@dataclass(frozen=True, slots=True)
class Location:
    """An address that may be called; the query stays as it came, byte for byte."""

    url: URL
    trusted: bool
    """It belongs to the provider's own API, as the operator configured it."""


def origin_of(url: str) -> str:
    """Return scheme, host and port of *url*, for comparing; raises ValueError if it has none."""
    return str(URL(url).origin())


def locate(text: str, *, trusted_origins: AbstractSet[str]) -> Location:
    """Judge the address *text*.

    Raises:
        Rejected: it may not be called.

    """
    shape = _SHAPE.fullmatch(text) if len(text) <= LONGEST_URL else None
    if shape is None or _NEVER.search(text):
        raise blocked("malformed")
    try:
        url = URL(text, encoded=True)
        trusted = origin_of(str(url.origin())) in trusted_origins
    except MALFORMED:
        raise blocked("malformed") from None
    if trusted:
        return Location(url, trusted=True)
    if url.scheme != "https":
        raise blocked("not https")
    literal = parse_literal(shape["host"])
    if literal is not None and is_refused(literal):
        raise blocked("a private or special address")
    return Location(url, trusted=False)


def follow(location: Location, target: str, *, trusted_origins: AbstractSet[str]) -> Location:
    """Judge the redirect from *location* to *target* as any address, and never to less security."""
    try:
        text = str(location.url.join(URL(target, encoded=True)))
    except MALFORMED:
        raise blocked("redirect to something malformed") from None
    there = locate(text, trusted_origins=trusted_origins)
    if location.url.scheme == "https" and there.url.scheme != "https":
        raise blocked("redirect from https to http")
    return there


def blocked(detail: str) -> Rejected:
    """Make the error for an address that may not be called."""
    return Rejected(Code.DOWNLOAD_BLOCKED, BLOCKED, detail=f"address refused: {detail}")
