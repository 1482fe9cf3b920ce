"""A staff member signs in to the console."""

import hashlib
import secrets
from datetime import timedelta

from bot.errors import SignInFailed
from bot.passwords import is_password
from bot.ports import Clock, Storage

SESSION_LIFETIME = timedelta(hours=10)


async def sign_in(username: str, password: str, *, storage: Storage, now: Clock) -> str:
    """Start a session of ten hours and give its token; raises SignInFailed, after the same time for unknown names."""
    async with storage.begin(read_only=True) as unit:
        found = await unit.find_staff(to_username(username))
    member, password_hash = found if found else (None, None)
    verified = await is_password(password, password_hash)
    if member is None or not verified or not member.is_active:
        raise SignInFailed("username and password do not belong together")
    token = secrets.token_urlsafe(32)
    async with storage.begin() as unit:
        await unit.add_session(token_hash=to_token_hash(token), staff_id=member.id, expires_at=now() + SESSION_LIFETIME)
        await unit.commit()
    return token


def to_username(text: str) -> str:
    """The form in which usernames are stored and compared."""
    return text.strip().casefold()


def to_token_hash(token: str) -> str:
    """SHA-256 in hex, the only form in which a session token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()
