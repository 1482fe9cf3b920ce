"""What the widget's API reads for one conversation: its messages, and who answers, how soon, and whether they write."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.web_views import StatusView, to_status_view
from bot.domain.conversations import Conversation
from bot.domain.messages import Author, Message
from bot.knowledge.knowledge import Knowledge
from bot.ports import UnitOfWork
from bot.use_cases.find_queue_place import find_queue_place

TYPING_FOR = timedelta(seconds=8)
"""How long a sign of typing counts unless it is given again."""


@dataclass(frozen=True, slots=True)
class StatusReader:
    """Reads who answers."""

    knowledge: Knowledge

    async def read(
        self, unit: UnitOfWork, conversation: Conversation, *, now: datetime, spoke_at: datetime | None
    ) -> StatusView:
        """Who answers now; whoever wrote a message at `spoke_at` types no longer."""
        place = await find_queue_place(conversation, unit=unit, knowledge=self.knowledge, now=now)
        typed_at = (await unit.find_typing(conversation.id)).staff_at if conversation.is_held else None
        ticket = await unit.find_open_ticket(conversation.id)
        is_typing = typed_at is not None and now - typed_at <= TYPING_FOR and not (spoke_at and spoke_at >= typed_at)
        return to_status_view(conversation, ticket, place=place, staff_is_typing=is_typing)


def find_last_of_staff(messages: Iterable[Message]) -> datetime | None:
    """When a person wrote last among these messages."""
    return max((each.created_at for each in messages if each.author is Author.STAFF), default=None)


async def list_all_messages(unit: UnitOfWork, conversation_id: str, *, after: int = 0) -> list[Message]:
    """Every message after a number, however many there are."""
    messages: list[Message] = []
    while page := await unit.list_messages(conversation_id, after=after):
        messages.extend(page)
        after = page[-1].seq
    return messages
