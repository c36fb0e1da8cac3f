"""Validates requests from the channel and the stream, and admits or refuses them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from mobart.core import wire
from mobart.core.domain import Failed, GenerationRequest, Refusal
from mobart.core.errors import Code, Rejected
from mobart.core.events import LogEvent
from mobart.core.ports import Acceptance, Clock, Intake, Observer
from mobart.core.wire import InvalidRequest
from mobart.jobs.cancellation import Cancellations
from mobart.jobs.crowds import EVENT_OF_MANY, note_together
from mobart.jobs.spec import SpecResolver

Transport = Literal["channel", "stream", "http"]
EVENT_OF = {
    Acceptance.ACCEPTED: LogEvent.REQUEST_ACCEPTED,
    Acceptance.CANCELLED: LogEvent.REQUEST_ACCEPTED,
    Acceptance.REPEATED: LogEvent.REQUEST_REPEATED,
    Acceptance.REPLAYED: LogEvent.REQUEST_REPLAYED,
    Acceptance.CONFLICTED: LogEvent.REQUEST_CONFLICTED,
}
TOLD_SINGLY = 32
"""Requests accepted at once that have a line each; a burst would fill the log's queue otherwise."""
REFUSED_AT_ONCE = 16
"""Refusals under way, each of one or two steps."""
LARGEST = 2**22
"""Bytes up to which an entry of the stream is read whatever the limits are: some milliseconds."""
JUDGED_AT_ONCE = 32
"""Messages read and judged without a pause: some milliseconds."""

CONFLICT = Failed(
    Code.REQUEST_CONFLICT,
    "The request could not be accepted.",
    paid=False,
    hint="The request_id belongs to another prompt or user; use a new one.",
)


class Refused(NamedTuple):
    """A message that is not taken, why, and who can be told."""

    no: Rejected
    sender: GenerationRequest | InvalidRequest
    payload: bytes


