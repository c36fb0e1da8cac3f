"""The thin HTTP edge that the dialects share."""

import base64

import pytest
from aiohttp import web

from mobart.core.errors import InDoubt, Unavailable
from mobart.providers.api_clients import ApiClients
from mobart.providers.http import Answer, ApiClient
from tests.support.raw_http import closed_port, raw_server, says, sends

KEY = "canary-key-4711"


def line(url: str, *, reuse: bool = False) -> ApiClient:
    """Make a line to *url*."""
    headers = {"X-API-KEY": KEY}
    return ApiClient(base_url=url, headers=headers, secrets=(KEY,), timeout=30.0, reuse=reuse)


async def test_returns_what_came_back() -> None:
    """Status, headers, body."""
    async with raw_server(says(418, b"tea", {"X-Pot": "1"})) as server:
        async with line(f" {server.origin}/api/ ") as api:
            answer = await api.send("POST", "/brew", json={"leaf": "green"})
        assert (answer.status, answer.body, answer.whole) == (418, b"tea", True)
        assert answer.headers["X-Pot"] == "1"
        assert server.heard[0].target == "/api/brew"


async def test_a_reused_connection_that_breaks_is_a_doubt() -> None:
    """It stood long before the request, so the request may have left."""
    calls = 0

    async def hang_up(request: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        if calls == 2 and request.transport is not None:
            request.transport.abort()
        return web.Response(body=b"{}")

    app = web.Application()
    app.router.add_post("/", hang_up)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with line(f"http://127.0.0.1:{runner.addresses[0][1]}", reuse=True) as api:
        assert isinstance(await api.send("POST", "/", json={}), Answer)
        with pytest.raises(InDoubt):
            await api.send("POST", "/", json={})
    assert calls == 2
    await runner.cleanup()


@pytest.mark.parametrize("garbage", [f"who is {KEY}?\r\n\r\n", f"HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n"])
async def test_a_server_that_echoes_the_key_is_not_quoted(garbage: str) -> None:
    """Parsers like to show what they could not parse."""
    async with raw_server(sends(garbage.encode())) as server, line(server.origin) as api:
        with pytest.raises(InDoubt) as doubt:
            await api.send("POST", "/", json={})
        assert KEY not in f"{doubt.value!r} {doubt.value}"


async def test_no_error_carries_the_request_along() -> None:
    """The client's own errors hold the headers; a log that follows causes would print them."""
    async with line(f"http://127.0.0.1:{closed_port()}") as api:
        with pytest.raises(Unavailable) as away:
            await api.send("POST", "/", json={})
    assert away.value.__cause__ is None
    assert away.value.__context__ is None
    assert KEY not in repr(vars(away.value))


async def test_credentials_of_an_address_go_out_as_a_header() -> None:
    """With every request, paid or free, and never in an address, an error or a representation."""
    async with raw_server(says(200, {})) as server:
        address = server.origin.replace("://", "://us%40er:canary-4711@")
        clients = ApiClients(base_url=address, headers={}, secrets=(), submit_timeout=30.0)
        async with clients:
            await clients.submit_http.send("POST", "/prompt", json={})
            await clients.query_http.ask("GET", "/view")
    login = base64.b64encode(b"us@er:canary-4711").decode()
    assert [heard.headers["authorization"] for heard in server.heard] == [f"Basic {login}"] * 2
    assert [heard.target for heard in server.heard] == ["/prompt", "/view"]
    assert "canary" not in f"{clients!r} {clients.query_http!r} {clients.base_url}"
