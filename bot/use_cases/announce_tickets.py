"""A new ticket is announced to its team by e-mail, once."""

from bot.domain.staff import Teams
from bot.knowledge.knowledge import Knowledge
from bot.ports import Clock, Notifier, Storage
from bot.use_cases.escalate_tickets import to_notification


async def announce_tickets(*, storage: Storage, knowledge: Knowledge, notifier: Notifier, now: Clock) -> int:
    """Tell the teams about the tickets that they were not told about; how many."""
    async with storage.begin(read_only=True) as unit:
        tickets = await unit.list_unannounced_tickets()
        teams = Teams(tuple(await unit.list_staff()), knowledge.general_office.id)
    for ticket in tickets:
        async with storage.begin() as unit:
            await unit.note_announced(ticket.number, at=now())
            await unit.commit()
        await notifier.notify(to_notification("ticket", ticket, teams, knowledge))
    return len(tickets)
