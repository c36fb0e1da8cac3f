"""The pages themselves: each reads what it shows and writes it as HTML."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from aiohttp import web

from mobart import __version__
from mobart.core.errors import Code
from mobart.core.operations import offers
from mobart.core.views import STATUSES, Page, Query, RequestView
from mobart.web.gate import Gate
from mobart.web.page.overview import RANGES, Desk
from mobart.web.page.templating import write

SHEET = 24
"""Pictures on one page of the contact sheet."""
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SAID = ("done", "sorry", "after")
"""Fields of an address that do not belong to a query."""
Parts = Callable[[], Awaitable[Mapping[str, str]]]


class Said(NamedTuple):
    """What is told at the top of a page."""

    text: str
    bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How pages are written."""

    show_prompts: bool
    presets: Sequence[str]
    max_prompt_chars: int
    read_only: bool

    def page(self, gate: Gate | None, request: web.Request, template: str, **values: Any) -> str:
        """Write a page with what every page needs."""
        key = gate.form_key(request) if gate else ""
        common = {
            "form_key": key,
            "here": request.path,
            "may_change": bool(key),
            "presets": self.presets,
            "read_only": self.read_only,
            "said": said(request),
            "show_prompts": self.show_prompts,
            "title": "Mobart",
            "version": __version__,
        }
        return write(template, common | values)


def html(text: str) -> web.Response:
    """Answer with a page."""
    answer = web.Response(text=text, content_type="text/html", charset="utf-8")
    answer.headers["Content-Security-Policy"] = CSP
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


def said(request: web.Request) -> Said | None:
    """Return what an action before told, which came along in the address; not from elsewhere."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return None
    for name, bad in (("done", False), ("sorry", True)):
        if text := request.query.get(name):
            return Said(text[:300], bad)
    return None


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one HTTP port."""

    gate: Gate
    desk: Desk
    look: Look
    parts: Parts
    """Returns what is wrong with Redis and S3, by name; "" where nothing is."""

    async def overview(self, request: web.Request) -> web.Response:
        """Show everything at a glance."""
        span = request.query.get("range", "1h")
        span = span if span in RANGES else "1h"
        live, figures = await self.desk.live(), await self.desk.figures(span)
        values = {"live": live, "figures": figures, "span": span, "ranges": RANGES}
        return self._page(
            request, "overview.html", title="Overview", parts=await self.parts(), **values
        )

    async def live(self) -> str:
        """Write the part of the first page that changes every second."""
        values = {"live": await self.desk.live(), "show_prompts": self.look.show_prompts}
        return write("live.html", values | {"parts": await self.parts(), "form_key": ""})

    async def find(self, request: web.Request) -> web.Response:
        """Go to a request of that id, or else to the requests of that user."""
        wanted = request.query.get("q", "").strip()
        if wanted and await self.desk.requests.find(wanted) is not None:
            raise web.HTTPFound(path_of(wanted))
        raise web.HTTPFound(f"/requests?{urlencode({'user': wanted})}")

    async def list_requests(self, request: web.Request) -> web.Response:
        """List requests by what they have in common."""
        query = query_of(request.query, now=self.gate.access.now())
        page = await self.desk.requests.list_requests(query)
        user = await self.desk.users.user(query.user_id) if query.user_id else None
        return self._page(
            request,
            "list.html",
            title="Requests",
            query=query,
            page=page,
            user=user,
            statuses=STATUSES,
            codes=[str(code) for code in Code],
            since=request.query.get("since", ""),
            next=_next(request, page),
        )

    async def sheet(self, request: web.Request) -> web.Response:
        """Show the newest pictures."""
        asked = query_of(request.query, now=0.0)
        query = Query(
            status="completed",
            user_id=asked.user_id,
            preset=asked.preset,
            provider=asked.provider,
            after=asked.after,
            limit=SHEET,
        )
        page = await self.desk.requests.list_requests(query)
        values = {"query": query, "page": page, "next": _next(request, page)}
        return self._page(request, "sheet.html", title="Contact sheet", **values)

    async def request(self, request: web.Request) -> web.Response:
        """Show one request."""
        from mobart.web.page import story  # noqa: PLC0415 - when it is looked at

        view = await self._view(request)
        moments = await self.desk.requests.timeline(view.request.request_id)
        done = view.status == "completed"
        return self._page(
            request,
            "request.html",
            title=view.request.request_id,
            view=view,
            summary=story.summary(view),
            timeline=story.timeline(view, moments),
            facts=story.facts(view),
            scale=story.art_number(view, "scale") or 1,
            tile=story.art_number(view, "tile"),
            picture=done,
            raw=done and bool(view.told("raw_key")),
            variants=_tiles(view),
            offers=offers(view),
            origin=view.made_from,
            message=json.dumps(view.completion, indent=2, ensure_ascii=False),
        )

    async def ask(self, request: web.Request) -> web.Response:
        """Show the form for a new request."""
        values = {"max_prompt": self.look.max_prompt_chars}
        return self._page(request, "new.html", title="New request", **values)

    async def _view(self, request: web.Request) -> RequestView:
        request_id = request.match_info["request_id"]
        view = await self.desk.requests.find(request_id)
        if view is None:
            text = (
                f"There is no request {request_id}, or it is forgotten: records are kept 30 days."
            )
            page = self._page(request, "message.html", title="Not found", text=text)
            raise web.HTTPNotFound(
                text=page.text, content_type="text/html", headers={"Content-Security-Policy": CSP}
            )
        return view

    def _page(self, request: web.Request, template: str, **values: Any) -> web.Response:
        return html(self.look.page(self.gate, request, template, **values))


def query_of(given: Mapping[str, str], *, now: float, limit: int = 50) -> Query:
    """Read a query as the address holds it; what makes no sense is left out."""
    status = next((one for one in STATUSES if one == given.get("status")), None)
    minutes = RANGES.get(given.get("since", ""))
    return Query(
        status=status,
        user_id=given.get("user", "").strip()[:128],
        code=given.get("code", "") if given.get("code") in set(Code) else "",
        preset=given.get("preset", "").strip()[:64],
        provider=given.get("provider", "").strip()[:64],
        since=now - minutes * 60 if minutes else 0.0,
        undelivered=given.get("undelivered") == "1",
        after=given.get("after", "")[:1024],
        limit=limit,
    )


def path_of(request_id: str) -> str:
    """Return the address of a request's page."""
    return f"/requests/{quote(request_id, safe='')}"


def _next(request: web.Request, page: Page) -> str:
    kept = {name: value for name, value in request.query.items() if name not in SAID and value}
    return f"{request.path}?{urlencode(kept | {'after': page.after})}"


def _tiles(view: RequestView) -> list[int]:
    """Return the numbers of the other pictures that came with this one."""
    variants = view.completion.get("variants")
    return list(range(2, len(variants) + 2)) if isinstance(variants, list) else []
