"""Shows a citizen on Telegram that a person is typing."""

import asyncio
import logging
from datetime import datetime, timedelta

from telegram import Bot
from telegram.constants import ChatAction

from bot.channels.telegram.errands import Errands
from bot.channels.telegram.recent import Recent
from bot.errors import RathausboteError
from bot.ports import Clock, Events, Storage
from bot.use_cases.start_conversation import TELEGRAM

logger = logging.getLogger(__name__)

FRESH_FOR = timedelta(seconds=5)
SHOWN_FOR = timedelta(seconds=4)
"""Telegram shows a sign for five seconds; a new one before that would be no news."""
SIGNS_AT_ONCE = 4
PATIENCE = 3.0


class TypingSigns:
    """Sends `typing` for what staff write into conversations on Telegram.

    Best effort: a sign that fails is not sent again, a late one is left out, and few are under way at once, so that
    messages always find a free connection.
    """

    def __init__(self, bot: Bot, storage: Storage, events: Events, now: Clock) -> None:
        self._bot = bot
        self._storage = storage
        self._events = events
        self._now = now
        self._shown: Recent[str, datetime] = Recent(1_000)
        self._errands = Errands(SIGNS_AT_ONCE)

    async def run(self) -> None:
        """Watch until cancelled, also after the events have ended."""
        try:
            async with self._events.subscribe() as changes:
                async for conversation_id in changes:
                    await self._look(conversation_id)
            await asyncio.Event().wait()
        finally:
            await self._errands.finish(0)

    async def _look(self, conversation_id: str) -> None:
        try:
            address = await self._find_address(conversation_id)
        except RathausboteError as error:
            logger.info("typing not shown", extra={"conversation_id": conversation_id, "error": error.code})
            return
        if address is None or not self._errands.has_room:
            return
        self._shown.keep(conversation_id, self._now())
        call = self._bot.send_chat_action(
            int(address),
            ChatAction.TYPING,
            read_timeout=PATIENCE,
            write_timeout=PATIENCE,
            connect_timeout=PATIENCE,
            pool_timeout=PATIENCE,
        )
        self._errands.start("send_chat_action", call)

    async def _find_address(self, conversation_id: str) -> str | None:
        """The chat in which the sign is due now."""
        at = self._now()
        shown_at = self._shown.find(conversation_id)
        if shown_at is not None and at - shown_at < SHOWN_FOR:
            return None
        async with self._storage.begin(read_only=True) as unit:
            typed_at = (await unit.find_typing(conversation_id)).staff_at
            if typed_at is None or at - typed_at > FRESH_FOR:
                return None
            conversation = await unit.find_conversation(conversation_id)
        if conversation is None or conversation.channel != TELEGRAM or not conversation.is_held:
            return None
        return conversation.address
