"""What the client of GoAPI's Midjourney makes of everything it may hear."""

import asyncio
import gzip
import json
import socket
import zlib
from functools import partial
from typing import Any

import brotli
import pytest

from mobart.core.domain import Picture, Ticket
from mobart.core.errors import Code, InDoubt, Rejected, Unavailable
from mobart_local.standin import Script
from mobart_local.standin.dialects.goapi.answers import POLLS
from tests.support.certificates import authority
from tests.support.clocks import LoopClock
from tests.support.outcomes import outcome
from tests.support.provider_setup import CAT, KEY, SHORT, client_at, selling
from tests.support.raw_http import (
    Behaviour,
    closed_port,
    deaf_port,
    drips,
    hangs,
    head,
    pours,
    raw_server,
    resets,
    says,
    sends,
)

TICKET = b'{"task_id": "t-1", "status": "success", "message": ""}'
NAME = "midjourney"
setup = partial(selling, NAME)
at = partial(client_at, NAME)


class TestEverySubmitAnswer:
    """The whole table of what may come back from a paid POST."""

    @pytest.mark.parametrize(
        ("row", "least", "most"),
        [("429", 7, 7), ("429-date", 0, 3), ("429-absurd", 120, 120), ("429-silent", None, None)],
    )
    async def test_is_asked_again_when_it_wishes(
        self, row: str, least: float | None, most: float | None
    ) -> None:
        """`Retry-After` is understood in all its forms, and an absurd one is not believed."""
        async with setup(Script(submit=row, retry_after="7")) as provider:
            provider.time.seconds = LoopClock().now().timestamp()
            with pytest.raises(Unavailable) as busy:
                await provider.provider.submit(CAT)
            if least is None or most is None:
                assert busy.value.retry_after is None
            else:
                assert busy.value.retry_after is not None
                assert least <= busy.value.retry_after <= most


class TestEveryPollAnswer:
    """No answer to a poll fails a paid job, but the provider's own final word."""

    @pytest.mark.parametrize("row", [row for row in POLLS if row != "answer"])
    async def test_trouble_is_not_the_end(self, row: str) -> None:
        """Errors, pages, garbage and silence mean: ask again."""
        async with setup(Script(poll=row), patience=SHORT) as provider:
            provider.finish()
            ticket = await provider.provider.submit(CAT)
            with pytest.raises(Unavailable):
                await provider.provider.poll(ticket)

    @pytest.mark.parametrize("row", ["404", "empty", "null", "500", "html"])
    async def test_a_task_not_known_yet_is_not_the_end(self, row: str) -> None:
        """However an API says that it does not know a task."""
        async with setup(Script(), unknown_task=row) as provider:
            with pytest.raises(Unavailable):
                await provider.provider.poll(Ticket("midjourney", "not-yet"))

    @pytest.mark.parametrize(
        ("addresses", "expected"),
        [
            ("grid", ["/mj/{}.png"]),
            ("tiles", ["/mj/{}.png"]),
            ("tiles-only", ["/mj/{}_0.png"]),
            ("signed", ["/mj/{}.png", "/attachments/1/2/{}.png?ex=658a4c45&is=6577d745&hm=ab12&"]),
            ("signed-only", ["/attachments/1/2/{}.png?ex=658a4c45&is=6577d745&hm=ab12&"]),
        ],
    )
    async def test_gives_addresses_of_one_picture_only(
        self, addresses: str, expected: list[str]
    ) -> None:
        """The grid first, the same grid elsewhere next, a tile only where there is no grid."""
        async with setup(Script(addresses=addresses)) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            picture = await provider.provider.poll(ticket)
            assert isinstance(picture, Picture)
            origin, name = provider.standin.origin, ticket.reference
            assert list(picture.urls) == [origin + path.format(name) for path in expected]


