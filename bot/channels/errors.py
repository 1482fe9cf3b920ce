"""One form of error for every route: a true status code and `{"error": {"code", "message"}}`."""

import logging
import math
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bot.errors import RathausboteError, TooManyRequests

logger = logging.getLogger(__name__)
HTTP_CODES = {400: "malformed_body", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


def to_error_response(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """The error as JSON."""
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status, headers=headers)


def add_error_handlers(app: FastAPI) -> None:
    """Let every error of the application leave in the one form; nothing of a citizen's words is in it."""
    app.add_exception_handler(RathausboteError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected_error)


async def _domain_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RathausboteError)
    if error.status >= 500:
        logger.error("%s on %s: %s", error.code, request.scope["path"], type(error).__name__)
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
    return to_error_response(error.status_code, code, str(error.detail), dict(error.headers or {}))


async def _unexpected_error(request: Request, error: Exception) -> JSONResponse:
    logger.error("unexpected %s on %s", type(error).__name__, request.scope["path"])
    return to_error_response(500, "internal_error", "something went wrong on our side; please try again")
