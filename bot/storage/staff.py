"""Staff members and their sessions."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from bot.domain.staff import Role, StaffMember
from bot.errors import NotFound, UsernameTaken
from bot.storage.base import Part
from bot.storage.rows import to_staff_member
from bot.storage.tables import sessions, staff


class Staff(Part):
    """The part of the unit of work about staff members."""

    async def add_staff(self, *, username: str, display_name: str, password_hash: str) -> StaffMember:
        """Store a new member; raises UsernameTaken."""
        values = {"username": username, "display_name": display_name, "password_hash": password_hash, "is_active": True}
        statement = self._insert(staff).values(values).on_conflict_do_nothing(index_elements=["username"])
        row = (await self._execute(statement.returning(staff))).one_or_none()
        if row is None:
            raise UsernameTaken(f"there is a staff member {username} already")
        return to_staff_member(row)

    async def find_staff(self, username: str) -> tuple[StaffMember, str] | None:
        """The member and the password's hash, or None."""
        row = (await self._execute(select(staff).where(staff.c.username == username))).one_or_none()
        return (to_staff_member(row), row.password_hash) if row else None

    async def list_staff(self) -> list[StaffMember]:
        """All members by user name."""
        return [to_staff_member(row) for row in await self._execute(select(staff).order_by(staff.c.username))]

    async def set_staff_active(self, username: str, active: bool) -> None:
        """Let somebody in again, or keep them out and end their sessions; raises NotFound."""
        staff_id = await self._update_staff(username, is_active=active)
        if not active:
            await self._execute(delete(sessions).where(sessions.c.staff_id == staff_id))

    async def set_password(self, username: str, password_hash: str) -> None:
        """Also ends every session of the member; raises NotFound."""
        staff_id = await self._update_staff(username, password_hash=password_hash)
        await self._execute(delete(sessions).where(sessions.c.staff_id == staff_id))

    async def set_staff_duties(self, username: str, *, role: Role, email: str | None, offices: tuple[str, ...]) -> None:
        """What somebody may do, where tickets are written to, and the offices of their team; raises NotFound."""
        await self._update_staff(username, role=role.value, email=email, offices=list(offices))

    async def note_presence(self, staff_id: int, *, at: datetime, is_away: bool | None = None) -> None:
        """A sign of life of a console; `is_away` where the member said so."""
        values: dict[str, Any] = {"seen_at": at} if is_away is None else {"seen_at": at, "is_away": is_away}
        await self._execute(update(staff).where(staff.c.id == staff_id).values(values))

    async def _update_staff(self, username: str, **values: Any) -> int:
        statement = update(staff).where(staff.c.username == username).values(**values).returning(staff.c.id)
        staff_id: int | None = (await self._execute(statement)).scalar_one_or_none()
        if staff_id is None:
            raise NotFound(f"no staff member {username}")
        return staff_id

    async def add_session(self, *, token_hash: str, staff_id: int, expires_at: datetime) -> None:
        """Store a session by the SHA-256 hex of its token."""
        await self._execute(insert(sessions).values(token_hash=token_hash, staff_id=staff_id, expires_at=expires_at))

    async def find_session(self, token_hash: str, *, now: datetime) -> StaffMember | None:
        """The active member whose session it is; meeting an expired one removes all that are, if the caller commits."""
        statement = select(staff, sessions.c.expires_at).join(sessions).where(sessions.c.token_hash == token_hash)
        row = (await self._execute(statement)).one_or_none()
        if row is None:
            return None
        if row.expires_at <= now:
            if not self._read_only:
                await self._execute(delete(sessions).where(sessions.c.expires_at <= now))
            return None
        return to_staff_member(row) if row.is_active else None

    async def delete_session(self, token_hash: str) -> None:
        """End a session; nothing happens where there is none."""
        await self._execute(delete(sessions).where(sessions.c.token_hash == token_hash))
