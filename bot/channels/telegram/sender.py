"""Sends a stored message to a chat."""

import logging

from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.channels.telegram.outgoing import Part, to_parts
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.recent import Recent
from bot.channels.telegram.requests import FloodWait
from bot.domain.messages import Message
from bot.errors import DeliveryFailed, DeliveryRefused, RecipientGone
from bot.ports import Responses

logger = logging.getLogger(__name__)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
GONE = ("chat not found", "user not found", "peer_id_invalid", "user is deactivated", "chat_write_forbidden")


class TelegramSender:
    """Implements `MessageSender`.

    Which parts of a message were sent is kept in memory, so that a second try in this process neither repeats a part
    nor a message whose delivery could not be noted. After a restart a message that was half sent starts anew. A call
    that times out counts as not delivered: Telegram may then show a part twice, but never not at all.
    """

    def __init__(self, bot: Bot, responses: Responses, pace: Pace) -> None:
        self._bot = bot
        self._responses = responses
        self._pace = pace
        self._sent: Recent[tuple[str, int], list[str]] = Recent()

    async def send(self, address: str, message: Message) -> str | None:
        """Send all parts that were not sent yet; gives the id of the last chat message, None if there was no part.

        Raises DeliveryFailed (try again), RecipientGone, DeliveryRefused.
        """
        key = (message.conversation_id, message.seq)
        sent = self._sent.find(key) or self._sent.keep(key, [])
        parts = to_parts(message, self._responses)
        for part in parts[len(sent) :]:
            await self._pace.wait(address)
            sent.append(await self._send_part(address, part, key))
        return sent[-1] if sent else None

    async def _send_part(self, address: str, part: Part, key: tuple[str, int]) -> str:
        """Send it; what Telegram refuses is sent once more without buttons, because silence would be worse."""
        fields = {"conversation_id": key[0], "seq": key[1]}
        try:
            try:
                return await self._send_text(address, part.text, part.keyboard)
            except DeliveryRefused:
                if part.keyboard is None:
                    raise
            logger.warning("telegram refuses a message with its buttons", extra=fields)
            for text in part.plain_texts:
                await self._pace.wait(address)
                last = await self._send_text(address, text)
            return last
        except DeliveryRefused:
            logger.exception("telegram refuses a message", extra=fields, exc_info=False)
            raise

    async def _send_text(self, address: str, text: str, keyboard: InlineKeyboardMarkup | None = None) -> str:
        try:
            chat_message = await self._bot.send_message(
                chat_id=int(address), text=text, reply_markup=keyboard, link_preview_options=NO_PREVIEW
            )
        except TelegramError as error:
            raise to_delivery_error(error) from None
        return str(chat_message.message_id)


def to_delivery_error(error: TelegramError) -> DeliveryFailed | DeliveryRefused | RecipientGone:
    """What an error of the Bot API means for a delivery; its own text may hold the message, so it is left behind."""
    if isinstance(error, FloodWait):
        return DeliveryFailed("telegram asks for a pause", retry_after=error.seconds)
    if isinstance(error, Forbidden | ChatMigrated):
        return RecipientGone("the citizen blocked the bot")
    if isinstance(error, BadRequest):
        is_gone = any(sign in error.message.lower() for sign in GONE)
        return RecipientGone("the chat no longer exists") if is_gone else DeliveryRefused("telegram refuses the message")
    return DeliveryFailed(f"telegram did not take the message ({type(error).__name__})")
