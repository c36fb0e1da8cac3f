"""The request stream's group and entries, and what the scripts tell of a job, and are told."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from mobart.core.domain import GenerationRequest, Job, Picture, Stage, Ticket
from mobart.core.limits import micros
from mobart.core.ports import Claim, Delivery
from mobart.journal.keys import GROUP

KNOWN = (
    *("stage", "epoch", "payer", "right", "provider", "ticket", "price", "correction"),
    *("made_from", "reuses", "kept"),
)
"""Fields of a record that are those of a `Job`; `known.lua` has them as well, and the times."""


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
    raw = fields[b"request"] if b"request" in fields else _misplaced(fields)
    return Delivery(entry.decode(), raw, rescued=rescued)


def _misplaced(fields: Mapping[bytes, bytes]) -> bytes:
    """Return what is refused in place of an entry without our field, to whoever is named in it."""
    told = {
        name.decode(): fields[name].decode(errors="replace")
        for name in (b"request_id", b"user_id")
        if name in fields
    }
    return json.dumps([told]).encode() if told else b"[%b]" % next(iter(fields.values()), b"")


def read_claim(
    delivery: Delivery, request: GenerationRequest, state: Sequence[str], *, at: float
) -> Claim:
    """Return the claim that the script `claim` opened at the monotonic time *at*."""
    accepted, cancelled, *told = state
    claim = read_progress(request, told, at=at)
    claim.entry, claim.accepted, claim.cancelled = delivery.entry, bool(accepted), bool(cancelled)
    return claim


def read_progress(request: GenerationRequest, told: Sequence[str], *, at: float) -> Claim:
    """Read what `tell` of the scripts told at the monotonic time *at*, as a claim without an entry."""
    job, times = read_known(request, told, at=at)
    return Claim(
        job,
        "",
        times.get("claimed_at", at),
        heard_at=times.get("heard_at"),
        paying_at=times.get("paying_at"),
        paid_at=times.get("paid_at"),
    )


def read_known(
    request: GenerationRequest, told: Sequence[str], *, at: float
) -> tuple[Job, dict[str, float]]:
    """Read what `tell` of the scripts told at the monotonic time *at*: a job, and its times."""
    known = dict(zip(told[::2], told[1::2], strict=True))
    times = {name: at - int(age) / 1000 for name, age in known.items() if name.endswith("_at")}
    return read_job(request, known), times


def read_job(request: GenerationRequest, known: Mapping[str, str]) -> Job:
    """Return the job that the fields `KNOWN` of a record say; those that have no value may lack."""
    ticket, price, kept = (known.get(name) for name in ("ticket", "price", "kept"))
    provider = known.get("provider") or ""
    return Job(
        request,
        stage=Stage(known["stage"]),
        epoch=int(known["epoch"]),
        payment_epoch=int(known.get("payer") or 0),
        right=int(known.get("right") or 0),
        provider=provider,
        ticket=Ticket(provider, ticket) if ticket else None,
        price=int(price) / 1_000_000 if price else None,
        correction=bool(known.get("correction")),
        made_from=known.get("made_from") or "",
        reuses=bool(known.get("reuses")),
        kept=Picture.stored(**json.loads(kept)) if kept else None,
    )


def write_known(job: Job, times: Mapping[str, float], *, at: float) -> list[str | bytes | float]:
    """Write a job and its monotonic *times* as `hear` of the scripts takes them at the time *at*."""
    kept = {"key": job.kept.raw_key, "grid": job.kept.grid} if job.kept else None
    fields: dict[str, str | float] = {
        name: int((at - since) * 1000) for name, since in times.items()
    }
    fields |= {
        "stage": str(job.stage),
        "epoch": job.epoch,
        "payer": job.payment_epoch,
        "right": job.right,
        "provider": job.provider,
        "ticket": job.ticket.reference if job.ticket else "",
        "price": write_price(job.price),
        "correction": "1" if job.correction else "",
        "made_from": job.made_from,
        "reuses": "1" if job.reuses else "",
        "kept": json.dumps(kept) if kept else "",
    }
    return [part for name, value in fields.items() if value != "" for part in (name, value)]


def write_price(usd: float | None) -> str:
    """Return a price in millionths of a USD; "" where it is not known."""
    return "" if usd is None else str(micros(usd))
