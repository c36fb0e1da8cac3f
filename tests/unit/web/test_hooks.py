"""Callbacks of providers are a hint, and only for who can prove to be told."""

import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from standardwebhooks import Webhook

from mobart.core.callbacks import CallbackVerifier
from mobart.core.domain import Ticket
from mobart.core.errors import Code, Unavailable
from mobart.providers.callback import CallbackAddress
from mobart.providers.goapi.messages import read_callback
from mobart.providers.signatures import StandardSignature
from mobart.web.hooks import MAX_BYTES, ROUTE, Hooks

ADDRESS = CallbackAddress("https://game.example", "midjourney", "key")
WORD = {"x-webhook-secret": ADDRESS.secret("r-1")}
TASK = {"task_id": "t-1", "status": "finished"}
OF_ANOTHER = json.dumps(TASK | {"webhook": ADDRESS.url("r-2")}).encode()
Client = TestClient[web.Request, web.Application]


class WorkerView:
    """Where tickets are handed in."""

    def __init__(self) -> None:
        """Begin with none."""
        self.tickets: list[tuple[str, Ticket]] = []
        self.woken: list[str] = []
        self.away = False

    async def wake(self, request_id: str) -> None:
        """Ring for it."""
        self.woken.append(request_id)

    async def adopt(self, request_id: str, ticket: Ticket) -> None:
        """Keep it."""
        if self.away:
            raise Unavailable(Code.INTERNAL, "away")
        self.tickets.append((request_id, ticket))


