"""The pages that people open: sign in, the console itself, and what they see when something fails."""

import logging
import math
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.console.dependencies import ConsoleDependencies
from bot.console.guard import SESSION_COOKIE, Guard, Visitor, check_same_origin
from bot.console.sign_in_limit import SignInLimit, limit_keys
from bot.console.words import LANGUAGE_COOKIE, LANGUAGES, Words, to_language
from bot.errors import RathausboteError, SignInFailed, TokenInvalid, TooManyRequests
from bot.use_cases.sign_in import SESSION_LIFETIME, sign_in, to_username
from bot.use_cases.sign_out import sign_out

logger = logging.getLogger(__name__)

TEMPLATES = Path(__file__).parent / "templates"
YEAR_SECONDS = 31_536_000
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Pages:
    """Renders templates in the visitor's language."""

    def __init__(self, dependencies: ConsoleDependencies, words: Words) -> None:
        self._dependencies = dependencies
        self._words = words
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, template: str, request: Request, *, status: int = 200, **values: object) -> Response:
        """A page that is not cached, allows no foreign or inline code, and remembers a switch of language."""
        language = to_language(request)
        other = next(each for each in LANGUAGES if each != language)
        html = self._templates.get_template(template).render(
            words=self._words[language], language=language, other_language=other, town=self._dependencies.town, **values
        )
        response = HTMLResponse(html, status_code=status, headers=PAGE_HEADERS)
        if request.query_params.get("lang") == language:
            response.set_cookie(
                LANGUAGE_COOKIE, language, max_age=YEAR_SECONDS, path="/console", secure=self._dependencies.is_https,
                httponly=True, samesite="strict",
            )  # fmt: skip
        return response

    def sign_in(self, request: Request, *, status: int = 200, problem: str | None = None, username: str = "") -> Response:
        """The form, with the key of what went wrong."""
        return self.render("sign_in.html", request, status=status, problem=problem, username=username)

    def error(self, request: Request, error: RathausboteError) -> Response:
        """What a person sees instead of an error in JSON."""
        return self.render("error.html", request, status=error.status, retryable=error.retryable)


def page_route(pages: Pages) -> type[APIRoute]:
    """A route class whose errors are pages: whoever is not signed in is led to the form."""

    class PageRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    return await handle(request)
                except TokenInvalid:
                    return RedirectResponse("/console/sign-in", status_code=303)
                except RathausboteError as error:
                    logger.warning("console page failed", extra={"error_code": error.code})
                    return pages.error(request, error)

            return answer

    return PageRoute


def guarded_pages_router(dependencies: ConsoleDependencies, pages: Pages, guard: Guard) -> APIRouter:
    """The console and signing out."""
    router = APIRouter(dependencies=[Depends(guard)], route_class=page_route(pages))

    @router.get("")
    async def get_console(request: Request, visitor: Annotated[Visitor, Depends(guard)]) -> Response:
        """The console; its script fetches what it shows."""
        return pages.render("console.html", request, name=visitor.member.display_name)

    @router.post("/sign-out", status_code=204)
    async def post_sign_out(visitor: Annotated[Visitor, Depends(guard)]) -> Response:
        """End the session on the server and in the browser."""
        await sign_out(visitor.token, storage=dependencies.storage)
        response = Response(status_code=204)
        response.delete_cookie(
            SESSION_COOKIE, path="/console", secure=dependencies.is_https, httponly=True, samesite="strict"
        )
        return response

    return router


def sign_in_router(dependencies: ConsoleDependencies, pages: Pages) -> APIRouter:
    """The only pages that are open to everyone."""
    router = APIRouter(route_class=page_route(pages))
    limit = SignInLimit()

    @router.get("/sign-in")
    async def get_sign_in(request: Request) -> Response:
        """The form."""
        return pages.sign_in(request, problem="session_expired" if "expired" in request.query_params else None)

    @router.post("/sign-in")
    async def post_sign_in(
        request: Request, username: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
    ) -> Response:
        """Start a session and go to the console; 401 for a wrong password, 429 after too many."""
        check_same_origin(request, dependencies.public_url)
        keys = limit_keys(to_username(username), request.client.host if request.client else None)
        at = dependencies.now()
        if wait := limit.attempt(keys, at=at):
            response = pages.sign_in(request, status=TooManyRequests.status, problem="too_many_attempts", username=username)
            response.headers["Retry-After"] = str(math.ceil(wait))
            return response
        try:
            token = await sign_in(username, password, storage=dependencies.storage, now=dependencies.now)
        except SignInFailed as error:
            return pages.sign_in(request, status=error.status, problem="sign_in_failed", username=username)
        limit.succeed(keys, at=at)
        return _with_session(token, dependencies)

    return router


def _with_session(token: str, dependencies: ConsoleDependencies) -> Response:
    response = RedirectResponse("/console", status_code=303)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        path="/console",
        secure=dependencies.is_https,
        httponly=True,
        samesite="strict",
    )
    return response
