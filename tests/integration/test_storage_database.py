"""Opening, migrating and losing the database."""

import asyncio
import os
import sqlite3
import stat
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.errors import SettingsError, StorageUnavailable
from bot.storage import SqlStorage, open_storage
from bot.storage.tables import metadata
from tests.integration.storage_steps import ask, list_texts, start


async def test_migration_gives_the_tables_of_the_code(empty_url: str):
    """From an empty database the migrations lead to exactly `tables.py`; running them again changes nothing."""
    storage = open_storage(empty_url)

    def compare(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))

    await storage.upgrade()
    await start(storage, "c1")
    await storage.upgrade()

    async with storage.engine.connect() as connection:
        assert await connection.run_sync(compare) == []
    async with storage.begin(read_only=True) as unit:
        assert await unit.find_conversation("c1")
    await storage.close()


async def test_processes_may_migrate_at_the_same_time(empty_url: str):
    """Several processes that start at once on an empty database do not get in each other's way."""
    processes = [open_storage(empty_url) for _ in range(4)]

    await asyncio.gather(*(each.upgrade() for each in processes))

    await start(processes[0], "c1")
    assert await list_texts(processes[3], "c1") == []
    await asyncio.gather(*(each.close() for each in processes))


async def test_many_may_open_a_new_sqlite_file_at_once(tmp_path: Path):
    """Of several that switch the same new file to its log at once, SQLite turns some away without waiting for its turn."""
    for number in range(40):
        await asyncio.gather(*(_open_and_close(tmp_path / f"{number}.db") for _ in range(6)))


async def _open_and_close(path: Path) -> None:
    storage = open_storage(f"sqlite:///{path}")
    await storage.check()
    await storage.close()


async def test_database_of_a_newer_release_is_left_alone(database_url: str):
    """An older program says so instead of working on tables that it does not know."""
    storage = open_storage(database_url)
    async with storage.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SettingsError, match="does not fit this release"):
        await storage.upgrade()
    await storage.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "var/rathausbote.db",
        "mysql://root@localhost/town",
        "postgresql+asyncpg://localhost/town",
        "postgresql://user:geheim@localhost:port/town",
        "postgresql://user:geheim@localhost:70000/town",
        "postgresql://user:geheim@localhost",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_wrong_url_is_refused(url: str):
    """The message names the setting and the forms that are understood, and never shows the password."""
    with pytest.raises(SettingsError, match=r"BOT_DATABASE_URL.*sqlite:///.*postgresql://") as refused:
        open_storage(url)

    assert "geheim" not in str(refused.value)


def test_folder_that_can_not_be_created(tmp_path: Path):
    """A file where the folder should be is named."""
    (tmp_path / "file").touch()

    with pytest.raises(SettingsError, match=r"BOT_DATABASE_URL: the folder .*/file/folder can't be created"):
        open_storage(f"sqlite:///{tmp_path}/file/folder/x.db")


async def test_sqlite_file_is_private(tmp_path: Path):
    """Citizens' words are readable by the program's user only: folder, database and write-ahead log."""
    before = os.umask(0o022)
    try:
        storage = open_storage(f"sqlite:///{tmp_path}/var/x.db")
        await storage.upgrade()
        await start(storage, "c1")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "var").iterdir()}
        await storage.close()
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700
    assert modes == {"x.db": 0o600, "x.db-wal": 0o600, "x.db-shm": 0o600}


async def test_unreachable_postgresql(tmp_path: Path):
    """Nobody listening gives StorageUnavailable with what to do, and without the password."""
    storage = open_storage(f"postgres://user:geheim@/town?host={tmp_path}")

    for attempt in (storage.check, storage.upgrade):
        with pytest.raises(
            StorageUnavailable, match=r"PostgreSQL at .*, database town does not answer.*BOT_DATABASE_URL"
        ) as refused:
            await attempt()
        assert "geheim" not in str(refused.value)
    await storage.close()


async def test_missing_postgresql_database(postgres_url: str):
    """A database that does not exist is named in the message."""
    storage = open_storage(postgres_url.replace("/test_", "/missing_"))

    with pytest.raises(StorageUnavailable, match=r'database "missing_.*" does not exist'):
        await storage.check()
    await storage.close()


async def test_sqlite_file_that_is_none(tmp_path: Path):
    """A file of another kind gives StorageUnavailable and stays as it is."""
    file = tmp_path / "letter.db"
    file.write_text("Sehr geehrte Damen und Herren, " * 100)
    before = file.read_bytes()
    storage = open_storage(f"sqlite:///{file}")

    with pytest.raises(StorageUnavailable, match="file is not a database"):
        await storage.check()
    assert file.read_bytes() == before
    await storage.close()


async def test_check_of_a_good_database(storage: SqlStorage):
    """A database that answers raises nothing."""
    await storage.check()


async def test_storage_recovers_from_lost_connections(postgres_url: str):
    """A transaction whose connection is cut ends with StorageUnavailable; the next one works."""
    storage = open_storage(postgres_url)
    await start(storage, "c1")

    async def read_twice() -> None:
        async with storage.begin() as unit:
            await unit.get_conversation("c1")
            await cut_connections(postgres_url)
            await unit.get_conversation("c1")

    with pytest.raises(StorageUnavailable):
        await read_twice()

    await ask(storage, "c1", "1")
    assert await list_texts(storage, "c1") == ["Frage 1"]
    await storage.close()


async def test_sqlite_is_durable_and_strict(tmp_path: Path):
    """Write-ahead log, every commit on disk, foreign keys checked, deleted content overwritten."""
    storage = open_storage(f"sqlite:///{tmp_path}/x.db")

    async with storage.engine.connect() as connection:
        found = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        ]
    await storage.close()

    assert found == ["wal", 2, 1, 1]


async def test_sqlite_writer_of_another_program_is_waited_for(tmp_path: Path):
    """While another process writes, a transaction waits instead of failing."""
    storage = open_storage(f"sqlite:///{tmp_path}/x.db")
    await storage.upgrade()
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    starting = asyncio.create_task(start(storage, "c1"))
    await asyncio.sleep(0.2)
    waited = not starting.done()
    other.execute("ROLLBACK")
    other.close()
    await starting

    assert waited
    assert await list_texts(storage, "c1") == []
    await storage.close()


async def cut_connections(url: str) -> None:
    """End every connection to the database, as a restart of the server does."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
