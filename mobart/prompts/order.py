"""What a provider is asked for: a request in the words that this provider understands."""

from dataclasses import dataclass, replace
from typing import Self

from mobart.core.capabilities import Capabilities, Grammar
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
    rules: PromptRules | None
    """What cleaned it; None where it stays as it came."""

    @classmethod
    def of(cls, request: GenerationRequest, template: Template, rules: PromptRules) -> Self:
        """Clean the prompt of *request*.  Raises Rejected for what must not be submitted."""
        text = plain = rules.clean(request.prompt)
        if rules.treatment == "allow":
            plain = replace(rules, treatment="strip").clean(text)
        return cls(request, template, text, plain_words(plain), rules)

    @classmethod
    def of_raw(cls, request: GenerationRequest, template: Template) -> Self:
        """Return the prompt as it was submitted before the rules changed; only for look-ups."""
        text = request.prompt
        return cls(request, template, text, text, None)

    def order_for(
        self,
        provider: ImageProvider,
        *,
        wishes: Wishes = NO_WISHES,
        reference: Reference | None = None,
    ) -> Order:
        """Return what *provider* gets."""
        template = self.template
        table = template.parameters.get(provider.name, {})
        prompt, negative = self._worded(provider.capabilities, str(table.get(FLAGS, "")))
        return Order(
            self.request.request_id,
            self.request.user_id,
            prompt=prompt,
            negative=negative,
            aspect_ratio=template.aspect_ratio,
            parameters=table,
            wishes=wishes,
            reference=reference,
        )

    def _worded(self, can: Capabilities, flags: str) -> tuple[str, str]:
        """Return the prompt and what is not wanted, for a provider whose preset has *flags*."""
        template = self.template
        if can.grammar is Grammar.MIDJOURNEY:
            return self._with_flags(flags)
        text = self.plain
        if can.grammar is Grammar.STABLE_DIFFUSION and self.rules:
            text = stable_diffusion_or(self.request.prompt, self.rules, text)
        before, after = template.before, template.after
        if can.pixel_art:
            before, after = without_pixel_art(before), without_pixel_art(after)
        return _joined(before, text, after), template.negative

    def _with_flags(self, own: str) -> tuple[str, str]:
        """Put everything into the prompt, the preset's parameters before the player's."""
        template = self.template
        if template == PLAIN:
            return self.text, ""
        text, found = parameters.split(self.text)
        taken = {flag.name for flag in parameters.split(own)[1]}
        taken |= {"no"} if template.negative else set()
        taken |= {"ar"} if template.aspect_ratio else set()
        kept = [str(flag) for flag in found if flag.name not in taken]
        negative = f"--no {template.negative}" if template.negative else ""
        return _joined(template.before, text, template.after, *kept, own, negative), ""


def _joined(*parts: str) -> str:
    return " ".join(part.strip() for part in parts if part.strip())
