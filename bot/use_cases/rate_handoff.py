"""A citizen says whether a person's answer helped, and adds a few words if they like."""

import json
from dataclasses import dataclass
from datetime import datetime

from bot.domain.handoffs import HandoffRecord
from bot.errors import InvalidRating
from bot.ports import UnitOfWork

RATE = "/rate"
COMMENT = "/comment"
NO_COMMENT = "/no_comment"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a message says of the last handoff: its record as it is to be kept, and what the citizen is told."""

    response: str
    record: HandoffRecord | None


def is_rating(payload: str | None) -> bool:
    """Whether a pressed button is a rating."""
    return payload is not None and payload.startswith(RATE)


def to_feedback(last: HandoffRecord | None, payload: str | None, typed: str | None, *, at: datetime) -> Feedback | None:
    """None where the message is no feedback; `typed` is its text, None where a button was pressed."""
    if payload is not None and is_rating(payload):
        return Feedback("utter_thanks_for_rating", _rate(last, payload))
    if payload == COMMENT and last is not None and last.is_rated:
        return Feedback("utter_ask_comment", last.ask_comment(at=at))
    if payload in (COMMENT, NO_COMMENT):
        return Feedback("utter_comment_cancelled", last and last.cancel_comment())
    if typed is not None and last is not None and last.awaits_comment(at):
        return Feedback("utter_thanks_for_comment", last.comment_on(typed))
    return None


async def keep_feedback(unit: UnitOfWork, last: HandoffRecord | None, feedback: Feedback | None) -> None:
    """Save what changed; after a message that is no feedback no comment is awaited any more. The caller commits."""
    record = feedback.record if feedback else last and last.cancel_comment()
    if record is not None and record != last:
        await unit.save_handoff(record)


def _rate(last: HandoffRecord | None, payload: str) -> HandoffRecord | None:
    """Unchanged where there is nothing to rate or no rating."""
    if last is None or last.ended_at is None:
        return None
    try:
        return last.cancel_comment().rate(int(json.loads(payload.removeprefix(RATE))["rating"]))
    except (ValueError, KeyError, TypeError, InvalidRating):
        return last.cancel_comment()