Message = tuple[GenerationRequest, bytes]
"""A good message, read and as it came."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Reads messages, accepts the good requests and refuses the others."""

    intake: Intake
    observer: Observer
    resolver: SpecResolver
    cancellations: Cancellations
    clock: Clock
    max_bytes: int
    """Largest message."""
    max_prompt_chars: int
    begin_trace: Callable[[str], str] | None = None
    """Returns the trace context of a request that came without one, by its id; None: none is made."""

    async def on_messages(self, payloads: Sequence[bytes]) -> None:
        """Take in messages of the requests channel, in one step what is good.  Raises Unavailable."""
        good, bad = list[Message](), list[Refused]()
        for number, payload in enumerate(payloads, start=1):
            judged = self._judge(payload)
            if isinstance(judged, Refused):
                bad.append(judged)
            else:
                good.append((judged, payload))
            if number % JUDGED_AT_ONCE == 0:
                await self.clock.sleep(0)  # whatever else goes on here has its turn
        if good:
            acceptances = await self.intake.accept_all([request for request, _ in good])
            await self._conclude_all(acceptances, good)
        for first in range(0, len(bad), REFUSED_AT_ONCE):
            refusals = [
                self.refuse(*refused, transport="channel")
                for refused in bad[first : first + REFUSED_AT_ONCE]
            ]
            await (refusals[0] if len(refusals) == 1 else asyncio.gather(*refusals))

    def _judge(self, payload: bytes) -> GenerationRequest | Refused:
        try:
            request = self.parse(payload)
        except InvalidRequest as no:
            return Refused(no, no, payload)
        try:
            self.resolver.check(request)
        except Rejected as no:
            return Refused(no, request, payload)
        return request

    async def admit(self, request: GenerationRequest) -> Acceptance:
        """Take in an operator's own request.  Raises Rejected or Unavailable."""
        self.resolver.resolve(request)
        acceptance = await self.intake.accept(request)
        self._note(acceptance, request, transport="http")
        return acceptance

    async def on_cancellation(self, payload: bytes) -> None:
        """Take in one message of the cancel channel, which may overtake its request.  Raises Unavailable."""
        request_id = wire.parse_cancellation(payload, max_bytes=self.max_bytes)
        if request_id is not None:
            await self.cancel(request_id)

    async def cancel(self, request_id: str) -> None:
        """Cancel a request, now or as soon as its submit is over.  Raises Unavailable."""
        cancellation = await self.intake.cancel(request_id, free=self.cancellations.router.free)
        if cancellation is not None:
            self.cancellations.conclude(request_id, cancellation)

    def parse(self, payload: bytes) -> GenerationRequest:
        """Read one message, without judging what it asks for.  Raises InvalidRequest."""
        request = wire.parse_request(
            payload,
            max_bytes=self.max_bytes,
            max_prompt_chars=self.max_prompt_chars,
        )
        return self.traced(request)

    def read(
        self, payload: bytes
    ) -> tuple[GenerationRequest | InvalidRequest, InvalidRequest | None]:
        """Read an entry of the stream; return also why it would not be taken in.

        What is only larger than is allowed is read all the same, for `take`.
        """
        try:
            return self.parse(payload), None
        except InvalidRequest as fault:
            no = fault
        try:
            return wire.parse_request(payload, max_bytes=LARGEST, max_prompt_chars=LARGEST), no
        except InvalidRequest:
            return no, no

    async def take(
        self,
        entry: GenerationRequest | InvalidRequest,
        no: InvalidRequest | None,
        payload: bytes,
    ) -> GenerationRequest | None:
        """Return the request of an *entry* as `read` has it; None if it is refused.  Raises Unavailable.

        One that was accepted stays so: the limits may have been higher then, and it may be paid for.
        """
        if isinstance(entry, GenerationRequest) and (
            no is None or await self.intake.has_accepted(entry)
        ):
            return entry
        if no is not None:
            await self.refuse(no, no, payload, transport="stream")
        return None

    def judge(self, request: GenerationRequest) -> None:
        """Raise Rejected if a request asks for what may not be asked for."""
        self.resolver.resolve(request)

    def judge_preset(self, request: GenerationRequest) -> None:
        """Raise Rejected if there is no such preset, or its options make no sense."""
        self.resolver.presets.recipe_of(request)

    def traced(self, request: GenerationRequest) -> GenerationRequest:
        """Give a request a trace if traces are wanted; not if it could not be read again with it."""
        if self.begin_trace is None or request.traceparent:
            return request
        traced = replace(request, traceparent=self.begin_trace(request.request_id))
        return traced if len(wire.encode_request(traced)) <= self.max_bytes else request

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
        announced = announced or await self._answer_conflict(sender, payload)
        self.observer.note(
            LogEvent.REQUEST_REFUSED,
            request_id=refusal.request_id,
            user_id=refusal.user_id,
            code=str(no.code),
            reason=no.reason,
            transport=transport,
            bytes=len(payload),
            announced=announced,
        )

    async def _conclude_all(
        self, acceptances: Sequence[Acceptance], messages: Sequence[Message]
    ) -> None:
        """Log what became of requests; of very many at once those accepted in one line."""
        together = len(acceptances) > TOLD_SINGLY
        if together:
            note_together(self.observer, acceptances, [request for request, _ in messages])
        for acceptance, (request, payload) in zip(acceptances, messages, strict=True):
            if not together or acceptance not in EVENT_OF_MANY:
                await self.conclude(acceptance, request, payload, transport="channel")

    async def conclude(
        self,
        acceptance: Acceptance,
        request: GenerationRequest,
        payload: bytes,
        *,
        transport: Transport,
    ) -> None:
        """Log what became of a request; answer its sender, or cancel it, where that remains to be done.

        Raises Unavailable.
        """
        self._note(acceptance, request, transport=transport)
        if acceptance is Acceptance.CONFLICTED:
            await self._answer_conflict(request, payload)
        elif acceptance is Acceptance.REPLAYED:
            await self.intake.resend(request.request_id)
        elif acceptance is Acceptance.CANCELLED:
            await self.cancel(request.request_id)

    def _note(
        self, acceptance: Acceptance, request: GenerationRequest, *, transport: Transport
    ) -> None:
        self.observer.note(
            EVENT_OF[acceptance],
            request_id=request.request_id,
            user_id=request.user_id,
            transport=transport,
            prompt=request.prompt,
            traceparent=request.traceparent,
        )

    async def _answer_conflict(
        self, sender: GenerationRequest | InvalidRequest, payload: bytes
    ) -> bool:
        """Tell *sender* if its request_id is another request's; return whether that was announced."""
        fingerprint = wire.fingerprint(sender) if isinstance(sender, GenerationRequest) else ""
        refusal = Refusal(sender.request_id, sender.user_id, CONFLICT, reason=None)
        return await self.intake.answer_conflict(refusal, payload=payload, fingerprint=fingerprint)
