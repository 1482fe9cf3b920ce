"""Somebody is given access to the console."""

from bot.errors import StaffInvalid
from bot.passwords import check_password_length, hash_password, make_password
from bot.ports import Storage
from bot.use_cases.sign_in import USERNAME, to_username

MAX_DISPLAY_NAME = 60


async def add_staff(username: str, display_name: str, *, storage: Storage, password: str | None = None) -> str:
    """Add a member and give their password, a generated one unless set; raises StaffInvalid, UsernameTaken.

    `display_name` is what citizens read: "Frau Kaya".
    """
    username, display_name = to_username(username), " ".join(display_name.split())
    if not USERNAME.fullmatch(username):
        raise StaffInvalid("a username has 2 to 60 characters: a-z, 0-9 and . _ @ -")
    if not 0 < len(display_name) <= MAX_DISPLAY_NAME:
        raise StaffInvalid(f"a display name has 1 to {MAX_DISPLAY_NAME} characters")
    if password is not None:
        check_password_length(password)
    password = password or make_password()
    password_hash = await hash_password(password)
    async with storage.begin() as unit:
        await unit.add_staff(username=username, display_name=display_name, password_hash=password_hash)
        await unit.commit()
    return password
