"""The deletion of what is no longer needed."""

from datetime import datetime

from sqlalchemy import and_, delete, exists, or_

from bot.domain.conversations import ConversationStatus
from bot.storage.base import Part
from bot.storage.tables import conversations, is_unanswered, sessions, tickets


class Upkeep(Part):
    """The part of the unit of work about retention."""

    async def purge_conversations(self, *, before: datetime) -> int:
        """Delete conversations without a message since `before`, with all that belongs to them; how many.

        Those that are with people or have an open ticket stay. Sessions that ended before then go too.
        """
        await self._execute(delete(sessions).where(sessions.c.expires_at < before))
        created_only = and_(conversations.c.last_message_at.is_(None), conversations.c.created_at < before)
        statement = delete(conversations).where(
            or_(conversations.c.last_message_at < before, created_only),
            conversations.c.status.not_in([ConversationStatus.OPEN.value, ConversationStatus.SNOOZED.value]),
            ~exists().where(tickets.c.conversation_id == conversations.c.id, is_unanswered),
        )
        return (await self._execute(statement)).rowcount
