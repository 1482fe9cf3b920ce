"""Tickets: questions that wait for an office, with the moment until which an answer was promised."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Ticket:
    """A kept promise: `number` is what the citizen is told, `due_at` was counted in the office's opening hours."""

    number: str
    conversation_id: str
    office_id: str
    service_id: str | None
    reason: str
    question: str
    created_at: datetime
    due_at: datetime
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Nobody has closed it yet."""
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who may sign in to the console."""

    id: int
    username: str
    display_name: str
    is_active: bool = True
