"""The resolved request: preset, recipe and wording, found once and passed along."""

from dataclasses import dataclass, field, replace

from mobart.art import Recipe
from mobart.core.domain import GenerationRequest, Job, Stage
from mobart.core.errors import Rejected
from mobart.core.orders import Order, Reference
from mobart.core.ports import Claim, ImageProvider
from mobart.jobs.presets import PresetLibrary
from mobart.jobs.references import ReferenceRules
from mobart.jobs.slots import Slot
from mobart.prompts.blocklist import Blocklist
from mobart.prompts.order import Wording
from mobart.prompts.rules import PromptRules
from mobart.prompts.templates import Template


@dataclass(frozen=True, slots=True)
class JobSpec:
    """How the picture of one request is ordered, and then processed."""

    preset: str
    recipe: Recipe
    wording: Wording

    def order_for(self, provider: ImageProvider, reference: Reference | None = None) -> Order:
        """Return what *provider* is asked for."""
        wishes = self.recipe.wishes()
        return self.wording.order_for(provider, wishes=wishes, reference=reference)


@dataclass(slots=True)
class JobContext:
    """All that the steps of one job need to know about it."""

    claim: Claim
    spec: JobSpec
    slot: Slot
    reference: Reference | None = None
    """The picture that the request refers to, once it was fetched."""
    _order: tuple[ImageProvider, Reference | None, Order] | None = None
    """What was asked for last: it is needed again when its duration is looked up."""

    @property
    def request(self) -> GenerationRequest:
        """The request of the job."""
        return self.claim.request

    def order_for(self, provider: ImageProvider) -> Order:
        """Return what *provider* is asked for."""
        known = self._order
        if known is None or known[0] is not provider or known[1] is not self.reference:
            order = self.spec.order_for(provider, self.reference)
            self._order = known = provider, self.reference, order
        return known[2]


@dataclass(frozen=True, slots=True)
class SpecResolver:
    """Looks up what requests ask for, and rejects what may not be asked for."""

    presets: PresetLibrary
    rules: PromptRules
    blocklist: Blocklist
    references: ReferenceRules = field(default_factory=ReferenceRules)

    def resolve(self, request: GenerationRequest) -> JobSpec:
        """Return what *request* comes to.

        Raises:
            Rejected: an unknown preset, an option or a reference that is not allowed, or a prompt
                that must not be submitted.
        """
        recipe = self.presets.recipe_of(request)
        template = self.presets.template_of(request)
        wording = Wording.of(request, template, self.rules)
        self._check_rest(request, template)
        return JobSpec(recipe.preset.name, recipe, wording)

    def check(self, request: GenerationRequest) -> None:
        """Raise Rejected where `resolve` would, without working out what that returns."""
        self.presets.check(request)
        template = self.presets.template_of(request)
        if not self.rules.is_harmless(request.prompt):
            Wording.of(request, template, self.rules)
        self._check_rest(request, template)

    def _check_rest(self, request: GenerationRequest, template: Template) -> None:
        self.references.check(request, template.providers)
        self.blocklist.check(request.prompt)

    def resolve_job(self, job: Job) -> JobSpec:
        """Judge a request once more while it is free to reject it: rules may have changed since.

        A picture that was paid for another request is only processed as the operator asked, or not at all.
        """
        if job.stage is Stage.ACCEPTED:
            return self.resolve(job.request)
        if job.reuses:
            self.presets.check(job.request)
        return self.resolve_begun(job.request)

    def resolve_begun(self, request: GenerationRequest) -> JobSpec:
        """Return what *request* comes to that may be paid already, so it is not rejected any more.

        Rules and presets may have changed since.  Options that are not allowed any more are left
        out, a preset that is gone is replaced by the default one, and the prompt, which is only
        used to find the order at the provider, stays as it came.
        """
        candidates = (
            request,
            replace(request, options={}),
            replace(request, preset=None, options={}),
        )
        for last, candidate in enumerate(candidates, start=1 - len(candidates)):
            try:
                recipe = self.presets.recipe_of(candidate)
                break
            except Rejected:
                if last == 0:
                    raise
        template = self.presets.template_of(request)
        try:
            wording = Wording.of(request, template, self.rules)
        except Rejected:
            wording = Wording.of_raw(request, template)
        return JobSpec(recipe.preset.name, recipe, wording)
