"""Keeps one visitor from taking all the room: limits on the rate of requests and on the size of bodies."""

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.channels.errors import to_error_response
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
            raise TooManyRequests("too many requests; please wait a moment")


class BodyLimit:
    """ASGI middleware that refuses bodies over 256 KiB before they are read whole."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what arrives."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            await self._refuse(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST_BODY:
                return {"type": "http.disconnect"}
            return message

        await self._app(scope, counted, send)

    @staticmethod
    async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
        response = to_error_response(413, "body_too_large", f"at most {LARGEST_BODY} bytes")
        await response(scope, receive, send)
