"""Keeps one visitor from taking all the room: limits on the rate of requests and on the size of bodies."""

import time
from collections import Counter
from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager

from fastapi import HTTPException
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import TooManyRequests

NEW_CONVERSATIONS = RateLimitItemPerMinute(30)
MESSAGES = RateLimitItemPerMinute(40)
TYPING_SIGNS = RateLimitItemPerMinute(60)
TRANSCRIPTS = RateLimitItemPerMinute(10)
REOPENINGS = RateLimitItemPerMinute(5, 10, namespace="reopenings")
REOPENINGS_OF_A_TICKET = RateLimitItemPerMinute(30, 10, namespace="reopenings_of_a_ticket")
"""Of one ticket from everywhere: hopeless for who guesses, and too many for one stranger to keep its citizen out."""
STREAMS = 5
STREAM_PAUSE = 10.0
LARGEST_BODY = 256 * 1024
PUT_BACK_BY = 5.0
"""The system's clock was put back if it shows so many seconds less than before."""


class RateLimits:
    """Counts within this process; a restart forgets, which does no harm."""

    def __init__(self) -> None:
        self._counts = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._counts)
        self._counted_at = 0.0

    def check_rate(self, limit: RateLimitItem, key: str) -> None:
        """Count one request of this source; raises TooManyRequests."""
        self._forget_what_is_to_come(time.time())
        if not self._limiter.hit(limit, key):
            free_at = self._limiter.get_window_stats(limit, key).reset_time
            raise TooManyRequests("too many requests; please wait a moment", retry_after=max(1.0, free_at - time.time()))

    def _forget_what_is_to_come(self, now: float) -> None:
        """What was counted before the clock was put back would count until it has caught up."""
        if now < self._counted_at - PUT_BACK_BY:
            self._counts.reset()
        self._counted_at = now


class OpenStreams:
    """Counts the event streams of each conversation that this process serves, at most `STREAMS`."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def check(self, key: str) -> None:
        """Raise TooManyRequests where there is no room for another one."""
        if self._open.get(key, 0) >= STREAMS:
            raise TooManyRequests("this conversation is open too often", retry_after=STREAM_PAUSE)

    @contextmanager
    def counted(self, key: str) -> Iterator[None]:
        """One more within the block."""
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]


class CountedStream(StreamingResponse):
    """Server-sent events that count as an open stream from beginning to end, however they end."""

    def __init__(self, content: AsyncIterable[str], streams: OpenStreams, key: str) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(content, media_type="text/event-stream", headers=headers)
        self._streams = streams
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything."""
        with self._streams.counted(self._key):
            await super().__call__(scope, receive, send)


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
