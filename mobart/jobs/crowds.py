"""What is logged of requests that come in many at once."""

from collections.abc import Sequence

from mobart.core.domain import GenerationRequest
from mobart.core.events import LogEvent
from mobart.core.ports import Acceptance, Observer

EVENT_OF_MANY = {
    Acceptance.ACCEPTED: LogEvent.REQUESTS_ACCEPTED,
    Acceptance.REPEATED: LogEvent.REQUESTS_REPEATED,
}


def note_together(
    observer: Observer, acceptances: Sequence[Acceptance], requests: Sequence[GenerationRequest]
) -> None:
    """Log those that were accepted in one line, and those that were repeated in another."""
    told = {acceptance: list[GenerationRequest]() for acceptance in EVENT_OF_MANY}
    for acceptance, request in zip(acceptances, requests, strict=True):
        if acceptance in told:
            told[acceptance].append(request)
    for acceptance, some in told.items():
        if some:
            observer.note(
                EVENT_OF_MANY[acceptance],
                count=len(some),
                request_ids=" ".join(request.request_id for request in some),
                user_ids=" ".join(request.user_id for request in some),
                transport="channel",
                traceparents=_traceparents(some),
            )


def _traceparents(requests: Sequence[GenerationRequest]) -> str | None:
    """List the traces of requests, `-` for none; None if none has any."""
    if any(request.traceparent for request in requests):
        return " ".join(request.traceparent or "-" for request in requests)
    return None
