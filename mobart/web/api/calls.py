"""Answers the calls of the API, and the forms of the page, which do the same."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from pydantic_core import from_json

from mobart.core.errors import Rejected
from mobart.core.operations import (
    ACTIONS,
    Action,
    Command,
    Done,
    NoSuchRequest,
    NotPossible,
    Operations,
)
from mobart.core.spending import budget_of
from mobart.core.views import Query
from mobart.web.api.endpoints import Endpoint, misfits
from mobart.web.api.shapes import (
    BucketShape,
    DoneShape,
    FailureShape,
    PageShape,
    StatusShape,
    UserShape,
    moment,
    moment_shape,
    request_shape,
    spending_shape,
    worker_shape,
)
from mobart.web.bodies import body_of, form_of
from mobart.web.gate import ACTOR
from mobart.web.page.overview import RANGES, Desk
from mobart.web.page.pages import path_of, query_of
from mobart.web.page.words import sentence

MOST = 200
"""Requests in one page."""
Handler = Callable[[web.Request], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The calls of one HTTP port."""

    desk: Desk
    operations: Operations
    now: Callable[[], float]
    """Returns seconds since 1970."""
    prompts: bool
    """Whether prompts are shown."""

    async def openapi(self, _request: web.Request) -> web.Response:
        """Return the document that describes all this."""
        from mobart.web.api.openapi import document  # noqa: PLC0415 - made when it is asked for

        return _json(document())

    def read(self, one: Endpoint) -> Handler:
        """Return what answers a call of `READS`; parameters that make no sense are refused."""
        answer: Handler = getattr(self, one.name)

        async def judged(request: web.Request) -> web.StreamResponse:
            if wrong := misfits(request.query, one.query):
                raise _error(web.HTTPUnprocessableEntity, f"No such value: {', '.join(wrong)}.")
            told: web.StreamResponse = await answer(request)
            return told

        return judged

    async def status(self, _request: web.Request) -> web.Response:
        """See `READS`, like those below."""
        live, spending = await self.desk.live(), await self.desk.status.spending()
        return _json(
            StatusShape(
                live.paused,
                live.outstanding,
                [request_shape(view, prompts=self.prompts) for view in live.doubts],
                spending.today.pictures,
                budget_of(live.workers).pictures,
                {name: one.pictures for name, one in spending.users.items()},
                [worker_shape(one) for one in live.workers],
                round(spending.today.usd, 6),
                budget_of(live.workers).usd,
            )
        )

    async def list_requests(self, request: web.Request) -> web.Response:
        """List requests."""
        query: Query = query_of(request.query, now=self.now(), limit=_limit(request.query))
        page = await self.desk.requests.list_requests(query)
        shapes = [request_shape(view, prompts=self.prompts) for view in page.requests]
        return _json(PageShape(shapes, page.after))

    async def request(self, request: web.Request) -> web.Response:
        """Return one request."""
        view = await self.desk.requests.find(request.match_info["request_id"])
        if view is None:
            raise _error(web.HTTPNotFound, "There is no such request, or it is forgotten.")
        return _json(request_shape(view, prompts=self.prompts))

    async def timeline(self, request: web.Request) -> web.Response:
        """Tell what happened to a request."""
        moments = await self.desk.requests.timeline(request.match_info["request_id"])
        return _json([moment_shape(one, sentence(one)) for one in moments])

    async def failures(self, request: web.Request) -> web.Response:
        """Count failures."""
        since = self.now() - _minutes(request.query) * 60
        return _json(
            [
                FailureShape(one.code, one.count, one.paid, one.advice.retryable, one.advice.who)
                for one in await self.desk.status.failures(since=since)
            ]
        )

    async def history(self, request: web.Request) -> web.Response:
        """Return what was counted."""
        buckets = await self.desk.status.history(minutes=_minutes(request.query))
        return _json([BucketShape(moment(one.at) or "", one.counts) for one in buckets])

    async def spending(self, request: web.Request) -> web.Response:
        """Return what was bought."""
        told = await self.desk.status.spending(days=int(request.query.get("days") or 1))
        return _json(spending_shape(told, budget_of(await self.desk.status.workers())))

    async def user(self, request: web.Request) -> web.Response:
        """Return what limits know of a user."""
        one = await self.desk.users.user(request.match_info["user_id"])
        return _json(UserShape(one.user_id, one.spent, one.busy, one.suspended_seconds))

    def perform(self, action: Action) -> Handler:
        """Return what does *action* for a program."""

        async def act(request: web.Request) -> web.Response:
            fields = await _fields(request, action)
            try:
                done = await self._do(action, request, fields)
            except NoSuchRequest as no:
                raise _error(web.HTTPNotFound, str(no)) from no
            except NotPossible as no:
                raise _error(web.HTTPConflict, str(no)) from no
            except Rejected as no:
                raise _error(web.HTTPUnprocessableEntity, no.hint or no.sentence) from no
            return _json(DoneShape(done.sentence, done.request_id))

        return act

    def perform_form(self, action: Action) -> Handler:
        """Return what does *action* for a form of the page, and shows what came of it."""

        async def act(request: web.Request) -> web.Response:
            fields = await form_of(request)
            target = request.match_info.get("request_id", "")
            try:
                done = await self._do(action, request, fields)
            except NotPossible as no:
                raise web.HTTPSeeOther(_back(action, request, target, sorry=str(no))) from no
            except Rejected as no:
                why = no.hint or no.sentence
                raise web.HTTPSeeOther(_back(action, request, target, sorry=why)) from no
            target = done.request_id or target
            raise web.HTTPSeeOther(_back(action, request, target, done=done.sentence))

        return act

    async def _do(self, action: Action, request: web.Request, fields: Mapping[str, str]) -> Done:
        target = next(iter(request.match_info.values()), "")
        command = Command(action, target, fields)
        try:
            return await self.operations.perform(command, actor=request[ACTOR])
        finally:
            self.desk.outdate()


def _back(action: Action, request: web.Request, request_id: str, **told: str) -> str:
    """Return where a form leads to, with what is told there."""
    if action is Action.SUBMIT and "done" not in told:
        path = "/new"
    elif request_id:
        path = path_of(request_id)
    elif action is Action.LIFT:
        return f"/requests?{urlencode({'user': request.match_info['user_id'], **told})}"
    else:
        path = "/"
    return f"{path}?{urlencode(told)}"


async def _fields(request: web.Request, action: Action) -> dict[str, str]:
    """Read the body of a call: a JSON object of texts."""
    raw = await body_of(request)
    try:
        given = from_json(raw) if raw.strip() else {}
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(one, str) for one in given.values()):
        raise _error(web.HTTPUnprocessableEntity, "The body must be a JSON object of strings.")
    needed = [
        name for name, about in ACTIONS[action].fields.items() if not about.startswith("Optional")
    ]
    if missing := [name for name in needed if not given.get(name, "").strip()]:
        raise _error(web.HTTPUnprocessableEntity, f"Missing: {', '.join(missing)}.")
    return given


def _limit(given: Mapping[str, str]) -> int:
    text = given.get("limit", "")
    return min(MOST, max(1, int(text))) if text.isascii() and text.isdecimal() else 50


def _minutes(given: Mapping[str, str]) -> int:
    return RANGES.get(given.get("since", ""), RANGES["24h"])


def _json(value: Any) -> web.Response:
    return web.json_response(value, dumps=lambda told: json.dumps(told, default=_plain))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(type(value).__name__)


def _error(kind: type[web.HTTPException], text: str) -> web.HTTPException:
    return kind(text=json.dumps({"error": text}), content_type="application/json")
