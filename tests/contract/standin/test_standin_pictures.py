"""What the stand-in serves as pictures."""

import io
from collections.abc import AsyncIterator

import aiohttp
import pytest
from PIL import Image

from mobart_local.standin import Script, StandIn
from mobart_local.standin.pictures import picture
from tests.support.standin_client import CLOSED, Client, connected


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Give a client of a stand-in whose generations end at once."""
    async with connected() as client:
        yield client


@pytest.mark.parametrize("encoding", ["png", "jpeg", "webp"])
async def test_pictures_come_in_the_encoding_asked_for(client: Client, encoding: str) -> None:
    """Under an address that ends in .png all the same."""
    heard = await client.picture(Script(seconds=0, side=64, encoding=encoding))
    image = Image.open(io.BytesIO(heard.body))
    assert (image.format, image.size) == (encoding.upper(), (64, 64))


async def test_picture_painted_ahead_is_the_same() -> None:
    """It is only there sooner."""
    script = Script(seconds=0, side=64)
    standin = StandIn(default=script, paint_ahead=True)
    async with standin, aiohttp.ClientSession() as session:
        client = Client(standin, session)
        task_id = await client.submit()
        heard = await client.ask("GET", f"{standin.origin}/mj/{task_id}.png")
    assert heard.body == picture(standin.ledger.tasks[task_id])


async def test_single_is_one_picture_instead_of_four(client: Client) -> None:
    """It fills the whole side."""
    heard = await client.picture(Script(seconds=0, side=64, shape="single"))
    assert Image.open(io.BytesIO(heard.body)).size == (64, 64)


async def test_picture_is_not_there_before_the_task_is_finished(client: Client) -> None:
    """404 in plain text."""
    client.standin.play(Script(seconds=1000))
    task_id = await client.submit()
    heard = await client.ask("GET", f"{client.standin.origin}/mj/{task_id}.png")
    assert (heard.status, heard.body) == (404, b"This content is no longer available.")


@pytest.mark.parametrize(
    ("name", "status", "start"),
    [
        ("html", 200, b"<!DOCTYPE"),
        ("html-as-png", 200, b"<!DOCTYPE"),
        ("403", 403, b"<!DOCTYPE"),
        ("404", 404, b"This content"),
        ("500", 500, b"oops"),
        ("503", 503, b"slow down"),
        ("svg", 200, b"<svg"),
        ("gif", 200, b"GIF89a"),
        ("zero", 200, b""),
        ("truncated", 200, b"\x89PNG"),
        ("bomb", 200, b"\x89PNG"),
        ("huge-header", 200, b"\x89PNG"),
    ],
)
async def test_bad_pictures_answer_as_named(
    client: Client, name: str, status: int, start: bytes
) -> None:
    """Status and first bytes are the row's."""
    heard = await client.picture(Script(seconds=0, side=64, picture=name))
    assert (heard.status, heard.body[: len(start)]) == (status, start)


async def test_truncated_picture_heals_after_so_many_downloads(client: Client) -> None:
    """Once truncated, then whole."""
    client.standin.play(Script(seconds=0, side=64, picture="truncated", picture_times=1))
    url = f"{client.standin.origin}/mj/{await client.submit()}.png"
    half, whole = [(await client.ask("GET", url)).body for _ in range(2)]
    assert half == whole[: len(whole) // 2]


@pytest.mark.parametrize("name", ["cut", "drop", "reset"])
async def test_picture_may_lose_its_connection(client: Client, name: str) -> None:
    """Before all bytes that were announced are there."""
    with pytest.raises(CLOSED):
        await client.picture(Script(seconds=0, side=64, picture=name))


async def test_hanging_picture_ends_without_an_answer(client: Client) -> None:
    """The connection closes after the hold time."""
    with pytest.raises(CLOSED):
        await client.picture(Script(seconds=0, picture="hang", hold_seconds=0.01))


@pytest.mark.parametrize(
    ("name", "pixels"), [("bomb", 13_370 * 13_370), ("huge-header", 65_535 * 65_535)]
)
async def test_bombs_are_small_files_of_many_pixels(client: Client, name: str, pixels: int) -> None:
    """The header says it all."""
    heard = await client.picture(Script(seconds=0, picture=name))
    width, height = (int.from_bytes(heard.body[at : at + 4]) for at in (16, 20))
    assert (width * height, len(heard.body) < 30_000) == (pixels, True)


async def test_overlong_picture_sends_twice_what_it_announced(client: Client) -> None:
    """`Content-Length` is a lie."""
    raw = await client.raw_picture(Script(seconds=0, side=64, picture="overlong"), 1_000_000)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body) // 2}".encode() in head.split(b"\r\n")


async def test_gzip_bomb_is_small_on_the_wire(client: Client) -> None:
    """Some 200 kB that say they are gzip."""
    raw = await client.raw_picture(Script(seconds=0, picture="gzip-bomb"), 1_000_000)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head.split(b"\r\n")
    assert (body[:2], len(body) < 300_000) == (b"\x1f\x8b", True)


async def test_endless_picture_has_no_end(client: Client) -> None:
    """A hundred times the picture, and still more."""
    raw = await client.raw_picture(Script(seconds=0, side=64, picture="endless"), 1_000_000)
    assert len(raw) >= 1_000_000


async def test_flood_has_a_hundred_thousand_headers(client: Client) -> None:
    """More than any client should read."""
    raw = await client.raw_picture(Script(seconds=0, side=64, picture="flood"), 10_000_000)
    assert raw.count(b"\r\nX-Flood-") == 100_000


async def test_dripping_picture_comes_byte_by_byte(client: Client) -> None:
    """The head comes at once, then very little."""
    raw = await client.raw_picture(Script(seconds=0, side=64, picture="drip"), 90)
    assert raw.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("row", "field"), [("tiles", "temporary_image_urls"), ("tiles-only", "image_urls")]
)
async def test_tiles_have_addresses_of_their_own(client: Client, row: str, field: str) -> None:
    """Four pictures, each a quarter of the grid."""
    client.standin.play(Script(seconds=0, side=64, addresses=row))
    result = (await client.fetch(await client.submit())).json()["task_result"]
    tiles = [(await client.ask("GET", url)).body for url in result[field]]
    assert [Image.open(io.BytesIO(tile)).size for tile in tiles] == [(32, 32)] * 4
    assert len(set(tiles)) == 4


async def test_signed_address_needs_its_query_byte_for_byte(client: Client) -> None:
    """Down to the last ampersand."""
    client.standin.play(Script(seconds=0, side=64, addresses="signed-only"))
    result = (await client.fetch(await client.submit())).json()["task_result"]
    url = result["discord_image_url"]
    heard = [(await client.ask("GET", it)).status for it in (url, url[:-1], url.split("?")[0])]
    assert (result["image_url"], heard) == ("", [200, 404, 404])
