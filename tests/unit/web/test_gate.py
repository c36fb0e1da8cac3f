"""The status page under attack: who is not let in, by every way there is."""

import asyncio

import pytest

from mobart.core.events import LogEvent
from mobart.core.operations import ACTIONS
from mobart.web.api.endpoints import path_of
from mobart.web.gate import MOST_WRONG
from mobart.web.routes import form_of
from tests.support.status_pages import TOKEN, Site, site

READ = (
    "/",
    "/live",
    "/requests",
    "/requests/r-1",
    "/requests/r-1/asset.png",
    "/sheet",
    "/v1/status",
)
WRITE = sorted(
    {
        way(action).format(request_id="r-1", user_id="u-1")
        for action in ACTIONS
        for way in (path_of, form_of)
    }
)
OURS = {"Sec_Fetch_Site": "same-origin"}


@pytest.mark.parametrize("path", [*READ, "/sign-in", "/static/page.css"])
async def test_beyond_this_machine_nothing_is_shown_without_a_token(path: str) -> None:
    """Not even the form: there is nothing to sign in with."""
    async with site(token="", host="0.0.0.0") as one:  # noqa: S104 - that is the point
        status, text, _ = await one.get(path)
        assert status == 403
        assert "MOBART_UI_TOKEN" in text


@pytest.mark.parametrize("path", WRITE)
async def test_nothing_is_changed_without_a_token(path: str) -> None:
    """Whatever the browser says of itself."""
    async with site(token="") as one:
        assert (await one.send("POST", path, headers=OURS))[0] == 403
        assert one.notes.of(LogEvent.OPERATOR_ACTED) == []


async def test_on_this_machine_the_page_is_shown_without_a_token() -> None:
    """And it offers nothing that would change anything."""
    async with site(token="") as one:
        status, text, _ = await one.get("/")
        assert status == 200
        assert '<form method="post"' not in text
        assert "read only" in text


@pytest.mark.parametrize("path", [*READ, "/v1/openapi.json"])
async def test_a_name_that_was_pointed_here_is_not_answered(path: str) -> None:
    """DNS rebinding: the page of another site would read this one."""
    async with site(token="") as one:
        assert (await one.get(path, Host="evil.test"))[0] == 421


FORM = b"application/x-www-form-urlencoded"
PARTS = b"multipart/form-data; boundary=x"
ODD_HEADS = {
    "a token that is no text": b"Authorization: Bearer \xff\xfe\r\n",
    "a session that is no text": b"Cookie: mobart_session=9999999999.\xff.\xff\r\n",
    "half an address": b"Origin: http://[\r\n",
    "a coding that it has not": b"Sec-Fetch-Site: same-origin\r\nContent-Encoding: gzip\r\n",
    "a charset of its own": b"Sec-Fetch-Site: same-origin\r\nContent-Type: %b; charset=x\r\n"
    % FORM,
    "parts": b"Sec-Fetch-Site: same-origin\r\nContent-Type: %b\r\n" % PARTS,
}


@pytest.mark.parametrize("path", ["/", "/sign-in", "/pause", "/v1/pause"])
@pytest.mark.parametrize("head", ODD_HEADS.values(), ids=ODD_HEADS)
@pytest.mark.parametrize("body", [b"token=\xff", b"a=&" * 200, b"--x\r\n\r\n"])
async def test_odd_bytes_of_strangers_are_no_fault_of_ours(
    path: str, head: bytes, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Each fault would be a traceback in the log, which anybody could fill."""
    async with site() as one:
        reader, writer = await asyncio.open_connection("127.0.0.1", one.server.port)
        line = b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n" % (path.encode(), len(body))
        writer.write(line + head + b"\r\n" + body)
        assert (await reader.read(12)).startswith(b"HTTP/1.1 4")
        writer.close()
    assert caplog.records == []


async def test_half_surrogates_in_a_call_are_refused() -> None:
    """Redis could not take them."""
    async with site() as one:
        body = b'{"prompt": "\\ud800", "user_id": "u"}'
        assert (await one.call("POST", "/v1/requests", data=body))[0] == 422


@pytest.mark.parametrize("path", READ)
async def test_with_a_token_nobody_looks_without_it(path: str) -> None:
    """A browser is asked to sign in, a program is told."""
    async with site() as one:
        for header in ({}, {"Authorization": "Bearer wrong"}, {"Cookie": "mobart_session=1.2.3"}):
            status, text, told = await one.get(path, **header)
            assert status == (401 if path.startswith("/v1") else 302)
            assert "Outstanding" not in text
            assert status == 401 or told["Location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("path", WRITE)
async def test_with_a_token_nobody_changes_anything_without_it(path: str) -> None:
    """Not with a page's headers alone."""
    async with site() as one:
        assert (await one.send("POST", path, headers=OURS))[0] == 401
        assert (await one.get(path))[0] in {302, 401, 404, 405}
        assert one.notes.of(LogEvent.OPERATOR_ACTED) == []


async def test_a_browser_signs_in_and_out() -> None:
    """Its session lives in a cookie that no script reads and no other site sends."""
    async with site() as one:
        _, _, told = await one.send(
            "POST", "/sign-in?next=/sheet", data={"token": f" {TOKEN} "}, headers=OURS
        )
        assert told["Location"] == "/sheet"
        for word in ("HttpOnly", "SameSite=Strict", "Path=/"):
            assert word in told["Set-Cookie"]
        assert "Secure" not in told["Set-Cookie"]
        assert TOKEN not in told["Set-Cookie"]
        cookie, key = await one.signed_in()
        assert (await one.get("/", Cookie=cookie))[0] == 200
        _, _, left = await one.send(
            "POST", "/sign-out", headers=OURS | {"Cookie": cookie}, data={"form_key": key}
        )
        assert "Max-Age=0" in left["Set-Cookie"]


async def test_behind_https_the_cookie_is_sent_over_https_only() -> None:
    """As a proxy tells."""
    async with site() as one:
        headers = OURS | {"X_Forwarded_Proto": "https"}
        _, _, told = await one.send("POST", "/sign-in", data={"token": TOKEN}, headers=headers)
        assert "Secure" in told["Set-Cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "http://evil.test"},
    ],
)
async def test_another_site_neither_signs_in_nor_uses_a_session(headers: dict[str, str]) -> None:
    """Even with the cookie and the key of a form."""
    async with site() as one:
        status, _, told = await one.send("POST", "/sign-in", data={"token": TOKEN}, headers=headers)
        assert (status, told.get("Set-Cookie")) == (403, None)
        cookie, key = await one.signed_in()
        used = headers | {"Cookie": cookie}
        assert (await one.send("POST", "/pause", headers=used, data={"form_key": key}))[0] == 403
        assert not one.world.redis.paused


