"""What the command line does with staff accounts."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from bot.domain.staff import Role, StaffMember
from bot.errors import UsernameTaken
from bot.knowledge.loader import load_knowledge
from bot.settings import Settings
from bot.storage import SqlStorage, open_storage
from bot.use_cases.add_staff import add_staff
from bot.use_cases.reset_password import reset_password as reset
from bot.use_cases.set_duties import Duties, check_duties, set_duties
from bot.use_cases.set_staff_access import set_staff_access

FIRST_USERNAME = "admin"


async def add(settings: Settings, username: str, display_name: str, duties: Duties) -> str:
    """Add a member; gives the password. Raises StaffInvalid, UsernameTaken."""
    known_offices = _offices(settings) if duties.offices else ()
    check_duties(duties, known_offices)
    async with _opened(settings) as storage:
        password = await add_staff(username, display_name, storage=storage)
        await set_duties(username, duties, known_offices=known_offices, storage=storage)
        return password


async def change(settings: Settings, username: str, duties: Duties) -> None:
    """Change role, offices or address of a member; raises StaffInvalid, NotFound."""
    known_offices = _offices(settings) if duties.offices else ()
    async with _opened(settings) as storage:
        await set_duties(username, duties, known_offices=known_offices, storage=storage)


async def add_first(settings: Settings, display_name: str) -> tuple[str, str] | None:
    """User name and password of a first account, an administrator's, or None where there are accounts already.

    Of several processes that start at once on an empty database one gives the password.
    """
    async with _opened(settings) as storage:
        if await _list(storage):
            return None
        try:
            password = await add_staff(FIRST_USERNAME, display_name, storage=storage)
        except UsernameTaken:
            return None
        await set_duties(FIRST_USERNAME, Duties(role=Role.ADMIN), known_offices=(), storage=storage)
        return FIRST_USERNAME, password


async def list_members(settings: Settings) -> list[StaffMember]:
    """All members."""
    async with _opened(settings) as storage:
        return await _list(storage)


async def set_active(settings: Settings, username: str, *, active: bool) -> None:
    """Give or take access; raises NotFound."""
    async with _opened(settings) as storage:
        await set_staff_access(username, active=active, storage=storage)


async def reset_password(settings: Settings, username: str) -> str:
    """Set a generated password and give it; raises NotFound."""
    async with _opened(settings) as storage:
        return await reset(username, storage=storage)


def _offices(settings: Settings) -> Collection[str]:
    return load_knowledge(settings.data_dir, state=settings.state, timezone=settings.timezone).offices.keys()


async def _list(storage: SqlStorage) -> list[StaffMember]:
    async with storage.begin(read_only=True) as unit:
        return await unit.list_staff()


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[SqlStorage]:
    storage = open_storage(settings.database_address)
    try:
        await storage.upgrade()
        yield storage
    finally:
        await storage.close()
