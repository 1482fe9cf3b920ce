"""A staff member gets a new password."""

from bot.passwords import hash_password, make_password
from bot.ports import Storage
from bot.use_cases.sign_in import to_username


async def reset_password(username: str, *, storage: Storage) -> str:
    """Set a generated password, end the sessions, and give the password; raises NotFound."""
    password = make_password()
    password_hash = await hash_password(password)
    async with storage.begin() as unit:
        await unit.set_password(to_username(username), password_hash)
        await unit.commit()
    return password
