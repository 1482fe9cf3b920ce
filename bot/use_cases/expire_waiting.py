"""Nobody came in time, or the office has closed: a waiting conversation becomes a ticket."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.conversations import Conversation
from bot.knowledge.knowledge import Knowledge
from bot.ports import Clock, Promise, Responses, Storage, UnitOfWork
from bot.use_cases.expiry import Expiry


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
    rule = _WaitingRule(Expiry(storage, responses, knowledge, promise, at), longest_wait)
    async with storage.begin(read_only=True) as unit:
        waiting = await unit.list_waiting_since(at)
    return await rule.expiry.expire_each((each.id for each in waiting if rule.is_due(each)), rule.expire)


@dataclass(frozen=True, slots=True)
class _WaitingRule:
    expiry: Expiry
    longest_wait: timedelta

    def is_due(self, conversation: Conversation) -> bool:
        if not conversation.is_waiting or conversation.waiting_since is None:
            return False
        at = self.expiry.at
        is_open = self.expiry.office_of(conversation).opening_hours.is_open(at)
        return at - conversation.waiting_since >= self.longest_wait or not is_open

    async def expire(self, unit: UnitOfWork, conversation_id: str) -> bool:
        conversation = await unit.get_conversation(conversation_id)
        if not self.is_due(conversation):
            return False
        await self.expiry.turn_into_ticket(unit, conversation, "utter_waiting_becomes_ticket")
        return True
