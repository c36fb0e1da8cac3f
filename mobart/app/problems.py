"""Finds settings that make a start impossible."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from mobart.app.intake import blocklist_of
from mobart.app.pictures import location_of, presets_of
from mobart.app.proxies import proxy_problems
from mobart.app.tls_files import tls_problems
from mobart.app.tracing import tracing_problem
from mobart.core.orders import Order
from mobart.journal.durability import WAIT_SECONDS
from mobart.providers.registry import PROVIDERS, price_of
from mobart.settings import Settings
from mobart.storage.location import find_problems
from mobart.webhooks.endpoint import signers

ANY_ORDER = Order("r", "u", "a cat")


def problems_of(settings: Settings) -> list[str]:
    """Return the problems that make a start impossible, one readable line each."""
    found = [
        *tls_problems(settings.redis_address),
        *proxy_problems(),
        *find_problems(location_of(settings)),
    ]
    try:
        presets_of(settings)
    except (ValueError, OSError) as error:
        found.append(f"MOBART_PRESET, MOBART_PRESETS_FOLDER: {error}")
    try:
        blocklist_of(settings)
    except UnicodeDecodeError:
        found.append("MOBART_BLOCKED_WORDS_FILE: the file is not UTF-8")
    except OSError as error:
        found.append(f"MOBART_BLOCKED_WORDS_FILE: the file cannot be read: {error.strerror}")
    except ValueError as error:
        found.append(f"MOBART_BLOCKED_WORDS_FILE: {error}")
    found += _port_problems(settings)
    found += _lease_problems(settings)
    found += _file_problems(settings)
    found += filter(None, [tracing_problem(settings)])
    for name in settings.providers:
        found += PROVIDERS[name].problems(settings)
    found += _price_problems(settings)
    if settings.mobart_webhook_secret is not None:
        try:
            signers(settings.mobart_webhook_secret.get_secret_value())
        except ValueError as error:
            found.append(f"MOBART_WEBHOOK_SECRET: {error}")
        if settings.go_backend_url is None:
            found.append("GO_BACKEND_URL: is needed by MOBART_WEBHOOK_SECRET")
    return found


def _price_problems(settings: Settings) -> Iterator[str]:
    """Name prices of providers that do not exist, and providers whose price a budget needs."""
    for name in json.loads(settings.mobart_prices):
        provider = name.partition("/")[0]
        if provider not in PROVIDERS:
            yield f"MOBART_PRICES: {provider} is no provider"
    if not settings.mobart_daily_budget_usd:
        return
    for name in settings.providers:
        if price_of(name, settings, ANY_ORDER) is None:
            yield f"MOBART_DAILY_BUDGET_USD: {name} has no price that is known; see MOBART_PRICES"


def _port_problems(settings: Settings) -> Iterator[str]:
    callbacks, probes = settings.mobart_callback_port, settings.mobart_probe_port
    if callbacks == settings.mobart_http_port:
        yield "MOBART_CALLBACK_PORT: is MOBART_HTTP_PORT; leave it out to share that port"
    if probes is not None and probes in {settings.mobart_http_port, callbacks}:
        yield "MOBART_PROBE_PORT: is another port of Mobart; leave it out to share one"


def _lease_problems(settings: Settings) -> Iterator[str]:
    """Name a lease that ends while the right to pay is made safe: half of it has to be left by then."""
    waits = settings.mobart_redis_wait_replicas or settings.mobart_redis_wait_disk
    shortest = 2 * WAIT_SECONDS
    if waits and settings.mobart_lease_seconds <= shortest:
        yield (
            f"MOBART_LEASE_SECONDS: has to be more than {shortest:g} with MOBART_REDIS_WAIT_REPLICAS"
            " or MOBART_REDIS_WAIT_DISK, for which a payment waits up to half as long"
        )


def _file_problems(settings: Settings) -> Iterator[str]:
    """Name what is to be read and is not there; the libraries would blame the network, or nothing."""
    for name in ("AWS_CA_BUNDLE", "SSL_CERT_FILE"):
        path = os.environ.get(name)
        if path and not Path(path).exists():
            yield f"{name}: there is no such file"
    folder = settings.mobart_presets_folder
    if folder and not Path(folder).is_dir():
        yield "MOBART_PRESETS_FOLDER: there is no such folder"
