"""Who works at the console: roles, the offices that they answer for, and whether they are there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

PRESENT_FOR = timedelta(seconds=90)
"""How long after its last sign of life a console counts as open."""


class Role(StrEnum):
    """What somebody may do: a lead also what staff may, an administrator everything."""

    STAFF = "staff"
    LEAD = "lead"
    EDITOR = "editor"
    ADMIN = "admin"

    @property
    def answers_citizens(self) -> bool:
        """Whether the role takes over conversations."""
        return self is not Role.EDITOR

    @property
    def leads(self) -> bool:
        """Whether the role assigns conversations to others and sees the figures of the team."""
        return self in (Role.LEAD, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who may sign in to the console.

    `offices` are those whose team the member belongs to; without any it is the team of the general office.
    """

    id: int
    username: str
    display_name: str
    is_active: bool = True
    role: Role = Role.STAFF
    email: str | None = None
    offices: tuple[str, ...] = ()
    is_away: bool = False
    seen_at: datetime | None = None

    def is_available(self, at: datetime) -> bool:
        """Whether a conversation can be given to them now: console open, not away, allowed to sign in."""
        is_there = self.seen_at is not None and at - self.seen_at <= PRESENT_FOR
        return self.is_active and is_there and not self.is_away and self.role.answers_citizens


@dataclass(frozen=True, slots=True)
class Teams:
    """Which offices have a team; the general office answers for the others."""

    staff: tuple[StaffMember, ...]
    general_office: str

    def team_of(self, office_id: str | None) -> str:
        """The office whose team answers for this one."""
        is_staffed = any(office_id in member.offices for member in self._answering)
        return office_id if office_id and is_staffed else self.general_office

    def members(self, team: str) -> list[StaffMember]:
        """Who belongs to the team of this office, active ones only."""
        return [member for member in self._answering if self.belongs(member, team)]

    def belongs(self, member: StaffMember, team: str) -> bool:
        """Whether the member is in the team of this office."""
        return team in member.offices or (not member.offices and team == self.general_office)

    def available(self, team: str, *, at: datetime) -> list[StaffMember]:
        """Members of the team who are there now."""
        return [member for member in self.members(team) if member.is_available(at)]

    @property
    def _answering(self) -> Iterable[StaffMember]:
        return (member for member in self.staff if member.is_active and member.role.answers_citizens)
