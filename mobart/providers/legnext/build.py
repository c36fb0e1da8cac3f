"""LegNext from the settings."""

from mobart.providers.legnext.dialect import LegNext
from mobart.providers.piapi.answers import reading
from mobart.providers.piapi.messages import Diffusion
from mobart.providers.spec import Door, Kit, Listing, Stock
from mobart.settings import revealed


def build(kit: Kit) -> Stock:
    """Build it, with a door if it can call back."""
    settings, api = kit.settings, LegNext.api
    key = revealed(settings.legnext_api_key) or ""
    callback = kit.callback(api.provider, key)
    client = LegNext(
        api_url=settings.legnext_api_url,
        api_key=key,
        clock=kit.clock,
        writer=Diffusion(aspect_ratio=settings.midjourney_aspect_ratio, callback=callback),
        tile=kit.tile,
        submit_timeout=settings.legnext_submit_timeout_seconds,
        generation_timeout=settings.legnext_timeout_seconds,
        schedule=kit.schedule(
            settings.legnext_poll_initial_seconds,
            settings.legnext_poll_max_seconds,
            callback=callback,
        ),
    )
    door = Door(callback.proves, reading(api.name)) if callback else None
    return Stock(client, client.lines, origins=[settings.legnext_api_url], door=door)


LISTING = Listing("LegNext", "LEGNEXT_API_URL, LEGNEXT_API_KEY", build)
