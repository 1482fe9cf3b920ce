"""Codes by which a citizen opens the conversation of a ticket again; what people type is read forgivingly."""

import re
import secrets
import unicodedata

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Letters and digits without those that are taken for each other: 0 and O, 1, I and L."""
GROUPS = 3
GROUP_LENGTH = 4
_NUMBER = re.compile(r"\D*(\d{4})\D*?(\d{1,9})\D*")


def make_access_code() -> str:
    """A new code of 59 bits in three groups, e.g. `K7QM-3XRT-9HWA`."""
    return _to_groups("".join(secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP_LENGTH)))


def to_access_code(typed: str) -> str:
    """What was typed in the form in which codes are stored: capitals, other signs left out."""
    return _to_groups("".join(sign for sign in unicodedata.normalize("NFKC", typed).upper() if sign.isalnum()))


def to_ticket_number(typed: str) -> str | None:
    """The ticket's number that was meant, `2026-0042` also for `2026-42` and `2026/0042`; None where there is none."""
    found = _NUMBER.fullmatch(typed)
    return f"{int(found[1])}-{int(found[2]):04}" if found else None


def _to_groups(signs: str) -> str:
    return "-".join(signs[at : at + GROUP_LENGTH] for at in range(0, len(signs), GROUP_LENGTH))
