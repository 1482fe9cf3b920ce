"""A citizen says whether a person's answer helped."""

import json

from bot.errors import InvalidRating
from bot.ports import UnitOfWork

RATE = "/rate"


def is_rating(payload: str | None) -> bool:
    """Whether a pressed button is a rating."""
    return payload is not None and payload.startswith(RATE)


async def rate_handoff(conversation_id: str, payload: str, *, unit: UnitOfWork) -> bool:
    """Keep the rating with the last handoff; False where there is none to rate. The caller commits."""
    record = await unit.find_handoff(conversation_id)
    try:
        rating = int(json.loads(payload.removeprefix(RATE))["rating"])
        rated = record.rate(rating) if record is not None and record.ended_at is not None else None
    except (ValueError, KeyError, TypeError, InvalidRating):
        return False
    if rated is not None:
        await unit.save_handoff(rated)
    return rated is not None
