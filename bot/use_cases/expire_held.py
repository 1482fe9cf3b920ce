"""The person who holds a conversation does not answer any more: a colleague takes over, or it becomes a ticket."""

from dataclasses import dataclass
from datetime import timedelta

from bot.knowledge.knowledge import Knowledge
from bot.ports import Clock, HeldConversation, Promise, Responses, Storage, UnitOfWork
from bot.use_cases.expiry import STAFF_LEFT, Expiry


async def expire_held(
    *,
    storage: Storage,
    responses: Responses,
    knowledge: Knowledge,
    promise: Promise,
    longest_silence: timedelta,
    now: Clock,
) -> int:
    """Take held conversations in which a citizen waits in vain from their holders; how many.

    In vain means: unanswered for `longest_silence`, or until the office closed, counted from the claim at the earliest;
    or the holder may not sign in any more. Where the holder is gone and the office is open, the team's queue has it
    again, else it becomes a ticket and the bot answers.
    """
    rule = _HeldRule(Expiry(storage, responses, knowledge, promise, now()), longest_silence)
    async with storage.begin(read_only=True) as unit:
        held = await unit.list_held()
    return await rule.expiry.expire_each((each.conversation.id for each in held if rule.is_due(each)), rule.expire)


@dataclass(frozen=True, slots=True)
class _HeldRule:
    expiry: Expiry
    longest_silence: timedelta

    def is_due(self, held: HeldConversation) -> bool:
        if not held.is_holder_active:
            return True
        if held.unanswered_since is None:
            return False
        since = max(held.unanswered_since, held.conversation.held_since or held.unanswered_since)
        hours = self.expiry.office_of(held.conversation).opening_hours
        has_closed = hours.is_open(since) and not hours.is_open(self.expiry.at)
        return self.expiry.at - since >= self.longest_silence or has_closed

    async def expire(self, unit: UnitOfWork, conversation_id: str) -> bool:
        conversation = await unit.get_conversation(conversation_id)
        if not any(self.is_due(each) for each in await unit.list_held(conversation_id)):
            return False
        holder = next((each for each in await unit.list_staff() if each.id == conversation.assignee_id), None)
        if holder is None or not holder.is_available(self.expiry.at):
            await self.expiry.to_team(unit, conversation)
        else:
            await self.expiry.turn_into_ticket(unit, conversation, STAFF_LEFT, added=STAFF_LEFT)
        return True
