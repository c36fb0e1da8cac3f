"""The status page and the HTTP API."""

from collections.abc import Mapping
from functools import partial
from uuid import uuid4

from mobart.app.base import Base
from mobart.app.intake import IntakeParts
from mobart.app.pictures import PictureParts
from mobart.app.web import readiness
from mobart.art import Preset, Recipe
from mobart.jobs.operations import OperatorActions
from mobart.jobs.presets import PresetLibrary
from mobart.journal.record import RedisJournal
from mobart.journal.requests import RedisRequests
from mobart.journal.resolutions import RedisResolutions
from mobart.journal.status import RedisStatus
from mobart.settings import Settings, secret_value
from mobart.web.access import Access
from mobart.web.api.calls import Api
from mobart.web.gate import Gate
from mobart.web.page.overview import Desk
from mobart.web.page.pages import Look, Pages
from mobart.web.page.pictures import Pictures
from mobart.web.page.stream import LiveStream
from mobart.web.readiness import Readiness
from mobart.web.routes import StatusPage, sign_in_form

SHOWN_SIDE = 2048
"""Longest side of a raw picture as it is shown, in pixels."""
PARTS_AGE = 10.0
"""Seconds for which it is not looked again whether Redis and S3 answer."""


def build_status_page(
    base: Base,
    pictures: PictureParts,
    intake: IntakeParts,
    journal: RedisJournal,
    presets: PresetLibrary,
) -> StatusPage:
    """Build it; it listens where the HTTP port does."""
    settings, redis = base.settings, base.redis
    requests = RedisRequests(redis.commands, keys=redis.keys)
    status = RedisStatus(redis.commands, keys=redis.keys, clock=base.clock)
    desk = Desk(requests=requests, status=status, users=status, clock=base.clock)
    access = access_of(settings, base)
    look = Look(
        show_prompts=settings.mobart_ui_show_prompts,
        presets=sorted(presets.presets),
        max_prompt_chars=settings.mobart_max_prompt_chars,
        read_only=access.read_only,
    )
    gate = Gate(access, base.observer, base.clock, sign_in_form(look))
    parts = partial(_parts, readiness(base, pictures.store, max_age=PARTS_AGE))
    pages = Pages(gate, desk, look, parts)
    repaint = partial(_repaint, pictures, settings.mobart_max_source_pixels)
    return StatusPage(
        gate,
        pages,
        Pictures(requests, load=pictures.store.get_raw, repaint=repaint),
        LiveStream(pages.live, clock=base.clock),
        Api(
            desk=desk,
            operations=build_operations(base, intake, journal, requests),
            now=access.now,
            prompts=settings.mobart_ui_show_prompts,
        ),
    )


def access_of(settings: Settings, base: Base) -> Access:
    """Return who may look, and who may change something."""
    return Access(
        token=secret_value(settings.mobart_ui_token) or "",
        host=settings.mobart_http_host,
        now=lambda: base.clock.now().timestamp(),
        hosts=[one.strip().lower() for one in settings.mobart_ui_hosts.split(",") if one.strip()],
    )


def build_operations(
    base: Base, intake: IntakeParts, journal: RedisJournal, requests: RedisRequests
) -> OperatorActions:
    """Build what operators can do, by page, HTTP or command."""
    resolutions = RedisResolutions(base.redis.commands, keys=base.redis.keys, clock=base.clock)
    return OperatorActions(
        admission=intake.admission,
        resolutions=resolutions,
        journal=journal,
        switch=resolutions,
        requests=requests,
        observer=base.observer,
        new_name=lambda: uuid4().hex[:8],
    )


async def _parts(known: Readiness) -> Mapping[str, str]:
    """Return what is wrong with Redis and S3, by name; "" where nothing is."""
    problems = await known.problems()
    found = dict(one.split(": ", 1) for one in problems if ": " in one)
    return {name: found.get(name, "") for name in ("Redis", "S3")}


async def _repaint(pictures: PictureParts, max_pixels: int, raw: bytes) -> bytes:
    """Write a raw picture anew, with nothing done to it but keeping it within our own bounds."""
    preset = Preset(name="as it came")
    recipe = Recipe(
        preset=preset,
        tile=None,
        grids=False,
        max_side=SHOWN_SIDE,
        max_pixels=max_pixels,
        partial=True,
    )
    return (await pictures.renderer.render(raw, recipe)).png
