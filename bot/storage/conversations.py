"""Conversations: found under a lock, saved without losing a colleague's change."""

import hmac

from sqlalchemy import bindparam, func, insert, select, update

from bot.domain.conversations import Conversation
from bot.errors import ConversationNotFound
from bot.storage.base import Part
from bot.storage.rows import CONVERSATION_FIELDS, from_conversation, to_conversation
from bot.storage.tables import conversations

columns = [conversations.c[name] for name in CONVERSATION_FIELDS]


class Conversations(Part):
    """The part of the unit of work about conversations."""

    async def find_conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation, or None."""
        statement = self._locked(select(*columns).where(conversations.c.id == conversation_id))
        row = (await self._execute(statement)).one_or_none()
        return to_conversation(row) if row else None

    async def get_conversation(self, conversation_id: str) -> Conversation:
        """The conversation; raises ConversationNotFound."""
        conversation = await self.find_conversation(conversation_id)
        if conversation is None:
            raise ConversationNotFound("no conversation with this id")
        return conversation

    async def find_by_address(self, channel: str, address: str) -> Conversation | None:
        """The conversation with this end of a channel, or None.

        Where there is none, a writing transaction keeps the address to itself until it ends: of two processes that
        start a conversation for the same address the second waits here and finds it.
        """
        found = await self._find_by_address(channel, address)
        if found is None and self._is_postgresql and not self._read_only:
            key = func.hashtextextended(f"{channel}\n{address}", 0)
            await self._execute(select(func.pg_advisory_xact_lock(key)))
            found = await self._find_by_address(channel, address)
        return found

    async def _find_by_address(self, channel: str, address: str) -> Conversation | None:
        here = (conversations.c.channel == channel) & (conversations.c.address == address)
        row = (await self._execute(self._locked(select(*columns).where(here)))).one_or_none()
        return to_conversation(row) if row else None

    async def add_conversation(self, conversation: Conversation, *, token_hash: str | None = None) -> None:
        """Store a new one; look with `find_by_address` first, because an address has one conversation."""
        values = from_conversation(conversation) | {"token_hash": token_hash, "next_seq": 1, "unread": 0}
        await self._execute(insert(conversations), values)
        self._touch(conversation.id)

    async def save_conversation(self, conversation: Conversation) -> None:
        """Store what changed; raises ConversationNotFound where it was deleted meanwhile."""
        values = from_conversation(conversation)
        here = conversations.c.id == bindparam("conversation_id", values.pop("id"))
        result = await self._execute(update(conversations).where(here), values)
        if result.rowcount == 0:
            raise ConversationNotFound("no conversation with this id")
        self._touch(conversation.id)

    async def has_token(self, conversation_id: str, token_hash: str) -> bool:
        """Whether the bearer token with this hash belongs to the conversation."""
        statement = select(conversations.c.token_hash).where(conversations.c.id == conversation_id)
        stored: str | None = (await self._execute(statement)).scalar_one_or_none()
        return stored is not None and hmac.compare_digest(stored.encode(), token_hash.encode())

    async def replace_token(self, conversation_id: str, token_hash: str) -> None:
        """From now on only the token with this hash opens the conversation; raises ConversationNotFound."""
        statement = update(conversations).where(conversations.c.id == conversation_id).values(token_hash=token_hash)
        if (await self._execute(statement)).rowcount == 0:
            raise ConversationNotFound("no conversation with this id")
