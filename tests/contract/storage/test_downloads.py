"""What every way to fetch pictures promises, and what the one over HTTP must never do."""

import asyncio
import base64
import gzip
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from io import BytesIO
from ipaddress import ip_address

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from PIL import Image

from mobart.core.data_uri import data_uri
from mobart.core.domain import Picture
from mobart.core.errors import Code, MobartError, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.core.ports import Downloads
from mobart.downloads.addresses import IPAddress
from mobart.downloads.guard import AddressRefused, GuardedResolver, guarded_socket
from mobart.downloads.http import HttpDownloads
from mobart.downloads.stored import StoredDownloads
from mobart.testing.downloads import MemoryDownloads
from mobart.testing.storage import MemoryStore
from mobart_local.standin import Script
from mobart_local.standin.picture_answers import PICTURES
from tests.support.certificates import authority
from tests.support.garbage import left_over
from tests.support.outcomes import outcome
from tests.support.provider_setup import client_at
from tests.support.raw_http import (
    Behaviour,
    RawServer,
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
from tests.support.servers import midjourney

SHORT = 1.0
"""Seconds until a client gives up where the test is about giving up."""
CDN = "cdn.example"


def png(side: int = 8) -> bytes:
    """Draw a picture."""
    data = BytesIO()
    Image.effect_noise((side, side), 80).save(data, "PNG")
    return data.getvalue()


PICTURE = png()
CHUNK = b"%x\r\n%b\r\n" % (len(PICTURE), PICTURE)
CallbackVerifier = Callable[..., AbstractAsyncContextManager[tuple[Downloads, str]]]
"""Opens downloads of one good picture, and tells its address."""


@asynccontextmanager
async def memory(*failures: Unavailable) -> AsyncIterator[tuple[Downloads, str]]:
    """Fetch out of a table."""
    url = "memory:cat"
    yield MemoryDownloads({url: PICTURE}, failures=failures), url


@asynccontextmanager
async def http(*failures: Unavailable) -> AsyncIterator[tuple[Downloads, str]]:
    """Fetch over HTTP from something on loopback."""
    answers = [*[says(503)] * len(failures), says(200, PICTURE)]
    async with raw_server(*answers) as server, reach(server) as downloads:
        yield downloads, f"{server.origin}/cat.png"


@pytest.fixture(params=[memory, http])
def verifier(request: pytest.FixtureRequest) -> CallbackVerifier:
    """Give one kind of downloads after the other."""
    way: CallbackVerifier = request.param
    return way


class TestEveryDownloads:
    """The contract."""

    async def test_returns_the_picture(self, verifier: CallbackVerifier) -> None:
        """Byte for byte."""
        async with verifier() as (downloads, url):
            assert await downloads.fetch(Picture((url,))) == PICTURE

    async def test_tries_the_addresses_in_order(self, verifier: CallbackVerifier) -> None:
        """What cannot be used is passed over."""
        async with verifier() as (downloads, url):
            assert await downloads.fetch(Picture(("nonsense:", url))) == PICTURE

    @pytest.mark.parametrize("urls", [(), ("nonsense:",), ("nonsense:", "")])
    async def test_rejects_a_picture_without_a_usable_address(
        self, verifier: CallbackVerifier, urls: tuple[str, ...]
    ) -> None:
        """Nothing can be done about it here."""
        async with verifier() as (downloads, _):
            with pytest.raises(Rejected):
                await downloads.fetch(Picture(urls))

    async def test_leaves_nothing_of_a_failure_in_memory(self, verifier: CallbackVerifier) -> None:
        """Beside the error lies all that came."""
        async with verifier(Unavailable(Code.DOWNLOAD_FAILED, "Away.")) as (downloads, url):
            with left_over("mobart") as found, suppress(Unavailable):
                await downloads.fetch(Picture((url,)))
            assert found == []

    async def test_may_be_asked_again(self, verifier: CallbackVerifier) -> None:
        """What is away comes back."""
        async with verifier(Unavailable(Code.DOWNLOAD_FAILED, "Away.")) as (downloads, url):
            with pytest.raises(Unavailable) as away:
                await downloads.fetch(Picture((url,)))
            assert away.value.code is Code.DOWNLOAD_FAILED
            assert await downloads.fetch(Picture((url,))) == PICTURE


def reach(
    *trusted: RawServer,
    retrier: float = 30.0,
    max_bytes: int = 1024 * 1024,
    parallel: int = 16,
    network: "Network | None" = None,
) -> HttpDownloads:
    """Make downloads that trust some servers, and call all others over *network*."""
    return HttpDownloads(
        trusted_origins=[server.origin for server in trusted],
        timeout=retrier,
        max_bytes=max_bytes,
        parallel=parallel,
        resolver=network,
        refuses=network.refuses if network else refuse_all,
        tls=authority().client(),
    )


def refuse_all(_: IPAddress) -> bool:
    """Trust nobody."""
    return True


@dataclass(slots=True)
class Network(AbstractResolver):
    """An internet of one machine: every name leads there, and only 127.0.0.1 is public."""

    answers: Sequence[str] = ("127.0.0.1",)
    asked: list[str] = field(default_factory=list)
    public: Sequence[str] = ("127.0.0.1",)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Give the answers."""
        self.asked.append(host)
        return [
            ResolveResult(hostname=host, host=answer, port=port, family=family, proto=0, flags=0)
            for answer in self.answers
        ]

    async def close(self) -> None:
        """Do nothing."""

    def refuses(self, address: IPAddress) -> bool:
        """Refuse all but the public."""
        return str(address) not in self.public


async def told_by(downloads: Downloads, *urls: str) -> MobartError:
    """Return the error that a fetch ends in."""
    with pytest.raises(MobartError) as error:
        await downloads.fetch(Picture(urls))
    return error.value


STANDIN_OUTCOMES: dict[str, tuple[type[MobartError], *tuple[Code, ...]] | None] = {
    "serve": None,
    "bomb": None,  # small in bytes; its pixels are counted where it is decoded
    "huge-header": None,
    "truncated": (Rejected, Code.IMAGE_INVALID),
    "overlong": (Rejected, Code.IMAGE_INVALID, Code.DOWNLOAD_FAILED),
    "zero": (Rejected, Code.IMAGE_INVALID),
    "html": (Rejected, Code.IMAGE_INVALID),
    "html-as-png": (Rejected, Code.IMAGE_INVALID),
    "svg": None,
    "gif": None,
    "403": (Rejected, Code.DOWNLOAD_FAILED),
    "404": (Rejected, Code.DOWNLOAD_FAILED),
    "gzip-bomb": (Rejected, Code.IMAGE_TOO_LARGE, Code.DOWNLOAD_FAILED),
    "flood": (Rejected, Code.DOWNLOAD_FAILED),
    "redirect": (Rejected, Code.DOWNLOAD_BLOCKED),
    "endless": (Rejected, Code.IMAGE_TOO_LARGE),
    "cut": (Unavailable, Code.DOWNLOAD_FAILED),
    "500": (Unavailable, Code.DOWNLOAD_FAILED),
    "503": (Unavailable, Code.DOWNLOAD_FAILED),
    "drip": (Unavailable, Code.DOWNLOAD_FAILED),
    "hang": (Unavailable, Code.DOWNLOAD_FAILED),
    "drop": (Unavailable, Code.DOWNLOAD_FAILED),
    "reset": (Unavailable, Code.DOWNLOAD_FAILED),
}


class TestEveryPictureOfTheStandIn:
    """All that the stand-in can do to a download."""

    def test_is_in_the_table(self) -> None:
        """Nothing is left unjudged."""
        assert STANDIN_OUTCOMES.keys() == PICTURES.keys()

    @pytest.mark.parametrize("row", STANDIN_OUTCOMES)
    async def test_is_returned_or_told_apart(self, row: str) -> None:
        """A picture, or the right error."""
        script = Script(seconds=0, side=64, picture=row, location="http://127.0.0.1:9/x.png")
        retrier = SHORT if row in {"drip", "hang", "endless"} else 30.0
        async with midjourney(script) as standin:
            downloads = HttpDownloads(
                trusted_origins=[standin.url],
                timeout=retrier,
                max_bytes=256 * 1024,
            )
            async with client_at("midjourney", standin.url) as client, downloads:
                ticket = await client.submit(Order("r", "u", "a cat"))
                picture = await client.poll(ticket)
                assert isinstance(picture, Picture)
                expected = STANDIN_OUTCOMES[row]
                if expected is None:
                    assert (await downloads.fetch(picture)).startswith(
                        (b"\x89PNG", b"GIF89a", b"<svg")
                    )
                else:
                    told = await told_by(downloads, *picture.urls)
                    assert type(told) is expected[0]
                    assert getattr(told, "code", None) in expected[1:]


async def never_ends(writer: asyncio.StreamWriter) -> None:
    """Send a picture of no announced length, and leave the connection open."""
    writer.write(head(200, {}) + PICTURE)
    await asyncio.Event().wait()


class TestEveryAnswer:
    """What servers say."""

    @pytest.mark.parametrize(
        "status", [201, 204, 206, 300, 304, 400, 401, 402, 403, 404, 405, 410, 416, 451]
    )
    async def test_a_no_is_final_for_this_address(self, status: int) -> None:
        """A fresh poll may give another one."""
        async with raw_server(says(status)) as server, reach(server) as downloads:
            told = await told_by(downloads, f"{server.origin}/a.png")
            assert isinstance(told, Rejected)
            assert told.code is Code.DOWNLOAD_FAILED

    @pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
    async def test_trouble_may_pass(self, status: int) -> None:
        """And when to come back is understood."""
        answer = says(status, "oops", {"Retry-After": "9"})
        async with raw_server(answer) as server, reach(server) as downloads:
            told = await told_by(downloads, f"{server.origin}/a.png")
            assert isinstance(told, Unavailable)
            assert told.retry_after == 9

    @pytest.mark.parametrize(
        ("behaviour", "kind"),
        [
            (resets, Unavailable),
            (sends(b""), Unavailable),
            (sends(head(200, {"Content-Length": "5000"}) + PICTURE[:-20]), Unavailable),
            (sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"), Unavailable),
            (hangs, Unavailable),
            (drips(head(200, {}) + PICTURE, pause=0.1), Unavailable),
            (drips(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 99, pause=0.1), Unavailable),
            (sends(b"SSH-2.0-OpenSSH_9.6\r\n"), Rejected),
            (sends(b"\x00\x01\x02\r\n\r\n"), Rejected),
            (sends(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n"), Rejected),
            (sends(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n"), Rejected),
            (says(200, b"\x1f\x8b" + PICTURE, {"Content-Encoding": "gzip"}), Rejected),
            (says(200, b"\x28\xb5\x2f\xfd" + PICTURE, {"Content-Encoding": "zstd"}), Rejected),
            (says(200, PICTURE[:-20]), Rejected),
        ],
        ids=[
            "reset", "closed", "half a body", "half a chunk", "silence", "drip", "dripped head",
            "ssh", "noise", "header flood", "huge header", "no gzip", "unknown coding", "truncated file",
        ],
    )  # fmt: skip
    async def test_a_broken_way_may_heal_and_a_broken_file_may_not(
        self, behaviour: Behaviour, kind: type[MobartError]
    ) -> None:
        """A way is waited for; a file is not asked for in vain forever."""
        async with raw_server(behaviour) as server, reach(server, retrier=SHORT) as downloads:
            told = await told_by(downloads, f"{server.origin}/a.png")
            assert type(told) is kind

    @pytest.mark.parametrize(
        "behaviour",
        [
            sends(head(200, {"Content-Length": "2048"})),
            says(200, PICTURE + bytes(2048)),
            pours(head(200, {}) + PICTURE, bytes(65536)),
            pours(
                head(200, {"Transfer-Encoding": "chunked"}) + CHUNK,
                b"1000\r\n" + bytes(4096) + b"\r\n",
                b"0\r\n\r\n",
            ),
        ],
        ids=["announced", "sent", "without length", "in chunks"],
    )
    async def test_too_many_bytes_are_not_read(self, behaviour: Behaviour) -> None:
        """Whatever the headers promise."""
        async with raw_server(behaviour) as server, reach(server, max_bytes=1024) as downloads:
            told = await told_by(downloads, f"{server.origin}/a.png")
            assert isinstance(told, Rejected)
            assert told.code is Code.IMAGE_TOO_LARGE

    async def test_as_many_bytes_as_allowed_are_read(self) -> None:
        """The limit itself is no excess."""
        limit = len(PICTURE)
        async with (
            raw_server(says(200, PICTURE)) as server,
            reach(server, max_bytes=limit) as downloads,
        ):
            assert await downloads.fetch(Picture((f"{server.origin}/a.png",))) == PICTURE

    async def test_the_failure_with_most_hope_is_told(self) -> None:
        """A way that may heal before a fresh address before nothing at all."""
        blocked, gone, away = "http://private.example/", "/gone", "/away"
        answers = [says(404), says(404), says(503)]
        async with raw_server(*answers) as server, reach(server) as downloads:
            told = await told_by(downloads, blocked, server.origin + gone)
            assert getattr(told, "code", None) is Code.DOWNLOAD_FAILED
            urls = (blocked, server.origin + gone, server.origin + away)
            assert isinstance(await told_by(downloads, *urls), Unavailable)

    async def test_a_spoiled_copy_is_passed_over(self) -> None:
        """The same picture may be whole elsewhere."""
        answers = [says(200, PICTURE[:-20]), says(200, PICTURE)]
        async with raw_server(*answers) as server, reach(server) as downloads:
            urls = (f"{server.origin}/a.png", f"{server.origin}/b.png")
            assert await downloads.fetch(Picture(urls)) == PICTURE

    async def test_a_part_is_taken_where_nothing_is_whole(self) -> None:
        """If that is wanted: the largest, as a picture that is paid for is better than none."""
        answers = [says(200, PICTURE[:50]), says(200, PICTURE[:-20]), says(200, b"<html>")]
        async with raw_server(*answers) as server, reach(server) as downloads:
            urls = tuple(f"{server.origin}/{name}.png" for name in "abc")
            assert await downloads.fetch(Picture(urls), partial=True) == PICTURE[:-20]

    @pytest.mark.parametrize(
        "behaviour",
        [
            sends(head(200, {"Content-Length": "5000"}) + PICTURE),
            sends(head(200, {"Transfer-Encoding": "chunked"}) + b"1388\r\n" + PICTURE),
            never_ends,
        ],
        ids=["more announced", "a chunk that ends early", "no end"],
    )
    async def test_a_picture_that_came_whole_is_taken_whatever_was_announced(
        self, behaviour: Behaviour
    ) -> None:
        """Browsers show it; a server that miscounts does so each time."""
        async with raw_server(behaviour) as server, reach(server, retrier=SHORT) as downloads:
            assert await downloads.fetch(Picture((f"{server.origin}/a.png",))) == PICTURE

    @pytest.mark.parametrize(
        "lines",
        [
            (f"Content-Length: {len(PICTURE)}",) * 2,
            ("Content-Length: unknown",),
            (f"Content-Length: {len(PICTURE)}", "Transfer-Encoding: identity"),
            ("Odd Name: x", "no header"),
            (f"X: {'y' * 100_000}",),
            tuple(f"X-{number}: y" for number in range(400)),
        ],
        ids=["length twice", "no length", "two ways", "odd lines", "a long line", "many"],
    )
    async def test_an_answer_that_breaks_the_rules_is_read_as_browsers_do(
        self, lines: tuple[str, ...]
    ) -> None:
        """The picture is in it, and paid for; what stands behind it is nobody's."""
        odd = "\r\n".join(("HTTP/1.1 200 OK", *lines, "", "")).encode() + PICTURE + b"\r\n"
        async with raw_server(sends(odd)) as server, reach(server) as downloads:
            found = await downloads.fetch(Picture((f"{server.origin}/a.png",)))
            assert found.removesuffix(b"\r\n") == PICTURE

    async def test_an_answer_that_breaks_the_rules_leads_nowhere_private(self) -> None:
        """Whoever answers so is asked again only at an address that may be called."""
        network = Network()

        async def turns_private(writer: asyncio.StreamWriter) -> None:
            network.public = ()
            writer.write(b"HTTP/1.1 200 OK\r\nno header\r\n\r\n" + PICTURE)

        async with (
            raw_server(turns_private, tls=authority().server(CDN)) as server,
            reach(network=network) as downloads,
        ):
            told = await told_by(downloads, f"https://{CDN}:{server.port}/a.png")
            assert getattr(told, "code", None) is Code.DOWNLOAD_BLOCKED
            assert server.connections == 1

    @pytest.mark.parametrize("status", [201, 202, 206, 226])
    async def test_a_picture_is_taken_with_any_success(self, status: int) -> None:
        """Browsers look at what came."""
        async with raw_server(says(status, PICTURE)) as server, reach(server) as downloads:
            assert await downloads.fetch(Picture((f"{server.origin}/a.png",))) == PICTURE

    async def test_a_picture_within_something_else_is_taken(self) -> None:
        """Asking again would bring the same."""
        for body in (b"\n" + PICTURE, base64.b64encode(PICTURE)):
            async with raw_server(says(200, body)) as server, reach(server) as downloads:
                assert await downloads.fetch(Picture((f"{server.origin}/a.png",))) == PICTURE

    async def test_what_came_over_a_line_that_breaks_is_taken_if_parts_are(self) -> None:
        """A picture that is paid for is better than none."""
        broken = sends(head(200, {"Content-Length": "5000"}) + PICTURE[:-20])
        async with raw_server(broken, broken) as server, reach(server) as downloads:
            picture = Picture((f"{server.origin}/a.png",))
            assert isinstance(await told_by(downloads, *picture.urls), Unavailable)
            assert await downloads.fetch(picture, partial=True) == PICTURE[:-20]

    async def test_a_whole_picture_is_taken_before_a_part(self) -> None:
        """Wherever it is."""
        answers = [says(200, PICTURE[:-20]), says(200, PICTURE)]
        async with raw_server(*answers) as server, reach(server) as downloads:
            urls = (f"{server.origin}/a.png", f"{server.origin}/b.png")
            assert await downloads.fetch(Picture(urls), partial=True) == PICTURE

    async def test_nothing_is_told_to_the_server(self) -> None:
        """No key, no cookie, not even one that it set itself; the query as it came."""
        cookie = says(302, "", {"Location": "/b.png?x=%2f&", "Set-Cookie": "id=1"})
        async with raw_server(cookie, says(200, PICTURE)) as server, reach(server) as downloads:
            await downloads.fetch(Picture((f"{server.origin}/a.png?ex=1&hm=%2F%2f&",)))
            targets = [heard.target for heard in server.heard]
            assert targets == ["/a.png?ex=1&hm=%2F%2f&", "/b.png?x=%2f&"]
            for heard in server.heard:
                assert heard.headers.keys() == {"host", "user-agent", "accept", "accept-encoding"}
                assert heard.headers["accept-encoding"] == "identity"

    async def test_a_proxy_from_the_environment_is_not_asked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It would make every check of addresses void."""
        async with raw_server(says(502)) as proxy, raw_server(says(200, PICTURE)) as server:
            monkeypatch.setenv("HTTP_PROXY", proxy.origin)
            monkeypatch.setenv("http_proxy", proxy.origin)
            async with reach(server) as downloads:
                assert await downloads.fetch(Picture((f"{server.origin}/a.png",))) == PICTURE
            assert proxy.connections == 0

    async def test_no_address_is_repeated(self) -> None:
        """A signed one is a secret."""
        async with raw_server(says(404)) as server, reach(server) as downloads:
            told = await told_by(downloads, f"{server.origin}/a.png?signature=canary")
            assert "canary" not in f"{told!r} {told}"

    async def test_only_so_many_pictures_are_held_at_a_time(self) -> None:
        """The rest waits its turn."""
        here, most = 0, 0

        async def held(writer: asyncio.StreamWriter) -> None:
            nonlocal here, most
            here, most = here + 1, max(most, here + 1)
            for _ in range(100):
                await asyncio.sleep(0)  # those that are not held back come in now
            here -= 1
            await says(200, PICTURE)(writer)

        async with raw_server(held) as server, reach(server, parallel=2) as downloads:
            picture = Picture((f"{server.origin}/a.png",))
            await asyncio.gather(*(downloads.fetch(picture) for _ in range(7)))
        assert most == 2


class TestTheWay:
    """Connections that do not come to stand."""

    async def test_nobody_listening_may_change(self) -> None:
        """The host may be restarting."""
        origin = f"http://127.0.0.1:{closed_port()}"
        async with HttpDownloads(trusted_origins=[origin]) as downloads:
            assert isinstance(await told_by(downloads, f"{origin}/a.png"), Unavailable)

    async def test_a_connection_that_never_stands_may_change(self) -> None:
        """After the time that one address gets."""
        with deaf_port() as port:
            origin = f"http://127.0.0.1:{port}"
            async with HttpDownloads(trusted_origins=[origin], timeout=0.3) as downloads:
                assert isinstance(await told_by(downloads, f"{origin}/a.png"), Unavailable)

    async def test_a_public_host_is_called_over_tls(self) -> None:
        """By the name that its certificate has."""
        async with raw_server(says(200, PICTURE), tls=authority().server(CDN)) as server:
            network = Network()
            async with reach(network=network) as downloads:
                url = f"https://{CDN}:{server.port}/a.png"
                assert await downloads.fetch(Picture((url,))) == PICTURE
            assert network.asked == [CDN]

    @pytest.mark.parametrize(
        "server_tls",
        [
            lambda: authority().server("other.example"),
            lambda: authority().server(CDN, days=-1),
            lambda: None,
        ],
        ids=["another name", "expired", "no TLS"],
    )
    async def test_a_certificate_is_checked(
        self, server_tls: Callable[[], ssl.SSLContext | None]
    ) -> None:
        """Nothing is fetched from who cannot show the right one."""
        async with raw_server(hangs, tls=server_tls(), greeting=b"hello\r\n") as server:
            async with reach(network=Network(), retrier=SHORT) as downloads:
                told = await told_by(downloads, f"https://{CDN}:{server.port}/a.png")
                assert isinstance(told, Unavailable)
            assert server.heard == []

    async def test_a_name_without_an_address_may_get_one(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Resolvers have bad days."""

        async def unknown(*_: object, **__: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
        async with HttpDownloads() as downloads:
            assert isinstance(await told_by(downloads, "https://gone.example/a"), Unavailable)

    @pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", "-", "."])
    async def test_a_name_that_is_none_is_rejected(self, host: str) -> None:
        """Nobody is called by it, and nothing breaks."""
        async with HttpDownloads() as downloads:
            assert isinstance(await told_by(downloads, f"https://{host}/a"), Rejected | Unavailable)


class TestTheGuard:
    """Nobody private is ever called."""

    @pytest.mark.parametrize(
        "answers",
        [("127.0.0.2",), ("127.0.0.1", "127.0.0.2"), ("127.0.0.2", "127.0.0.1"), ("::1",)],
    )
    async def test_one_private_answer_of_the_resolver_is_too_many(
        self, answers: Sequence[str]
    ) -> None:
        """No connection is made, not even to the public ones."""
        async with raw_server(says(), tls=authority().server(CDN)) as server:
            async with reach(network=Network(answers)) as downloads:
                told = await told_by(downloads, f"https://{CDN}:{server.port}/a.png")
                assert isinstance(told, Rejected)
                assert told.code is Code.DOWNLOAD_BLOCKED
            assert server.connections == 0

    async def test_a_name_of_this_machine_is_private(self) -> None:
        """With the real resolver and the real table."""
        async with raw_server(says(), tls=authority().server("localhost")) as server:
            async with HttpDownloads(tls=authority().client()) as downloads:
                told = await told_by(downloads, f"https://localhost:{server.port}/a.png")
                assert getattr(told, "code", None) is Code.DOWNLOAD_BLOCKED
            assert server.connections == 0

    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f000001"]
    )
    async def test_no_spelling_of_this_machine_is_called(self, host: str) -> None:
        """Resolvers understand more spellings than one."""
        async with raw_server(says(), tls=authority().server("127.0.0.1")) as server:
            async with HttpDownloads(tls=authority().client()) as downloads:
                told = await told_by(downloads, f"https://{host}:{server.port}/a.png")
                assert getattr(told, "code", None) is Code.DOWNLOAD_BLOCKED
            assert server.connections == 0

    async def test_an_address_that_turns_private_is_not_called(self) -> None:
        """The last look is straight before the call."""
        network = Network()
        looks = iter([False, True])
        async with raw_server(says(), tls=authority().server(CDN)) as server:
            downloads = HttpDownloads(
                resolver=network,
                refuses=lambda _: next(looks),
                tls=authority().client(),
            )
            async with downloads:
                told = await told_by(downloads, f"https://{CDN}:{server.port}/a.png")
                assert getattr(told, "code", None) is Code.DOWNLOAD_BLOCKED
            assert server.connections == 0

    @pytest.mark.parametrize(
        "target",
        [
            "http://cdn.example:{port}/b.png",
            "http://127.0.0.1:{port}/b.png",
            "https://127.0.0.1:{port}/b.png",
            "https://[::ffff:127.0.0.1]:{port}/b.png",
            "https://[64:ff9b::7f00:1]:{port}/b.png",
            "file:///etc/passwd",
        ],
    )
    async def test_no_redirect_leads_anywhere_private(self, target: str) -> None:
        """Nor from https to http."""
        async with raw_server(says()) as victim:
            moved = says(302, "", {"Location": target.format(port=victim.port)})
            async with raw_server(moved, tls=authority().server(CDN)) as server:
                async with reach(network=Network()) as downloads:
                    told = await told_by(downloads, f"https://{CDN}:{server.port}/a.png")
                    assert getattr(told, "code", None) is Code.DOWNLOAD_BLOCKED
                assert server.connections == 1
            assert victim.connections == 0

    async def test_a_redirect_to_a_public_host_is_followed(self) -> None:
        """CDNs do that."""
        async with raw_server(says(200, PICTURE), tls=authority().server("b.example")) as second:
            moved = says(307, "", {"Location": f"https://b.example:{second.port}/b.png"})
            tls = authority().server(CDN)
            async with raw_server(moved, tls=tls) as first, reach(network=Network()) as downloads:
                url = f"https://{CDN}:{first.port}/a.png"
                assert await downloads.fetch(Picture((url,))) == PICTURE

    @pytest.mark.parametrize(("hops", "well"), [(20, True), (21, False)])
    async def test_redirects_come_to_an_end(self, hops: int, *, well: bool) -> None:
        """Twenty are followed, as browsers do, and no more."""
        moved = says(301, "", {"Location": "/next.png"})
        async with raw_server(*[moved] * hops, says(200, PICTURE)) as server:
            async with reach(server) as downloads:
                if well:
                    assert await downloads.fetch(Picture((server.origin,))) == PICTURE
                else:
                    told = await told_by(downloads, server.origin)
                    assert getattr(told, "code", None) is Code.DOWNLOAD_BLOCKED
            assert len(server.heard) == 21

    @pytest.mark.parametrize(
        ("coding", "pack"),
        [("gzip", gzip.compress), ("X-GZip", gzip.compress), ("deflate", zlib.compress)],
    )
    async def test_a_body_that_was_packed_on_the_way_is_unpacked(
        self, coding: str, pack: Callable[[bytes], bytes]
    ) -> None:
        """Nobody asked for it, but a browser would show the picture."""
        answer = says(200, pack(PICTURE), {"Content-Encoding": coding})
        async with raw_server(answer) as server, reach(server) as downloads:
            assert await downloads.fetch(Picture((server.origin,))) == PICTURE

    @pytest.mark.parametrize(
        "coding", ["aws-chunked", "UTF-8", "none", "gzip", "aws-chunked, gzip"]
    )
    async def test_a_picture_that_was_never_packed_is_taken_as_it_is(self, coding: str) -> None:
        """S3 stores hand on what an upload named, and browsers pass over what they do not know."""
        answer = says(200, PICTURE, {"Content-Encoding": coding})
        async with raw_server(answer) as server, reach(server) as downloads:
            assert await downloads.fetch(Picture((server.origin,))) == PICTURE

    async def test_a_packed_body_is_measured_unpacked(self) -> None:
        """A few kilobytes may hold gigabytes."""
        bomb = gzip.compress(bytes(50 * 2**20))
        answer = says(200, bomb, {"Content-Encoding": "gzip"})
        async with raw_server(answer) as server, reach(server) as downloads:
            told = await told_by(downloads, server.origin)
            assert getattr(told, "code", None) is Code.IMAGE_TOO_LARGE

    async def test_a_redirect_to_nowhere_is_a_failure(self) -> None:
        """Without a place to go there is nothing to judge."""
        async with raw_server(says(302)) as server, reach(server) as downloads:
            told = await told_by(downloads, server.origin)
            assert getattr(told, "code", None) is Code.DOWNLOAD_FAILED

    @pytest.mark.parametrize("status", [300, 302, 305, 307])
    async def test_a_picture_that_comes_where_others_redirect_is_taken(self, status: int) -> None:
        """As a browser shows it, where nothing else is named."""
        answer = says(status, PICTURE)
        async with raw_server(answer) as server, reach(server) as downloads:
            assert await downloads.fetch(Picture((server.origin,))) == PICTURE

    async def test_what_a_300_prefers_is_fetched(self) -> None:
        """It may list the others in its body."""
        choices = says(300, "a list", {"Location": "/b.png"})
        async with raw_server(choices, says(200, PICTURE)) as server, reach(server) as downloads:
            assert await downloads.fetch(Picture((server.origin,))) == PICTURE

    async def test_a_picture_that_came_with_a_redirect_is_what_is_left_of_it(self) -> None:
        """Where the other place has none, and goes on having none; a text of a redirect is not read."""
        image = {"Location": "/b.png", "Content-Type": "image/png"}
        for body, headers, well in (
            (PICTURE, image, True),
            (PICTURE, {"Location": "/b.png"}, False),
            (b"moved", image, False),
        ):
            answers = [says(302, body, headers), says(404)] * 2
            async with raw_server(*answers) as server, reach(server) as downloads:
                picture = Picture((server.origin,))
                with pytest.raises(Rejected):
                    await downloads.fetch(picture)
                told = await outcome(downloads.fetch(picture, partial=True))
                assert (told == PICTURE) is well

    async def test_a_name_and_password_in_an_address_are_sent_to_its_own_origin_alone(self) -> None:
        """As browsers do."""
        async with raw_server(says(200, PICTURE)) as other:
            hops = (
                says(302, "", {"Location": "/b.png"}),
                says(302, "", {"Location": f"{other.origin}/c.png"}),
            )
            async with raw_server(*hops) as server:
                origins = [server.origin, other.origin]
                async with HttpDownloads(trusted_origins=origins) as downloads:
                    url = server.origin.replace("://", "://user:secret@")
                    assert await downloads.fetch(Picture((f"{url}/a.png",))) == PICTURE
        login = f"Basic {base64.b64encode(b'user:secret').decode()}"
        assert [one.headers.get("authorization") for one in server.heard] == [login, login]
        assert "authorization" not in other.heard[0].headers

    async def test_trust_ends_at_the_port(self) -> None:
        """The API's own host is trusted where it was configured, and nowhere else."""
        async with raw_server(says()) as api, raw_server(says()) as other:
            async with reach(api) as downloads:
                told = await told_by(downloads, f"{other.origin}/a.png")
                assert getattr(told, "code", None) is Code.DOWNLOAD_BLOCKED
            assert other.connections == 0

    async def test_the_resolver_is_guarded(self) -> None:
        """All answers, or none."""
        network = Network(("127.0.0.1", "127.0.0.2"), public=("127.0.0.1", "127.0.0.2"))
        guarded = GuardedResolver(network, network.refuses)
        answers = await guarded.resolve(CDN, 443)
        assert [answer["host"] for answer in answers] == ["127.0.0.1", "127.0.0.2"]
        network.public = ("127.0.0.1",)
        with pytest.raises(AddressRefused):
            await guarded.resolve(CDN, 443)

    @pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
    def test_a_socket_to_someone_private_is_never_opened(self, address: str) -> None:
        """This also sees addresses that no resolver was asked for."""
        family = socket.AF_INET if "." in address else socket.AF_INET6
        asked: list[IPAddress] = []

        def refuses(candidate: IPAddress) -> bool:
            asked.append(candidate)
            return True

        with pytest.raises(AddressRefused):
            guarded_socket(refuses)((family, socket.SOCK_STREAM, 6, "", (address, 443)))
        assert asked == [ip_address(address)]


async def test_credentials_of_a_trusted_origin_are_sent_to_it_alone() -> None:
    """As a header; where it redirects to another host, they do not go along."""
    async with raw_server(says(404)) as other:
        redirect = says(302, "", {"Location": f"{other.origin}/x.png"})
        async with raw_server(redirect) as server:
            origins = [server.origin.replace("://", "://user:secret@"), other.origin]
            async with HttpDownloads(trusted_origins=origins) as downloads:
                await outcome(downloads.fetch(Picture((f"{server.origin}/view?filename=x.png",))))
    login = base64.b64encode(b"user:secret").decode()
    assert server.heard[0].headers["authorization"] == f"Basic {login}"
    assert "authorization" not in other.heard[0].headers


async def test_a_picture_in_its_own_address_is_decoded() -> None:
    """A `data:` URI needs no host; what is no picture is refused as from anywhere else."""
    async with HttpDownloads() as elsewhere:
        downloads = StoredDownloads("kept:", load=MemoryStore().get_raw, elsewhere=elsewhere)
        assert await downloads.fetch(Picture((data_uri(PICTURE),))) == PICTURE
        with pytest.raises(Rejected) as no:
            await downloads.fetch(Picture((data_uri(b"<svg/>"),)))
        assert no.value.code is Code.IMAGE_INVALID
