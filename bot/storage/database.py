"""The port `Storage` over SQLite or PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import StorageUnavailable
from bot.storage.engine import describe, is_sqlite, open_engine, to_database_url, translate_errors
from bot.storage.events import LocalEvents, PostgresEvents
from bot.storage.sqlite import BUSY_SECONDS
from bot.storage.unit_of_work import SqlUnitOfWork


class SqlStorage:
    """Gives units of work over one database, and the events that their commits announce.

    Belongs to one event loop. A transaction must not begin inside another one of the same task.
    """

    def __init__(self, url: URL, engine: AsyncEngine) -> None:
        self._url = url
        self._engine = engine
        self._writer: asyncio.Lock | None = asyncio.Lock() if is_sqlite(url) else None
        self.events: LocalEvents = LocalEvents() if is_sqlite(url) else PostgresEvents(url)

    @property
    def engine(self) -> AsyncEngine:
        """For migrations and tests; everybody else begins a unit of work."""
        return self._engine

    @asynccontextmanager
    async def begin(self, *, read_only: bool = False) -> AsyncIterator[SqlUnitOfWork]:
        """A transaction that rolls back unless committed; raises StorageUnavailable."""
        with translate_errors(self._url):
            async with self._writing(read_only), self._engine.connect() as connection:
                await connection.execution_options(read_only=read_only)
                yield SqlUnitOfWork(connection, self.events, read_only=read_only)

    @asynccontextmanager
    async def _writing(self, read_only: bool) -> AsyncIterator[None]:
        """SQLite has one writer at a time: within this process writers queue here, first come, first served."""
        if self._writer is None or read_only:
            yield
            return
        try:
            async with asyncio.timeout(BUSY_SECONDS):
                await self._writer.acquire()
        except TimeoutError:
            raise StorageUnavailable(f"{describe(self._url)}: another transaction does not end; try again") from None
        try:
            yield
        finally:
            self._writer.release()

    async def check(self) -> None:
        """Raise StorageUnavailable when the database does not answer; the message says what to do."""
        with translate_errors(self._url):
            async with self._engine.connect() as connection:
                await connection.execution_options(read_only=True)
                await connection.execute(text("SELECT 1"))

    async def upgrade(self) -> None:
        """Create the tables or bring them to this release; raises StorageUnavailable, SettingsError."""
        from bot.storage.migrations import upgrade_schema

        with translate_errors(self._url):
            await upgrade_schema(self._engine)

    async def close(self) -> None:
        """Stop the events and give back all connections."""
        await self.events.close()
        await self._engine.dispose()


def open_storage(url: str) -> SqlStorage:
    """The storage at this database URL, not connected yet; raises SettingsError for a URL that can't be right."""
    database_url = to_database_url(url)
    return SqlStorage(database_url, open_engine(database_url))
