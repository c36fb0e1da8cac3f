"""The dialects, by the names that providers have in settings; a new one is a folder and a row."""

from collections.abc import Mapping

from mobart_local.standin.dialect import Dialect
from mobart_local.standin.dialects.automatic1111.routes import DIALECT as AUTOMATIC1111
from mobart_local.standin.dialects.comfyui.routes import DIALECT as COMFYUI
from mobart_local.standin.dialects.fal.routes import DIALECT as FAL
from mobart_local.standin.dialects.goapi.routes import DIALECT as GOAPI
from mobart_local.standin.dialects.google.routes import DIALECT as GOOGLE
from mobart_local.standin.dialects.ideogram.routes import DIALECT as IDEOGRAM
from mobart_local.standin.dialects.legnext.routes import DIALECT as LEGNEXT
from mobart_local.standin.dialects.mjproxy.routes import DIALECT as MJPROXY
from mobart_local.standin.dialects.openai.routes import DIALECT as OPENAI
from mobart_local.standin.dialects.piapi.routes import DIALECT as PIAPI
from mobart_local.standin.dialects.pixellab.routes import DIALECT as PIXELLAB
from mobart_local.standin.dialects.replicate.routes import DIALECT as REPLICATE
from mobart_local.standin.dialects.retrodiffusion.routes import DIALECT as RETRODIFFUSION
from mobart_local.standin.dialects.stability.routes import DIALECT as STABILITY
from mobart_local.standin.tasks import Task
from mobart_local.standin.webhook_messages import WebhookMessage

DIALECTS: Mapping[str, Dialect] = {
    "midjourney": GOAPI,
    "piapi": PIAPI,
    "legnext": LEGNEXT,
    "midjourney-proxy": MJPROXY,
    "openai": OPENAI,
    "stability": STABILITY,
    "google": GOOGLE,
    "ideogram": IDEOGRAM,
    "automatic1111": AUTOMATIC1111,
    "comfyui": COMFYUI,
    "replicate": REPLICATE,
    "fal": FAL,
    "retrodiffusion": RETRODIFFUSION,
    "pixellab": PIXELLAB,
}


def settings_of(origin: str, key: str, *, initial: float, longest: float) -> dict[str, str]:
    """Return the settings of a worker for every dialect, polling every *initial* to *longest* s."""
    found: dict[str, str] = {}
    for dialect in DIALECTS.values():
        found |= dialect.settings(origin, key)
        found[f"{dialect.prefix}_POLL_INITIAL_SECONDS"] = str(initial)
        found[f"{dialect.prefix}_POLL_MAX_SECONDS"] = str(longest)
    return found


def webhook_of(task: Task, now: float, origin: str) -> WebhookMessage:
    """Write the webhook of a task in its own dialect."""
    dialect = DIALECTS[task.provider]
    if dialect.webhook is None:
        raise AssertionError(f"{task.provider} has no webhooks")
    return dialect.webhook(task, now, origin)
