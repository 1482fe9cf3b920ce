"""Handles one update: stores it before it may be acknowledged, and does the small things around it."""

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telegram import Bot, Update, User

from bot.channels.telegram.errands import Errands
from bot.channels.telegram.outgoing import to_keyboard
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.recent import Recent
from bot.channels.telegram.updates import Blocked, GroupCall, Received, read_update
from bot.domain.messages import IncomingMessage, Link
from bot.errors import MessageInvalid, MessageTooLong, RathausboteError
from bot.ports import Responses

logger = logging.getLogger(__name__)

GROUP_SILENCE = 3_600.0
MAX_FAILURES = 5


@dataclass(frozen=True, slots=True)
class Receivers:
    """Who takes what the channel receives; both return after it is stored."""

    receive: Callable[[IncomingMessage], Awaitable[object]]
    drop_recipient: Callable[[str], Awaitable[None]]


class UpdateHandler:
    """Handles updates one after the other; what it remembers only spares citizens needless answers."""

    def __init__(self, bot: Bot, receivers: Receivers, responses: Responses, pace: Pace, errands: Errands) -> None:
        self.me: User | None = None
        self._bot = bot
        self._receivers = receivers
        self._responses = responses
        self._pace = pace
        self._errands = errands
        self._digests: Recent[tuple[int, int], bytes] = Recent()
        self._albums: Recent[tuple[str, str], str] = Recent(1_000)
        self._groups: Recent[int, float] = Recent(1_000)
        self._failures: Recent[int, int] = Recent(1_000)

    async def handle(self, update: Update) -> None:
        """Return when the update may be acknowledged: stored, or without meaning for us.

        Whatever raises is to be handed in again. An update that fails with an error which is not `retryable` is given
        up after five times, so that it can't hold up all others.
        """
        try:
            await self._dispatch(update)
        except Exception as error:
            if isinstance(error, RathausboteError) and error.retryable:
                raise
            failures = self._failures.keep(update.update_id, (self._failures.find(update.update_id) or 0) + 1)
            fields = {"update_id": update.update_id, "error": type(error).__name__, "failures": failures}
            if failures < MAX_FAILURES:
                logger.warning("update failed", extra=fields)
                raise
            logger.error("update given up", extra=fields)

    async def _dispatch(self, update: Update) -> None:
        match read_update(update, responses=self._responses, me=self.me):
            case Received() as received:
                await self._take(received)
            case Blocked(address):
                await self._receivers.drop_recipient(address)
            case GroupCall() as call:
                self._answer_group(call)

    async def _take(self, received: Received) -> None:
        if self._is_repetition(received):
            return
        try:
            await self._receivers.receive(received.message)
        except MessageTooLong:
            self._tell(received.message, "utter_message_too_long")
        except MessageInvalid as error:
            logger.info("message refused", extra={"source_id": received.message.source_id, "error": error.code})
            self._tell(received.message, "utter_unsupported_message")
        self._remember(received)
        if received.callback_id:
            self._errands.start("answer_callback_query", self._bot.answer_callback_query(received.callback_id))

    def _is_repetition(self, received: Received) -> bool:
        """An edit that left the words as they were, or a further picture of an album that was answered."""
        if received.is_edit and received.key and self._digests.find(received.key) == received.digest:
            return True
        if received.album is None:
            return False
        first = self._albums.find((received.message.address, received.album))
        return first is not None and first != received.message.source_id

    def _remember(self, received: Received) -> None:
        if received.key:
            self._digests.keep(received.key, received.digest)
        if received.album:
            self._albums.keep((received.message.address, received.album), received.message.source_id)

    def _tell(self, message: IncomingMessage, key: str) -> None:
        text = self._responses.reply(key, message.language or "de").text
        self._errands.start(key, self._send(message.address, text, ()))

    def _answer_group(self, call: GroupCall) -> None:
        """Say once an hour in a group that the bot talks to one citizen at a time."""
        last = self._groups.find(call.chat_id)
        if self.me is None or (last is not None and time.monotonic() - last < GROUP_SILENCE):
            return
        self._groups.keep(call.chat_id, time.monotonic())
        reply = self._responses.reply("utter_private_only", call.language, url=self.me.link or "")
        links = (Link(f"@{self.me.username}", self.me.link or ""),)
        self._errands.start("utter_private_only", self._send(str(call.chat_id), reply.text, links))

    async def _send(self, address: str, text: str, links: tuple[Link, ...]) -> None:
        await self._pace.wait(address)
        await self._bot.send_message(int(address), text, reply_markup=to_keyboard(0, (), links))
