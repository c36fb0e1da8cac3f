"""What jobs need in tests, with the shipped presets and default rules."""

from mobart.art import Recipe
from mobart.core.domain import Failed, Refusal, Ticket
from mobart.core.ports import Claim
from mobart.core.wire import InvalidRequest
from mobart.jobs.cancellation import Cancellations
from mobart.jobs.presets import PresetLibrary
from mobart.jobs.routing import ProviderRouter
from mobart.jobs.spec import JobContext, SpecResolver
from mobart.prompts.blocklist import Blocklist
from mobart.prompts.rules import PromptRules
from mobart.testing.providers import MemoryProvider
from tests.support.fakes import Notes

PRESETS = PresetLibrary.open(basis=Recipe(), default="auto")
RESOLVER = SpecResolver(PRESETS, PromptRules(), Blocklist())


def in_hand(claim: Claim) -> JobContext:
    """Return what a worker knows about a job that it has claimed."""
    return JobContext(claim, RESOLVER.resolve(claim.request))


def refusal_of(no: InvalidRequest) -> Refusal:
    """Return what is announced about a message that is no request."""
    outcome = Failed.because(no, paid=False)
    return Refusal(no.request_id, no.user_id, outcome, no.reason)


class NotedCancellations(Cancellations):
    """Cancellations that are only remembered."""

    def __init__(self) -> None:
        """Remember none yet."""
        super().__init__(ProviderRouter({"memory": MemoryProvider()}), Notes())
        self.started: list[Ticket] = []

    def start(self, ticket: Ticket) -> None:
        """Remember *ticket*."""
        self.started.append(ticket)
