"""What a staff member may do, for which offices, and where they are written to."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from bot.domain.staff import Role
from bot.errors import NotFound, StaffInvalid
from bot.ports import Storage
from bot.use_cases.sign_in import to_username

MAX_EMAIL = 254
_EMAIL = re.compile(r"[^@\s<>,;:\"\x00-\x1f\x7f]+@[^@\s<>,;:\"\x00-\x1f\x7f]+\.[^@\s<>,;:\"\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Duties:
    """None leaves as it is; an empty email or no offices take away what was there."""

    role: Role | None = None
    email: str | None = None
    offices: tuple[str, ...] | None = None


def check_duties(duties: Duties, known_offices: Collection[str]) -> None:
    """Raise StaffInvalid for an office that there is not, or an address that is none."""
    unknown = [office for office in duties.offices or () if office not in known_offices]
    if unknown:
        raise StaffInvalid(f"there is no office {unknown[0]}; there are: {', '.join(sorted(known_offices))}")
    if duties.email and (len(duties.email) > MAX_EMAIL or not duties.email.isascii() or not _EMAIL.fullmatch(duties.email)):
        raise StaffInvalid("an e-mail address looks like kaya@musterstadt.example")


async def set_duties(username: str, duties: Duties, *, known_offices: Collection[str], storage: Storage) -> None:
    """Store what is given; raises StaffInvalid, NotFound."""
    check_duties(duties, known_offices)
    username = to_username(username)
    async with storage.begin() as unit:
        found = await unit.find_staff(username)
        if found is None:
            raise NotFound(f"no staff member {username}")
        member, _ = found
        await unit.set_staff_duties(
            username,
            role=duties.role or member.role,
            email=member.email if duties.email is None else duties.email or None,
            offices=member.offices if duties.offices is None else tuple(dict.fromkeys(duties.offices)),
        )
        await unit.commit()
