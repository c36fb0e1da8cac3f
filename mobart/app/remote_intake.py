"""How a command takes part without the settings of a worker: by what Redis hands on to one."""

import json
from dataclasses import dataclass

from redis.asyncio import Redis

from mobart.core import wire
from mobart.core.domain import GenerationRequest
from mobart.core.ports import Acceptance
from mobart.journal.failures import translated
from mobart.journal.keys import Keys

LARGEST = 2**20
"""Bytes and characters of a request from here; the worker has limits of its own."""


@dataclass(frozen=True, slots=True)
class RemoteIntake:
    """An `Admitting` that judges nothing: the worker that claims a request does, and tells its end."""

    redis: Redis
    keys: Keys
    cancel_channel: str

    def parse(self, payload: bytes) -> GenerationRequest:
        """See `Admitting`."""
        return wire.parse_request(payload, max_bytes=LARGEST, max_prompt_chars=LARGEST)

    def judge(self, request: GenerationRequest) -> None:
        """Leave it to the worker."""

    def judge_preset(self, request: GenerationRequest) -> None:
        """Leave it to the worker."""

    def traced(self, request: GenerationRequest) -> GenerationRequest:
        """Leave it to the worker."""
        return request

    async def admit(self, request: GenerationRequest) -> Acceptance:
        """Put *request* into the stream, where it waits for a worker.  Raises Unavailable."""
        with translated():
            await self.redis.xadd(self.keys.requests, {"request": wire.encode_request(request)})
        return Acceptance.ACCEPTED

    async def cancel(self, request_id: str) -> None:
        """See `Admitting`."""
        await self.publish_cancellation(request_id)

    async def publish_cancellation(self, request_id: str) -> int:
        """Ask to drop a request; return how many workers heard it.  Raises Unavailable."""
        with translated():
            message = json.dumps({"request_id": request_id})
            heard: int = await self.redis.publish(self.cancel_channel, message)
        return heard
