"""PiAPI from the settings."""

from mobart.providers.piapi.answers import reading
from mobart.providers.piapi.client import PiApi
from mobart.providers.piapi.messages import Imagine
from mobart.providers.spec import BuildContext, BuiltProvider, CallbackVerifier, ProviderSpec
from mobart.settings import secret_value


def build(context: BuildContext) -> BuiltProvider:
    """Build it, with a door if it can call back."""
    settings, api = context.settings, PiApi.api
    key = secret_value(settings.piapi_api_key) or ""
    callback = context.callback(api.provider, key)
    client = PiApi(
        api_url=settings.piapi_api_url,
        api_key=key,
        clock=context.clock,
        writer=Imagine(
            key=key,
            process_mode=settings.midjourney_process_mode,
            service_mode=settings.piapi_service_mode,
            aspect_ratio=settings.midjourney_aspect_ratio,
            callback=callback,
        ),
        tile=context.tile,
        submit_timeout=settings.piapi_submit_timeout_seconds,
        generation_timeout=settings.piapi_timeout_seconds,
        schedule=context.schedule(
            settings.piapi_poll_initial_seconds,
            settings.piapi_poll_max_seconds,
            callback=callback,
        ),
    )
    verifier = CallbackVerifier(callback.proves, reading(api.name)) if callback else None
    return BuiltProvider(
        client, client.clients, origins=[settings.piapi_api_url], verifier=verifier
    )


SPEC = ProviderSpec("PiAPI", "PIAPI_API_URL, PIAPI_API_KEY", build)
