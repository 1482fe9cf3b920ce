"""The loops beside the web pages: they go on without events, and outlive a step that fails."""

import asyncio

from bot.storage.events import LocalEvents
from bot.workers import changes_or_ticks


async def test_ticks_go_on_where_events_end() -> None:
    """Before a stop the events end; what still arrives is found by looking, without a busy loop."""
    events = LocalEvents()
    loop = asyncio.get_running_loop()
    ticks = changes_or_ticks(events, 0.05)
    await anext(ticks)
    began = loop.time()
    await events.publish(["c1"])
    await anext(ticks)
    woken_after = loop.time() - began
    events.end()
    async with asyncio.timeout(2):
        for _ in range(5):
            await anext(ticks)
    took = loop.time() - began
    await ticks.aclose()

    assert woken_after < 0.04
    assert took > 0.15
    assert not events._everything
