"""A citizen blocked the bot: nobody needs to wait for them any more."""

from bot.ports import Storage


async def citizen_left(channel: str, address: str, *, storage: Storage) -> None:
    """Take a waiting conversation out of the queue; a held one stays with its person, who can end it."""
    async with storage.begin() as unit:
        conversation = await unit.find_by_address(channel, address)
        if conversation is None or not conversation.is_waiting:
            return
        conversation.resolve()
        await unit.save_conversation(conversation)
        await unit.commit()
