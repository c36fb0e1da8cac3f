"""The certificates and keys that the address of Redis names."""

import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

from mobart.core.addresses import tls_options


def tls_problems(redis_url: str) -> Iterator[str]:
    """Name the files of the Redis address that cannot be used, by their options."""
    options = tls_options(redis_url)
    for option in ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile"):
        try:
            if option in options:
                _load(option, options)
        except ssl.SSLError as error:
            yield f"REDIS_URL: the file of {option} {error.strerror}"
        except OSError as error:
            yield f"REDIS_URL: the file of {option} cannot be read: {error.strerror}"
    if "ssl_keyfile" in options and "ssl_certfile" not in options:
        yield "REDIS_URL: ssl_keyfile needs ssl_certfile"


def _load(option: str, options: Mapping[str, str]) -> None:
    """Read a file; a certificate with its key.  Raises OSError, of which SSLError is one."""
    path, key = Path(options[option]), options.get("ssl_keyfile")
    text = path.read_bytes()
    if option != "ssl_keyfile" and b"-----BEGIN CERTIFICATE" not in text:
        raise ssl.SSLError(0, "holds no certificate")
    context = ssl.create_default_context()
    if option == "ssl_ca_certs":
        context.load_verify_locations(path)
    elif option == "ssl_certfile" and (key is None or Path(key).is_file()):
        try:  # with the password given, or nobody would stop OpenSSL from asking for it
            context.load_cert_chain(path, key, lambda: options.get("ssl_password", ""))
        except ssl.SSLError as error:
            raise ssl.SSLError(0, "has no key that fits: see ssl_keyfile, ssl_password") from error
