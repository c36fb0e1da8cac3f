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
from mobart.web.scrapes import Scrapes
from mobart.web.server import HttpServer, Probes
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
    settings, host = base.settings, base.settings.mobart_http_host
    own_port, probe_port = settings.mobart_callback_port, settings.mobart_probe_port
    listen = partial(HttpServer, connections=Connections())
    ports: list[HttpServer] = []
    shown = [*page.routes(), *(hooks.routes() if hooks and own_port is None else ())]
    probes = Probes(
        readiness(
            base,
            store,
            draining=lambda: worker.stopping,
            hearing=lambda: listener.hearing,
            rendering=lambda: not worker.rendering.stopped,
        ),
        Scrapes(base.metrics.exposition),
        alive=lambda: not worker.stuck,
        paused=lambda: worker.paused,
    )
    if probe_port is None:
        shown += probes.routes()
    else:
        ports.append(
            listen(probes.routes(), host=settings.mobart_probe_host or host, port=probe_port)
        )
    if port := settings.mobart_http_port:
        ports.append(listen(shown, host=host, port=port, middlewares=[json_errors]))
    if hooks is not None and own_port is not None:
        ports.append(listen(hooks.routes(), host=host, port=own_port))
    return ports


def readiness(
    base: Base,
    store: S3Store,
    *,
    draining: Callable[[], bool] = lambda: False,
    hearing: Callable[[], bool] = lambda: True,
    rendering: Callable[[], bool] = lambda: True,
    max_age: float = MAX_AGE,
) -> Readiness:
    """Build what looks, rarely, whether Redis and S3 answer, and whether the worker goes on."""
    parts: dict[str, Question] = {
        "Redis": partial(server_checks.problem, base.redis.commands, base.redis.permissions),
        "S3": store.reach,
    }
    problems = partial(
        reasons, draining=draining, hearing=hearing, rendering=rendering, dependencies=parts
    )
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
