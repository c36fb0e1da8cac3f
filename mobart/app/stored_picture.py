"""What a command fetches with the settings of S3 alone: a finished picture."""

from mobart.app.checks import S3_SETTINGS, NotReady
from mobart.app.pictures import build_store
from mobart.core.errors import MobartError
from mobart.settings import S3Alone


async def fetch_picture(settings: S3Alone, key: str) -> bytes:
    """Return the object at *key* of the bucket.  Raises NotReady."""
    try:
        async with build_store(settings) as store:
            return await store.get_raw(key)
    except MobartError as error:
        raise NotReady([f"S3: {error} (see {S3_SETTINGS})"], healing=True) from error
