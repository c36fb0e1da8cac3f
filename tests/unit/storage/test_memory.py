"""The store in memory fails as told."""

import pytest

from mobart.core.domain import Rendering
from mobart.core.errors import Code, Unavailable
from mobart.testing.storage import MemoryStore

RENDERING = Rendering(b"png", 1, 1, "0")


async def test_a_store_that_is_away_comes_back() -> None:
    """After as many calls as it was told, and nothing was kept before."""
    store = MemoryStore(away=2)
    for _ in range(2):
        with pytest.raises(Unavailable) as away:
            await store.put("k", RENDERING)
        assert away.value.code is Code.STORAGE_UNAVAILABLE
    assert store.objects == {}
    await store.put("k", RENDERING)
    assert (store.objects, store.puts) == ({"k": b"png"}, 3)


async def test_a_denied_picture_waits_for_somebody_to_allow_it() -> None:
    """A paid picture is not given up for that."""
    store = MemoryStore(denied=True)
    with pytest.raises(Unavailable) as away:
        await store.put("k", RENDERING)
    assert away.value.code is Code.STORAGE_DENIED
    store.denied = False
    assert (await store.put("k", RENDERING)).url == "https://assets.invalid/k"
