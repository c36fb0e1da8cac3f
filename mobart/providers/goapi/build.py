"""Midjourney from the settings."""

from mobart.providers.goapi.client import Midjourney
from mobart.providers.goapi.messages import read_callback
from mobart.providers.spec import Door, Kit, Listing, Stock
from mobart.settings import revealed


def build(kit: Kit) -> Stock:
    """Build it, with a door if it can call back."""
    settings = kit.settings
    key = revealed(settings.midjourney_api_key) or ""
    callback = kit.callback(Midjourney.name, key)
    client = Midjourney(
        api_url=settings.midjourney_api_url,
        api_key=key,
        clock=kit.clock,
        process_mode=settings.midjourney_process_mode,
        aspect_ratio=settings.midjourney_aspect_ratio,
        tile=kit.tile,
        submit_timeout=settings.midjourney_submit_timeout_seconds,
        generation_timeout=settings.midjourney_timeout_seconds,
        schedule=kit.schedule(
            settings.midjourney_poll_initial_seconds,
            settings.midjourney_poll_max_seconds,
            callback=callback,
        ),
        callback=callback,
    )
    door = Door(callback.proves, read_callback) if callback else None
    return Stock(client, client.lines, origins=[settings.midjourney_api_url], door=door)


LISTING = Listing("Midjourney", "MIDJOURNEY_API_URL, MIDJOURNEY_API_KEY", build)
