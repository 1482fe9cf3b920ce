"""A conversation and the only ways in which its status may change."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.errors import InvalidTransition


class ConversationStatus(StrEnum):
    """Who answers: PENDING the bot, OPEN a person (or the queue for one), SNOOZED a person later, RESOLVED nobody.

    A citizen who writes wakes a snoozed conversation and reopens a resolved one.
    """

    PENDING = "pending"
    OPEN = "open"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


@dataclass(slots=True)
class Conversation:
    """One citizen on one channel. OPEN without an assignee means: waiting in the live queue since `waiting_since`.

    With an assignee: held by this person since `held_since`. SNOOZED: put off by the assignee until `snoozed_until`.
    """

    id: str
    channel: str
    address: str
    created_at: datetime
    language: str = "de"
    status: ConversationStatus = ConversationStatus.PENDING
    assignee_id: int | None = None
    assignee_name: str | None = None
    office_id: str | None = None
    service_id: str | None = None
    handoff_reason: str | None = None
    waiting_since: datetime | None = None
    held_since: datetime | None = None
    snoozed_until: datetime | None = None
    dialogue_state: dict[str, object] = field(default_factory=dict)
    last_message_at: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        """In the live queue, nobody has claimed it yet."""
        return self.status is ConversationStatus.OPEN and self.assignee_id is None

    @property
    def is_held(self) -> bool:
        """A person holds it; the bot is silent."""
        return self.status is ConversationStatus.OPEN and self.assignee_id is not None

    @property
    def is_snoozed(self) -> bool:
        """Put off; the bot is silent, and the person has it again later."""
        return self.status is ConversationStatus.SNOOZED

    @property
    def is_with_people(self) -> bool:
        """In the queue, held or snoozed: the bot says nothing of its own."""
        return self.status in (ConversationStatus.OPEN, ConversationStatus.SNOOZED)

    def hand_off(self, *, at: datetime, reason: str, office_id: str, service_id: str | None) -> None:
        """The bot puts the conversation into the live queue of an office."""
        if self.is_with_people:
            raise InvalidTransition("already handed over")
        self.note_handoff(reason=reason, office_id=office_id, service_id=service_id)
        self.status = ConversationStatus.OPEN
        self.waiting_since = at

    def note_handoff(self, *, reason: str, office_id: str, service_id: str | None) -> None:
        """Remember for whom and why a person is asked; the status stays (a ticket leaves the bot in charge)."""
        self.handoff_reason, self.office_id, self.service_id = reason, office_id, service_id

    def claim(self, *, staff_id: int, staff_name: str, at: datetime) -> None:
        """A staff member takes it, from the queue, from a ticket or from the bot; not from a colleague."""
        if self.assignee_id not in (None, staff_id):
            raise InvalidTransition(f"held by {self.assignee_name}")
        self.status = ConversationStatus.OPEN
        self.assignee_id, self.assignee_name = staff_id, staff_name
        self.waiting_since, self.held_since, self.snoozed_until = None, at, None

    def release(self, *, at: datetime) -> None:
        """Back into the queue of its office, because its person has gone or gives it to the team."""
        if self.assignee_id is None or not self.is_with_people:
            raise InvalidTransition("nobody holds it")
        self.status = ConversationStatus.OPEN
        self.assignee_id = self.assignee_name = self.held_since = self.snoozed_until = None
        self.waiting_since = at

    def move_to(self, office_id: str, *, service_id: str | None) -> None:
        """Another office is in charge, of this service or of none in particular; who holds it stays."""
        if not self.is_with_people:
            raise InvalidTransition("nobody but the bot holds it")
        self.office_id, self.service_id = office_id, service_id

    def snooze(self, *, until: datetime) -> None:
        """Its person puts it off; the citizen's next message or the moment itself wakes it."""
        if not self.is_held:
            raise InvalidTransition("only what somebody holds can be put off")
        self.status, self.snoozed_until = ConversationStatus.SNOOZED, until

    def wake(self, *, at: datetime) -> None:
        """Its person has it again."""
        if not self.is_snoozed:
            raise InvalidTransition("not put off")
        self.status, self.snoozed_until, self.held_since = ConversationStatus.OPEN, None, at

    def check_held_by(self, staff_id: int) -> None:
        """Raise InvalidTransition unless this staff member holds the conversation."""
        if not self.is_held or self.assignee_id != staff_id:
            raise InvalidTransition("only the person who holds the conversation may do this")

    def return_to_bot(self) -> None:
        """The bot answers again."""
        if not self.is_with_people:
            raise InvalidTransition("nobody but the bot holds it")
        self.status = ConversationStatus.PENDING
        self._clear_handoff()

    def resolve(self) -> None:
        """Done; the next message of the citizen reopens it for the bot."""
        if self.status is ConversationStatus.RESOLVED:
            raise InvalidTransition("already resolved")
        self.status = ConversationStatus.RESOLVED
        self._clear_handoff()

    def reopen(self) -> None:
        """The citizen wrote again after the end."""
        if self.status is not ConversationStatus.RESOLVED:
            raise InvalidTransition("not resolved")
        self.status = ConversationStatus.PENDING

    def _clear_handoff(self) -> None:
        self.assignee_id = self.assignee_name = self.waiting_since = self.held_since = self.snoozed_until = None
        self.handoff_reason = self.office_id = self.service_id = None
