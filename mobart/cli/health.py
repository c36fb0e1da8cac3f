"""The container's health check; it imports next to nothing, so that it is done in no time."""

import os
import sys

from mobart.cli import EX_FAILED
from mobart.web.probe import probe

ANYWHERE = dict.fromkeys(("0.0.0.0", "::"), "127.0.0.1")  # noqa: S104 - listened on, not asked
"""Of both families, where most networks of containers have no IPv6, not even of their own."""


def health(*, as_json: bool = False) -> int:
    """Ask /healthz of the worker on this machine."""
    host = os.environ.get("MOBART_HTTP_HOST") or "127.0.0.1"
    port = os.environ.get("MOBART_HTTP_PORT") or "8081"
    if "://" not in (own := os.environ.get("MOBART_PROBE_PORT") or "://"):
        host, port = os.environ.get("MOBART_PROBE_HOST") or host, own
    port = "8081" if "://" in port else port  # Kubernetes' variable of a Service called mobart-http
    well = probe(f"http://{ANYWHERE.get(host, host)}:{port}/healthz")
    if as_json:
        sys.stdout.write('{"healthy": true}\n' if well else '{"healthy": false}\n')
    return 0 if well else EX_FAILED
