"""Callbacks whose signatures are verified with keys that the vendor publishes."""

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.errors import Unavailable
from mobart.providers.http import ApiClient
from mobart.providers.published_keys import (
    FRESH,
    PAUSE,
    TOLERANCE,
    PublishedKeySignature,
    read_keys,
)
from tests.support.clocks import SimulatedClock
from tests.support.raw_http import Behaviour, RawServer, raw_server, says

FIRST, SECOND = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
BODY = b'{"request_id": "q-1"}'
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def published(*keys: Ed25519PrivateKey) -> Behaviour:
    """Answer with a key set."""
    entries = [entry(base64.urlsafe_b64encode(key.public_key().public_bytes_raw())) for key in keys]
    return says(200, {"keys": entries})


def entry(raw: bytes) -> dict[str, str]:
    """Write one key of a set."""
    return {"kty": "OKP", "crv": "Ed25519", "x": raw.decode().rstrip("="), "use": "sig"}


def signed(
    clock: SimulatedClock,
    key: Ed25519PrivateKey = FIRST,
    body: bytes = BODY,
    *,
    ago: float = 0.0,
    **others: str,
) -> dict[str, str]:
    """Return the headers of a call with *body* that was signed some seconds *ago*."""
    lines = {"Request-Id": "q-1", "User-Id": "u", "Timestamp": str(int(_now(clock) - ago))}
    text = "\n".join([*lines.values(), hashlib.sha256(body).hexdigest()])
    told = {**lines, "Signature": key.sign(text.encode()).hex(), **others}
    return {f"X-Vendor-{name}": value for name, value in told.items()}


def _now(clock: SimulatedClock) -> float:
    return clock.now().timestamp()


@asynccontextmanager
async def verifier(
    clock: SimulatedClock, *answers: Behaviour
) -> AsyncIterator[tuple[PublishedKeySignature, RawServer]]:
    """Verify with keys from a server that gives these answers."""
    async with (
        raw_server(*answers) as server,
        ApiClient(
            base_url=f"{server.origin}/jwks.json", headers={}, secrets=(), timeout=5, reuse=False
        ) as client,
    ):
        made = PublishedKeySignature(client, prefix="x-vendor", id_name="request-id", clock=clock)
        yield made, server


async def test_a_signature_of_a_published_key_fits() -> None:
    """The keys are fetched once, whatever the spelling of the headers."""
    clock = SimulatedClock()
    async with verifier(clock, published(SECOND, FIRST)) as (signature, server):
        for _ in range(3):
            assert await signature.verifies(signed(clock), BODY)
        shouted = {name.upper(): value for name, value in signed(clock).items()}
        assert await signature.verifies(shouted, BODY)
        assert [one.target for one in server.heard] == ["/jwks.json"]


@pytest.mark.parametrize(
    "headers",
    [
        signed(SimulatedClock(), SECOND),
        signed(SimulatedClock(), body=b"another"),
        signed(SimulatedClock(), ago=TOLERANCE + 2),
        signed(SimulatedClock(), ago=-TOLERANCE - 2),
        signed(SimulatedClock()) | {"X-Vendor-Request-Id": "q-2"},
        signed(SimulatedClock()) | {"X-Vendor-User-Id": "another"},
        signed(SimulatedClock(), Timestamp="soon"),
        signed(SimulatedClock(), Timestamp="-1"),
        signed(SimulatedClock(), Signature="00"),
        signed(SimulatedClock(), Signature="no hex"),
        signed(SimulatedClock(), Signature="é\udcff"),
        {},
    ],
    ids=[
        "another key", "another body", "old", "of the future", "another generation",
        "another account", "no time", "a negative time", "short", "no hex", "no text", "unsigned",
    ],
)  # fmt: skip
async def test_any_other_call_is_refused(headers: Mapping[str, str]) -> None:
    """Each part of it counts."""
    async with verifier(SimulatedClock(), published(FIRST)) as (signature, _):
        assert not await signature.verifies(headers, BODY)


async def test_keys_that_were_exchanged_are_fetched_anew() -> None:
    """At once, but no more often than once a minute: forged calls cost no fetches."""
    clock = SimulatedClock()
    async with verifier(clock, published(FIRST), published(SECOND)) as (signature, server):
        assert await signature.verifies(signed(clock), BODY)
        assert not await signature.verifies(signed(clock, SECOND), BODY)
        assert len(server.heard) == 1
        clock.seconds += PAUSE
        assert await signature.verifies(signed(clock, SECOND), BODY)
        for _ in range(5):
            assert not await signature.verifies(signed(clock, FIRST), BODY)
        assert len(server.heard) == 2


async def test_keys_are_fetched_anew_after_a_day_and_kept_if_that_fails() -> None:
    """What was published yesterday is better than none."""
    clock = SimulatedClock()
    async with verifier(clock, published(FIRST), says(502, "<html>")) as (signature, server):
        assert await signature.verifies(signed(clock), BODY)
        clock.seconds += FRESH + 1
        assert await signature.verifies(signed(clock), BODY)
        assert len(server.heard) == 2


@pytest.mark.parametrize(
    "answer",
    [says(503), says(200, "<html>"), says(200, {"keys": []}), says(302, "", {"Location": "/x"})],
)
async def test_without_any_key_the_call_is_to_be_repeated(answer: Behaviour) -> None:
    """It is neither believed nor refused; and the vendor is not asked for each of them."""
    clock = SimulatedClock()
    async with verifier(clock, answer, published(FIRST)) as (signature, server):
        for _ in range(3):
            with pytest.raises(Unavailable):
                await signature.verifies(signed(clock), BODY)
        assert len(server.heard) == 1
        clock.seconds += PAUSE
        assert await signature.verifies(signed(clock), BODY)


def test_what_is_no_such_key_is_left_out() -> None:
    """A set may hold keys of other kinds."""
    good = entry(base64.urlsafe_b64encode(FIRST.public_key().public_bytes_raw()))
    odd = [
        {"kty": "RSA", "n": "AQAB"},
        {**good, "crv": "X25519"},
        entry(b"c2hvcnQ"),
        entry(b"*"),
        7,
    ]
    assert len(read_keys({"keys": [*odd, good]})) == 1


@given(JSON)
def test_whatever_comes_as_a_key_set_is_read(body: Any) -> None:
    """Without another error."""
    read_keys(body)
    read_keys({"keys": body})
    read_keys({"keys": [{"x": body}]})
