"""The messages to LegNext, and its list of active jobs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mobart.core.orders import Order
from mobart.providers.callback import CallbackAddress
from mobart.providers.fields import list_of, object_of, task_id_of
from mobart.providers.midjourney import prompt_of
from mobart.providers.piapi.messages import has_seed, is_of, seeded

IDS = ("job_id", "task_id", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diffusion:
    """Writes the body of `POST /v1/diffusion`; its callbacks send no header of ours.

    *key* makes the seeds by which a job is recognised.
    """

    key: str
    aspect_ratio: str | None = None
    callback: CallbackAddress | None = None

    def message(self, order: Order) -> dict[str, object]:
        """Write it."""
        message: dict[str, object] = {"text": seeded(self._prompt(order), order, self.key)}
        if self.callback is not None:
            message["callback"] = self.callback.proving_url(order.request_id)
        return message

    def recognises(self, order: Order, job: object) -> bool:
        """Return whether a job is of this request, and surely of no other."""
        address = self.callback.proving_url(order.request_id) if self.callback else ""
        plain = self._prompt(order)
        prompt = "" if has_seed(plain) else seeded(plain, order, self.key)
        return is_of(job, address=address, prompt=prompt)

    def _prompt(self, order: Order) -> str:
        return prompt_of(order, aspect_ratio=order.aspect_ratio or self.aspect_ratio or "")


def active_jobs(body: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """List id and description of the jobs in `/account/active_tasks`.

    The answer groups them by model, each with counts and a list; what stands in the list is not
    documented, so ids are taken from texts as well as from objects.
    """
    groups = [body, object_of(body, "data"), *object_of(body, "data").values(), *body.values()]
    for group in groups:
        for entry in list_of(group, "active_tasks"):
            ids = [entry.get(name) for name in IDS] if isinstance(entry, Mapping) else [entry]
            job_id = next(filter(None, map(task_id_of, ids)), None)
            if job_id is not None:
                yield job_id, entry