class TestCheck:
    """The start-up check tells a refused key from a host that is away, and names the setting."""

    @pytest.mark.parametrize("status", [401, 403])
    async def test_a_refused_key_is_final(self, status: int) -> None:
        """The detail names the setting and not the key."""
        async with raw_server(says(status, {"message": f"invalid api key {KEY}"})) as server:
            async with at(server.origin) as client:
                with pytest.raises(Rejected) as refusal:
                    await client.check()
            assert refusal.value.code is Code.PROVIDER_AUTH
            assert "MIDJOURNEY_API_KEY" in str(refusal.value)
            assert KEY not in repr(refusal.value)

    async def test_a_wrong_key_is_noticed_at_the_stand_in(self) -> None:
        """The same against something that speaks the whole API."""
        async with setup(Script(), api_key="another") as provider:
            with pytest.raises(Rejected):
                await provider.provider.check()
            assert provider.submits() == 0

    @pytest.mark.parametrize(
        "behaviour",
        [
            says(200, "<html>This domain is for sale</html>", {"Content-Type": "text/html"}),
            says(403, "<html>_cf_chl_opt</html>", {"Content-Type": "text/html"}),
            says(404, "404 page not found\n", {"Content-Type": "text/plain"}),
            says(301, "", {"Location": "https://elsewhere.invalid/"}),
            says(502, "<html>nginx</html>"),
            hangs,
        ],
        ids=["parked", "challenge", "no such path", "moved", "gateway", "silent"],
    )
    async def test_what_is_not_the_api_may_come_back(self, behaviour: Any) -> None:
        """A loud warning that names the address' setting."""
        async with raw_server(behaviour) as server, at(server.origin, patience=SHORT) as client:
            with pytest.raises(Unavailable) as away:
                await client.check()
            assert "MIDJOURNEY_API_URL" in str(away.value)

    @pytest.mark.parametrize("row", ["404", "400", "500", "503"])
    async def test_any_answer_of_an_api_will_do(self, row: str) -> None:
        """How an API says that it does not know a task is not documented."""
        async with setup(Script(), unknown_task=row) as provider:
            await provider.provider.check()


