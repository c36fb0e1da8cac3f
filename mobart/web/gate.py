"""Lets requests in, or not: what every page and every call of the API passes through."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from aiohttp import web

from mobart.core.errors import MobartError
from mobart.core.events import LogEvent
from mobart.core.ports import Clock, Observer
from mobart.web.access import SESSION_SECONDS, Access, Session
from mobart.web.bodies import form_of

COOKIE = "mobart_session"
FORM_KEY = "form_key"
WRONG_SECONDS = 1.0
"""Seconds that the answer to a wrong token takes."""
MOST_WRONG = 8
"""Wrong tokens that are being answered; more are turned away at once."""
SESSION: web.RequestKey[Session | None] = web.RequestKey("session", Session)
ACTOR: web.RequestKey[str] = web.RequestKey("actor", str)
CLOSED = "The status page is closed: set MOBART_UI_TOKEN to open it beyond this machine.\n"
MISNAMED = "This is not the name of this server: see MOBART_UI_HOSTS.\n"
READ_ONLY = "Nothing can be changed here: set MOBART_UI_TOKEN to sign in.\n"
NOT_OURS = "The request did not come from a page of this server.\n"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Rendering = Callable[[web.Request, str], web.Response]
"""Writes the sign-in form with a remark."""


@dataclass(slots=True, eq=False)
class Gate:
    """Guards handlers, and signs browsers in and out."""

    access: Access
    observer: Observer
    clock: Clock
    form: Rendering
    wrong: int = field(default=0, init=False)

    def reading(self, handler: Handler) -> Handler:
        """Let those in who may look."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            self._admit(request)
            if not self.access.read_only and not self._known(request):
                raise self._turned_away(request)
            return await _answered(request, handler)

        return guarded

    def changing(self, handler: Handler) -> Handler:
        """Let those in who may change something, and only from our own pages or with the token."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            self._admit(request)
            if self.access.read_only:
                raise web.HTTPForbidden(text=READ_ONLY)
            if not self._known(request):
                raise self._turned_away(request)
            session = request.get(SESSION)
            if session is not None and not await self._is_ours(request, session):
                raise web.HTTPForbidden(text=NOT_OURS)
            return await _answered(request, handler)

        return guarded

    def open(self, handler: Handler) -> Handler:
        """Let in whoever names this server rightly: for what shows nothing."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            self._admit(request)
            return await handler(request)

        return guarded

    async def ask(self, request: web.Request) -> web.Response:
        """Show the sign-in form."""
        if self.access.read_only:
            raise web.HTTPFound("/")
        return self.form(request, "")

    async def sign_in(self, request: web.Request) -> web.Response:
        """Open a session for a browser that knows the token."""
        if self.access.read_only:
            raise web.HTTPForbidden(text=READ_ONLY)
        if not self.access.comes_from_here(request.headers):
            raise web.HTTPForbidden(text=NOT_OURS)
        given = (await form_of(request)).get("token", "")
        if not self.access.is_token(given.strip()):
            return await self._refused(request)
        session, cookie = self.access.open_session()
        self.observer.note(LogEvent.OPERATOR_SIGNED_IN, actor=session.name)
        answer = web.HTTPSeeOther(local_path(request.query.get("next", "/")))
        answer.set_cookie(
            COOKIE,
            cookie,
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="Strict",
            secure=is_secure(request),
        )
        raise answer

    async def sign_out(self, _request: web.Request) -> web.Response:
        """Forget the browser's session."""
        answer = web.HTTPSeeOther("/sign-in")
        answer.del_cookie(COOKIE, httponly=True, samesite="Strict")
        raise answer

    def form_key(self, request: web.Request) -> str:
        """Return what the forms of a page must hold; "" where nothing can be changed."""
        session = request.get(SESSION)
        return "" if session is None else self.access.form_key(session)

    def _admit(self, request: web.Request) -> None:
        if self.access.closed:
            raise web.HTTPForbidden(text=CLOSED)
        if not self.access.trusts_host(request.headers):
            raise web.HTTPMisdirectedRequest(text=MISNAMED)

    def _known(self, request: web.Request) -> bool:
        if self.access.bears_token(request.headers):
            request[ACTOR] = "token"
            return True
        session = self.access.session_in(request.cookies.get(COOKIE, ""))
        if session is not None:
            request[SESSION], request[ACTOR] = session, session.name
        return session is not None

    def _turned_away(self, request: web.Request) -> web.HTTPException:
        if request.path.startswith("/v1") or request.method != "GET":
            return web.HTTPUnauthorized(
                text='{"error":"a token is needed"}\n',
                content_type="application/json",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return web.HTTPFound(f"/sign-in?next={quote(request.path_qs)}")

    async def _is_ours(self, request: web.Request, session: Session) -> bool:
        if not self.access.comes_from_here(request.headers):
            return False
        given = request.headers.get("X-Form-Key")
        if given is None and request.content_type != "application/json":
            given = (await form_of(request)).get(FORM_KEY)
        return given is not None and self.access.is_form_key(session, given)

    async def _refused(self, request: web.Request) -> web.Response:
        """Answer a wrong token, slowly."""
        if self.wrong >= MOST_WRONG:
            raise web.HTTPTooManyRequests(text="Try again later.\n", headers={"Retry-After": "2"})
        self.wrong += 1
        try:
            self.observer.note(LogEvent.OPERATOR_REFUSED)
            await self.clock.sleep(WRONG_SECONDS)
        finally:
            self.wrong -= 1
        answer = self.form(request, "That is not the token.")
        answer.set_status(401)
        return answer


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer, and say so plainly where Redis or S3 is away."""
    try:
        return await handler(request)
    except MobartError as error:
        away = "Redis, S3 or a provider does not answer; try again in a moment.\n"
        raise web.HTTPServiceUnavailable(text=away, headers={"Retry-After": "2"}) from error


def is_secure(request: web.Request) -> bool:
    """Whether the browser speaks https, to us or to a proxy before us."""
    return request.secure or request.headers.get("X-Forwarded-Proto", "").lower() == "https"


def local_path(path: str) -> str:
    """Return *path* if it leads to this server, else the first page."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path
    return path if plain and path.isprintable() and "\\" not in path else "/"
