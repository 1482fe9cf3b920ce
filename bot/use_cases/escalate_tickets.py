"""A promise that is about to be missed is brought before the team once."""

from datetime import datetime, timedelta

from bot.domain.handoffs import Ticket
from bot.domain.services import in_language
from bot.domain.staff import Teams
from bot.knowledge.knowledge import Knowledge
from bot.ports import Clock, Notification, Notifier, Storage

LAST_PART = 0.25
LOOKED_AHEAD = timedelta(days=30)


async def escalate_tickets(*, storage: Storage, knowledge: Knowledge, notifier: Notifier, now: Clock) -> int:
    """Mark the open tickets of whose promised opening hours less than a quarter is left, and tell their teams; how many."""
    at = now()
    async with storage.begin(read_only=True) as unit:
        tickets = await unit.list_tickets_due(at + LOOKED_AHEAD)
        teams = Teams(tuple(await unit.list_staff()), knowledge.general_office.id)
    count = 0
    for ticket in tickets:
        if _is_urgent(ticket, knowledge, at) and await _escalate(ticket, storage, at):
            await notifier.notify(to_notification("escalation", ticket, teams, knowledge))
            count += 1
    return count


def _is_urgent(ticket: Ticket, knowledge: Knowledge, at: datetime) -> bool:
    office = knowledge.find_office(ticket.office_id) or knowledge.general_office
    return office.opening_hours.open_time_between(at, ticket.due_at) < office.reply_within * LAST_PART


async def _escalate(ticket: Ticket, storage: Storage, at: datetime) -> bool:
    """Looked at again under the lock, so that of several processes one tells the team, and of an open ticket only."""
    async with storage.begin() as unit:
        if await unit.find_conversation(ticket.conversation_id) is None:
            return False
        if await unit.find_ticket(ticket.number) != ticket:
            return False
        await unit.escalate_ticket(ticket.number, at=at)
        await unit.commit()
    return True


def to_notification(kind: str, ticket: Ticket, teams: Teams, knowledge: Knowledge) -> Notification:
    """To every member of the team who has an address."""
    members = teams.members(teams.team_of(ticket.office_id))
    office = knowledge.find_office(ticket.office_id) or knowledge.general_office
    return Notification(
        kind=kind,
        to=tuple(member.email for member in members if member.email),
        conversation_id=ticket.conversation_id,
        ticket=ticket,
        office_name=in_language(office.name, "de"),
    )
