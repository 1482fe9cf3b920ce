"""Opens the database that BOT_DATABASE_URL names, set up for many short transactions."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import SettingsError, StorageUnavailable
from bot.storage.sqlite import begin_transaction, connect_sqlite, open_sqlite

_EXAMPLES = "BOT_DATABASE_URL must look like sqlite:///var/rathausbote.db or postgresql://user:password@host/database"
TOOL_NAME = "rathausbote-tool"
_to_json = partial(json.dumps, separators=(",", ":"))
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def to_database_url(text: str) -> URL:
    """The URL with the driver that the project uses; SettingsError says which forms are understood."""
    try:
        url = make_url(text.strip())
        port = url.port
    except (ArgumentError, ValueError):
        raise SettingsError(_EXAMPLES) from None
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise SettingsError(f"{_EXAMPLES}, not {url.drivername}:")
    if not url.database or url.database == ":memory:" or (port is not None and not 0 < port < 65536):
        missing = "a file" if driver.startswith("sqlite") else "a database and a port from 1 to 65535"
        raise SettingsError(f"{_EXAMPLES}; it must name {missing}")
    return url.set(drivername=driver)


def describe(url: URL) -> str:
    """Where the database is, without password, for people."""
    if is_sqlite(url):
        return f"the SQLite file {url.database}"
    host = url.host or url.query.get("host") or "localhost"
    return f"PostgreSQL at {host}:{url.port or 5432}, database {url.database}"


def is_sqlite(url: URL) -> bool:
    """Whether the database is a file of this machine."""
    return url.get_backend_name() == "sqlite"


def open_engine(url: URL) -> AsyncEngine:
    """An engine that has not connected yet; creates a SQLite file's folder, SettingsError where that is not allowed."""
    options: dict[str, Any] = {
        "hide_parameters": True,
        "json_serializer": _to_json,
    }
    if is_sqlite(url):
        create_folder(url)
        engine = create_async_engine(
            url,
            pool_size=5,
            max_overflow=5,
            pool_reset_on_return=None,
            connect_args={"async_creator_fn": connect_sqlite},
            **options,
        )
        event.listen(engine.sync_engine, "begin", begin_transaction)
        return engine
    try:
        return create_async_engine(
            url,
            pool_size=10,
            max_overflow=10,
            pool_timeout=10,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": url.query.get("connect_timeout", 5),
                "application_name": url.query.get("application_name", "rathausbote"),
            },
            **options,
        )
    except (TypeError, ValueError) as e:
        raise SettingsError(_EXAMPLES) from e


def open_tool_engine(url: URL) -> Engine:
    """An engine without event loop or pool, for the commands that copy everything; reads rows a few at a time."""
    options: dict[str, Any] = {"hide_parameters": True, "poolclass": NullPool, "json_serializer": _to_json}
    if is_sqlite(url):
        database = str(url.database)
        engine = create_engine(url.set(drivername="sqlite"), creator=lambda: open_sqlite(database), **options)
        event.listen(engine, "begin", begin_transaction)
        return engine
    try:
        engine = create_engine(url, connect_args={"connect_timeout": 5, "application_name": TOOL_NAME}, **options)
    except (TypeError, ValueError) as e:
        raise SettingsError(_EXAMPLES) from e
    event.listen(engine, "begin", _limit_waiting)
    return engine


def _limit_waiting(connection: Connection) -> None:
    """For locks that others hold; SQLite has its own limit."""
    connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")


@contextmanager
def translate_errors(url: URL) -> Iterator[None]:
    """Turn the driver's complaints about connection, lock and disk into StorageUnavailable; the rest are our mistakes."""
    try:
        yield
    except PoolTimeout as e:
        raise StorageUnavailable(f"{describe(url)}: all connections are busy; try again") from e
    except (OperationalError, InterfaceError) as e:
        raise StorageUnavailable(f"{describe(url)} does not answer: {_reason(e)}. {_remedy(url)}") from e
    except DBAPIError as e:
        if not e.connection_invalidated and "file is not a database" not in str(e.orig):
            raise
        raise StorageUnavailable(f"{describe(url)}: {_reason(e)}. {_remedy(url)}") from e


def _reason(error: DBAPIError) -> str:
    """First line of what the driver said; these kinds of errors hold no row's content."""
    lines = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
    return lines[0].rstrip(".")


def _remedy(url: URL) -> str:
    if is_sqlite(url):
        return "Check that the folder of BOT_DATABASE_URL exists, may be written and has free space"
    return "Check that the server runs and that host, port, user, password and database in BOT_DATABASE_URL are right"


def create_folder(url: URL) -> None:
    """For this user only, because citizens' words will be in it; a folder that exists is left as it is."""
    folder = Path(str(url.database)).parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as e:
        raise SettingsError(f"BOT_DATABASE_URL: the folder {folder} can't be created: {e.strerror}") from e
