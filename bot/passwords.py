"""The one door to argon2: make, check and verify passwords."""

import asyncio
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import StaffInvalid

MIN_LENGTH = 12
MAX_LENGTH = 200
GENERATED_LENGTH = 20
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"

_HASHER = PasswordHasher()


def make_password() -> str:
    """A new password of 20 characters, without those that are easily confused (about 99 bits)."""
    return "".join(secrets.choice(READABLE) for _ in range(GENERATED_LENGTH))


def check_password_length(password: str) -> None:
    """Raise StaffInvalid for a password that is too short or absurdly long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise StaffInvalid(f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters")


async def hash_password(password: str) -> str:
    """The argon2id hash, computed in a thread because it takes some 50 ms."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def is_password(password: str, password_hash: str | None) -> bool:
    """Whether the password belongs to the hash; with None it takes as long and is never true."""
    decoy = await asyncio.to_thread(_decoy_hash)
    verified = await asyncio.to_thread(_verify, password[: MAX_LENGTH + 1], password_hash or decoy)
    return verified and password_hash is not None


def _verify(password: str, password_hash: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy_hash() -> str:
    return _HASHER.hash(secrets.token_urlsafe())
