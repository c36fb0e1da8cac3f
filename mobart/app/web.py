"""The HTTP port, and the webhooks to the backend."""

from collections.abc import Callable
from functools import partial

import aiohttp

from mobart.app.base import Base
from mobart.app.proxies import proxy_of
from mobart.core.callbacks import CallbackVerifier
from mobart.jobs.worker import Worker
from mobart.journal import server_checks
from mobart.journal.listener import Listener
from mobart.journal.record import RedisJournal
from mobart.journal.scripts import script
from mobart.settings import secret_value
from mobart.storage.s3 import S3Store
from mobart.web.api.errors import json_errors
from mobart.web.connections import Connections
from mobart.web.hooks import Hooks
from mobart.web.readiness import Question, Readiness, reasons
from mobart.web.routes import StatusPage
from mobart.web.server import HttpServer, ProbeServer
from mobart.webhooks.inbox import Inbox
from mobart.webhooks.sender import WebhookSender

MAX_AGE = 0.25
"""Seconds for which an answer of /readyz is repeated, however often it is asked."""


def build_web(
    base: Base,
    store: S3Store,
    listener: Listener,
    worker: Worker,
    *,
    hooks: Hooks | None,
    page: StatusPage,
) -> list[HttpServer]:
    """Build the HTTP ports that are switched on; each listens once it is entered."""
    settings, connections = base.settings, Connections()
    own_port, probe_port = settings.mobart_callback_port, settings.mobart_probe_port
    ports: list[HttpServer] = []
    shown = [*page.routes(), *(hooks.routes() if hooks and own_port is None else ())]
    if settings.mobart_http_port or probe_port is not None:
        host = settings.mobart_probe_host if probe_port is not None else None
        probes = ProbeServer(
            host=host or settings.mobart_http_host,
            port=settings.mobart_http_port if probe_port is None else probe_port,
            readiness=readiness(
                base, store, draining=lambda: worker.stopping, hearing=lambda: listener.hearing
            ),
            exposition=base.metrics.exposition,
            paused=lambda: worker.paused,
            alive=lambda: not worker.stuck,
            more=shown if probe_port is None else (),
            connections=connections,
            middlewares=[json_errors] if probe_port is None else [],
        )
        ports.append(probes)
    if settings.mobart_http_port and probe_port is not None:
        host, port = settings.mobart_http_host, settings.mobart_http_port
        server = HttpServer(
            shown, host=host, port=port, connections=connections, middlewares=[json_errors]
        )
        ports.append(server)
    if hooks is not None and own_port is not None:
        host = settings.mobart_http_host
        ports.append(HttpServer(hooks.routes(), host=host, port=own_port, connections=connections))
    return ports


def readiness(
    base: Base,
    store: S3Store,
    *,
    draining: Callable[[], bool] = lambda: False,
    hearing: Callable[[], bool] = lambda: True,
    max_age: float = MAX_AGE,
) -> Readiness:
    """Build what looks, rarely, whether Redis and S3 answer, and whether the worker goes on."""
    parts: dict[str, Question] = {
        "Redis": partial(server_checks.problem, base.redis.commands),
        "S3": store.reach,
    }
    problems = partial(reasons, draining=draining, hearing=hearing, dependencies=parts)
    return Readiness(ask=problems, clock=base.clock, max_age=max_age)


def build_hooks(verifiers: dict[str, CallbackVerifier], journal: RedisJournal) -> Hooks | None:
    """Build what takes the callbacks of providers; None if none calls back."""
    if not verifiers:
        return None
    return Hooks(verifiers, adopt=journal.adopt, wake=journal.wake)


def build_webhooks(base: Base) -> WebhookSender | None:
    """Build what POSTs completions to the backend; None if that is not switched on."""
    settings, secret = base.settings, secret_value(base.settings.mobart_webhook_secret)
    if settings.go_backend_url is None or secret is None:
        return None
    inbox = Inbox(
        base.redis.commands,
        stream=base.redis.keys.completions,
        consumer=base.name,
        retire=script(base.redis.commands, "retire"),
    )
    return WebhookSender(
        inbox=inbox,
        url=settings.go_backend_url,
        secret=secret,
        http=partial(aiohttp.ClientSession, proxy=proxy_of(settings.go_backend_url)),
        clock=base.clock,
        observer=base.observer,
    )