@pytest.mark.parametrize("given", ["", "0" * 64, "é"])
async def test_a_form_needs_the_key_of_its_session(given: str) -> None:
    """A cookie alone changes nothing, not even from here."""
    async with site() as one:
        cookie, _ = await one.signed_in()
        headers = OURS | {"Cookie": cookie}
        for path, body in (("/pause", {"data": {"form_key": given}}), ("/v1/pause", {"json": {}})):
            assert (await one.send("POST", path, headers=headers, **body))[0] == 403
        assert not one.world.redis.paused


async def test_a_form_with_its_key_does_what_it_says() -> None:
    """And it is logged which session that was."""
    async with site() as one:
        cookie, key = await one.signed_in()
        headers = OURS | {"Cookie": cookie}
        status, _, told = await one.send("POST", "/pause", headers=headers, data={"form_key": key})
        assert (status, told["Location"]) == (303, "/?done=Nothing+new+begins.")
        assert one.world.redis.paused
        [acted] = one.notes.of(LogEvent.OPERATOR_ACTED)
        assert acted["actor"].startswith("session ")


async def test_a_wrong_token_is_answered_slowly_and_logged_without_it() -> None:
    """Many at once are turned away, and the right one still works."""
    async with site() as one:

        async def guess() -> int:
            return (await one.send("POST", "/sign-in", data={"token": "guess"}, headers=OURS))[0]

        answers = await asyncio.gather(*(guess() for _ in range(3 * MOST_WRONG)))
        assert set(answers) == {401, 429}
        refused = one.notes.of(LogEvent.OPERATOR_REFUSED)
        assert 0 < len(refused) < 3 * MOST_WRONG
        assert "guess" not in str(refused)
        await one.signed_in()


async def test_every_answer_forbids_what_a_page_does_not_need() -> None:
    """No script but our own, no frame, no guessing of types, nothing in a cache."""
    async with site() as one:
        for path in ("/", "/sign-in", "/static/page.js", "/v1/openapi.json", "/nowhere"):
            _, _, told = await one.get(path, Authorization=f"Bearer {TOKEN}")
            policy = told["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'"), path
            assert "frame-ancestors 'none'" in policy, path
            assert "unsafe" not in policy
            assert told["X-Content-Type-Options"] == "nosniff"
            assert told["Cache-Control"] == "no-store"
            assert "Access-Control-Allow-Origin" not in told


@pytest.mark.parametrize("path", ["/static/../gate.py", "/static/%2e%2e/gate.py", "/static/x.css"])
async def test_only_the_pages_own_files_are_served(path: str) -> None:
    """Whatever the address looks like."""
    async with site() as one:
        assert (await one.get(path))[0] in {302, 404}


async def quiet(one: Site) -> None:
    """Nothing was done."""
    assert one.notes.of(LogEvent.OPERATOR_ACTED) == []


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"[" * 10000, b'{"preset": 1}', b'"x"', b"\xff", b'{"preset": null}']
)
async def test_a_body_that_makes_no_sense_is_told(body: bytes) -> None:
    """And nothing is done."""
    async with site() as one:
        status, text = await one.call("POST", "/v1/requests/r-1/reprocess", data=body)
        assert status == 422
        assert "error" in text
        await quiet(one)


async def test_a_body_that_is_too_large_is_refused() -> None:
    """Before it is read."""
    async with site() as one:
        assert (await one.call("POST", "/v1/requests", data=b"x" * 300_000))[0] == 413
        await quiet(one)
