"""midjourney-proxy from the settings."""

from mobart.core.callbacks import CallbackVerifier
from mobart.providers.mjproxy.client import MidjourneyProxy
from mobart.providers.mjproxy.messages import read_callback
from mobart.providers.spec import BuildContext, BuiltProvider, ProviderSpec
from mobart.settings import secret_value


def build(context: BuildContext) -> BuiltProvider:
    """Build the client, and a callback verifier if there is an address and a key to prove calls by.

    It is looked at as often as one that does not call: calls are not repeated, resellers drop them.
    """
    settings = context.settings
    key = secret_value(settings.mj_proxy_api_key) or ""
    callback = context.callback(MidjourneyProxy.name, key)
    client = MidjourneyProxy(
        api_url=settings.mj_proxy_api_url,
        api_key=key,
        clock=context.clock,
        auth=settings.mj_proxy_auth,
        aspect_ratio=settings.midjourney_aspect_ratio,
        tile=context.tile,
        submit_timeout=settings.mj_proxy_submit_timeout_seconds,
        generation_timeout=settings.mj_proxy_timeout_seconds,
        schedule=context.schedule(
            settings.mj_proxy_poll_initial_seconds, settings.mj_proxy_poll_max_seconds
        ),
        callback=callback,
    )
    verifier = CallbackVerifier(callback.proves, read_callback) if callback else None
    return BuiltProvider(
        client, client.clients, origins=[settings.mj_proxy_api_url], verifier=verifier
    )


SPEC = ProviderSpec("midjourney-proxy", "MJ_PROXY_API_URL, MJ_PROXY_API_KEY, MJ_PROXY_AUTH", build)
