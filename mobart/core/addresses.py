"""Judges addresses: of Redis, of HTTP APIs.  No message holds any part of an address.

A password is where most addresses go wrong: a raw `#`, `/` or `?` ends the host's part of it, so
that what remains of the password is taken for a port, a path or a fragment.
"""

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from mobart.core.redis_nodes import SENTINEL_PASSWORD, is_by_way, nodes_of

LARGEST_PORT = 65535
REDIS_SCHEMES = ("redis", "rediss", "unix")
NO_SCHEME = (
    "must begin with redis://, rediss:// or unix://, or with redis+sentinel:// or redis+cluster://"
)
RAW = (
    "a # / or ? stands in its password or path as it is; percent-encode it there: %23 for #,"
    " %2F for /, %3F for ?"
)
BRACKETS = "an IPv6 address stands in brackets, such as [::1]"
CERT_REQS: Mapping[str, str] = {
    "none": "none",
    "cert_none": "none",
    "optional": "optional",
    "cert_optional": "optional",
    "required": "required",
    "cert_required": "required",
}
"""What `ssl_cert_reqs` may be, in any case, and what the client library calls it."""
TLS_OPTIONS = (
    *("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_ca_path"),
    *("ssl_cert_reqs", "ssl_check_hostname", "ssl_password"),
)
OPTIONS = ("db", "username", "password", *TLS_OPTIONS)
"""What may stand behind the ? of a Redis address; other options would undo what Mobart relies on."""
TRUTH: Mapping[str, str] = {"true": "true", "1": "true", "yes": "true"} | {
    "false": "false",
    "0": "false",
    "no": "false",
}


def http_url(value: str) -> str:
    """Return an address of HTTP without slashes at its end.  Raises ValueError."""
    parts = _split(value)
    if parts.scheme not in {"http", "https"}:
        raise ValueError("must be an address that begins with http:// or https://")
    _judge_host(parts)
    if parts.fragment:
        raise ValueError("a # has no place in this address; in a password it is written %23")
    return value.rstrip("/")


def base_url(value: str) -> str:
    """Return an address of HTTP to which paths are added.  Raises ValueError."""
    if "?" in value:  # what is added would become a part of its query
        raise ValueError("a ? has no place in this address; in a password it is written %3F")
    return http_url(value)


def redis_url(value: str) -> str:
    """Return an address of Redis as the client library reads it.  Raises ValueError."""
    if value[:1] in {"'", '"'}:
        raise ValueError("is given with its quotes; leave them out")
    parts = _split(value)
    by_way = is_by_way(parts.scheme)
    if (parts.scheme not in REDIS_SCHEMES and not by_way) or "://" not in value:
        raise ValueError(NO_SCHEME)
    if parts.fragment:
        raise ValueError(RAW)
    options = _options(parts)
    if by_way:
        nodes_of(value)
    elif parts.scheme == "unix":
        _judge_socket(parts)
    else:
        if "," in parts.netloc.rpartition("@")[2]:
            raise ValueError("several hosts are named by redis+sentinel:// or redis+cluster://")
        _judge_host(parts)
        if not re.fullmatch(r"/?|/\d{1,9}/?", parts.path):
            raise ValueError(f"its path is the number of a database, such as /0; or {RAW}")
    # The client library knows its schemes in small letters alone.
    base = f"{parts.scheme}:{value.partition('?')[0].partition(':')[2]}"
    return f"{base}?{urlencode(options)}" if options else base


def redis_host(value: str) -> str:
    """Return a host of Redis as it stands in an address, IPv6 in brackets.  Raises ValueError."""
    if "://" in value or set("/@?#") & set(value):
        raise ValueError("is the name of a host alone; a whole address goes into REDIS_URL")
    bare = value.removeprefix("[").removesuffix("]")
    if ":" not in bare:
        if re.search(r"\s", value) or not bare or bare != value:
            raise ValueError("is not the name of a host")
        return value
    if bare.count(":") == 1:
        raise ValueError("holds a colon; a port goes into REDIS_PORT")
    try:
        parts = urlsplit(f"//[{bare}]")
    except ValueError:
        parts = None
    if parts is None or not parts.hostname:
        raise ValueError("is not an IPv6 address")
    return f"[{bare}]"


