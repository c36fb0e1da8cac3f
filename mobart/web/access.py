"""Who may look and who may change something: tokens, sessions, and what a browser says of itself.

Without a token nobody changes anything, and only a browser on this machine looks.  With one, a client
brings it as a bearer token, or a browser signs in with it and gets a session: a signed cookie that any
worker with the same token understands.
"""

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

SESSION_SECONDS = 12 * 3600
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")
"""Headers of proxies: what came through one did not come from this machine."""


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches what listens on *host*."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that signed in."""

    expires: int
    nonce: str

    @property
    def name(self) -> str:
        """What the audit log calls it."""
        return f"session {self.nonce[:8]}"


@dataclass(frozen=True, slots=True)
class Access:
    """The rules of one HTTP port that is bound to *host*; *now* returns seconds since 1970."""

    token: str
    host: str
    now: Callable[[], float]
    hosts: Collection[str] = ()
    """Names under which the port is reached beside those of this machine."""
    _key: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Derive the key that signs sessions."""
        key = hashlib.sha256(b"mobart session key\0" + self.token.encode()).digest()
        object.__setattr__(self, "_key", key)

    @property
    def closed(self) -> bool:
        """Whether nobody is let in: there is no token, and others reach the port."""
        return not self.token and not is_loopback(self.host)

    @property
    def read_only(self) -> bool:
        """Whether nothing can be changed."""
        return not self.token

    def trusts_host(self, headers: Mapping[str, str]) -> bool:
        """Whether the request names this server, and not a name that somebody pointed here.

        Without a token that is all that keeps a web page elsewhere from reading this one by DNS
        rebinding.  With a token a session belongs to the name it was made under, so that any name
        will do unless some are given.
        """
        name = _name_in(headers.get("Host", ""))
        if not self.token:
            forwarded = any(header in headers for header in FORWARDED)
            return not forwarded and name in {*LOOPBACK_NAMES, *self.hosts}
        return not self.hosts or name in {*LOOPBACK_NAMES, *self.hosts}

    def is_token(self, given: str) -> bool:
        """Whether *given* is the token, in constant time."""
        return bool(self.token) and _same(given, self.token)

    def bears_token(self, headers: Mapping[str, str]) -> bool:
        """Whether the request brings the token itself."""
        scheme, _, given = headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self.is_token(given.strip())

    def open_session(self) -> tuple[Session, str]:
        """Return a new session, and the cookie's value."""
        session = Session(int(self.now()) + SESSION_SECONDS, secrets.token_hex(16))
        return session, f"{session.expires}.{session.nonce}.{self._sign('session', session)}"

    def session_in(self, cookie: str) -> Session | None:
        """Return the session of a cookie; None if it is forged, or over."""
        expires, _, rest = cookie.partition(".")
        nonce, _, mac = rest.partition(".")
        if not self.token or not (expires.isdecimal() and expires.isascii() and len(expires) < 16):  # noqa: PLR2004
            return None
        session = Session(int(expires), nonce)
        genuine = _same(mac, self._sign("session", session))
        return session if genuine and session.expires > self.now() else None

    def form_key(self, session: Session) -> str:
        """Return what a form of this session must hold."""
        return self._sign("form", session)

    def is_form_key(self, session: Session, given: str) -> bool:
        """Whether a form came from a page of this session."""
        return _same(given, self.form_key(session))

    def comes_from_here(self, headers: Mapping[str, str]) -> bool:
        """Whether a browser says that one of our own pages sent the request."""
        site = headers.get("Sec-Fetch-Site")
        if site is not None and site != "same-origin":
            return False
        origin = headers.get("Origin")
        if origin is not None:
            return origin.lower().partition("://")[2] == headers.get("Host", "").lower()
        return site is not None

    def _sign(self, purpose: str, session: Session) -> str:
        text = f"{purpose}\0{session.expires}\0{session.nonce}".encode(errors="replace")
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()


def _same(given: str, wanted: str) -> bool:
    """Compare in constant time; a header may hold bytes that are no text: half surrogates."""
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())


def _name_in(host: str) -> str:
    """Return the name in a Host header, without its port."""
    name = host.strip().lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0]
