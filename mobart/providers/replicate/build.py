"""Replicate from the settings."""

from collections.abc import Sequence

from pydantic import BaseModel

from mobart.core.callbacks import CallbackVerifier
from mobart.core.setting_types import group_of, secret_text
from mobart.providers.replicate.client import Replicate
from mobart.providers.replicate.messages import read_callback
from mobart.providers.replicate.settings import ReplicateSettings
from mobart.providers.signatures import StandardSignature
from mobart.providers.spec import BuildContext, BuiltProvider


def build(context: BuildContext) -> BuiltProvider:
    """Build the client, and a callback verifier where the API can reach us."""
    settings = context.group(ReplicateSettings)
    callback = context.callback(Replicate.name, secret_text(settings.replicate_api_token))
    client = Replicate(settings, clock=context.clock, callback=callback)
    signature = _signature(settings)
    verifies = signature.verifies if signature else None
    verifier = CallbackVerifier(callback.proves, read_callback, verifies) if callback else None
    return BuiltProvider(client, client.clients, [settings.replicate_api_url], verifier)


def problems(settings: BaseModel) -> Sequence[str]:
    """Return what is wrong with the signing secret of its webhooks."""
    try:
        _signature(group_of(settings, ReplicateSettings))
    except ValueError as error:
        return [f"REPLICATE_WEBHOOK_SECRET: {error}"]
    return []


def _signature(settings: ReplicateSettings) -> StandardSignature | None:
    secret = secret_text(settings.replicate_webhook_secret)
    return StandardSignature(secret) if secret else None
