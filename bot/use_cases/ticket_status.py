"""A citizen asks how a ticket stands, by its number."""

import re
from datetime import datetime

from bot.domain.conversations import Conversation
from bot.domain.messages import Reply
from bot.domain.services import in_language
from bot.knowledge.knowledge import Knowledge
from bot.ports import Promise, Responses, UnitOfWork

_NUMBER = re.compile(r"(?<![\d-])(20\d\d-\d{4,7})(?![\d-])")


async def find_ticket_status(
    text: str,
    conversation: Conversation,
    *,
    unit: UnitOfWork,
    responses: Responses,
    knowledge: Knowledge,
    promise: Promise,
    at: datetime,
) -> Reply | None:
    """What is said to a message with a ticket's number, None where it has none.

    Of a number that is not this conversation's nothing is said, not even whether it exists.
    """
    found = _NUMBER.search(text)
    if found is None:
        return None
    number, language = found.group(1), conversation.language
    ticket = await unit.find_ticket(number)
    if ticket is None or ticket.conversation_id != conversation.id:
        return responses.reply("utter_ticket_unknown", language, number=number)
    if not ticket.is_open:
        return responses.reply("utter_ticket_status_closed", language, number=number)
    office = in_language((knowledge.find_office(ticket.office_id) or knowledge.general_office).name, language)
    if ticket.due_at <= at:
        return responses.reply("utter_ticket_status_overdue", language, number=number, office=office)
    moment = promise(ticket.due_at, now=at, language=language)
    return responses.reply("utter_ticket_status_open", language, number=number, office=office, promise=moment)
