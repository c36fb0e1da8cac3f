"""Midjourney from the settings."""

from mobart.providers.goapi.client import Midjourney
from mobart.providers.goapi.messages import read_callback
from mobart.providers.spec import BuildContext, BuiltProvider, CallbackVerifier, ProviderSpec
from mobart.settings import secret_value


def build(context: BuildContext) -> BuiltProvider:
    """Build it, with a door if it can call back."""
    settings = context.settings
    key = secret_value(settings.midjourney_api_key) or ""
    callback = context.callback(Midjourney.name, key)
    client = Midjourney(
        api_url=settings.midjourney_api_url,
        api_key=key,
        clock=context.clock,
        process_mode=settings.midjourney_process_mode,
        aspect_ratio=settings.midjourney_aspect_ratio,
        tile=context.tile,
        submit_timeout=settings.midjourney_submit_timeout_seconds,
        generation_timeout=settings.midjourney_timeout_seconds,
        schedule=context.schedule(
            settings.midjourney_poll_initial_seconds,
            settings.midjourney_poll_max_seconds,
            callback=callback,
        ),
        callback=callback,
    )
    verifier = CallbackVerifier(callback.proves, read_callback) if callback else None
    return BuiltProvider(
        client, client.clients, origins=[settings.midjourney_api_url], verifier=verifier
    )


SPEC = ProviderSpec("Midjourney", "MIDJOURNEY_API_URL, MIDJOURNEY_API_KEY", build)
