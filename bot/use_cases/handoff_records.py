"""Keeps the record of a handoff beside the conversation: when people were asked, came, answered and ended it."""

from collections.abc import Callable
from datetime import datetime

from bot.domain.conversations import Conversation
from bot.domain.handoffs import HandoffRecord, Result
from bot.ports import UnitOfWork


async def begin_record(unit: UnitOfWork, conversation: Conversation, *, office_id: str, at: datetime) -> HandoffRecord:
    """The record that is not over; a new one where there is none."""
    last = await unit.find_handoff(conversation.id)
    if last is not None and last.ended_at is None:
        return last
    reason = conversation.handoff_reason or "citizen_asked"
    record = HandoffRecord(conversation.id, office_id, reason, at, conversation.service_id)
    await unit.add_handoff(record)
    return await unit.find_handoff(conversation.id) or record


async def change_record(unit: UnitOfWork, conversation_id: str, change: Callable[[HandoffRecord], HandoffRecord]) -> None:
    """Change the record that is not over, if there is one."""
    last = await unit.find_handoff(conversation_id)
    if last is not None and last.ended_at is None and (changed := change(last)) != last:
        await unit.save_handoff(changed)


async def end_record(unit: UnitOfWork, conversation_id: str, result: Result, *, at: datetime) -> None:
    """The handoff is over with this result."""
    await change_record(unit, conversation_id, lambda record: record.end(result, at=at))
