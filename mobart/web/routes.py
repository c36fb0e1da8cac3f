"""Everything that the status page and the API answer to, each behind the gate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiohttp import web

from mobart.core.operations import ACTIONS, Action
from mobart.web.api.calls import Api
from mobart.web.api.endpoints import READS, path_of
from mobart.web.gate import Gate
from mobart.web.page.pages import CSP, Look, Pages, html
from mobart.web.page.pictures import Pictures
from mobart.web.page.stream import LiveStream

STATIC = Path(__file__).parent / "page" / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FORMS = {
    "deployment": "/{action}",
    "request": "/requests/{{request_id}}/{action}",
    "user": "/users/{{user_id}}/{action}",
}


@dataclass(frozen=True, slots=True)
class StatusPage:
    """The parts of the page and of the API."""

    gate: Gate
    pages: Pages
    pictures: Pictures
    stream: LiveStream
    api: Api

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what an HTTP port needs to serve them."""
        reading, changing = self.gate.reading, self.gate.changing
        return [
            *self._entrance(),
            web.get("/", reading(self.pages.overview)),
            web.get("/live", reading(self.stream.follow)),
            web.get("/find", reading(self.pages.find)),
            web.get("/requests", reading(self.pages.list_requests)),
            web.get("/requests/{request_id}", reading(self.pages.request)),
            web.get("/requests/{request_id}/asset.png", reading(self.pictures.asset)),
            web.get("/requests/{request_id}/raw.png", reading(self.pictures.raw)),
            web.get("/sheet", reading(self.pages.sheet)),
            web.get("/new", reading(self.pages.ask)),
            web.get("/v1/openapi.json", reading(self.api.openapi)),
            *(web.get(one.path, reading(self.api.read(one))) for one in READS),
            *(web.post(path_of(one), changing(self.api.perform(one))) for one in ACTIONS),
            *(web.post(form_of(one), changing(self.api.perform_form(one))) for one in ACTIONS),
        ]

    def _entrance(self) -> Sequence[web.RouteDef]:
        """Return what is there for those who have not signed in."""
        gate = self.gate
        return [
            web.get("/sign-in", gate.open(gate.ask)),
            web.post("/sign-in", gate.open(gate.sign_in)),
            web.post("/sign-out", gate.changing(gate.sign_out)),
            *(
                web.get(f"/static/{path.name}", gate.open(partial(_file, path.name)))
                for path in sorted(STATIC.iterdir())
            ),
        ]


def form_of(action: Action) -> str:
    """Return where the form of *action* is posted to."""
    if action is Action.SUBMIT:
        return "/new"
    return FORMS[ACTIONS[action].target].format(action=action)


def sign_in_form(look: Look) -> Callable[[web.Request, str], web.Response]:
    """Return what writes the sign-in form."""

    def form(request: web.Request, remark: str) -> web.Response:
        values = {"remark": remark, "next": request.query.get("next", "/"), "title": "Sign in"}
        return html(look.page(None, request, "sign_in.html", **values))

    return form


async def _file(name: str, _request: web.Request) -> web.Response:
    path = STATIC / name
    answer = web.Response(body=path.read_bytes(), content_type=TYPES[path.suffix], charset="utf-8")
    answer.headers["Content-Security-Policy"] = CSP
    return answer
