"""What makes doing it again the same: an id and a seed that an order always has.

For generators of one's own, where a second try costs nothing: it is recognised as the first one, or
at least gives the same picture.
"""

import uuid

from mobart.core.domain import Order

NAMESPACE = uuid.UUID("b1c6f1d2-6a0e-5f0c-9d6e-3f1f7c0a4b11")
SEED_MASK = 0xFFFF_FFFF
"""More than 32 bits, not every generator takes."""


def id_of(order: Order) -> str:
    """Return the id of *order*, whoever submits it and however often."""
    return str(_uuid(order))


def seed_of(order: Order) -> int:
    """Return the seed of *order*."""
    return _uuid(order).int & SEED_MASK


def _uuid(order: Order) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"{order.user_id}/{order.request_id}")
