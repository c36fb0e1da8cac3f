"""Ids and seeds that follow from an order, so that a repeated or lost submit is recognised."""

import hashlib
import hmac
import uuid

from mobart.core.orders import Order

NAMESPACE = uuid.UUID("b1c6f1d2-6a0e-5f0c-9d6e-3f1f7c0a4b11")
SEED_MASK = 0xFFFF_FFFF
"""Not every generator takes more than 32 bits."""
SIGNED_MASK = 0x7FFF_FFFF
"""Nor do hosted models, whose seeds are often signed."""


def id_of(order: Order) -> str:
    """Return the id of *order*, the same for every submit of it."""
    return str(_uuid(order))


def key_headers(order: Order) -> dict[str, str]:
    """Return the header by which an API that knows it recognises a repeated submit."""
    return {"Idempotency-Key": id_of(order)}


def seed_of(order: Order) -> int:
    """Return the seed of *order*, the same for every submit of it."""
    return _uuid(order).int & SEED_MASK


def keyed_seed(order: Order, key: str) -> int:
    """Return a 32-bit seed that nobody can foresee who does not have *key*, the API's."""
    message = f"mobart:seed:{order.request_id}".encode()
    return int.from_bytes(hmac.digest(key.encode(), message, hashlib.sha256)[:4])


def _uuid(order: Order) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"{order.user_id}/{order.request_id}")
