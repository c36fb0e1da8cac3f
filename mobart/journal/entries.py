"""The request stream's group and entries, and what the script `claim` answers about one."""

import json
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from mobart.core.domain import GenerationRequest, Job, Picture, Stage, Ticket
from mobart.core.limits import micros
from mobart.core.ports import Claim, Delivery
from mobart.journal.keys import GROUP


async def create_group(redis: Redis, stream: str) -> None:
    """Create the consumer group, and the stream if there is none; a group that is there stays."""
    try:
        await redis.xgroup_create(stream, GROUP, id="0", mkstream=True)
    except ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise


def read_delivery(entry: bytes, fields: Any, *, rescued: bool = False) -> Delivery:
    """Return an entry as a delivery; *fields* are a mapping, or names and values in turn."""
    if isinstance(fields, list):
        fields = dict(zip(fields[::2], fields[1::2], strict=True))
    return Delivery(entry.decode(), fields.get(b"request", b""), rescued=rescued)


def read_claim(
    delivery: Delivery, request: GenerationRequest, state: Sequence[str], *, at: float
) -> Claim:
    """Return the claim that the script `claim` opened at the monotonic time *at*."""
    *known, made_from, reuses, kept = state
    stage, epoch, payment_epoch, provider, ticket, correction, *ages, accepted, price = known
    job = Job(
        request,
        stage=Stage(stage),
        epoch=int(epoch),
        payment_epoch=int(payment_epoch),
        provider=provider,
        ticket=Ticket(provider, ticket) if ticket else None,
        price=read_price(price),
        correction=bool(correction),
        made_from=made_from,
        reuses=bool(reuses),
        kept=Picture.stored(**json.loads(kept)) if kept else None,
    )
    claimed, paying, paid = (at - int(age) / 1000 if age else None for age in ages)
    return Claim(
        job,
        delivery.entry,
        at if claimed is None else claimed,
        paying_at=paying,
        paid_at=paid,
        accepted=bool(accepted),
    )


def read_price(micros: str) -> float | None:
    """Return a price in USD; *micros* are its millionths, "" where it is not known."""
    return int(micros) / 1_000_000 if micros else None


def write_price(usd: float | None) -> str:
    """Return a price in millionths of a USD; "" where it is not known."""
    return "" if usd is None else str(micros(usd))
