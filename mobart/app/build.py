"""The parts of one worker process, wired: the only place that knows all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from mobart.app.base import Base, build_base
from mobart.app.intake import IntakeParts, build_intake
from mobart.app.pictures import (
    PictureParts,
    build_pictures,
    build_store,
    presets_of,
    reads_raw,
    stores_raw,
)
from mobart.app.providers import ProviderParts, build_providers
from mobart.app.status_page import build_status_page
from mobart.app.web import build_hooks, build_web, build_webhooks
from mobart.app.worker import WorkerBuilder, build_journal
from mobart.jobs.worker import Worker
from mobart.journal.record import RedisJournal
from mobart.settings import Settings
from mobart.web.server import HttpServer
from mobart.webhooks.sender import WebhookSender


@dataclass(frozen=True, slots=True)
class Components:
    """A worker's parts; each got what it needs by keyword, and knows nothing of the settings."""

    base: Base
    providers: ProviderParts
    pictures: PictureParts
    intake: IntakeParts
    journal: RedisJournal
    worker: Worker
    ports: Sequence[HttpServer]
    webhooks: WebhookSender | None


def build(settings: Settings) -> Components:
    """Build everything; nothing is opened yet.

    Raises:
        ValueError: settings that `problems_of` finds fault with.
        OSError: a file of the operator's cannot be read.
    """
    base = build_base(settings)
    raw = {"stores_raw": stores_raw(settings), "reads_raw": reads_raw(settings)}
    presets, store = presets_of(settings), build_store(settings, **raw)
    providers = build_providers(base, store)
    pictures = build_pictures(settings, store, providers.origins)
    intake = build_intake(base, presets, providers)
    journal = build_journal(base)
    worker = WorkerBuilder(base, intake, providers, pictures, journal).worker()
    hooks = build_hooks(providers.verifiers, journal)
    page = build_status_page(base, pictures, intake, journal, presets)
    ports = build_web(base, store, intake.listener, worker, hooks=hooks, page=page)
    return Components(
        base, providers, pictures, intake, journal, worker, ports, build_webhooks(base)
    )
