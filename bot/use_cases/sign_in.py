"""A staff member signs in to the console."""

import re
from datetime import timedelta

from bot.errors import SignInFailed
from bot.passwords import is_password
from bot.ports import Clock, Storage
from bot.use_cases.bearer_token import make_token, to_token_hash

SESSION_LIFETIME = timedelta(hours=10)
USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,59}")


async def sign_in(username: str, password: str, *, storage: Storage, now: Clock) -> str:
    """Start a session of ten hours and give its token; raises SignInFailed, after the same time for unknown names."""
    name = to_username(username)
    async with storage.begin(read_only=True) as unit:
        found = await unit.find_staff(name) if USERNAME.fullmatch(name) else None
    member, password_hash = found if found else (None, None)
    verified = await is_password(password, password_hash)
    if member is None or not verified or not member.is_active:
        raise SignInFailed("username and password do not belong together")
    token = make_token()
    async with storage.begin() as unit:
        await unit.add_session(token_hash=to_token_hash(token), staff_id=member.id, expires_at=now() + SESSION_LIFETIME)
        await unit.commit()
    return token


def to_username(text: str) -> str:
    """The form in which usernames are stored and compared."""
    return text.strip().casefold()
