"""A citizen blocked the bot: nobody needs to wait for them any more."""

from bot.domain.handoffs import Result
from bot.ports import Clock, Storage
from bot.use_cases.handoff_records import end_record


async def citizen_left(channel: str, address: str, *, storage: Storage, now: Clock) -> None:
    """Take a waiting conversation out of the queue; a held one stays with its person, who can end it."""
    async with storage.begin() as unit:
        conversation = await unit.find_by_address(channel, address)
        if conversation is None or not conversation.is_waiting:
            return
        conversation.resolve()
        await end_record(unit, conversation.id, Result.CITIZEN_LEFT, at=now())
        await unit.save_conversation(conversation)
        await unit.commit()
