"""Which steps the console offers; the use cases decide, this only spares staff a step that would be refused."""

from bot.domain.conversations import Conversation
from bot.domain.staff import StaffMember

HOLDERS = ("reply", "resolve", "return", "release", "transfer", "snooze")


def permitted_steps(conversation: Conversation, member: StaffMember, *, has_ticket: bool) -> list[str]:
    """Out of claim, reply, resolve, return, release, transfer, assign, snooze, note."""
    if not member.role.answers_citizens:
        return []
    steps = _steps_of_everyone(conversation, member, has_ticket=has_ticket)
    if member.role.leads and (conversation.is_with_people or has_ticket):
        steps.append("assign")
        if conversation.is_with_people and "transfer" not in steps:
            steps.append("transfer")
    return [*steps, "note"]


def _steps_of_everyone(conversation: Conversation, member: StaffMember, *, has_ticket: bool) -> list[str]:
    is_own = conversation.assignee_id == member.id
    if conversation.is_held:
        return list(HOLDERS) if is_own else ["claim"]
    if conversation.is_snoozed:
        return ["claim", "release", "transfer"] if is_own else ["claim"]
    return ["claim"] if conversation.is_waiting or has_ticket else []
