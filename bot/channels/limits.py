"""Keeps one visitor from taking all the room: limits on the rate of requests and on the size of bodies."""

import time

from fastapi import HTTPException
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import TooManyRequests

NEW_CONVERSATIONS = RateLimitItemPerMinute(30)
MESSAGES = RateLimitItemPerMinute(40)
LARGEST_BODY = 256 * 1024


class RateLimits:
    """Counts within this process; a restart forgets, which does no harm."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check_rate(self, limit: RateLimitItem, key: str) -> None:
        """Count one request of this source; raises TooManyRequests."""
        if not self._limiter.hit(limit, key):
            free_at = self._limiter.get_window_stats(limit, key).reset_time
            raise TooManyRequests("too many requests; please wait a moment", retry_after=max(1.0, free_at - time.time()))


class BodyLimit:
    """ASGI middleware: reading a body of more than 256 KiB raises an error with status 413.

    It is raised where the body is read, so that the answer has the form and the headers of all others.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what arrives."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        is_too_large = not length.isdigit() or int(length) > LARGEST_BODY
        received = 0

        async def counted() -> Message:
            nonlocal received
            if not is_too_large:
                message = await receive()
                received += len(message.get("body", b""))
            if is_too_large or received > LARGEST_BODY:
                raise HTTPException(413, f"at most {LARGEST_BODY} bytes")
            return message

        await self._app(scope, counted, send)
