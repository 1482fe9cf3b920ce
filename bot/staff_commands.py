"""What the command line does with staff accounts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.domain.staff import StaffMember
from bot.errors import UsernameTaken
from bot.settings import Settings
from bot.storage import SqlStorage, open_storage
from bot.use_cases.add_staff import add_staff
from bot.use_cases.reset_password import reset_password as reset
from bot.use_cases.set_staff_access import set_staff_access

FIRST_USERNAME = "admin"


async def add(settings: Settings, username: str, display_name: str) -> str:
    """Add a member; gives the password. Raises StaffInvalid, UsernameTaken."""
    async with _opened(settings) as storage:
        return await add_staff(username, display_name, storage=storage)


async def add_first(settings: Settings, display_name: str) -> tuple[str, str] | None:
    """User name and password of a first account, or None where there are accounts already.

    Of several processes that start at once on an empty database one gives the password.
    """
    async with _opened(settings) as storage:
        if await _list(storage):
            return None
        try:
            return FIRST_USERNAME, await add_staff(FIRST_USERNAME, display_name, storage=storage)
        except UsernameTaken:
            return None


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
