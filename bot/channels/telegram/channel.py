"""The Telegram channel as the rest of the program sees it."""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from telegram import User
from telegram.error import TelegramError

from bot.channels.telegram.errands import Errands
from bot.channels.telegram.handler import Receivers, UpdateHandler
from bot.channels.telegram.health import ChannelHealth, HealthMonitor, HealthState
from bot.channels.telegram.options import TelegramOptions
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.profile import publish_commands
from bot.channels.telegram.requests import build_bot
from bot.channels.telegram.retries import Backoff
from bot.channels.telegram.sender import TelegramSender
from bot.channels.telegram.typing import TypingSigns
from bot.channels.telegram.webhook import Webhook
from bot.domain.messages import IncomingMessage, Message
from bot.ports import Clock, Events, Responses, Storage


class TelegramChannel:
    """Receives by polling or webhook and implements `MessageSender`; `receive` returns after the message is stored.

    Of several processes with the same token only one may poll; with a webhook all of them may run.
    """

    def __init__(
        self,
        options: TelegramOptions,
        *,
        receive: Callable[[IncomingMessage], Awaitable[object]],
        drop_recipient: Callable[[str], Awaitable[None]],
        responses: Responses,
    ) -> None:
        self._responses = responses
        self._bot, self._connections = build_bot(options)
        self._monitor = HealthMonitor()
        self._errands = Errands()
        pace = Pace()
        self._handler = UpdateHandler(self._bot, Receivers(receive, drop_recipient), responses, pace, self._errands)
        self._sender = TelegramSender(self._bot, responses, pace)
        self._webhook = Webhook(self._bot, self._handler, self._monitor, options)
        polling = Polling(self._bot, self._handler, self._monitor, options)
        self._receiver: Polling | Webhook = polling if options.mode == "polling" else self._webhook

    @property
    def health(self) -> ChannelHealth:
        """Whether citizens reach the bot, and what to do where they do not."""
        return self._monitor.health

    def router(self) -> APIRouter:
        """POST /telegram/webhook; in polling mode it refuses everything."""
        return self._webhook.router()

    async def run(self) -> None:
        """Receive until cancelled; no answer of Telegram ends it."""
        try:
            self._handler.me = await self._introduce()
            self._errands.start("set_my_commands", publish_commands(self._bot, self._responses))
            await self._receiver.run()
        finally:
            self._monitor.note(HealthState.STOPPED)
            await self._errands.finish()

    async def show_typing(self, storage: Storage, events: Events, now: Clock) -> None:
        """Show citizens that a person is typing, until cancelled."""
        await TypingSigns(self._bot, storage, events, now).run()

    async def close(self) -> None:
        """Close the connections; call it when nothing is sent any more."""
        for connection in self._connections:
            await connection.shutdown()

    async def send(self, address: str, message: Message) -> str | None:
        """Send a message; gives Telegram's id of its last part. Raises DeliveryFailed, RecipientGone, DeliveryRefused."""
        return await self._sender.send(address, message)

    async def _introduce(self) -> User:
        backoff = Backoff()
        while True:
            try:
                return await self._bot.get_me()
            except TelegramError as error:
                self._monitor.note_error(error)
                await asyncio.sleep(backoff.pause_after(error))
