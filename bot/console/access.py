"""Which conversations staff may see, and how much of them."""

from dataclasses import dataclass

from bot.domain.conversations import Conversation
from bot.domain.handoffs import HandoffRecord, Ticket
from bot.domain.messages import Message
from bot.errors import ConversationNotFound
from bot.ports import UnitOfWork

PAGE = 500


@dataclass(frozen=True, slots=True)
class Accessed:
    """A conversation that people are or were asked for, with its first open ticket and its last handoff."""

    conversation: Conversation
    ticket: Ticket | None
    handoff: HandoffRecord | None

    @property
    def is_current(self) -> bool:
        """Whether it is with people or has an open ticket now, and not only in the past."""
        return self.conversation.is_with_people or self.ticket is not None

    def is_for_staff(self, message: Message) -> bool:
        """What the citizen and the bot said after people had done their part is theirs alone."""
        if self.is_current or self.handoff is None or self.handoff.ended_at is None:
            return True
        return message.created_at <= self.handoff.ended_at


async def access_conversation(unit: UnitOfWork, conversation_id: str) -> Accessed:
    """What was handed over, now or earlier; everything else counts as not there: raises ConversationNotFound."""
    conversation = await unit.get_conversation(conversation_id)
    ticket = next(iter(await unit.list_open_tickets(conversation_id)), None)
    accessed = Accessed(conversation, ticket, await unit.find_handoff(conversation_id))
    if not accessed.is_current and accessed.handoff is None:
        raise ConversationNotFound("no conversation for staff with this id")
    return accessed


async def access_current(unit: UnitOfWork, conversation_id: str) -> Accessed:
    """The same where people are asked for now; raises ConversationNotFound."""
    accessed = await access_conversation(unit, conversation_id)
    if not accessed.is_current:
        raise ConversationNotFound("no conversation for staff with this id")
    return accessed


async def list_readable(unit: UnitOfWork, accessed: Accessed, *, after: int = 0) -> list[Message]:
    """All messages after this number that staff may read."""
    messages: list[Message] = []
    while page := await unit.list_messages(accessed.conversation.id, after=after, limit=PAGE):
        messages.extend(page)
        after = page[-1].seq
    return [message for message in messages if accessed.is_for_staff(message)]
