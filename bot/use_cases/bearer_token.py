"""Tokens that open a citizen's conversation or a staff member's session; stored is only a digest."""

import hashlib
import secrets


def make_token() -> str:
    """A new token of 256 bits."""
    return secrets.token_urlsafe(32)


def to_token_hash(token: str) -> str:
    """SHA-256 in hex, the only form in which a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()
