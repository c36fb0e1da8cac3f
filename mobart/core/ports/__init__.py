"""What the life of a job needs from the world, in the nouns of Mobart.

Each Protocol belongs to its caller and has one contract suite that every implementation passes,
the shipped stand-ins included.  Implementations raise only `mobart.core.errors`.
"""

from mobart.core.ports.journal import (
    Acceptance,
    Cancellation,
    Claim,
    Delivery,
    Intake,
    JobQueue,
    Journal,
)
from mobart.core.ports.pictures import AssetStore, Downloads, ReferenceStore, Renderer
from mobart.core.ports.providers import (
    CheckedProvider,
    DurationStore,
    ImageProvider,
    ImmediateProvider,
    RawPictureStore,
    SharedPictures,
    Waiter,
    Wakeups,
)
from mobart.core.ports.reading import Recording, RequestReads, StatusReads, UserReads
from mobart.core.ports.runtime import Announcer, Clock, Observer

__all__ = [
    "Acceptance",
    "Announcer",
    "AssetStore",
    "Cancellation",
    "CheckedProvider",
    "Claim",
    "Clock",
    "Delivery",
    "Downloads",
    "DurationStore",
    "ImageProvider",
    "ImmediateProvider",
    "Intake",
    "JobQueue",
    "Journal",
    "Observer",
    "RawPictureStore",
    "Recording",
    "ReferenceStore",
    "Renderer",
    "RequestReads",
    "SharedPictures",
    "StatusReads",
    "UserReads",
    "Waiter",
    "Wakeups",
]
