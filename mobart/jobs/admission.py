"""Validates requests from the channel and the stream, and admits or refuses them."""

from dataclasses import dataclass
from typing import Literal

from mobart.core import wire
from mobart.core.domain import Failed, GenerationRequest, Refusal
from mobart.core.errors import Rejected
from mobart.core.events import LogEvent
from mobart.core.ports import Acceptance, Intake, Observer
from mobart.core.wire import InvalidRequest
from mobart.jobs.cancellation import Cancellations
from mobart.jobs.spec import SpecResolver

Transport = Literal["channel", "stream"]
EVENT_OF = {
    Acceptance.ACCEPTED: LogEvent.REQUEST_ACCEPTED,
    Acceptance.REPEATED: LogEvent.REQUEST_REPEATED,
    Acceptance.REPLAYED: LogEvent.REQUEST_REPLAYED,
    Acceptance.CONFLICTED: LogEvent.REQUEST_CONFLICTED,
}


@dataclass(frozen=True, slots=True)
class Admission:
    """Reads messages, accepts the good requests and refuses the others."""

    intake: Intake
    observer: Observer
    resolver: SpecResolver
    cancellations: Cancellations
    max_bytes: int
    """Largest message."""
    max_prompt_chars: int

    async def on_message(self, payload: bytes) -> None:
        """Take in one message of the requests channel.  Raises Unavailable."""
        try:
            request = self.parse(payload)
        except InvalidRequest as no:
            await self.refuse(no, no, payload, transport="channel")
            return
        try:
            self.resolver.resolve(request)
        except Rejected as no:
            await self.refuse(no, request, payload, transport="channel")
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
                self.cancellations.start(cancellation.ticket)

    def parse(self, payload: bytes) -> GenerationRequest:
        """Read one message, without judging what it asks for.  Raises InvalidRequest."""
        return wire.parse_request(
            payload,
            max_bytes=self.max_bytes,
            max_prompt_chars=self.max_prompt_chars,
        )

    async def refuse(
        self,
        no: Rejected,
        sender: GenerationRequest | InvalidRequest,
        payload: bytes,
        *,
        transport: Transport,
    ) -> None:
        """Refuse a message, and announce it if *sender* can be addressed.  Raises Unavailable."""
        outcome = Failed.because(no, paid=False)
        refusal = Refusal(sender.request_id, sender.user_id, outcome, no.reason)
        announced = await self.intake.refuse(refusal, payload=payload)
        self.observer.note(
            LogEvent.REQUEST_REFUSED,
            request_id=refusal.request_id,
            code=str(no.code),
            reason=no.reason,
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
        """Log what became of a request."""
        self.observer.note(
            EVENT_OF[acceptance],
            request_id=request.request_id,
            transport=transport,
            prompt=request.prompt,
        )
