"""An order as the inputs of a hosted model, whose names each model chooses itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from mobart.core.orders import Order
from mobart.providers.aspect import size_of
from mobart.providers.repeatable import SIGNED_MASK, keyed_seed

IMAGE_SIZE = "image_size"
"""The one name of an input for the aspect ratio that takes pixels instead of a ratio."""
PIXELS = 1024 * 1024
LIST = "[]"
STEP = 16
"""Widths and heights are multiples of it, in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Names of a model's inputs; "" for one that it does not have.

    *defaults* are inputs that every order gets, unless its preset says otherwise; *key* makes seeds.
    """

    key: str = field(default="", repr=False)
    prompt: str = "prompt"
    negative: str = ""
    """Where there is none, the prompt says what must not be seen."""
    aspect_ratio: str = ""
    seed: str = ""
    reference: str = ""
    """The input for the address of a picture to go by; with `[]` at its end, a list of them."""
    defaults: Mapping[str, object] = field(default_factory=dict)

    def message(self, order: Order) -> dict[str, object]:
        """Write the inputs: the preset's parameters win over all but the prompt.

        Where the model takes a seed and the preset chose none, it is the order's own.
        """
        inputs: dict[str, object] = dict(self.defaults)
        if self.aspect_ratio and order.aspect_ratio:
            inputs[self.aspect_ratio] = self._shape(order.aspect_ratio)
        if self.negative and order.negative:
            inputs[self.negative] = order.negative
        inputs |= order.parameters
        if self.reference and order.reference is not None:
            address, many = order.reference.address, self.reference.endswith(LIST)
            inputs[self.reference.removesuffix(LIST)] = [address] if many else address
        if self.seed:
            inputs.setdefault(self.seed, self._seed_of(order))
        inputs[self.prompt] = self._prompt_of(order)
        return inputs

    def are_of(self, order: Order, inputs: Mapping[str, object]) -> bool:
        """Return whether *inputs* are those of *order*, and surely of no other: its seed, its prompt."""
        known = inputs.get(self.seed), inputs.get(self.prompt)
        return bool(self.seed) and known == (self._seed_of(order), self._prompt_of(order))

    def _prompt_of(self, order: Order) -> str:
        return order.prompt if self.negative else with_negative(order)

    def _seed_of(self, order: Order) -> int:
        return keyed_seed(order, self.key) & SIGNED_MASK

    def _shape(self, ratio: str) -> object:
        if self.aspect_ratio != IMAGE_SIZE:
            return ratio
        width, height = size_of(ratio, area=PIXELS, step=STEP)
        return {"width": width, "height": height}


def inputs_of(settings: BaseModel, prefix: str, key: str) -> Inputs:
    """Return the inputs that the settings name whose own names begin with *prefix*."""

    def setting(name: str) -> str:
        return str(getattr(settings, f"{prefix}_{name}"))

    return Inputs(
        key=key,
        prompt=setting("prompt_field"),
        negative=setting("negative_field"),
        aspect_ratio=setting("aspect_ratio_field"),
        seed=setting("seed_field"),
        reference=setting("reference_field"),
        defaults=json.loads(setting("input")),
    )


def with_negative(order: Order) -> str:
    """Write the prompt with what must not be seen, for models that have no input for it."""
    return f"{order.prompt}\n\nAvoid: {order.negative}" if order.negative else order.prompt


def reference_secrets(order: Order) -> tuple[str, ...]:
    """Return what of a picture to go by must stay out of errors: its address may be signed."""
    return () if order.reference is None else (order.reference.address,)
