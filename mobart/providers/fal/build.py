"""fal from the settings."""

import json

from mobart.providers.fal.client import Fal
from mobart.providers.fal.messages import reading
from mobart.providers.inputs import Inputs
from mobart.providers.spec import BuildContext, BuiltProvider, CallbackVerifier, ProviderSpec
from mobart.settings import secret_value


def build(context: BuildContext) -> BuiltProvider:
    """Build it, with a door if it can call back."""
    settings = context.settings
    key = secret_value(settings.fal_key) or ""
    callback = context.callback(Fal.name, key)
    client = Fal(
        api_url=settings.fal_api_url,
        api_key=key,
        clock=context.clock,
        model=settings.fal_model,
        inputs=Inputs(
            prompt=settings.fal_prompt_field,
            negative=settings.fal_negative_field,
            aspect_ratio=settings.fal_aspect_ratio_field,
            defaults=json.loads(settings.fal_input),
        ),
        submit_timeout=settings.fal_submit_timeout_seconds,
        generation_timeout=settings.fal_timeout_seconds,
        schedule=context.schedule(
            settings.fal_poll_initial_seconds, settings.fal_poll_max_seconds, callback=callback
        ),
        callback=callback,
    )
    verifier = CallbackVerifier(callback.proves, reading(settings.fal_model)) if callback else None
    return BuiltProvider(client, client.clients, origins=[settings.fal_api_url], verifier=verifier)


SPEC = ProviderSpec("fal", "FAL_API_URL, FAL_KEY, FAL_MODEL", build)
