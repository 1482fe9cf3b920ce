"""A citizen who asked for a person, and the team that answers."""

from datetime import datetime, timedelta

from bot.domain.handoffs import HandoffRecord, Result
from bot.domain.staff import Role, StaffMember
from bot.domain.turns import Turn
from bot.ports import Notification
from bot.use_cases.assign_conversation import assign_conversation
from bot.use_cases.claim_conversation import claim_conversation
from bot.use_cases.release_conversation import release_conversation
from bot.use_cases.resolve_conversation import resolve_conversation
from bot.use_cases.snooze_conversation import snooze_conversation
from bot.use_cases.transfer_conversation import Destination, transfer_conversation
from bot.use_cases.wake_snoozed import wake_snoozed
from tests.handoff_support import KNOWLEDGE, MONDAY_MORNING, Desk, promise, to_handoff_turn


class Team(Desk):
    """A citizen who asked for a person; Frau Kaya, Herr Lang and the lead, Frau Berg."""

    def __init__(self, *answers: Turn, at: datetime = MONDAY_MORNING) -> None:
        super().__init__(*answers, at=at)
        self.members: dict[str, StaffMember] = {}

    async def employ(self, username: str, role: Role = Role.STAFF, *, is_here: bool = True) -> StaffMember:
        """A member of the staff whose console is open."""
        async with self.storage.begin() as unit:
            member = await unit.add_staff(username=username, display_name=username.title(), password_hash="x")
            await unit.set_staff_duties(username, role=role, email=f"{username}@musterstadt.example", offices=())
            if is_here:
                await unit.note_presence(member.id, at=self.clock())
            await unit.commit()
            self.members[username] = next(each for each in await unit.list_staff() if each.id == member.id)
        return self.members[username]

    @property
    def id(self) -> str:
        """The conversation's."""
        return self.conversation().id

    @property
    def record(self) -> HandoffRecord:
        """The last handoff."""
        return self.storage.tables.handoffs[-1]

    async def claim(self, member: StaffMember) -> None:
        """Take it."""
        await claim_conversation(self.id, staff=member, storage=self.storage, responses=self.responses, now=self.clock)

    async def transfer(self, member: StaffMember, *, note: str | None = None, **to: object) -> None:
        """Pass it on."""
        await transfer_conversation(
            self.id, staff=member, to=Destination(**to), note=note, storage=self.storage, responses=self.responses,  # type: ignore[arg-type]
            knowledge=KNOWLEDGE, promise=promise, now=self.clock,
        )  # fmt: skip

    async def assign(self, lead: StaffMember, member: StaffMember) -> None:
        """Give it to a member."""
        await assign_conversation(
            self.id, lead=lead, staff_id=member.id, storage=self.storage, responses=self.responses, now=self.clock
        )

    async def release(self, member: StaffMember) -> None:
        """Give it back to the team."""
        await release_conversation(
            self.id, staff=member, storage=self.storage, responses=self.responses, knowledge=KNOWLEDGE, promise=promise,
            now=self.clock,
        )  # fmt: skip

    async def switch_off(self, member: StaffMember) -> None:
        """The member may not sign in any more."""
        async with self.storage.begin() as unit:
            await unit.set_staff_active(member.username, False)
            await unit.commit()

    async def snooze(self, member: StaffMember, hours: float) -> None:
        """Put it off."""
        await snooze_conversation(
            self.id, staff=member, until=self.clock() + timedelta(hours=hours), storage=self.storage,
            responses=self.responses, promise=promise, now=self.clock,
        )  # fmt: skip

    async def wake(self) -> int:
        """One look at what was put off."""
        return await wake_snoozed(
            storage=self.storage, responses=self.responses, knowledge=KNOWLEDGE, promise=promise, now=self.clock
        )

    async def resolve(self, member: StaffMember, result: Result = Result.ANSWERED) -> None:
        """End it."""
        await resolve_conversation(
            self.id, staff=member, result=result, storage=self.storage, responses=self.responses, now=self.clock
        )


class Letterbox:
    """A `Notifier` that keeps what it was given."""

    def __init__(self) -> None:
        self.notifications: list[Notification] = []

    async def notify(self, notification: Notification) -> None:
        """Keep it."""
        self.notifications.append(notification)


async def to_waiting_team(at: datetime = MONDAY_MORNING) -> Team:
    """A citizen waits."""
    desk = Team(to_handoff_turn(), at=at)
    await desk.ask("Mensch bitte")
    return desk
