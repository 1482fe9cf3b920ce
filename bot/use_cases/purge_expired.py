"""Conversations are kept only as long as the town decided."""

from datetime import timedelta

from bot.ports import Clock, Storage


async def purge_expired(*, storage: Storage, retention_days: int, now: Clock) -> int:
    """Delete conversations whose last message is older than the retention; how many. Open matters are kept."""
    async with storage.begin() as unit:
        count = await unit.purge_conversations(before=now() - timedelta(days=retention_days))
        await unit.commit()
    return count
