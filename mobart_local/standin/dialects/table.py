"""The dialects, by the names that providers have in settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from mobart_local.standin import api, faults
from mobart_local.standin.answers import Table
from mobart_local.standin.dialects.automatic1111 import answers as automatic1111_answers
from mobart_local.standin.dialects.automatic1111 import routes as automatic1111
from mobart_local.standin.dialects.comfyui import answers as comfyui_answers
from mobart_local.standin.dialects.comfyui import routes as comfyui
from mobart_local.standin.dialects.fal import answers as fal_answers
from mobart_local.standin.dialects.fal import objects as fal_objects
from mobart_local.standin.dialects.fal import routes as fal
from mobart_local.standin.dialects.mjproxy import answers as mjproxy_answers
from mobart_local.standin.dialects.mjproxy import routes as mjproxy
from mobart_local.standin.dialects.openai import answers as openai_answers
from mobart_local.standin.dialects.openai import routes as openai
from mobart_local.standin.dialects.piapi import answers as piapi_answers
from mobart_local.standin.dialects.piapi import legnext
from mobart_local.standin.dialects.piapi import routes as piapi
from mobart_local.standin.dialects.replicate import answers as replicate_answers
from mobart_local.standin.dialects.replicate import routes as replicate
from mobart_local.standin.dialects.stability import answers as stability_answers
from mobart_local.standin.dialects.stability import routes as stability
from mobart_local.standin.tasks import Task, describe
from mobart_local.standin.urls import API_PATH
from mobart_local.standin.webhook_messages import WebhookMessage


@dataclass(frozen=True, slots=True)
class Dialect:
    """One API: its routes, its answers, the settings of a worker that is to use it, its webhooks."""

    add: Callable[[web.Application], None]
    settings: Callable[[str, str], dict[str, str]]
    """Called with the stand-in's origin and its key; names are those of environment variables."""
    prefix: str
    """What its settings begin with."""
    submits: Table
    polls: Table = field(default_factory=dict)
    """Empty where nothing is polled."""
    write: Callable[[Task, float, str], WebhookMessage] | None = None
    """What a webhook says, given the task, the time and the origin; None: there are none."""


def midjourney_settings(origin: str, key: str) -> dict[str, str]:
    """Point a worker at the stand-in's GoAPI."""
    return {"MIDJOURNEY_API_URL": origin + API_PATH, "MIDJOURNEY_API_KEY": key}


def midjourney_letter(task: Task, now: float, origin: str) -> WebhookMessage:
    """Write what `/fetch` says, with the secret as it came."""
    return WebhookMessage.echoing(task, describe(task, now=now, origin=origin))


DIALECTS: Mapping[str, Dialect] = {
    "midjourney": Dialect(
        api.add_api,
        midjourney_settings,
        prefix="MIDJOURNEY",
        submits=faults.SUBMITS,
        polls=faults.POLLS,
        write=midjourney_letter,
    ),
    "piapi": Dialect(
        piapi.add_api,
        piapi.settings,
        prefix="PIAPI",
        submits=piapi_answers.SUBMITS,
        polls=piapi_answers.POLLS,
        write=piapi.message,
    ),
    "legnext": Dialect(
        legnext.add_api,
        legnext.settings,
        prefix="LEGNEXT",
        submits=piapi_answers.DIFFUSIONS,
        polls=piapi_answers.JOBS,
        write=legnext.message,
    ),
    "midjourney-proxy": Dialect(
        mjproxy.add_api,
        mjproxy.settings,
        prefix="MJ_PROXY",
        submits=mjproxy_answers.SUBMITS,
        polls=mjproxy_answers.POLLS,
        write=mjproxy.write,
    ),
    "openai": Dialect(
        openai.add_api, openai.settings, prefix="OPENAI", submits=openai_answers.SUBMITS
    ),
    "stability": Dialect(
        stability.add_api, stability.settings, prefix="STABILITY", submits=stability_answers.SUBMITS
    ),
    "automatic1111": Dialect(
        automatic1111.add_api,
        automatic1111.settings,
        prefix="AUTOMATIC1111",
        submits=automatic1111_answers.SUBMITS,
    ),
    "comfyui": Dialect(
        comfyui.add_api,
        comfyui.settings,
        prefix="COMFYUI",
        submits=comfyui_answers.SUBMITS,
        polls=comfyui_answers.POLLS,
    ),
    "replicate": Dialect(
        replicate.add_api,
        replicate.settings,
        prefix="REPLICATE",
        submits=replicate_answers.SUBMITS,
        polls=replicate_answers.POLLS,
        write=replicate.message,
    ),
    "fal": Dialect(
        fal.add_api,
        fal.settings,
        prefix="FAL",
        submits=fal_answers.SUBMITS,
        polls=fal_answers.POLLS,
        write=fal_objects.message,
    ),
}


def settings_of(origin: str, key: str, *, initial: float, longest: float) -> dict[str, str]:
    """Point a worker at the stand-in in every dialect, with the waits of somebody in a hurry."""
    found: dict[str, str] = {}
    for dialect in DIALECTS.values():
        found |= dialect.settings(origin, key)
        found[f"{dialect.prefix}_POLL_INITIAL_SECONDS"] = str(initial)
        found[f"{dialect.prefix}_POLL_MAX_SECONDS"] = str(longest)
    return found


def write(task: Task, now: float, origin: str) -> WebhookMessage:
    """Write the webhook of a task in its own dialect."""
    dialect = DIALECTS[task.provider]
    if dialect.write is None:
        raise AssertionError(f"{task.provider} has no webhooks")
    return dialect.write(task, now, origin)