def joined_redis_url(host: str, port: int, password: str) -> str:
    """Return the address of database 0, the password encoded."""
    login = f":{quote(password, safe='')}@" if password else ""
    return f"redis://{login}{host}:{port}/0"


def tls_options(url: str) -> dict[str, str]:
    """Return what an address of Redis says of TLS: files, and the password of a key."""
    return {name: value for name, value in parse_qsl(urlsplit(url).query) if name in TLS_OPTIONS}


def passwords_in(url: str) -> list[str]:
    """Return the passwords in an address, as they are and as they are written."""
    try:
        parts = urlsplit(url)
        found = [parts.password or ""]
    except ValueError:
        return []
    options = dict(parse_qsl(parts.query))
    found += [options.get(name, "") for name in ("password", "ssl_password", SENTINEL_PASSWORD)]
    return [text for one in found if one for text in dict.fromkeys((one, unquote(one)))]


def _split(value: str) -> SplitResult:
    if re.search(r"[\s\x00-\x1f\x7f]", value):
        raise ValueError("holds white space or a control character; in a password it is %20")
    try:
        parts = urlsplit(value)
    except ValueError:
        raise ValueError("is not an address: its brackets do not match") from None
    beyond = f"{parts.path}{parts.query}{parts.fragment}"
    if parts.netloc and "@" not in parts.netloc and "@" in beyond and _is_cut(parts):
        raise ValueError(RAW)
    return parts


def _is_cut(parts: SplitResult) -> bool:
    """Whether the host's part looks like the begin of a login: a colon, and no port behind it."""
    if parts.fragment:
        return True
    before, colon, after = parts.netloc.rpartition(":")
    return bool(colon) and (not before or not after.isdecimal())


def _judge_host(parts: SplitResult) -> None:
    host = parts.netloc.rpartition("@")[2]
    if host.count(":") > 1 and not host.startswith("["):
        raise ValueError(BRACKETS)
    try:
        port = parts.port
    except ValueError:
        raise ValueError(f"its port is not a number from 1 to {LARGEST_PORT}") from None
    if port == 0:
        raise ValueError(f"its port is not a number from 1 to {LARGEST_PORT}")
    if not parts.hostname:
        raise ValueError("has no host")


def _judge_socket(parts: SplitResult) -> None:
    if parts.netloc and not parts.netloc.endswith("@"):
        raise ValueError("the path of the socket follows three slashes: unix:///run/redis.sock")
    if parts.path in {"", "/"}:
        raise ValueError("has no path of a socket: unix:///run/redis.sock")


def _options(parts: SplitResult) -> dict[str, str]:
    given = parse_qsl(parts.query, keep_blank_values=True)
    for place, (name, _) in enumerate(given, 1):
        if name not in OPTIONS:  # named by position, because the text may be a secret
            raise ValueError(
                f"option {place} of {len(given)} is none of: {', '.join(OPTIONS)}; or {RAW}"
            )
    options = dict(given)
    if not parts.scheme.startswith("rediss") and set(options) & set(TLS_OPTIONS):
        raise ValueError("options that begin with ssl_ need an address that begins with rediss://")
    if not options.get("db", "0").isdecimal():
        raise ValueError("db is the number of a database")
    if "ssl_cert_reqs" in options:
        options["ssl_cert_reqs"] = _one_of(CERT_REQS, "ssl_cert_reqs", options["ssl_cert_reqs"])
    if "ssl_check_hostname" in options:
        checked = options["ssl_check_hostname"]
        options["ssl_check_hostname"] = _one_of(TRUTH, "ssl_check_hostname", checked)
    return options


def _one_of(known: Mapping[str, str], name: str, value: str) -> str:
    found = known.get(value.lower())
    if found is None:
        raise ValueError(f"{name} is none of: {', '.join(dict.fromkeys(known.values()))}")
    return found
