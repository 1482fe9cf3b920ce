"""The one stream of server-sent events that keeps an open console up to date."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable

from bot.ports import Events


async def event_stream(
    events: Events, *, is_signed_in: Callable[[], Awaitable[bool]], heartbeat: float
) -> AsyncGenerator[str, None]:
    """Ids of conversations that changed, and a ping every `heartbeat` seconds; ends when the session has ended.

    The first event is `ready`; whoever reads it fetches everything anew, so nothing is lost between two streams.
    """
    loop = asyncio.get_running_loop()
    async with events.subscribe() as changed:
        yield _to_event("ready")
        upcoming = asyncio.ensure_future(anext(changed, None))
        next_ping = loop.time() + heartbeat
        try:
            while True:
                done, _ = await asyncio.wait({upcoming}, timeout=max(next_ping - loop.time(), 0))
                if loop.time() >= next_ping:
                    if not await is_signed_in():
                        yield _to_event("signed_out")
                        return
                    next_ping = loop.time() + heartbeat
                    yield _to_event("ping")
                if done:
                    conversation_id = upcoming.result()
                    if conversation_id is None:
                        return
                    yield _to_event("conversation", conversation_id)
                    upcoming = asyncio.ensure_future(anext(changed, None))
        finally:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)


def _to_event(name: str, conversation_id: str | None = None) -> str:
    return f"event: {name}\ndata: {json.dumps({'id': conversation_id} if conversation_id else {})}\n\n"
