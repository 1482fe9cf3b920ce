"""A person is needed: live within the hours of the office in question, else as a ticket with a promise."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.conversations import Conversation
from bot.domain.handoffs import Ticket
from bot.domain.messages import Author
from bot.domain.offices import Office
from bot.domain.services import in_language
from bot.ports import Promise, Responses, UnitOfWork


@dataclass(frozen=True, slots=True)
class Handoff:
    """Why a person is needed, at which office, and what the citizen asked."""

    reason: str
    office: Office
    service_id: str | None
    question: str


async def hand_off(
    handoff: Handoff,
    conversation: Conversation,
    *,
    unit: UnitOfWork,
    responses: Responses,
    promise: Promise,
    at: datetime,
) -> None:
    """Put the conversation into the live queue or open a ticket, and tell the citizen which; the caller commits."""
    intro = f"utter_handoff_{handoff.reason}"
    if responses.has(intro):
        reply = responses.reply(intro, conversation.language)
        await unit.add_outgoing(conversation, reply, author=Author.BOT, at=at)
    if handoff.office.opening_hours.is_open(at):
        conversation.hand_off(
            at=at, reason=handoff.reason, office_id=handoff.office.id, service_id=handoff.service_id
        )
        name = in_language(handoff.office.name, conversation.language)
        reply = responses.reply("utter_handoff_live", conversation.language, office=name)
        await unit.add_outgoing(conversation, reply, author=Author.BOT, at=at)
        return
    await open_ticket(
        handoff, conversation, "utter_handoff_ticket", unit=unit, responses=responses, promise=promise, at=at
    )


async def open_ticket(
    handoff: Handoff,
    conversation: Conversation,
    response: str,
    *,
    unit: UnitOfWork,
    responses: Responses,
    promise: Promise,
    at: datetime,
) -> Ticket:
    """Open a ticket, or add to the open one, and tell the citizen its number and until when it is answered."""
    ticket = await unit.find_open_ticket(conversation.id)
    if ticket is not None:
        response = "utter_added_to_ticket"
    else:
        ticket = await _new_ticket(handoff, conversation, unit, at)
    conversation.note_handoff(reason=handoff.reason, office_id=ticket.office_id, service_id=ticket.service_id)
    values = {
        "office": in_language(handoff.office.name, conversation.language),
        "number": ticket.number,
        "promise": promise(ticket.due_at, now=at, language=conversation.language),
    }
    reply = responses.reply(response, conversation.language, **values)
    await unit.add_outgoing(conversation, reply, author=Author.BOT, at=at)
    return ticket


async def _new_ticket(handoff: Handoff, conversation: Conversation, unit: UnitOfWork, at: datetime) -> Ticket:
    office = handoff.office
    ticket = Ticket(
        number=await unit.next_ticket_number(at=at),
        conversation_id=conversation.id,
        office_id=office.id,
        service_id=handoff.service_id,
        reason=handoff.reason,
        question=handoff.question,
        created_at=at,
        due_at=office.opening_hours.add_open_time(at, office.reply_within),
    )
    await unit.add_ticket(ticket)
    return ticket