class TestTheWire:
    """What raw sockets do to a submit and to a poll."""

    @pytest.mark.parametrize("scheme", ["http", "https"])
    async def test_nobody_listening_is_no_doubt(self, scheme: str) -> None:
        """A refused connection proves that nothing was sent."""
        async with at(f"{scheme}://127.0.0.1:{closed_port()}") as client:
            with pytest.raises(Unavailable) as away:
                await client.submit(CAT)
            assert away.value.code is Code.PROVIDER_UNAVAILABLE

    async def test_a_connection_that_never_stands_is_no_doubt(self) -> None:
        """A time-out before the connection is made proves that nothing was sent."""
        with deaf_port() as port:
            async with at(f"http://127.0.0.1:{port}", patience=0.4) as client:
                with pytest.raises(Unavailable):
                    await client.submit(CAT)

    async def test_a_tls_handshake_that_never_ends_is_no_doubt(self) -> None:
        """Even if all of the time is spent on it."""
        async with raw_server(hangs) as server:
            url = server.origin.replace("http:", "https:")
            async with at(url, patience=0.4) as client:
                with pytest.raises(Unavailable):
                    await client.submit(CAT)
            assert server.connections == 1
            assert server.heard == []

    async def test_something_without_tls_is_no_doubt(self) -> None:
        """A failed handshake proves that nothing was sent."""
        async with raw_server(hangs, greeting=b"220 mail.example ESMTP\r\n") as server:
            url = server.origin.replace("http:", "https:")
            async with at(url) as client:
                with pytest.raises(Unavailable):
                    await client.submit(CAT)

    async def test_a_certificate_nobody_vouches_for_is_no_doubt(self) -> None:
        """The key is not told to another host."""
        async with raw_server(says(), tls=authority().server("127.0.0.1")) as server:
            async with at(server.origin) as client:
                with pytest.raises(Unavailable):
                    await client.submit(CAT)
            assert server.heard == []

    async def test_a_name_that_does_not_resolve_is_no_doubt(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without an address nothing was sent."""

        async def unknown(*_: object, **__: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
        async with at("https://gone.example/mj/v2") as client:
            with pytest.raises(Unavailable):
                await client.submit(CAT)

    @pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 410, 413, 415, 422])
    async def test_a_no_counts_even_if_its_reasons_are_cut_off(self, status: int) -> None:
        """The status alone is the proof."""
        cut = sends(head(status, {"Content-Length": "500"}) + b'{"message": "we ar')
        async with raw_server(cut) as server, at(server.origin) as client:
            with pytest.raises(Rejected):
                await client.submit(CAT)
            assert len(server.heard) == 1

    @pytest.mark.parametrize("status", [406, 408, 409, 418, 424, 500, 502, 503, 504, 520])
    async def test_any_other_status_is_a_doubt(self, status: int) -> None:
        """Whatever its body says."""
        line = f"HTTP/1.1 {status} Whatever\r\nContent-Length: 27\r\n\r\n".encode()
        refused = sends(line + b'{"message": "queue is full"')
        async with raw_server(refused) as server, at(server.origin) as client:
            with pytest.raises(InDoubt):
                await client.submit(CAT)
            assert len(server.heard) == 1

    @pytest.mark.parametrize(
        "behaviour",
        [
            resets,
            sends(b""),
            sends(b"HTTP/1.1 200 OK\r\n"),
            sends(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n" + TICKET[:-1]),
            sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"),
            sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
            sends(b"SSH-2.0-OpenSSH_9.6\r\n"),
            sends(b"\x00\x01\x02\r\n\r\n"),
            sends(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n"),
            sends(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n"),
            says(200, b"\x1f\x8b not gzip", {"Content-Encoding": "gzip"}),
            says(200, gzip.compress(b" " * 2**26 + TICKET), {"Content-Encoding": "gzip"}),
            pours(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536, TICKET),
            drips(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n" + b" " * 90, pause=0.05),
        ],
        ids=[
            "reset", "closed", "half a head", "half a body", "half a chunk", "no chunk", "ssh",
            "noise", "header flood", "huge header", "bad gzip", "gzip bomb", "endless", "drip",
        ],
    )  # fmt: skip
    async def test_anything_once_connected_is_a_doubt_and_not_a_failed_poll(
        self, behaviour: Behaviour
    ) -> None:
        """A submit is in doubt and sent once; a poll has simply found nobody."""
        async with raw_server(behaviour) as server, at(server.origin, patience=SHORT) as client:
            with pytest.raises(InDoubt):
                await client.submit(CAT)
            assert len(server.heard) == 1
            with pytest.raises(Unavailable):
                await client.poll(Ticket("midjourney", "t"))

    async def test_a_compressed_answer_is_understood(self) -> None:
        """Some front ends compress whatever they are asked."""
        answer = says(200, gzip.compress(TICKET), {"Content-Encoding": "gzip"})
        async with raw_server(answer) as server, at(server.origin) as client:
            assert await client.submit(CAT) == Ticket("midjourney", "t-1")

    @pytest.mark.parametrize("label", ["gzip", "br", "zstd", "deflate", "aws-chunked", "br, gzip"])
    async def test_an_answer_that_is_coded_in_no_way_is_understood_whatever_its_label(
        self, label: str
    ) -> None:
        """Of a submit as of a poll: it was bought, and the ticket is there to be read."""
        for body in (TICKET, b"\xef\xbb\xbf" + TICKET):
            answer = says(200, body, {"Content-Encoding": label})
            async with raw_server(answer) as server, at(server.origin) as client:
                assert await client.submit(CAT) == Ticket("midjourney", "t-1")

    @pytest.mark.parametrize(
        ("label", "body"),
        [
            ("br", brotli.compress(TICKET)),
            ("deflate", zlib.compress(TICKET)),
            ("gzip, gzip", gzip.compress(gzip.compress(TICKET))),
            ("identity", gzip.compress(TICKET)),
            ("br", gzip.compress(TICKET)),
        ],
        ids=["brotli", "deflate", "twice", "gzip that is not told", "gzip told as brotli"],
    )
    async def test_an_answer_in_a_coding_that_nobody_asked_for_is_understood(
        self, label: str, body: bytes
    ) -> None:
        """A front end may code as it likes, and call it what it likes."""
        answer = says(200, body, {"Content-Encoding": label})
        async with raw_server(answer) as server, at(server.origin) as client:
            assert await client.submit(CAT) == Ticket("midjourney", "t-1")

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_the_key_and_the_prompt_go_to_no_other_host(self, status: int) -> None:
        """A redirect is not followed, by no kind of call."""
        async with raw_server(says(200, TICKET)) as elsewhere:
            moved = says(status, "", {"Location": elsewhere.origin + "/imagine"})
            async with raw_server(moved) as server, at(server.origin) as client:
                with pytest.raises(Rejected) as refusal:
                    await client.submit(CAT)
                assert refusal.value.code is Code.PROVIDER_BAD_RESPONSE
                await outcome(client.poll(Ticket("midjourney", "t")))
                await outcome(client.check())
                assert [heard.target for heard in server.heard] == ["/imagine", "/fetch", "/fetch"]
                assert {heard.headers["x-api-key"] for heard in server.heard} == {KEY}
            assert elsewhere.connections == 0

    async def test_a_proxy_from_the_environment_gets_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The key leaves for the configured host only."""
        async with raw_server(says(502)) as proxy, raw_server(says(200, TICKET)) as server:
            monkeypatch.setenv("HTTP_PROXY", proxy.origin)
            monkeypatch.setenv("http_proxy", proxy.origin)
            async with at(server.origin) as client:
                await client.submit(CAT)
            assert proxy.connections == 0

    async def test_no_connection_is_used_for_two_submits(self) -> None:
        """A stale connection could swallow a submit."""
        first, second = (says(200, {"task_id": name, "status": "success"}) for name in "ab")
        async with raw_server(first, second) as server, at(server.origin) as client:
            await client.submit(CAT)
            await client.submit(CAT)
            assert server.connections == 2
            assert {heard.headers["connection"] for heard in server.heard} == {"close"}

    @pytest.mark.parametrize("status", [200, 400, 403, 422])
    async def test_neither_key_nor_prompt_is_repeated(self, status: int) -> None:
        """Providers like to quote; errors, which end in logs, do not."""
        quote = {"status": "failed", "message": f"who is {KEY.upper()}? what is {CAT.prompt}?"}
        async with raw_server(says(status, quote)) as server, at(server.origin) as client:
            with pytest.raises(Rejected) as refusal:
                await client.submit(CAT)
            told = f"{refusal.value!r} {refusal.value} {refusal.value.sentence}".lower()
            assert KEY not in told
            assert CAT.prompt not in told
            assert "who is" in told

    async def test_sends_what_the_api_documents(self) -> None:
        """The prompt and the settings, nothing else."""
        async with raw_server(says(200, TICKET)) as server:
            async with at(
                server.origin + "/mj/v2/",
                key=f" {KEY}\r\n",
                midjourney_process_mode="fast",
                midjourney_aspect_ratio="1:1",
            ) as client:
                await client.submit(CAT)
            heard = server.heard[0]
            assert (heard.method, heard.target) == ("POST", "/mj/v2/imagine")
            assert heard.headers["content-type"] == "application/json"
            assert json.loads(heard.body) == {
                "prompt": CAT.prompt,
                "process_mode": "fast",
                "aspect_ratio": "1:1",
            }

    @pytest.mark.parametrize("key", ["two\nlines", "schlüssel"])
    async def test_a_key_that_cannot_be_sent_stops_the_start(self, key: str) -> None:
        """The check says so before anything is sent."""
        async with at("http://127.0.0.1:9", key=key) as client:
            with pytest.raises(Rejected, match="MIDJOURNEY_API_KEY"):
                await client.check()
