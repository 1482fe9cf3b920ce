"""A new ticket is announced to its team by e-mail, once."""

from datetime import datetime

from bot.domain.handoffs import Ticket
from bot.domain.staff import Teams
from bot.knowledge.knowledge import Knowledge
from bot.ports import Clock, Notifier, Storage
from bot.use_cases.escalate_tickets import to_notification


async def announce_tickets(*, storage: Storage, knowledge: Knowledge, notifier: Notifier, now: Clock) -> int:
    """Tell the teams about the tickets that they were not told about; how many."""
    async with storage.begin(read_only=True) as unit:
        tickets = await unit.list_unannounced_tickets()
        teams = Teams(tuple(await unit.list_staff()), knowledge.general_office.id)
    count = 0
    for ticket in tickets:
        if await _note_announced(ticket, storage, now()):
            await notifier.notify(to_notification("ticket", ticket, teams, knowledge))
            count += 1
    return count


async def _note_announced(ticket: Ticket, storage: Storage, at: datetime) -> bool:
    """Looked at again under the lock, so that of several processes one tells them."""
    async with storage.begin() as unit:
        if await unit.find_conversation(ticket.conversation_id) is None:
            return False
        is_new = any(each.number == ticket.number for each in await unit.list_unannounced_tickets())
        if is_new:
            await unit.note_announced(ticket.number, at=at)
            await unit.commit()
    return is_new
