"""A staff member's access to the console is taken away or given back."""

from bot.ports import Storage
from bot.use_cases.sign_in import to_username


async def set_staff_access(username: str, *, active: bool, storage: Storage) -> None:
    """Switch the account; raises NotFound. Off ends the sessions, and `expire_held` sees to the held conversations."""
    async with storage.begin() as unit:
        await unit.set_staff_active(to_username(username), active)
        await unit.commit()
