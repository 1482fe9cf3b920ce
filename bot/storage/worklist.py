"""The assistant's worklist: messages that await a turn, and the lease that keeps a conversation to one worker."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from bot.domain.conversations import Conversation
from bot.domain.messages import Message
from bot.storage.base import Part, is_free
from bot.storage.conversations import columns
from bot.storage.rows import to_conversation, to_message
from bot.storage.tables import awaits_turn, conversations, messages


class Worklist(Part):
    """The part of the unit of work about turns; `worker` names one task of one process, unique among all that run."""

    async def lease_next_turn(self, *, worker: str, until: datetime, now: datetime) -> Conversation | None:
        """Lease the conversation whose awaiting message is oldest; commits itself.

        The update repeats the condition under the row's lock: of several workers that chose the same conversation one
        gets it, the others go on to the next.
        """
        is_ours = is_free(conversations.c.lease_until, now=now, until=until)
        while candidate := await self._find_candidate(is_ours):
            statement = (
                update(conversations)
                .where(conversations.c.id == candidate, is_ours)
                .values(lease_owner=worker, lease_until=until)
                .returning(*columns)
            )
            row = (await self._execute(statement)).one_or_none()
            await self.commit()
            if row:
                return to_conversation(row)
        return None

    async def _find_candidate(self, is_ours: ColumnElement[bool]) -> str | None:
        statement = (
            select(messages.c.conversation_id)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .where(awaits_turn, is_ours)
            .order_by(messages.c.created_at, messages.c.conversation_id, messages.c.seq)
            .limit(1)
        )
        candidate: str | None = (await self._execute(statement)).scalar_one_or_none()
        return candidate

    async def find_awaiting(self, conversation_id: str) -> Message | None:
        """Oldest message of the conversation that awaits a turn."""
        here = (messages.c.conversation_id == conversation_id) & awaits_turn
        row = (await self._execute(select(messages).where(here).order_by(messages.c.seq).limit(1))).one_or_none()
        return to_message(row) if row else None

    async def mark_answered(self, message: Message, *, worker: str) -> bool:
        """Take the message off the worklist; False where the lease was lost or the message is answered (then do not commit).

        The conversation's row stays locked until the end of the transaction, so nobody can take the lease meanwhile.
        """
        own = (conversations.c.id == message.conversation_id) & (conversations.c.lease_owner == worker)
        if (await self._execute(self._locked(select(conversations.c.id).where(own)))).one_or_none() is None:
            return False
        here = (messages.c.conversation_id == message.conversation_id) & (messages.c.seq == message.seq) & awaits_turn
        result = await self._execute(update(messages).where(here).values(awaits_turn=False))
        self._touch(message.conversation_id)
        return result.rowcount == 1

    async def release_lease(self, conversation_id: str, *, worker: str) -> None:
        """Give the conversation free, if this worker still holds it."""
        own = (conversations.c.id == conversation_id) & (conversations.c.lease_owner == worker)
        result = await self._execute(update(conversations).where(own).values(lease_owner=None, lease_until=None))
        if result.rowcount:
            self._touch(conversation_id)
