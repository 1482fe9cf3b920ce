"""SQLite connections for many short transactions: durable, strict, and one trip to the database's thread a statement.

aiosqlite makes a trip to its thread (0.1 ms) each for opening a cursor, executing, fetching and closing. The classes
here do all of it in one trip, which makes a transaction about three times as fast; docs: DB-API cursor, aiosqlite.
"""

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import aiosqlite
from sqlalchemy import Connection

BUSY_SECONDS = 10
BUSY_PAUSE = 0.02
_PRAGMAS = f"""
PRAGMA busy_timeout = {BUSY_SECONDS * 1000};
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA secure_delete = ON;
"""


async def connect_sqlite(database: str, **_options: object) -> aiosqlite.Connection:
    """A connection in autocommit mode, ready to use; `begin_transaction` begins what is to be committed together."""

    connection = _AsyncConnection(partial(open_sqlite, database, factory=_Connection), iter_chunk_size=64)
    connection._thread.daemon = True  # as SQLAlchemy does with connections of its own making
    try:
        await connection
    except BaseException:
        await asyncio.to_thread(connection._thread.join)  # it still reports its end to this event loop
        raise
    return connection


def open_sqlite(database: str, *, factory: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    """The same for whoever works without an event loop; creates the file where there is none."""
    _create_private(database)
    opened = sqlite3.connect(database, timeout=BUSY_SECONDS, isolation_level=None, factory=factory)
    opened.create_function("lower", 1, _lower, deterministic=True)
    try:
        _prepare(opened)
    except BaseException:
        opened.close()
        raise
    return opened


def is_sqlite_in_use(database: str) -> bool:
    """Whether any connection to the file is open, be it idle: leaving the write-ahead log is allowed to the last one only."""
    if not Path(database).exists():
        return False
    connection = sqlite3.connect(database, timeout=0, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as e:
        return e.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    except sqlite3.DatabaseError:
        return False  # no database; whoever opens it next says so
    finally:
        connection.close()
    return False


def _lower(text: str | None) -> str | None:
    """SQLite's own knows only ASCII."""
    return None if text is None else text.lower()


def _prepare(connection: sqlite3.Connection) -> None:
    """Set the pragmas; where several processes switch a new file to WAL at once, SQLite refuses some without waiting."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.executescript(_PRAGMAS)
        except sqlite3.OperationalError as e:
            if e.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(BUSY_PAUSE)
        else:
            return


def _create_private(database: str) -> None:
    """A new file is for this user only, and SQLite gives its log the same mode; what can't be made SQLite complains about."""
    with contextlib.suppress(OSError):
        os.close(os.open(database, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def begin_transaction(connection: Connection) -> None:
    """Take the write lock at once: a transaction that read first could not get it later without a conflict."""
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


class _Fetched(list[Any]):
    """All rows of a statement, with what its cursor knew."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        super().__init__(sqlite3.Cursor.fetchall(cursor))
        self.description = cursor.description
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid


class _Cursor(sqlite3.Cursor):
    def fetchall(self) -> list[Any]:
        fetched = _Fetched(self)
        self.close()
        return fetched


class _Connection(sqlite3.Connection):
    def execute(self, statement: str, parameters: Any = (), /) -> sqlite3.Cursor:
        return self.cursor(_Cursor).execute(statement, parameters)


class _AsyncCursor:
    """What SQLAlchemy needs of an asynchronous cursor."""

    arraysize = 1

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def execute(self, statement: str, parameters: Any = ()) -> Self:
        fetched = await self._connection.execute_fetchall(statement, parameters)
        if not isinstance(fetched, _Fetched):
            raise TypeError("a connection of connect_sqlite is needed")
        self._rows = fetched
        self.description, self.rowcount, self.lastrowid = fetched.description, fetched.rowcount, fetched.lastrowid
        return self

    async def executemany(self, statement: str, parameters: Sequence[Any]) -> Self:
        cursor = await self._connection.executemany(statement, parameters)
        self.description, self.rowcount = None, cursor.rowcount
        await cursor.close()
        return self

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []


class _AsyncConnection(aiosqlite.Connection):
    def cursor(self) -> Any:
        return _AsyncCursor(self)
