"""Nobody came in time, or the office has closed: a waiting conversation becomes a ticket."""

from datetime import timedelta

from bot.domain.conversations import Conversation
from bot.domain.messages import Author
from bot.knowledge.knowledge import Knowledge
from bot.ports import Clock, Promise, Responses, Storage, UnitOfWork
from bot.use_cases.hand_off import Handoff, open_ticket


async def expire_waiting(
    *,
    storage: Storage,
    responses: Responses,
    knowledge: Knowledge,
    promise: Promise,
    longest_wait: timedelta,
    now: Clock,
) -> int:
    """Turn conversations that wait too long, or for an office that has closed, into tickets; how many."""
    at = now()
    async with storage.begin(read_only=True) as unit:
        waiting = await unit.list_waiting_since(at)
    expired = [each for each in waiting if _is_expired(each, knowledge, longest_wait, now)]
    count = 0
    for each in expired:
        async with storage.begin() as unit:
            conversation = await unit.get_conversation(each.id)
            if not conversation.is_waiting:
                continue
            handoff = Handoff(
                conversation.handoff_reason or "citizen_asked",
                knowledge.competent_office(None, conversation.office_id),
                conversation.service_id,
                await _last_words(unit, conversation.id),
            )
            conversation.return_to_bot()
            await open_ticket(
                handoff,
                conversation,
                "utter_waiting_becomes_ticket",
                unit=unit,
                responses=responses,
                promise=promise,
                at=at,
            )
            await unit.save_conversation(conversation)
            await unit.commit()
            count += 1
    return count


async def _last_words(unit: UnitOfWork, conversation_id: str) -> str:
    messages = await unit.list_messages(conversation_id)
    return next((each.text for each in reversed(messages) if each.author is Author.CITIZEN), "")


def _is_expired(conversation: Conversation, knowledge: Knowledge, longest_wait: timedelta, now: Clock) -> bool:
    office = knowledge.competent_office(None, conversation.office_id)
    waiting_since = conversation.waiting_since or now()
    return now() - waiting_since >= longest_wait or not office.opening_hours.is_open(now())
