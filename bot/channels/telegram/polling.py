"""Fetches updates; an update is acknowledged by the next call's offset, so only after it was stored."""

import asyncio

from telegram import Bot
from telegram.error import Conflict

from bot.channels.telegram.errands import run_errand
from bot.channels.telegram.handler import UpdateHandler
from bot.channels.telegram.health import HealthMonitor, HealthState
from bot.channels.telegram.options import TelegramOptions
from bot.channels.telegram.requests import ALLOWED_UPDATES
from bot.channels.telegram.retries import Backoff


class Polling:
    """Long polling; after a restart Telegram gives unacknowledged updates again, and storage knows them by source id."""

    def __init__(self, bot: Bot, handler: UpdateHandler, monitor: HealthMonitor, options: TelegramOptions) -> None:
        self._bot = bot
        self._handler = handler
        self._monitor = monitor
        self._options = options
        self._offset: int | None = None

    async def run(self) -> None:
        """Fetch and handle until cancelled; every error is waited out."""
        backoff = Backoff()
        while True:
            try:
                await self._fetch()
            except Exception as error:  # noqa: BLE001 - the channel outlives whatever happens
                self._monitor.note_error(error)
                if isinstance(error, Conflict):
                    await run_errand("remove_own_webhook", self._remove_own_webhook())
                await asyncio.sleep(backoff.pause_after(error))
            else:
                backoff.reset()

    async def _fetch(self) -> None:
        patience = self._options.poll_seconds if self._monitor.health.is_ok else 0
        updates = await self._bot.get_updates(offset=self._offset, timeout=patience, allowed_updates=ALLOWED_UPDATES)
        for update in sorted(updates, key=lambda each: each.update_id):  # an offset acknowledges all that are older
            await self._handler.handle(update)
            self._offset = update.update_id + 1
        self._monitor.note(HealthState.OK)

    async def _remove_own_webhook(self) -> None:
        """A webhook from when this installation ran in webhook mode is removed; anybody else's is not ours to touch."""
        info = await self._bot.get_webhook_info()
        if info.url and info.url == self._options.webhook_url:
            await self._bot.delete_webhook()
