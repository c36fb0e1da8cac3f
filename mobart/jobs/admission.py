"""What every message goes through, at whichever door it came in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mobart.core import wire
from mobart.core.domain import GenerationRequest, Ticket
from mobart.core.events import LogEvent
from mobart.core.ports import Acceptance, Intake, Observer
from mobart.core.wire import Refusal

Transport = Literal["channel", "stream"]
Validator = Callable[[GenerationRequest], Refusal | None]
EVENT_OF = {
    Acceptance.ACCEPTED: LogEvent.REQUEST_ACCEPTED,
    Acceptance.REPEATED: LogEvent.REQUEST_REPEATED,
    Acceptance.REPLAYED: LogEvent.REQUEST_REPLAYED,
    Acceptance.CONFLICTED: LogEvent.REQUEST_CONFLICTED,
}


@dataclass(frozen=True, slots=True)
class Admission:
    """Reads messages, takes requests in, turns the rest away."""

    intake: Intake
    observer: Observer
    max_bytes: int
    max_prompt_chars: int
    validators: tuple[Validator, ...] = ()
    """Asked in order about a well-formed request; the first refusal counts."""
    cancel_generation: Callable[[Ticket], None] = lambda _: None
    """Told of generations that are paid and no longer wanted; returns at once."""

    async def on_message(self, payload: bytes) -> None:
        """Take in one message of the requests channel.  Raises Unavailable."""
        request = self.read(payload)
        if isinstance(request, Refusal):
            await self.refuse(request, payload, transport="channel")
            return
        self.log_acceptance(await self.intake.accept(request), request, transport="channel")

    async def on_cancellation(self, payload: bytes) -> None:
        """Take in one message of the cancel channel.  Raises Unavailable."""
        request_id = wire.parse_cancellation(payload, max_bytes=self.max_bytes)
        if request_id is None:
            return
        cancellation = await self.intake.cancel(request_id)
        if cancellation is not None:
            self.observer.note(LogEvent.REQUEST_CANCELLED, request_id=request_id)
            if cancellation.ticket is not None:
                self.cancel_generation(cancellation.ticket)

    def read(self, payload: bytes) -> GenerationRequest | Refusal:
        """Parse and judge one message."""
        request = self.parse(payload)
        if isinstance(request, Refusal):
            return request
        return self.validate(request) or request

    def parse(self, payload: bytes) -> GenerationRequest | Refusal:
        """Read one message that may be a known request's, so that nobody objects to it any more."""
        return wire.parse_request(
            payload,
            max_bytes=self.max_bytes,
            max_prompt_chars=self.max_prompt_chars,
        )

    def validate(self, request: GenerationRequest) -> Refusal | None:
        """Return why a well-formed request is turned away, if it is."""
        refusals = (objection(request) for objection in self.validators)
        return next((refusal for refusal in refusals if refusal is not None), None)

    async def refuse(self, refusal: Refusal, payload: bytes, *, transport: Transport) -> None:
        """Refuse a message, aloud if somebody can be addressed.  Raises Unavailable."""
        announced = await self.intake.refuse(refusal, payload=payload)
        self.observer.note(
            LogEvent.REQUEST_REFUSED,
            request_id=refusal.request_id,
            code=str(refusal.code),
            reason=refusal.reason,
            transport=transport,
            bytes=len(payload),
            announced=announced,
        )

    def log_acceptance(
        self,
        acceptance: Acceptance,
        request: GenerationRequest,
        *,
        transport: Transport,
    ) -> None:
        """Note what became of a request."""
        self.observer.note(
            EVENT_OF[acceptance],
            request_id=request.request_id,
            transport=transport,
            prompt=request.prompt,
        )
