"""One form of error for every route: a true status code and `{"error": {"code", "message"}}`."""

import logging
import math
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import RathausboteError, TooManyRequests

logger = logging.getLogger(__name__)
OUR_FAULT = "something went wrong on our side; please try again"
OUR_FAULTS = {
    "storage_unavailable": "the database can't be reached at the moment; please try again soon",
    "assistant_unavailable": "the assistant does not answer at the moment; please try again soon",
}
HTTP_CODES = {400: "malformed_body", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


def to_error_response(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """The error as JSON."""
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status, headers=headers)


def add_error_handlers(app: FastAPI) -> None:
    """Let every error of the application leave in the one form; nothing of a citizen's words is in it.

    Errors of ours (status 500 and above) are told in fixed sentences; what exactly happened is in the log only.
    """
    app.add_exception_handler(RathausboteError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_middleware(UnexpectedErrors)


async def _domain_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RathausboteError)
    if error.status >= 500:
        logger.error("%s on %s: %s: %s", error.code, request.scope["path"], type(error).__name__, error)
        return to_error_response(error.status, error.code, OUR_FAULTS.get(error.code, OUR_FAULT))
    headers = {"Retry-After": str(math.ceil(error.retry_after))} if isinstance(error, TooManyRequests) else None
    return to_error_response(error.status, error.code, str(error), headers)


async def _validation_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = error.errors()
    if any(problem["type"] == "json_invalid" for problem in problems):
        return to_error_response(400, "malformed_json", "the body is not valid JSON")
    fields = sorted({_place(problem) for problem in problems})
    return to_error_response(422, "request_invalid", f"missing or wrong: {', '.join(fields)}")


def _place(problem: Mapping[str, Any]) -> str:
    """Where the mistake is, in names of ours only: those of unknown fields come from outside."""
    is_unknown = problem["type"] == "extra_forbidden"
    names = [str(part) for part in (problem["loc"][:-1] if is_unknown else problem["loc"])]
    return ".".join([*names, "(unknown field)"] if is_unknown else names)


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = HTTP_CODES.get(error.status_code, f"http_{error.status_code}")
    message = OUR_FAULT if error.status_code >= 500 else str(error.detail)
    return to_error_response(error.status_code, code, message, dict(error.headers or {}))


class UnexpectedErrors:
    """ASGI middleware: what nobody expected becomes an error 500; its text, which may hold a citizen's words, goes nowhere.

    A response that has begun already is cut off, which tells the reader that it is not complete.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as e:  # noqa: BLE001 - everything else has a handler of its own
            logger.error("unexpected %s on %s", type(e).__name__, scope["path"])
            if not has_begun:
                await to_error_response(500, "internal_error", OUR_FAULT)(scope, receive, send)
