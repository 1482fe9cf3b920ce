"""A person is needed: live within the hours of the office in question, else as a ticket with a promise."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.conversations import Conversation
from bot.domain.handoffs import Ticket
from bot.domain.messages import Author, Reply
from bot.domain.offices import Office
from bot.domain.services import in_language
from bot.ports import Promise, Responses, UnitOfWork
from bot.use_cases.access_code import make_access_code
from bot.use_cases.handoff_records import begin_record
from bot.use_cases.start_conversation import WEB

INTRODUCTIONS = {
    "bot_failed": "utter_handoff_after_failure",
    "personal_case": "utter_handoff_personal_case",
    "degraded": "utter_handoff_degraded",
}
LIVE = "utter_handoff_live"
LIVE_OF = {"needs_approval": "utter_handoff_needs_approval"}
"""What is said instead where the citizen has nothing to describe."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """Why a person is needed, at which office, and what the citizen asked."""

    reason: str
    office: Office
    service_id: str | None
    question: str

    def is_live(self, at: datetime) -> bool:
        """Whether the office is staffed at this moment."""
        return self.office.opening_hours.is_open(at)

    def due_at(self, at: datetime) -> datetime:
        """Until when an answer is promised, counted in the office's opening hours."""
        return self.office.opening_hours.add_open_time(at, self.office.reply_within)


async def hand_off(
    handoff: Handoff,
    conversation: Conversation,
    *,
    unit: UnitOfWork,
    responses: Responses,
    promise: Promise,
    at: datetime,
    meta: dict[str, object] | None = None,
) -> None:
    """Put the conversation into the live queue or open a ticket, and tell the citizen which; the caller commits.

    `meta` is what staff may want to know of the turn that asked for a person; every message of the handoff carries it.
    """
    language = conversation.language
    for reply in introduce(handoff, language, responses):
        await unit.add_outgoing(conversation, reply, author=Author.BOT, at=at, meta=meta)
    if handoff.is_live(at):
        conversation.hand_off(at=at, reason=handoff.reason, office_id=handoff.office.id, service_id=handoff.service_id)
        await begin_record(unit, conversation, office_id=handoff.office.id, at=at)
        reply = live_reply(handoff, language, responses)
        await unit.add_outgoing(conversation, reply, author=Author.BOT, at=at, meta=meta)
        return
    await open_ticket(
        handoff,
        conversation,
        "utter_handoff_ticket",
        unit=unit,
        responses=responses,
        promise=promise,
        at=at,
        meta=meta,
    )


def introduce(handoff: Handoff, language: str, responses: Responses) -> list[Reply]:
    """Why a person is called, where that needs a word."""
    key = INTRODUCTIONS.get(handoff.reason)
    return [responses.reply(key, language)] if key else []


def live_reply(handoff: Handoff, language: str, responses: Responses) -> Reply:
    """What is said when the conversation enters the live queue."""
    return responses.reply(LIVE_OF.get(handoff.reason, LIVE), language, office=in_language(handoff.office.name, language))


def ticket_reply(
    handoff: Handoff,
    response: str,
    language: str,
    *,
    number: str,
    due_at: datetime,
    responses: Responses,
    promise: Promise,
    at: datetime,
) -> Reply:
    """What is said when a ticket is opened or added to."""
    return responses.reply(
        response,
        language,
        office=in_language(handoff.office.name, language),
        number=number,
        promise=promise(due_at, now=at, language=language),
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
    added: str = "utter_added_to_ticket",
    meta: dict[str, object] | None = None,
) -> Ticket:
    """Open a ticket, or add to the open one of the same office, and tell the citizen its number and promise.

    `added` is said instead of `response` where the ticket is open already. A promise that is past is not repeated.
    """
    open_tickets = await unit.list_open_tickets(conversation.id)
    ticket = next((each for each in open_tickets if each.office_id == handoff.office.id), None)
    if ticket is None:
        ticket = await _new_ticket(handoff, conversation, unit, at)
    else:
        response = "utter_added_to_overdue_ticket" if ticket.due_at <= at else added
    conversation.note_handoff(reason=handoff.reason, office_id=ticket.office_id, service_id=handoff.service_id)
    reply = ticket_reply(
        handoff,
        response,
        conversation.language,
        number=ticket.number,
        due_at=ticket.due_at,
        responses=responses,
        promise=promise,
        at=at,
    )
    meta = meta or {"language": conversation.language}
    await unit.add_outgoing(conversation, reply, author=Author.BOT, at=at, meta=meta)
    return ticket


async def _new_ticket(handoff: Handoff, conversation: Conversation, unit: UnitOfWork, at: datetime) -> Ticket:
    office = handoff.office
    ticket = Ticket(
        number=await unit.next_ticket_number(at=office.opening_hours.local(at)),
        conversation_id=conversation.id,
        office_id=office.id,
        service_id=handoff.service_id,
        reason=handoff.reason,
        question=handoff.question,
        created_at=at,
        due_at=handoff.due_at(at),
        access_code=make_access_code() if conversation.channel == WEB else None,
    )
    await unit.add_ticket(ticket)
    return ticket
