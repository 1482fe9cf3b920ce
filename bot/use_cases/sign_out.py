"""A staff member signs out of the console."""

from bot.ports import Storage
from bot.use_cases.bearer_token import to_token_hash


async def sign_out(token: str, *, storage: Storage) -> None:
    """End the session; nothing happens where there is none."""
    async with storage.begin() as unit:
        await unit.delete_session(to_token_hash(token))
        await unit.commit()
