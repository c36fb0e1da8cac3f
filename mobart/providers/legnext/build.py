"""LegNext from the settings."""

from mobart.providers.legnext.dialect import LegNext
from mobart.providers.piapi.answers import reading
from mobart.providers.piapi.messages import Diffusion
from mobart.providers.spec import BuildContext, BuiltProvider, CallbackVerifier, ProviderSpec
from mobart.settings import secret_value


def build(context: BuildContext) -> BuiltProvider:
    """Build it, with a door if it can call back."""
    settings, api = context.settings, LegNext.api
    key = secret_value(settings.legnext_api_key) or ""
    callback = context.callback(api.provider, key)
    client = LegNext(
        api_url=settings.legnext_api_url,
        api_key=key,
        clock=context.clock,
        writer=Diffusion(aspect_ratio=settings.midjourney_aspect_ratio, callback=callback),
        tile=context.tile,
        submit_timeout=settings.legnext_submit_timeout_seconds,
        generation_timeout=settings.legnext_timeout_seconds,
        schedule=context.schedule(
            settings.legnext_poll_initial_seconds,
            settings.legnext_poll_max_seconds,
            callback=callback,
        ),
    )
    verifier = CallbackVerifier(callback.proves, reading(api.name)) if callback else None
    return BuiltProvider(
        client, client.clients, origins=[settings.legnext_api_url], verifier=verifier
    )


SPEC = ProviderSpec("LegNext", "LEGNEXT_API_URL, LEGNEXT_API_KEY", build)
