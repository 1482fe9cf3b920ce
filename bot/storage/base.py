"""What the parts of a unit of work share: the connection, locking and the list of touched conversations."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, CursorResult, Executable, Select, Table, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Events

PUSHED_CHANNELS = frozenset({"telegram"})
CLOCKS_DIFFER = timedelta(minutes=1)
"""More than this from one machine's clock to another's, or from before to after, means that a clock was put back."""


class Part:
    """Base of the parts; each part holds the statements of one topic."""

    def __init__(self, connection: AsyncConnection, events: Events, *, read_only: bool = False) -> None:
        self._connection = connection
        self._events = events
        self._read_only = read_only
        self._touched: dict[str, None] = {}

    async def commit(self) -> None:
        """Write all changes, then announce the touched conversations; RuntimeError in a read-only transaction."""
        if self._read_only:
            raise RuntimeError("a read-only transaction has nothing to commit")
        await self._connection.commit()
        touched, self._touched = list(self._touched), {}
        if touched:
            await self._events.publish(touched)

    async def _execute(self, statement: Executable, values: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """`values` apart from the statement spare building it anew for each row."""
        return await self._connection.execute(statement, values)

    def _touch(self, conversation_id: str) -> None:
        self._touched[conversation_id] = None

    def _locked(self, statement: Select[Any]) -> Select[Any]:
        """Hold the rows until the end of the transaction; on SQLite a writing transaction holds everything anyway."""
        return statement if self._read_only else statement.with_for_update(key_share=True)

    @property
    def _is_postgresql(self) -> bool:
        return self._connection.dialect.name == "postgresql"

    def _insert(self, table: Table) -> "postgresql.Insert | sqlite.Insert":
        """An insert that knows `on_conflict_do_nothing` and `on_conflict_do_update`, alike in both databases."""
        return postgresql.insert(table) if self._is_postgresql else sqlite.insert(table)


def is_free(lease_until: Column[datetime], *, now: datetime, until: datetime) -> ColumnElement[bool]:
    """Whether there is no lease that lasts, where one taken now would last `until`.

    One that lasts much longer was taken before the clock was put back; nobody waits for that.
    """
    return or_(lease_until.is_(None), lease_until <= now, lease_until > until + CLOCKS_DIFFER)
