"""The first account, on both databases."""

import asyncio

import pytest

from bot import staff_commands
from bot.settings import Settings
from bot.storage import SqlStorage


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
    assert [each.username for each in await staff_commands.list_members(settings)] == ["admin"]


async def test_first_account_is_added_once(settings: Settings):
    """Not at the next start."""
    assert await staff_commands.add_first(settings, "Verwaltung")
    assert await staff_commands.add_first(settings, "Verwaltung") is None
