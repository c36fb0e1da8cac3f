"""What the life of a job needs from the world, in the nouns of Mobart.

Each Protocol belongs to its caller and has one contract suite that every implementation passes,
the shipped stand-ins included.  Implementations raise only `mobart.errors`.
"""

from mobart.ports.journal import (
    Acceptance,
    Cancellation,
    Claim,
    Delivery,
    Intake,
    Journal,
    Leases,
    Queue,
    Switch,
)
from mobart.ports.pictures import AssetStore, Downloads, Studio
from mobart.ports.sellers import Bell, Bells, CheckedProvider, ImageProvider, Painter, Roster, Vault
from mobart.ports.surroundings import Announcer, Clock, Observer

__all__ = [
    "Acceptance",
    "Announcer",
    "AssetStore",
    "Bell",
    "Bells",
    "Cancellation",
    "CheckedProvider",
    "Claim",
    "Clock",
    "Delivery",
    "Downloads",
    "ImageProvider",
    "Intake",
    "Journal",
    "Leases",
    "Observer",
    "Painter",
    "Queue",
    "Roster",
    "Studio",
    "Switch",
    "Vault",
]
