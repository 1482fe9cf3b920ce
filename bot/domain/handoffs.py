"""Handoffs from the bot to people, and tickets: questions that wait for an office, with a promised moment."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.errors import InvalidRating


@dataclass(frozen=True, slots=True)
class Ticket:
    """A kept promise: `number` is what the citizen is told, `due_at` was counted in the office's opening hours.

    With number and `access_code` the citizen opens the conversation again; None on channels where the reply comes by
    itself. Only the citizen reads it, so it is left out where a ticket is printed.
    """

    number: str
    conversation_id: str
    office_id: str
    service_id: str | None
    reason: str
    question: str
    created_at: datetime
    due_at: datetime
    closed_at: datetime | None = None
    escalated_at: datetime | None = None
    access_code: str | None = field(default=None, repr=False)

    @property
    def is_open(self) -> bool:
        """Nobody has closed it yet."""
        return self.closed_at is None


class Result(StrEnum):
    """What came of a handoff."""

    ANSWERED = "answered"
    FORWARDED = "forwarded"
    CITIZEN_LEFT = "citizen_left"
    NOT_POSSIBLE = "not_possible"
    SPAM = "spam"
    RETURNED = "returned"
    BECAME_TICKET = "became_ticket"


@dataclass(frozen=True, slots=True)
class HandoffRecord:
    """One time that people were asked for, from the request to its end; what waits, handling and ratings are counted from.

    A conversation has at most one without `ended_at`. `id` is None before it is stored.
    """

    conversation_id: str
    office_id: str
    reason: str
    requested_at: datetime
    service_id: str | None = None
    id: int | None = None
    claimed_at: datetime | None = None
    staff_id: int | None = None
    replied_at: datetime | None = None
    ended_at: datetime | None = None
    result: Result | None = None
    rating: int | None = None
    comment: str | None = None
    comment_asked_at: datetime | None = None

    @property
    def wait(self) -> timedelta | None:
        """How long the citizen waited for a person, once one came; None also where nobody waited, as after a ticket."""
        if self.claimed_at is None or self.claimed_at == self.requested_at:
            return None
        return self.claimed_at - self.requested_at

    def claim(self, *, staff_id: int, at: datetime) -> "HandoffRecord":
        """A person came; the first one counts for the wait."""
        return replace(self, staff_id=staff_id, claimed_at=self.claimed_at or at)

    def reply(self, *, at: datetime) -> "HandoffRecord":
        """The person has answered; only the first time counts."""
        return self if self.replied_at else replace(self, replied_at=at)

    def end(self, result: Result, *, at: datetime) -> "HandoffRecord":
        """It is over; the first end counts."""
        return self if self.ended_at else replace(self, ended_at=at, result=result)

    def rate(self, rating: int) -> "HandoffRecord":
        """One to five by the citizen; a later rating replaces an earlier one. Raises InvalidRating."""
        if rating not in RATINGS:
            raise InvalidRating("a rating is a number from 1 to 5")
        return replace(self, rating=rating)

    @property
    def is_rated(self) -> bool:
        """It is over and the citizen rated it, so that words may be added."""
        return self.ended_at is not None and self.rating is not None

    def ask_comment(self, *, at: datetime) -> "HandoffRecord":
        """What the citizen types next is meant for the team."""
        return replace(self, comment_asked_at=at)

    def awaits_comment(self, at: datetime) -> bool:
        """Whether what the citizen types now is the comment."""
        return self.comment_asked_at is not None and at - self.comment_asked_at <= COMMENT_WITHIN

    def cancel_comment(self) -> "HandoffRecord":
        """What the citizen types next is an ordinary message again."""
        return replace(self, comment_asked_at=None)

    def comment_on(self, text: str) -> "HandoffRecord":
        """Keep the beginning of the citizen's words; later ones replace them."""
        return replace(self, comment=text[:LONGEST_COMMENT], comment_asked_at=None)


RATINGS = range(1, 6)
COMMENT_WITHIN = timedelta(minutes=15)
LONGEST_COMMENT = 1_000


@dataclass(frozen=True, slots=True)
class Note:
    """What staff tell each other about a conversation; no citizen reads it."""

    conversation_id: str
    author_id: int | None
    author_name: str
    text: str
    created_at: datetime
    id: int | None = None
