"""What a provider is asked for: a request in the words that this provider understands."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from mobart.core.domain import GenerationRequest, Order
from mobart.core.ports import ImageProvider
from mobart.prompts import parameters
from mobart.prompts.rules import PromptRules
from mobart.prompts.templates import PLAIN, Template

FLAGS = "flags"
"""The parameter of a preset that Midjourney's parameters are in."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Writes orders; *rules* say what of a player's prompt is submitted, *template* what around it."""

    rules: PromptRules
    template: Callable[[GenerationRequest], Template] = lambda _: PLAIN

    def order(self, request: GenerationRequest, provider: ImageProvider) -> Order:
        """Return what *provider* gets for *request*.  Raises Rejected."""
        template = self.template(request)
        plain = Order(
            request.request_id,
            request.user_id,
            prompt="",
            negative=template.negative,
            aspect_ratio=template.aspect_ratio,
            parameters=template.parameters.get(provider.name, {}),
        )
        if provider.capabilities.flags:
            return self._flagged(request, template, plain)
        rules = self.rules
        if rules.treatment == "allow":  # for a provider that would draw them
            rules = replace(rules, treatment="strip")
        prompt = _joined(template.before, rules.clean(request.prompt), template.after)
        return replace(plain, prompt=prompt)

    def _flagged(self, request: GenerationRequest, template: Template, plain: Order) -> Order:
        """Put everything into the prompt, the preset's parameters before the player's."""
        clean = self.rules.clean(request.prompt)
        if template == PLAIN:
            return replace(plain, prompt=clean)
        text, found = parameters.split(clean)
        own = str(plain.parameters.get(FLAGS, ""))
        taken = {flag.name for flag in parameters.split(own)[1]}
        taken |= {"no"} if template.negative else set()
        taken |= {"ar"} if template.aspect_ratio else set()
        kept = [str(flag) for flag in found if flag.name not in taken]
        negative = f"--no {template.negative}" if template.negative else ""
        prompt = _joined(template.before, text, template.after, *kept, own, negative)
        return replace(plain, prompt=prompt, negative="")


def _joined(*parts: str) -> str:
    return " ".join(part.strip() for part in parts if part.strip())
