"""Replicate from the settings."""

import json

from mobart.providers.inputs import Inputs
from mobart.providers.replicate.client import Replicate
from mobart.providers.replicate.messages import Writer, read_callback
from mobart.providers.signatures import StandardSignature
from mobart.providers.spec import BuildContext, BuiltProvider, CallbackVerifier, ProviderSpec
from mobart.settings import Settings, secret_value


def build(context: BuildContext) -> BuiltProvider:
    """Build it, with a door if it can call back."""
    settings = context.settings
    token = secret_value(settings.replicate_api_token) or ""
    callback = context.callback(Replicate.name, token)
    client = Replicate(
        api_url=settings.replicate_api_url,
        token=token,
        clock=context.clock,
        writer=Writer(
            key=token,
            model=settings.replicate_model,
            inputs=inputs_of(settings),
            callback=callback,
        ),
        submit_timeout=settings.replicate_submit_timeout_seconds,
        generation_timeout=settings.replicate_timeout_seconds,
        schedule=context.schedule(
            settings.replicate_poll_initial_seconds,
            settings.replicate_poll_max_seconds,
            callback=callback,
        ),
    )
    secret = secret_value(settings.replicate_webhook_secret)
    verifies = StandardSignature(secret).verifies if secret else None
    verifier = CallbackVerifier(callback.proves, read_callback, verifies) if callback else None
    return BuiltProvider(
        client, client.clients, origins=[settings.replicate_api_url], verifier=verifier
    )


def inputs_of(settings: Settings) -> Inputs:
    """Return the names that the model has for what it is told."""
    return Inputs(
        prompt=settings.replicate_prompt_field,
        negative=settings.replicate_negative_field,
        aspect_ratio=settings.replicate_aspect_ratio_field,
        seed=settings.replicate_seed_field,
        defaults=json.loads(settings.replicate_input),
    )


SPEC = ProviderSpec("Replicate", "REPLICATE_API_URL, REPLICATE_API_TOKEN, REPLICATE_MODEL", build)
