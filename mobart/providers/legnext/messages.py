"""The messages to LegNext."""

from dataclasses import dataclass

from mobart.core.domain import Order
from mobart.providers.callback import CallbackAddress
from mobart.providers.midjourney import prompt_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Diffusion:
    """Writes the body of `POST /diffusion`; its callbacks send no header of ours."""

    aspect_ratio: str | None = None
    callback: CallbackAddress | None = None

    def message(self, order: Order) -> dict[str, object]:
        """Write it."""
        ratio = order.aspect_ratio or self.aspect_ratio or ""
        message: dict[str, object] = {"text": prompt_of(order, aspect_ratio=ratio)}
        if self.callback is not None:
            message["callback"] = self.callback.proving_url(order.request_id)
        return message
