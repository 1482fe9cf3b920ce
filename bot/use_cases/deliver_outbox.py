"""Hands the outbox's messages to a channel that is pushed to, and keeps what it does not take for later."""

import asyncio
import itertools
import logging
import random
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.errors import DeliveryFailed, NotFound, RathausboteError, StorageUnavailable
from bot.ports import Clock, Delivery, MessageSender, Storage, UnitOfWork

logger = logging.getLogger(__name__)

AT_ONCE = 30
LEASE = timedelta(seconds=15)
RENEW_EVERY = timedelta(seconds=4)
SEND_SECONDS = 40.0
LOOK_AGAIN_SECONDS = 0.5
GRACE_SECONDS = 5.0
LONGEST_PAUSE = timedelta(minutes=5)
LONGEST_ASKED = timedelta(minutes=10)
"""The channel may ask for a longer pause; it is then asked again after this one, and asks once more."""
GIVE_UP_AFTER = timedelta(hours=48)
MAX_UNEXPECTED = 8
NOTE_PAUSES = (0.1, 0.5, 1.0)
"""The last one again and again."""
Given = TypeVar("Given")


async def deliver_outbox(*, channel: str, sender: MessageSender, storage: Storage, worker: str, now: Clock) -> int:
    """Deliver until nothing is due; gives the number of messages that the channel took.

    Different addresses are served at the same time, at most `AT_ONCE`, so that a slow one holds up nobody; the lease
    keeps each address in order. It is short and renewed while the channel takes its time, so that what a dead process
    had leased is soon sent by another. A cancelled call lets running deliveries end, because a message that the channel took
    and nobody noted would be sent twice; while the database is away they go on trying to be noted. Raises
    StorageUnavailable once nothing runs.
    """
    outbox = _Outbox(channel, sender, storage, worker, now)
    running: dict[asyncio.Task[bool], Delivery] = {}
    taken = 0
    renewed_at = now()
    try:
        while True:
            sending = {each.id for each in running.values()}
            for delivery in await _unless_away(outbox.lease(AT_ONCE - len(running)), running) or []:
                if delivery.id not in sending:  # it is again only where the clock jumped
                    running[asyncio.create_task(outbox.deliver(delivery))] = delivery
            if not running:
                return taken
            done, _ = await asyncio.wait(running, timeout=LOOK_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            taken += sum(task.result() for task in done)
            running = {task: delivery for task, delivery in running.items() if task not in done}
            if running and abs(now() - renewed_at) >= RENEW_EVERY:
                renewed_at = now()
                await _unless_away(outbox.renew(list(running.values())), running)
    finally:
        await _finish(running)


def to_pause(attempts: int, *, spread: float) -> timedelta:
    """How long to wait after so many failed tries: 1, 2, 4 … 300 s, and up to a quarter more; `spread` 0..1."""
    pause = min(timedelta(seconds=2 ** min(attempts, 20)), LONGEST_PAUSE)
    return pause * (1 + spread / 4)


async def _unless_away(step: Awaitable[Given], running: Collection[object]) -> Given | None:
    """The step's result, None where the database is away and something runs that has still to be noted."""
    try:
        return await step
    except StorageUnavailable:
        if not running:
            raise
        return None


async def _finish(running: Collection[asyncio.Task[bool]]) -> None:
    if not running:
        return
    _, late = await asyncio.wait(running, timeout=GRACE_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class _Outbox:
    """One worker's view of the outbox of a channel."""

    channel: str
    sender: MessageSender
    storage: Storage
    worker: str
    now: Clock

    async def lease(self, limit: int) -> list[Delivery]:
        if limit <= 0:
            return []
        at = self.now()
        async with self.storage.begin() as work:
            return await work.lease_deliveries(
                channel=self.channel, worker=self.worker, until=at + LEASE, now=at, limit=limit
            )

    async def renew(self, deliveries: list[Delivery]) -> None:
        """Keep what the channel is still taking."""
        async with self.storage.begin() as work:
            await work.renew_leases(deliveries, worker=self.worker, until=self.now() + LEASE)
            await work.commit()

    async def deliver(self, delivery: Delivery) -> bool:
        """Send one message and note what became of it; True where the channel took it."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                external_id = await self.sender.send(delivery.address, delivery.message)
        except Exception as error:  # noqa: BLE001 - one message must not hold up the others
            retry_at = self._retry_at(delivery, error)
            await self._note(delivery, lambda work: work.mark_failed(delivery, retry_at=retry_at))
            return False
        at = self.now()
        await self._note(delivery, lambda work: work.mark_delivered(delivery, at=at, external_id=external_id))
        return True

    def _retry_at(self, delivery: Delivery, error: Exception) -> datetime | None:
        at = self.now()
        fields = {"delivery_id": delivery.id, "attempts": delivery.attempts + 1, "error": type(error).__name__}
        if _is_hopeless(error, delivery) or at - delivery.message.created_at > GIVE_UP_AFTER:
            logger.error("delivery given up", extra=fields)
            return None
        logger.warning("delivery postponed", extra=fields)
        pause = to_pause(delivery.attempts, spread=random.random())  # noqa: S311 - spreads tries, no secret
        asked = error.retry_after if isinstance(error, DeliveryFailed) else None
        return at + max(pause, min(timedelta(seconds=asked or 0), LONGEST_ASKED))

    async def _note(self, delivery: Delivery, note: Callable[[UnitOfWork], Awaitable[None]]) -> None:
        """Write down the outcome, as soon as the database takes it; until then the sender would be asked again."""
        for pause in itertools.chain(NOTE_PAUSES, itertools.repeat(NOTE_PAUSES[-1])):
            try:
                async with self.storage.begin() as work:
                    await note(work)
                    await work.commit()
            except StorageUnavailable:
                logger.warning("delivery not noted", extra={"delivery_id": delivery.id})
                await asyncio.sleep(pause)
            except NotFound:
                logger.info("delivery was purged meanwhile", extra={"delivery_id": delivery.id})
                return
            else:
                return


def _is_hopeless(error: Exception, delivery: Delivery) -> bool:
    if isinstance(error, RathausboteError):
        return not error.retryable
    return not isinstance(error, TimeoutError) and delivery.attempts + 1 >= MAX_UNEXPECTED
