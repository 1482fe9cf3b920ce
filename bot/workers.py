"""Loops that run beside the web pages: turns, outbox, upkeep. Each survives an outage of the database."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from bot.errors import StorageUnavailable
from bot.ports import Events
from bot.use_cases.answer_next import TurnWorker, answer_next

logger = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
PAUSE_AFTER_ERROR = 2.0
TURNS_AT_ONCE = 4


class TurnPump:
    """Answers what awaits an answer, several conversations at once, each in order."""

    def __init__(self, workers: list[TurnWorker], events: Events) -> None:
        self._free = workers
        self._events = events
        self._running: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    async def run(self) -> None:
        """Start a worker whenever something changed, and look once a second for leases that ran out.

        When it is cancelled, the turns that run are finished; what still waits is left to the next start.
        """
        try:
            async for _ in changes_or_ticks(self._events, LOOK_SECONDS):
                if self._free:
                    task = asyncio.create_task(self._work(self._free.pop()))
                    self._running.add(task)
                    task.add_done_callback(self._running.discard)
        finally:
            self._is_stopping = True
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _work(self, worker: TurnWorker) -> None:
        try:
            while not self._is_stopping and await answer_next(worker):
                pass
        except StorageUnavailable as e:
            logger.error("turns wait for the database: %s", e)
            await asyncio.sleep(PAUSE_AFTER_ERROR)
        except Exception as e:  # noqa: BLE001 - the message stays on the worklist; the loop must live
            logger.error("turn failed: %s", type(e).__name__)
            await asyncio.sleep(PAUSE_AFTER_ERROR)
        finally:
            self._free.append(worker)


async def changes_or_ticks(events: Events, seconds: float) -> AsyncIterator[None]:
    """Yield at once, after every change of a conversation, and at the latest after so many seconds.

    Goes on without the changes where `events` end, as they do before a stop.
    """
    async with events.subscribe() as changes:
        upcoming = asyncio.ensure_future(anext(changes, None))
        try:
            while not upcoming.done() or upcoming.result() is not None:
                if upcoming.done():
                    upcoming = asyncio.ensure_future(anext(changes, None))
                yield
                await asyncio.wait({upcoming}, timeout=seconds)
        finally:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)
    while True:
        yield
        await asyncio.sleep(seconds)


async def run_on_changes(step: Callable[[], Awaitable[object]], events: Events, *, name: str) -> None:
    """Do a step after every change and every second, until cancelled."""
    async for _ in changes_or_ticks(events, LOOK_SECONDS):
        await _guarded(step, name)


async def run_every(step: Callable[[], Awaitable[object]], seconds: float, *, name: str) -> None:
    """Do a step now and then every so many seconds, until cancelled."""
    while True:
        await _guarded(step, name)
        await asyncio.sleep(seconds)


async def _guarded(step: Callable[[], Awaitable[object]], name: str) -> None:
    try:
        await step()
    except Exception as e:  # noqa: BLE001 - a failing step is tried again; the loop must live
        logger.error("%s failed: %s", name, type(e).__name__)
        await asyncio.sleep(PAUSE_AFTER_ERROR)
