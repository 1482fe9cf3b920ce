"""What was put off comes back: to its person, or where that person may not sign in any more, to the team."""

from datetime import timedelta

from bot.domain.conversations import Conversation
from bot.knowledge.knowledge import Knowledge
from bot.ports import Clock, Promise, Responses, Storage, UnitOfWork
from bot.use_cases.expiry import Expiry
from bot.use_cases.snooze_conversation import LONGEST


async def wake_snoozed(*, storage: Storage, responses: Responses, knowledge: Knowledge, promise: Promise, now: Clock) -> int:
    """Wake the conversations whose moment has come or whose person has gone; how many."""
    rule = _WakeRule(Expiry(storage, responses, knowledge, promise, now()))
    async with storage.begin(read_only=True) as unit:
        snoozed = await unit.list_snoozed_until(rule.expiry.at + LONGEST + timedelta(days=1))
        active = {member.id for member in await unit.list_staff() if member.is_active}
    due = [each.id for each in snoozed if rule.is_due(each) or each.assignee_id not in active]
    return await rule.expiry.expire_each(due, rule.wake)


class _WakeRule:
    def __init__(self, expiry: Expiry) -> None:
        self.expiry = expiry

    def is_due(self, conversation: Conversation) -> bool:
        return conversation.snoozed_until is not None and conversation.snoozed_until <= self.expiry.at

    async def wake(self, unit: UnitOfWork, conversation_id: str) -> bool:
        conversation = await unit.get_conversation(conversation_id)
        if not conversation.is_snoozed:
            return False
        is_active = any(each.id == conversation.assignee_id and each.is_active for each in await unit.list_staff())
        if not is_active:
            await self.expiry.to_team(unit, conversation)
        elif self.is_due(conversation):
            conversation.wake(at=self.expiry.at)
            await unit.save_conversation(conversation)
        else:
            return False
        return True
