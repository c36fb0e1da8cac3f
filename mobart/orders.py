"""What a provider is asked for: a request in the words that this provider understands."""

from dataclasses import dataclass, replace

from mobart.domain import GenerationRequest, Order
from mobart.ports import ImageProvider
from mobart.prompts import PromptRules


@dataclass(frozen=True, slots=True)
class Orders:
    """Writes orders; *rules* say what of a player's prompt is submitted."""

    rules: PromptRules

    def order(self, request: GenerationRequest, provider: ImageProvider) -> Order:
        """Return what *provider* gets for *request*.  Raises Rejected."""
        rules = self.rules
        if not provider.capabilities.flags and rules.treatment == "allow":
            rules = replace(rules, treatment="strip")
        return Order(request.request_id, request.user_id, rules.clean(request.prompt))
