"""A staff member puts a conversation off."""

from datetime import datetime, timedelta

from bot.domain.staff import StaffMember
from bot.errors import InvalidTransition
from bot.ports import Clock, Promise, Responses, Storage
from bot.use_cases.say_to_citizen import say_to_citizen

LONGEST = timedelta(days=30)


async def snooze_conversation(
    conversation_id: str,
    *,
    staff: StaffMember,
    until: datetime,
    storage: Storage,
    responses: Responses,
    promise: Promise,
    now: Clock,
) -> None:
    """Let it come back at `until`, or when the citizen writes; the citizen reads when.

    Raises ConversationNotFound, and InvalidTransition for all but the holder and for a moment that is past or too far.
    """
    at = now()
    if not at < until <= at + LONGEST:
        raise InvalidTransition(f"a conversation can be put off by {LONGEST.days} days at most")
    async with storage.begin() as unit:
        conversation = await unit.get_conversation(conversation_id)
        conversation.check_held_by(staff.id)
        conversation.snooze(until=until)
        await unit.save_conversation(conversation)
        moment = promise(until, now=at, language=conversation.language)
        await say_to_citizen(
            unit, conversation, "utter_snoozed", responses=responses, at=at, name=staff.display_name, promise=moment
        )
        await unit.commit()
