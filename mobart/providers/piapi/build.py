"""PiAPI from the settings."""

from mobart.providers.piapi.answers import reading
from mobart.providers.piapi.client import PiApi
from mobart.providers.piapi.messages import Imagine
from mobart.providers.spec import Door, Kit, Listing, Stock
from mobart.settings import revealed


def build(kit: Kit) -> Stock:
    """Build it, with a door if it can call back."""
    settings, api = kit.settings, PiApi.api
    key = revealed(settings.piapi_api_key) or ""
    callback = kit.callback(api.provider, key)
    client = PiApi(
        api_url=settings.piapi_api_url,
        api_key=key,
        clock=kit.clock,
        writer=Imagine(
            key=key,
            process_mode=settings.midjourney_process_mode,
            service_mode=settings.piapi_service_mode,
            aspect_ratio=settings.midjourney_aspect_ratio,
            callback=callback,
        ),
        tile=kit.tile,
        submit_timeout=settings.piapi_submit_timeout_seconds,
        generation_timeout=settings.piapi_timeout_seconds,
        schedule=kit.schedule(
            settings.piapi_poll_initial_seconds,
            settings.piapi_poll_max_seconds,
            callback=callback,
        ),
    )
    door = Door(callback.proves, reading(api.name)) if callback else None
    return Stock(client, client.lines, origins=[settings.piapi_api_url], door=door)


LISTING = Listing("PiAPI", "PIAPI_API_URL, PIAPI_API_KEY", build)
