"""All rows of a database as lines that both kinds of database read alike, and back.

The tables are taken as the database has them, not as `tables.py` describes this release's, so that a database of any
revision can be copied as it is.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Date,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    collate,
    func,
    insert,
    select,
    text,
)

from bot.errors import BackupInvalid
from bot.storage.backup_file import FORMAT, VERSION, Value, to_line
from bot.storage.tables import metadata

SESSIONS = "sessions"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows of a table were copied, and the SHA-256 of their lines in order of the primary key."""

    rows: int
    sha256: str


def read_tables(
    connection: Connection, revision: str, *, at: datetime, leave_out: frozenset[str] = frozenset()
) -> Iterator[bytes]:
    """The lines: a head, then of each table its columns, its rows, their number and checksum."""
    head = {"format": FORMAT, "version": VERSION, "revision": revision, "created_at": at.astimezone(UTC).isoformat()}
    yield to_line(head)
    for table in reflect_tables(connection):
        if table.name in leave_out:
            continue
        names = [column.name for column in table.columns]
        yield to_line({"table": table.name, "columns": names})
        tally = _Tally()
        for line in _read_rows(connection, table, names):
            tally.add(line)
            yield line
        yield to_line(asdict(tally.counted))


def write_tables(connection: Connection, values: Iterator[Value]) -> dict[str, Copied]:
    """Fill the empty tables, read them again and compare; raises BackupInvalid. `values` is what follows the head."""
    tables = {table.name: table for table in reflect_tables(connection)}
    copied: dict[str, Copied] = {}
    for head in values:
        if not isinstance(head, dict):
            raise TypeError("a row without its table")
        table, names = tables[head["table"]], head["columns"]
        rows, tally = _Rows(values), _Tally()
        _insert_rows(connection, table, names, rows)
        wanted = Copied(**rows.end)
        for line in _read_rows(connection, table, names):
            tally.add(line)
        if tally.counted != wanted:
            raise BackupInvalid(f"the table {table.name} did not arrive as it was sent; nothing was changed")
        _go_on_numbering(connection, table)
        copied[table.name] = wanted
    return copied


def reflect_tables(connection: Connection) -> list[Table]:
    """Our tables as the database has them, referenced ones first; other programs may have theirs beside them."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name in metadata.tables)
    return found.sorted_tables


class _Tally:
    """Counts lines and sums them up."""

    def __init__(self) -> None:
        self._rows, self._digest = 0, hashlib.sha256()

    def add(self, line: bytes) -> None:
        self._rows += 1
        self._digest.update(line)

    @property
    def counted(self) -> Copied:
        return Copied(self._rows, self._digest.hexdigest())


class _Rows(Iterator[list[Any]]):
    """The rows of one table; what comes after them is `end`."""

    def __init__(self, values: Iterator[Value]) -> None:
        self._values = values
        self.end: dict[str, Any] = {}

    def __next__(self) -> list[Any]:
        value = {} if self.end else next(self._values)
        if isinstance(value, list):
            return value
        self.end = self.end or value
        raise StopIteration


def _read_rows(connection: Connection, table: Table, names: list[str]) -> Iterator[bytes]:
    order = [_in_byte_order(connection, column) for column in table.primary_key.columns]
    statement = select(*(table.c[name] for name in names)).order_by(*order).execution_options(yield_per=_AT_ONCE)
    for row in connection.execute(statement):
        yield to_line([_to_json(value) for value in row])


def _in_byte_order(connection: Connection, column: Column[Any]) -> Any:
    """Texts in the order of their bytes, as in SQLite, or a checksum would depend on the server's language."""
    is_text = isinstance(column.type, String)
    return collate(column, "C") if is_text and connection.dialect.name == "postgresql" else column


def _insert_rows(connection: Connection, table: Table, names: list[str], rows: Iterator[list[Any]]) -> None:
    readers = [_reader(table.c[name]) for name in names]
    while batch := list(islice(rows, _AT_ONCE)):
        filled = [{name: read(value) for name, read, value in zip(names, readers, row, strict=True)} for row in batch]
        connection.execute(insert(table), filled)


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, DateTime):
        return lambda value: None if value is None else datetime.fromisoformat(value)
    if isinstance(column.type, Date):
        return lambda value: None if value is None else date.fromisoformat(value)
    return lambda value: value


def _go_on_numbering(connection: Connection, table: Table) -> None:
    """PostgreSQL counts apart from the rows; SQLite looks at them."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        counted = func.pg_get_serial_sequence(table.name, column.name)
        sequence = connection.execute(select(counted)).scalar_one() if isinstance(column.type, Integer) else None
        last = connection.execute(select(func.max(column))).scalar_one() if sequence else None
        if last is not None:
            connection.execute(
                text("SELECT setval(CAST(:sequence AS regclass), :last)"), {"sequence": sequence, "last": last}
            )
