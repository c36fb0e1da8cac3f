"""LegNext from the settings."""

from mobart.core.callbacks import CallbackVerifier
from mobart.core.setting_types import secret_text
from mobart.providers.goapi.settings import MidjourneySettings
from mobart.providers.legnext.client import LegNext
from mobart.providers.legnext.messages import Diffusion
from mobart.providers.legnext.settings import LegNextSettings
from mobart.providers.piapi.answers import reading
from mobart.providers.piapi.tasks import Connection
from mobart.providers.spec import BuildContext, BuiltProvider, schedule


def build(context: BuildContext) -> BuiltProvider:
    """Build the client, and a callback verifier where the API can reach us."""
    settings, midjourney = context.group(LegNextSettings), context.group(MidjourneySettings)
    key = secret_text(settings.legnext_api_key)
    callback = context.callback(LegNext.api.provider, key)
    connection = Connection(
        url=settings.legnext_api_url.removesuffix("/v1"),
        key=key,
        tile=midjourney.single_tile,
        reference=midjourney.midjourney_reference,
        submit_timeout=settings.legnext_submit_timeout_seconds,
        generation_timeout=settings.legnext_timeout_seconds,
        schedule=schedule(
            settings.legnext_poll_initial_seconds, settings.legnext_poll_max_seconds, callback
        ),
    )
    writer = Diffusion(key=key, aspect_ratio=midjourney.midjourney_aspect_ratio, callback=callback)
    client = LegNext(connection, clock=context.clock, writer=writer)
    reads = reading(LegNext.api.name)
    verifier = CallbackVerifier(callback.proves, reads) if callback else None
    return BuiltProvider(client, client.clients, [settings.legnext_api_url], verifier)