@asynccontextmanager
async def verifier(
    view: WorkerView,
    verifies: Callable[[Mapping[str, str], bytes], Awaitable[bool]] | None = None,
) -> AsyncIterator[Client]:
    """Open the door for calls."""
    app = web.Application(client_max_size=MAX_BYTES)
    verifier = CallbackVerifier(ADDRESS.proves, read_callback, ADDRESS.names_another, verifies)
    hooks = Hooks({"midjourney": verifier}, adopt=view.adopt, wake=view.wake)
    app.router.add_post(ROUTE, hooks.take)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_proven_call_brings_its_ticket() -> None:
    """The address says for which request."""
    view = WorkerView()
    async with verifier(view) as client:
        answer = await client.post("/hooks/midjourney/r-1", json=TASK, headers=WORD)
        assert answer.status == 200
    assert view.tickets == [("r-1", Ticket("midjourney", "t-1"))]
    assert view.woken == ["r-1"]


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        ("/hooks/midjourney/r-1", {}, b'{"task_id":"t-1"}', 401),
        ("/hooks/midjourney/r-1", {"x-webhook-secret": "é"}, b'{"task_id":"t-1"}', 401),
        ("/hooks/midjourney/r-2", WORD, b'{"task_id":"t-1"}', 401),
        ("/hooks/nobody/r-1", WORD, b'{"task_id":"t-1"}', 404),
        ("/hooks/midjourney/..%2Fr-1", WORD, b'{"task_id":"t-1"}', 404),
        ("/hooks/midjourney/r-1", WORD, b"<html>", 400),
        ("/hooks/midjourney/r-1", WORD, OF_ANOTHER, 400),
        ("/hooks/midjourney/r-1", WORD, b"[]", 400),
        ("/hooks/midjourney/r-1", WORD, b'{"task_id":"../x"}', 400),
    ],
)
async def test_any_other_call_brings_nothing(
    path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    """Not the wrong word, not another request's, not what is no task."""
    view = WorkerView()
    async with verifier(view) as client:
        answer = await client.post(path, data=body, headers=headers)
        assert answer.status == status
    assert view.tickets == []


@pytest.mark.parametrize(
    ("headers", "size", "status"),
    [(WORD, 3_000_000, 200), (WORD, 5_000_000, 413), ({}, 3_000_000, 401)],
)
async def test_a_proven_call_may_hold_a_log_or_a_picture(
    headers: dict[str, str], size: int, status: int
) -> None:
    """It is all that tells of a submit whose answer was lost; nobody else may send so much."""
    view = WorkerView()
    async with verifier(view) as client:
        body = io.BytesIO(json.dumps(TASK | {"logs": "0" * size}).encode())
        answer = await client.post("/hooks/midjourney/r-1", data=body, headers=headers)
        assert answer.status == status
    assert len(view.tickets) == (status == HTTPStatus.OK)


@pytest.mark.parametrize("header", ["", "a secret of the account's own", WORD["x-webhook-secret"]])
async def test_a_proof_in_the_address_is_enough_whatever_secret_comes_with_it(header: str) -> None:
    """Some providers send one of their own, which is none of ours."""
    view = WorkerView()
    async with verifier(view) as client:
        path = f"/hooks/midjourney/r-1/{ADDRESS.secret('r-1')}"
        assert (
            await client.post(path, json=TASK, headers={"x-webhook-secret": header})
        ).status == 200
        wrong = f"/hooks/midjourney/r-1/{ADDRESS.secret('r-2')}"
        answer = await client.post(wrong, json=TASK, headers={"x-webhook-secret": "own"})
        assert answer.status == 401
    assert len(view.tickets) == 1


async def test_a_call_that_cannot_be_kept_is_to_be_repeated() -> None:
    """The provider tries again on anything but 200."""
    view = WorkerView()
    view.away = True
    async with verifier(view) as client:
        answer = await client.post("/hooks/midjourney/r-1", json=TASK, headers=WORD)
        assert answer.status == 503


SECRET = "whsec_" + "c2lnbmVk" * 4
BODY = json.dumps(TASK).encode()


def signed(secret: str, body: bytes = BODY, *, ago: float = 0.0) -> dict[str, str]:
    """Return the headers of a call with *body*, signed some seconds *ago*."""
    at = datetime.now(UTC) - timedelta(seconds=ago)
    return WORD | {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", at, body.decode()),
    }


async def test_a_call_that_is_proven_and_signed_brings_its_ticket() -> None:
    """Where calls are signed, both are asked for."""
    view = WorkerView()
    async with verifier(view, StandardSignature(SECRET).verifies) as client:
        answer = await client.post("/hooks/midjourney/r-1", data=BODY, headers=signed(SECRET))
        assert answer.status == 200
    assert view.tickets == [("r-1", Ticket("midjourney", "t-1"))]


@pytest.mark.parametrize(
    "headers",
    [
        WORD,
        signed("whsec_" + "AAAA" * 8),
        signed(SECRET, b'{"task_id": "t-2"}'),
        signed(SECRET) | {"x-webhook-secret": ADDRESS.secret("r-2")},
        signed(SECRET) | {"webhook-id": "msg_2"},
        signed(SECRET) | {"webhook-signature": "v1"},
        signed(SECRET) | {"webhook-signature": "v1,é"},
        signed(SECRET) | {"webhook-timestamp": "soon"},
        signed(SECRET, ago=600),
    ],
    ids=[
        "unsigned", "another's", "another body", "another request's", "another id", "half",
        "no base64", "no time", "old",
    ],
)  # fmt: skip
async def test_a_call_without_a_fitting_signature_brings_nothing(headers: dict[str, str]) -> None:
    """Even if it knows the word."""
    view = WorkerView()
    async with verifier(view, StandardSignature(SECRET).verifies) as client:
        answer = await client.post("/hooks/midjourney/r-1", data=BODY, headers=headers)
        assert answer.status == 401
    assert view.tickets == []


async def test_a_call_whose_signature_cannot_be_judged_now_is_to_be_repeated() -> None:
    """As where the keys of the provider cannot be fetched."""

    async def away(_: Mapping[str, str], __: bytes) -> bool:
        raise Unavailable(Code.PROVIDER_UNAVAILABLE, "away")

    view = WorkerView()
    async with verifier(view, away) as client:
        answer = await client.post("/hooks/midjourney/r-1", data=BODY, headers=WORD)
        assert answer.status == 503
    assert view.tickets == []


@pytest.mark.parametrize("secret", ["", "c2lnbmVk", "whsec_", "whsec_a", "whsec_é"])
def test_a_signing_secret_that_is_none_is_told(secret: str) -> None:
    """Without its value."""
    with pytest.raises(ValueError, match="whsec_") as fault:
        StandardSignature(secret)
    assert secret in {"", "whsec_"} or secret not in str(fault.value)


def test_every_request_has_an_address_and_a_word_of_its_own() -> None:
    """Ids are percent-encoded, the key is in neither."""
    assert ADDRESS.url("a:b@c") == "https://game.example/hooks/midjourney/a%3Ab%40c"
    assert ADDRESS.secret("r-1") != ADDRESS.secret("r-2")


def test_a_word_that_is_no_text_proves_nothing() -> None:
    """Such bytes in a header are read as half surrogates, which cannot be written."""
    assert not ADDRESS.proves("r-1", "\udcff")
