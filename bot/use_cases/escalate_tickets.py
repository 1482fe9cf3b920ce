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
    due = [ticket for ticket in tickets if _reminder_at(ticket, knowledge) <= at]
    for ticket in due:
        async with storage.begin() as unit:
            await unit.escalate_ticket(ticket.number, at=at)
            await unit.commit()
        await notifier.notify(to_notification("escalation", ticket, teams, knowledge))
    return len(due)


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


def _reminder_at(ticket: Ticket, knowledge: Knowledge) -> datetime:
    office = knowledge.find_office(ticket.office_id) or knowledge.general_office
    try:
        return office.opening_hours.add_open_time(ticket.created_at, office.reply_within * (1 - LAST_PART))
    except LookupError:
        return ticket.due_at
