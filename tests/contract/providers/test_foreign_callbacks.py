"""A callback that names another request's task, sent to the address of a request that it was not submitted for."""

import json
from typing import Any
from urllib.parse import unquote

import pytest

from mobart.core.callbacks import CallbackVerifier
from mobart.providers.callback import CallbackAddress
from mobart_local.standin.dialects.table import DIALECTS
from tests.support.provider_builders import built_provider

KEY = "a-key"
PUBLIC_URL = "https://game.example"
CALLING = [name for name, dialect in DIALECTS.items() if dialect.webhook is not None]


def verifier_of(name: str) -> CallbackVerifier:
    """Return what a worker judges a provider's callbacks by."""
    environment = DIALECTS[name].settings("http://127.0.0.1:9", KEY)
    built = built_provider(
        name, environment, mobart_public_url=PUBLIC_URL, mobart_callback_key=KEY * 8
    )
    assert built.verifier is not None
    return built.verifier


def tasks_of(name: str, request_id: str) -> list[dict[str, Any]]:
    """Return the callbacks of a task that was submitted for a request, as far as they repeat that."""
    address = CallbackAddress(PUBLIC_URL, name, KEY)
    ids = {"task_id": "t", "id": "t", "job_id": "t", "request_id": "t", "generation_id": "t"}
    addresses = address.url(request_id), address.proving_url(request_id)
    config = [{"webhook_config": {"endpoint": one}} for one in addresses]
    told: list[dict[str, Any]] = [ids | {"config": one} for one in config]
    told += [ids | {"webhook": one} for one in addresses]
    return told + ([ids | {"state": request_id}] if name == "midjourney-proxy" else [])


def test_every_provider_that_calls_back_is_looked_at() -> None:
    """There are so many."""
    assert len(CALLING) == 7


@pytest.mark.parametrize("name", CALLING)
def test_a_task_that_was_submitted_for_another_request_is_recognised(name: str) -> None:
    """By what it repeats; its proof may be right, since the provider has both addresses."""
    verifier = verifier_of(name)
    for mine, another in zip(tasks_of(name, "r-1"), tasks_of(name, "r-11"), strict=True):
        assert verifier.reading(mine) is not None
        assert not verifier.names_another("r-1", mine)
        assert verifier.names_another("r-1", another)


@pytest.mark.parametrize("name", CALLING)
def test_a_task_that_repeats_nothing_of_ours_may_be_the_requests_own(name: str) -> None:
    """Whatever addresses and states there are in it; whose its id is, the journal knows."""
    told = {
        "id": "t",
        "state": "",
        "status": "succeeded",
        "output": ["https://cdn.example/hooks/a.png"],
    }
    assert not verifier_of(name).names_another("r-1", told)


@pytest.mark.parametrize("name", CALLING)
def test_the_requests_own_task_is_recognised_however_it_is_told(name: str) -> None:
    """Its address comes back unescaped, and an envelope has a state of its own."""
    verifier = verifier_of(name)
    for told in tasks_of(name, "r:1@a"):
        plain = json.loads(unquote(json.dumps(told)))
        assert not verifier.names_another("r:1@a", plain)
        assert not verifier.names_another("r:1@a", {"state": "SUCCESS", "data": plain})
        assert verifier.names_another("r:1@b", plain)
        assert verifier.names_another("R:1@A", plain)
