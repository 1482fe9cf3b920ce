"""Small calls beside the work whose failure harms nobody, such as the acknowledgement of a button."""

import asyncio
import logging
from collections.abc import Awaitable

from telegram.error import TelegramError

logger = logging.getLogger(__name__)

MAX_ERRANDS = 200


class Errands:
    """Runs calls in the background and notes which failed; drops further ones while too many are under way."""

    def __init__(self, limit: int = MAX_ERRANDS) -> None:
        self._limit = limit
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def has_room(self) -> bool:
        """Whether a further call would be made."""
        return len(self._tasks) < self._limit

    def start(self, name: str, call: Awaitable[object]) -> None:
        """Begin a call and return at once."""
        task = asyncio.ensure_future(run_errand(name, call))
        if not self.has_room:
            task.cancel()
            return
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self, seconds: float = 2.0) -> None:
        """Wait for what is under way, then end it."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()


async def run_errand(name: str, call: Awaitable[object]) -> None:
    """Await a call to the Bot API; a failure is only noted."""
    try:
        await call
    except TelegramError as error:
        logger.info("telegram errand failed", extra={"errand": name, "error": type(error).__name__})
