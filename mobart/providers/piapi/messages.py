"""The messages to PiAPI, and how a request's own task is recognised in its history.

PiAPI's history holds the prompt of a task, and nothing of the request that it belongs to.  So each
prompt gets a `--seed` that follows from its request: two players who ask for the same thing have
two prompts, and the picture is as random as it would have been.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mobart.core.orders import Order
from mobart.providers.callback import CallbackAddress
from mobart.providers.fields import task_id_of
from mobart.providers.midjourney import has_parameter, prompt_of, without_reference
from mobart.providers.repeatable import keyed_seed

PARAMETERS = ("process_mode", "service_mode")
"""Parameters that a preset may set, over the settings of the same name."""
ADDRESSES = frozenset({"endpoint", "callback", "webhook_endpoint"})
PROMPTS = frozenset({"prompt", "text"})
"""Fields of a task that repeat what it was submitted with."""
DEEPEST = 8
"""How far into the history tasks are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imagine:
    """Writes the body of PiAPI's `POST /api/v1/task`; *key* makes the seeds."""

    key: str
    process_mode: str | None = None
    service_mode: str | None = None
    aspect_ratio: str | None = None
    callback: CallbackAddress | None = None

    def message(self, order: Order) -> dict[str, object]:
        """Write it; an aspect ratio in the prompt itself is left to the prompt."""
        own = order.parameters
        ratio = order.aspect_ratio or self.aspect_ratio
        process_mode = own.get("process_mode", self.process_mode)
        service_mode = own.get("service_mode", self.service_mode)
        given: dict[str, object] = {"prompt": self.prompt(order)}
        if process_mode:
            given["process_mode"] = process_mode
        if ratio and not has_parameter(order.prompt, "ar", "aspect"):
            given["aspect_ratio"] = ratio
        config: dict[str, object] = {"service_mode": service_mode} if service_mode else {}
        if self.callback is not None:
            endpoint, secret = self.endpoint(order), self.callback.secret(order.request_id)
            config["webhook_config"] = {"endpoint": endpoint, "secret": secret}
        message: dict[str, object] = {"model": "midjourney", "task_type": "imagine", "input": given}
        return message | ({"config": config} if config else {})

    def prompt(self, order: Order) -> str:
        """Return the prompt with a seed of its own, unless it has one."""
        return seeded(prompt_of(order), order, self.key)

    def endpoint(self, order: Order) -> str:
        """Return where the task of this one request calls back; "" if it does not."""
        return "" if self.callback is None else self.callback.url(order.request_id)

    def recognises(self, order: Order, task: object) -> bool:
        """Return whether a task of the history is of this request, and surely of no other."""
        prompt = "" if has_seed(prompt_of(order)) else self.prompt(order)
        return is_of(task, address=self.endpoint(order), prompt=prompt)


def seeded(prompt: str, order: Order, key: str) -> str:
    """Return *prompt* with a seed that follows from the order, unless it has one."""
    return prompt if has_seed(prompt) else f"{prompt} --seed {keyed_seed(order, key)}"


def is_of(task: object, *, address: str, prompt: str) -> bool:
    """Return whether a task was submitted with the callback *address*, or with the *prompt*.

    Both belong to one request alone; "" where there is none.
    """
    return any(
        (name in ADDRESSES and bool(address) and text == address)
        or (name in PROMPTS and bool(prompt) and _folded(text) == _folded(prompt))
        for name, text in _texts(task, DEEPEST)
    )


def tasks_in(body: object, depth: int = DEEPEST) -> Iterator[Mapping[str, object]]:
    """List the tasks in a history, wherever in it: the shape around them is not documented."""
    if isinstance(body, Mapping) and task_id_of(body.get("task_id")) is not None:
        yield body
        return
    if depth:
        for part in _parts(body):
            yield from tasks_in(part, depth - 1)


def _texts(task: object, depth: int) -> Iterator[tuple[str, str]]:
    """List all texts of a task with the names of their fields."""
    named = task.items() if isinstance(task, Mapping) else (("", part) for part in _parts(task))
    for name, value in named:
        if isinstance(value, str):
            yield str(name), value
        elif depth:
            yield from _texts(value, depth - 1)


def _parts(body: object) -> Iterator[object]:
    if isinstance(body, Mapping):
        yield from body.values()
    elif isinstance(body, list):
        yield from body


def has_seed(prompt: str) -> bool:
    """Return whether a prompt has a seed of the player's or the preset's."""
    return has_parameter(prompt, "seed", "sameseed")


def _folded(prompt: str) -> str:
    return " ".join(without_reference(prompt).split()).casefold()
