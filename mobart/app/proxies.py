"""The proxies of the environment: one rule for S3, the providers and the backend.

HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY (or in small letters) mean what they mean to Python
and curl.  This machine itself is never asked through a proxy.  Pictures are always fetched directly:
what guards against forged addresses has to see the address that is connected to.
"""

import ipaddress
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from mobart.core.addresses import http_url, passwords_in

VARIABLES = {"http": "HTTP_PROXY", "https": "HTTPS_PROXY", "all": "ALL_PROXY"}


def proxy_of(url: str) -> str | None:
    """Return the address of the proxy through which *url* is asked; None if there is none."""
    parts = urlsplit(url)
    host, proxies = parts.hostname or "", getproxies_environment()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or _is_here(host) or proxy_bypass(host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def proxy_problems() -> list[str]:
    """Return what is wrong with the proxies of the environment, one readable line each."""
    proxies = getproxies_environment()
    found = []
    for name in VARIABLES.keys() & {name for name, value in proxies.items() if value}:
        value = proxies[name]
        try:
            http_url(value if "://" in value else f"http://{value}")
        except ValueError as error:
            found.append(f"{VARIABLES[name]}: {error}")
    return sorted(found)


def proxy_remarks() -> list[str]:
    """Return what an operator should know where there is a proxy."""
    names = sorted(VARIABLES[name] for name in VARIABLES.keys() & getproxies_environment().keys())
    if not names:
        return []
    used = "is used for S3, providers and the backend where NO_PROXY does not name their hosts"
    return [f"{', '.join(names)}: {used}; pictures are fetched directly"]


def proxy_secrets() -> list[str]:
    """Return the passwords of the proxies, for the log to mask."""
    return [word for proxy in getproxies_environment().values() for word in passwords_in(proxy)]


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
