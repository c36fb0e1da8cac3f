"""OpenAI from the settings."""

from collections.abc import Sequence

from pydantic import BaseModel

from mobart.core.setting_types import group_of
from mobart.providers.openai.client import OpenAI, is_vendors
from mobart.providers.openai.settings import OpenAISettings
from mobart.providers.spec import BuildContext, BuiltProvider

GATEWAY = (
    "OPENAI_BASE_URL is not OpenAI's own: if what answers there repeats failed requests by itself,"
    " as LiteLLM's proxy does, one order can be paid several times; see docs/providers.md"
)


def build(context: BuildContext) -> BuiltProvider:
    """Build the client, with the raw store behind it; some servers answer with their own address."""
    settings = context.group(OpenAISettings)
    client = OpenAI(settings, clock=context.clock)
    return BuiltProvider(context.stored(client), client.clients, [settings.openai_base_url])


def warnings(settings: BaseModel) -> Sequence[str]:
    """Return what the operator should know of a gateway."""
    url = group_of(settings, OpenAISettings).openai_base_url
    return () if is_vendors(url) else (GATEWAY,)
