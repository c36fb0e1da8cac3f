"""How callbacks are proven: by a key of their own, request by request."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from mobart.providers.callback import LABEL, CallbackAddress, derived_key
from mobart.settings import BadSettings
from tests.support.provider_builders import built_provider

KEY = "the provider's API key"
ADDRESS = CallbackAddress("https://game.example", "fal", KEY)
URL = "https://game.example"
NAME = "midjourney"


@given(st.binary(min_size=1, max_size=80), st.binary(max_size=80))
def test_the_key_is_derived_as_rfc_5869_has_it(secret: bytes, label: bytes) -> None:
    """Seen by another implementation."""
    assert derived_key(secret, label) == HKDF(SHA256(), 32, None, label).derive(secret)


def test_a_proof_is_no_hash_with_the_api_key() -> None:
    """What callbacks reveal says nothing about the key, nor can the key's other uses forge one."""
    message = b"mobart:fal:r-1"
    assert ADDRESS.secret("r-1") != hmac.new(KEY.encode(), message, hashlib.sha256).hexdigest()
    key = derived_key(KEY.encode(), LABEL)
    assert ADDRESS.secret("r-1") == hmac.new(key, message, hashlib.sha256).hexdigest()


def test_the_proof_stands_in_the_path() -> None:
    """Queries are logged and passed on more often."""
    url = ADDRESS.proving_url("a:b@c")
    assert url == f"https://game.example/hooks/fal/a%3Ab%40c/{ADDRESS.secret('a:b@c')}"
    assert "?" not in url
    assert KEY not in repr(ADDRESS)


@pytest.mark.parametrize("proof", ["", "?proof=0", "/0123456789abcdef"])
def test_an_address_is_recognised_whatever_proves_it(proof: str) -> None:
    """Also one that was given out with another key, or by an older version."""
    assert ADDRESS.is_of("r-1", f"https://game.example/hooks/fal/r-1{proof}")
    assert not ADDRESS.is_of("r-1", f"https://game.example/hooks/fal/r-10{proof}")
    assert not ADDRESS.is_of("r-1", f"https://other.example/hooks/fal/r-1{proof}")
    assert not ADDRESS.is_of("r-1", None)


def test_a_key_of_its_own_is_used_where_it_is_set() -> None:
    """The provider's key proves nothing then."""
    own = "a secret of sixteen characters"
    made = built_provider(
        NAME, {"MIDJOURNEY_API_KEY": KEY}, mobart_callback_key=own, mobart_public_url=URL
    ).verifier
    assert made is not None
    assert made.proves("r-1", CallbackAddress("", NAME, own).secret("r-1"))
    assert not made.proves("r-1", CallbackAddress("", NAME, KEY).secret("r-1"))


def test_a_key_that_is_guessed_at_once_is_refused() -> None:
    """Without repeating it."""
    with pytest.raises(BadSettings, match="MOBART_CALLBACK_KEY") as bad:
        built_provider(NAME, {"MIDJOURNEY_API_KEY": KEY}, mobart_callback_key="canary")
    assert "canary" not in str(bad.value)
