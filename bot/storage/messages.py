"""Messages: numbered without gaps within a conversation, each foreign id once."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from bot.domain.conversations import Conversation
from bot.domain.messages import Author, ButtonRef, Message, Reply
from bot.errors import ConversationNotFound, DuplicateMessage
from bot.storage.base import PUSHED_CHANNELS, Part
from bot.storage.rows import from_message, to_message
from bot.storage.tables import conversations, deliveries, messages

ANSWERING = frozenset({Author.STAFF})


class Messages(Part):
    """The part of the unit of work about messages."""

    async def find_by_source(self, channel: str, source_id: str) -> Message | None:
        """The message that was stored under this foreign id, or None."""
        here = (messages.c.channel == channel) & (messages.c.source_id == source_id)
        row = (await self._execute(select(messages).where(here))).one_or_none()
        return to_message(row) if row else None

    async def add_incoming(
        self, conversation: Conversation, *, source_id: str, text: str, payload: str | None, at: datetime, awaits_turn: bool
    ) -> Message:
        """Append a citizen's message; raises DuplicateMessage, which ends the transaction."""
        seq = await self._take_seq(conversation, at=at, unread=conversations.c.unread + 1)
        message = Message(conversation.id, seq, Author.CITIZEN, text, at, source_id=source_id, payload=payload)
        await self._append(conversation, message, awaits_turn=awaits_turn)
        return message

    async def add_outgoing(
        self,
        conversation: Conversation,
        reply: Reply,
        *,
        author: Author,
        at: datetime,
        author_name: str | None = None,
        source_id: str | None = None,
        meta: dict[str, object] | None = None,
    ) -> Message:
        """Append a message to the citizen, in the outbox on pushed channels; raises DuplicateMessage like `add_incoming`."""
        seq = await self._take_seq(conversation, at=at, unread=0 if author in ANSWERING else conversations.c.unread)
        message = Message(
            conversation_id=conversation.id,
            seq=seq,
            author=author,
            text=reply.text,
            created_at=at,
            author_name=author_name,
            source_id=source_id,
            buttons=reply.buttons,
            links=reply.links,
            source_title=reply.source_title,
            source_url=reply.source_url,
            reviewed_on=reply.reviewed_on,
            meta=dict(meta or {}),
        )
        await self._append(conversation, message, awaits_turn=False)
        if conversation.channel in PUSHED_CHANNELS:
            await self._put_into_outbox(conversation, message)
        return message

    async def list_messages(self, conversation_id: str, *, after: int = 0, limit: int = 500) -> list[Message]:
        """Messages with a higher seq than `after`, in order, at most `limit`."""
        here = (messages.c.conversation_id == conversation_id) & (messages.c.seq > after)
        rows = await self._execute(select(messages).where(here).order_by(messages.c.seq).limit(limit))
        return [to_message(row) for row in rows]

    async def list_last_messages(self, conversation_id: str, *, limit: int) -> list[Message]:
        """The last ones, in order."""
        here = messages.c.conversation_id == conversation_id
        rows = await self._execute(select(messages).where(here).order_by(messages.c.seq.desc()).limit(limit))
        return [to_message(row) for row in rows][::-1]

    async def find_button(self, conversation_id: str, ref: ButtonRef) -> str | None:
        """Payload of a quick reply, or None where there is no such button."""
        here = (messages.c.conversation_id == conversation_id) & (messages.c.seq == ref.seq)
        buttons: list[dict[str, str]] = (
            await self._execute(select(messages.c.buttons).where(here))
        ).scalar_one_or_none() or []
        return buttons[ref.index]["payload"] if 0 <= ref.index < len(buttons) else None

    async def _take_seq(self, conversation: Conversation, *, at: datetime, unread: Any) -> int:
        """Allocate the next number under the lock of the conversation's row."""
        statement = (
            update(conversations)
            .where(conversations.c.id == conversation.id)
            .values(next_seq=conversations.c.next_seq + 1, last_message_at=at, unread=unread)
            .returning(conversations.c.next_seq)
        )
        next_seq: int | None = (await self._execute(statement)).scalar_one_or_none()
        if next_seq is None:
            raise ConversationNotFound("no conversation with this id")
        conversation.last_message_at = at
        return next_seq - 1

    async def _append(self, conversation: Conversation, message: Message, *, awaits_turn: bool) -> None:
        values = from_message(message) | {"channel": conversation.channel, "awaits_turn": awaits_turn}
        if message.source_id is None:
            await self._execute(insert(messages), values)
        else:
            statement = self._insert(messages).on_conflict_do_nothing(index_elements=["channel", "source_id"])
            stored = await self._execute(statement.returning(messages.c.seq), values)
            if stored.one_or_none() is None:
                await self._connection.rollback()
                self._touched.clear()
                raise DuplicateMessage("this message is stored already")
        self._touch(conversation.id)

    async def _put_into_outbox(self, conversation: Conversation, message: Message) -> None:
        values = {
            "channel": conversation.channel,
            "address": conversation.address,
            "conversation_id": conversation.id,
            "seq": message.seq,
            "status": "pending",
            "attempts": 0,
            "due_at": message.created_at,
        }
        await self._execute(insert(deliveries), values)
