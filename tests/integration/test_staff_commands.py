"""Accounts: the first one, and what members may do, on both databases."""

import asyncio

import pytest

from bot import staff_commands
from bot.domain.staff import Role
from bot.errors import NotFound, StaffInvalid
from bot.settings import Settings
from bot.storage import SqlStorage
from bot.use_cases.set_duties import Duties


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings that name a fresh database."""
    return Settings(_env_file=None, database_url=database_url)  # type: ignore[call-arg]


async def test_of_processes_that_start_at_once_one_adds_the_first_account(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    """All have looked before one has added: one tells the password, the others go on without."""
    looked = asyncio.Barrier(3)
    look = staff_commands._list

    async def look_together(storage: SqlStorage) -> object:
        found = await look(storage)
        await looked.wait()
        return found

    monkeypatch.setattr(staff_commands, "_list", look_together)
    added = await asyncio.gather(*(staff_commands.add_first(settings, "Verwaltung") for _ in range(3)))

    assert sorted(each is None for each in added) == [False, True, True]
    monkeypatch.undo()
    listed = await staff_commands.list_members(settings)
    assert [(each.username, each.role) for each in listed] == [("admin", Role.ADMIN)]


async def test_first_account_is_added_once(settings: Settings):
    """Not at the next start."""
    assert await staff_commands.add_first(settings, "Verwaltung")
    assert await staff_commands.add_first(settings, "Verwaltung") is None


async def test_duties_are_set_and_the_rest_stays(settings: Settings):
    """What is not named stays; an empty address and no offices take away."""

    async def duties() -> tuple[Role, tuple[str, ...], str | None]:
        (member,) = await staff_commands.list_members(settings)
        return member.role, member.offices, member.email

    await staff_commands.add(settings, "kaya", "Frau Kaya", Duties(Role.LEAD, "kaya@musterstadt.example", ("standesamt",)))
    added = await duties()
    await staff_commands.change(settings, "Kaya", Duties(offices=("buergerbuero", "standesamt", "buergerbuero")))
    moved = await duties()
    await staff_commands.change(settings, "kaya", Duties(role=Role.STAFF, email="", offices=()))

    assert added == (Role.LEAD, ("standesamt",), "kaya@musterstadt.example")
    assert moved == (Role.LEAD, ("buergerbuero", "standesamt"), "kaya@musterstadt.example")
    assert await duties() == (Role.STAFF, (), None)


@pytest.mark.parametrize(
    "duties",
    [
        Duties(offices=("nirgendwo",)),
        Duties(email="kaya"),
        Duties(email="kaya@x.example, spy@x.example"),
        Duties(email="kaya@x.example\nBcc: spy@x.example"),
        Duties(email=f"{'k' * 250}@x.example"),
    ],
)
async def test_duties_that_can_not_be_are_refused(settings: Settings, duties: Duties):
    """A typing mistake in an office or address is named, and no half account is left."""
    with pytest.raises(StaffInvalid):
        await staff_commands.add(settings, "kaya", "Frau Kaya", duties)

    assert await staff_commands.list_members(settings) == []


async def test_duties_of_nobody_are_not_set(settings: Settings):
    """An unknown name is said to be unknown."""
    with pytest.raises(NotFound, match="no staff member nobody"):
        await staff_commands.change(settings, "nobody", Duties(role=Role.ADMIN))
