"""PiAPI from the settings."""

from mobart.core.callbacks import CallbackVerifier
from mobart.core.setting_types import secret_text
from mobart.providers.goapi.settings import MidjourneySettings
from mobart.providers.piapi.answers import reading
from mobart.providers.piapi.client import PiApi
from mobart.providers.piapi.messages import Imagine
from mobart.providers.piapi.settings import PiApiSettings
from mobart.providers.piapi.tasks import Connection
from mobart.providers.spec import BuildContext, BuiltProvider, schedule


def build(context: BuildContext) -> BuiltProvider:
    """Build the client, and a callback verifier where the API can reach us."""
    settings, midjourney = context.group(PiApiSettings), context.group(MidjourneySettings)
    key = secret_text(settings.piapi_api_key)
    callback = context.callback(PiApi.api.provider, key)
    writer = Imagine(
        key=key,
        process_mode=midjourney.midjourney_process_mode,
        service_mode=settings.piapi_service_mode,
        aspect_ratio=midjourney.midjourney_aspect_ratio,
        callback=callback,
    )
    connection = Connection(
        url=settings.piapi_api_url,
        key=key,
        tile=midjourney.single_tile,
        reference=midjourney.midjourney_reference,
        submit_timeout=settings.piapi_submit_timeout_seconds,
        generation_timeout=settings.piapi_timeout_seconds,
        schedule=schedule(
            settings.piapi_poll_initial_seconds, settings.piapi_poll_max_seconds, callback
        ),
    )
    client = PiApi(connection, clock=context.clock, writer=writer)
    reads = reading(PiApi.api.name)
    verifier = CallbackVerifier(callback.proves, reads) if callback else None
    return BuiltProvider(client, client.clients, [settings.piapi_api_url], verifier)
