"""What the command line does with staff accounts."""

from bot.domain.handoffs import StaffMember
from bot.errors import NotFound
from bot.passwords import hash_password, make_password
from bot.settings import Settings
from bot.storage import SqlStorage, open_storage
from bot.use_cases.add_staff import add_staff
from bot.use_cases.sign_in import to_username

FIRST_USERNAME = "admin"


async def add(settings: Settings, username: str, display_name: str) -> str:
    """Add a member; gives the password. Raises StaffInvalid, UsernameTaken."""
    storage = await _open(settings)
    try:
        return await add_staff(username, display_name, storage=storage)
    finally:
        await storage.close()


async def add_first(settings: Settings, display_name: str) -> tuple[str, str] | None:
    """User name and password of a first account, or None where there are accounts already."""
    storage = await _open(settings)
    try:
        async with storage.begin(read_only=True) as unit:
            if await unit.list_staff():
                return None
        return FIRST_USERNAME, await add_staff(FIRST_USERNAME, display_name, storage=storage)
    finally:
        await storage.close()


async def list_members(settings: Settings) -> list[StaffMember]:
    """All members."""
    storage = await _open(settings)
    try:
        async with storage.begin(read_only=True) as unit:
            return await unit.list_staff()
    finally:
        await storage.close()


async def set_active(settings: Settings, username: str, *, active: bool) -> None:
    """Give or take access; raises NotFound."""
    storage = await _open(settings)
    try:
        async with storage.begin() as unit:
            if await unit.find_staff(to_username(username)) is None:
                raise NotFound(f"no staff member {username}")
            await unit.set_staff_active(to_username(username), active)
            await unit.commit()
    finally:
        await storage.close()


async def reset_password(settings: Settings, username: str) -> str:
    """Set a generated password and give it; raises NotFound."""
    storage = await _open(settings)
    password = make_password()
    password_hash = await hash_password(password)
    try:
        async with storage.begin() as unit:
            if await unit.find_staff(to_username(username)) is None:
                raise NotFound(f"no staff member {username}")
            await unit.set_password(to_username(username), password_hash)
            await unit.commit()
    finally:
        await storage.close()
    return password


async def _open(settings: Settings) -> SqlStorage:
    storage = open_storage(settings.database_address)
    await storage.upgrade()
    return storage
