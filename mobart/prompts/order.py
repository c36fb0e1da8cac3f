"""What a provider is asked for: a request in the words that this provider understands."""

from dataclasses import dataclass, replace
from typing import Self

from mobart.core.capabilities import Grammar
from mobart.core.domain import GenerationRequest
from mobart.core.orders import NO_WISHES, Order, Reference, Wishes
from mobart.core.ports import ImageProvider
from mobart.prompts import parameters
from mobart.prompts.grammars import plain_words, stable_diffusion_or, without_pixel_art
from mobart.prompts.rules import PromptRules
from mobart.prompts.templates import PLAIN, Template

FLAGS = "flags"
"""The key of a preset's provider table that holds Midjourney's parameters."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A request's prompt as it may be submitted, and the template around it."""

    request: GenerationRequest
    template: Template
    text: str
    """The clean prompt, with the parameters that players may use."""
    plain: str
    """The clean prompt in plain words, for providers that would draw parameters."""
    diffusion: str
    """The clean prompt with Stable Diffusion's escapes and weights."""

    @classmethod
    def of(cls, request: GenerationRequest, template: Template, rules: PromptRules) -> Self:
        """Clean the prompt of *request*.  Raises Rejected for what must not be submitted."""
        text = plain = rules.clean(request.prompt)
        if rules.treatment == "allow":
            plain = replace(rules, treatment="strip").clean(text)
        plain = plain_words(plain)
        diffusion = stable_diffusion_or(request.prompt, rules, plain)
        return cls(request, template, text, plain, diffusion)

    @classmethod
    def of_raw(cls, request: GenerationRequest, template: Template) -> Self:
        """Return the prompt as it was submitted before the rules changed; only for look-ups."""
        text = request.prompt
        return cls(request, template, text, text, text)

    def order_for(
        self,
        provider: ImageProvider,
        *,
        wishes: Wishes = NO_WISHES,
        reference: Reference | None = None,
    ) -> Order:
        """Return what *provider* gets."""
        template = self.template
        order = Order(
            self.request.request_id,
            self.request.user_id,
            prompt="",
            negative=template.negative,
            aspect_ratio=template.aspect_ratio,
            parameters=template.parameters.get(provider.name, {}),
            wishes=wishes,
            reference=reference,
        )
        grammar = provider.capabilities.grammar
        if grammar is Grammar.MIDJOURNEY:
            return self._with_flags(order)
        text = self.diffusion if grammar is Grammar.STABLE_DIFFUSION else self.plain
        before, after = template.before, template.after
        if provider.capabilities.pixel_art:
            before, after = without_pixel_art(before), without_pixel_art(after)
        return replace(order, prompt=_joined(before, text, after))

    def _with_flags(self, order: Order) -> Order:
        """Put everything into the prompt, the preset's parameters before the player's."""
        template = self.template
        if template == PLAIN:
            return replace(order, prompt=self.text)
        text, found = parameters.split(self.text)
        own = str(order.parameters.get(FLAGS, ""))
        taken = {flag.name for flag in parameters.split(own)[1]}
        taken |= {"no"} if template.negative else set()
        taken |= {"ar"} if template.aspect_ratio else set()
        kept = [str(flag) for flag in found if flag.name not in taken]
        negative = f"--no {template.negative}" if template.negative else ""
        prompt = _joined(template.before, text, template.after, *kept, own, negative)
        return replace(order, prompt=prompt, negative="")


def _joined(*parts: str) -> str:
    return " ".join(part.strip() for part in parts if part.strip())
