"""Takes notifications at once and sends them as e-mails in the background, again where the server is away."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import tzinfo

from bot.errors import DeliveryFailed, DeliveryRefused
from bot.notifications.mails import to_mail
from bot.notifications.smtp import SmtpOptions, send_mail
from bot.ports import Clock, Notification

logger = logging.getLogger(__name__)
PAUSES = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0)
AT_ONCE = 2
MOST_QUEUED = 1_000
LAST_SECONDS = 5.0


class SilentNotifier:
    """Where no mail server is set."""

    async def notify(self, notification: Notification) -> None:
        """Nobody is told; the console shows it all the same."""


class MailNotifier:
    """`notify` never waits for the server and never fails; `run` sends until it is cancelled.

    What could not be sent when the process ends is lost, as an e-mail only: the console shows every ticket.
    """

    def __init__(
        self, options: SmtpOptions, *, console_url: str, zone: tzinfo, now: Clock, pauses: Sequence[float] = PAUSES
    ) -> None:
        self._options = options
        self._console_url = console_url
        self._zone = zone
        self._now = now
        self._pauses = pauses
        self._queue: asyncio.Queue[Notification] = asyncio.Queue(MOST_QUEUED)
        self._limit = asyncio.Semaphore(AT_ONCE)

    async def notify(self, notification: Notification) -> None:
        """Put it into the queue; without an addressee there is nothing to do."""
        if not notification.to:
            return
        try:
            self._queue.put_nowait(notification)
        except asyncio.QueueFull:
            logger.error("too many notifications wait", extra=_fields(notification))

    async def run(self) -> None:
        """Send what is queued; what is being sent when it is cancelled gets a few seconds more."""
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                task = asyncio.create_task(self._deliver(await self._queue.get()))
                running.add(task)
                task.add_done_callback(running.discard)
        finally:
            while not self._queue.empty():
                running.add(asyncio.create_task(self._deliver(self._queue.get_nowait())))
            if running:
                _, late = await asyncio.wait(running, timeout=LAST_SECONDS)
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)

    async def _deliver(self, notification: Notification) -> None:
        for pause in (*self._pauses, None):
            if notification.good_until is not None and self._now() > notification.good_until:
                logger.warning("notification expired", extra=_fields(notification))
                return
            try:
                await self._send(notification)
            except DeliveryFailed as e:
                logger.warning("not notified: %s", e, extra=_fields(notification))
                if pause is not None:
                    await asyncio.sleep(pause)
            except DeliveryRefused as e:
                logger.error("notification given up: %s", e, extra=_fields(notification))
                return
            except Exception as e:  # noqa: BLE001 - one mail must not keep the others from being sent
                logger.error("notification failed: %s", type(e).__name__, extra=_fields(notification))
                return
            else:
                logger.info("notified", extra=_fields(notification))
                return
        logger.error("notification given up", extra=_fields(notification))

    async def _send(self, notification: Notification) -> None:
        mail = to_mail(
            notification,
            sender=self._options.sender,
            console_url=self._console_url,
            zone=self._zone,
            at=self._now(),
        )
        async with self._limit:
            await send_mail(mail, self._options)


def _fields(notification: Notification) -> dict[str, object]:
    ticket = notification.ticket
    return {
        "conversation_id": notification.conversation_id,
        "kind": notification.kind,
        "ticket": ticket.number if ticket else None,
    }
