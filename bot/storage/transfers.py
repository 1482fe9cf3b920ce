"""Backup, restore and the move from one database to another, each of them whole or not at all."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Connection, func, inspect, select, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InternalError, ProgrammingError

from bot.errors import BackupInvalid, DatabaseOccupied, SettingsError
from bot.storage.backup_file import Contents, Value, check_file, check_is_new, read_file, seal, unseal, write_file
from bot.storage.copying import SESSIONS, Copied, read_tables, reflect_tables, write_tables
from bot.storage.engine import create_folder, describe, is_sqlite, open_tool_engine, to_database_url, translate_errors
from bot.storage.migrations import REVISION_TABLE, find_revision, list_revisions, migrate, wait_for_turn
from bot.storage.sqlite import is_sqlite_in_use
from bot.storage.tables import metadata

LET_GO_SECONDS = 2.0
_UNFIT = (IntegrityError, DataError, InternalError, ProgrammingError, KeyError, TypeError, ValueError)
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND application_name LIKE 'rathausbote%'"
)


@dataclass(frozen=True, slots=True)
class Transfer:
    """What was copied: the revision it had, and of each table the number of rows and their checksum."""

    revision: str
    tables: Mapping[str, Copied]


def back_up(address: str, path: Path, *, at: datetime) -> Contents:
    """Write everything but sessions to a new file, as it was at one moment; others go on working.

    Raises BackupInvalid, SettingsError, StorageUnavailable; then no file is left.
    """
    url = to_database_url(address)
    check_is_new(path)
    with _reading(url) as (connection, revision):
        write_file(path, seal(read_tables(connection, revision, at=at, leave_out=frozenset({SESSIONS}))))
    return check_file(path, list_revisions())


def restore(address: str, path: Path, *, replace: bool) -> Transfer:
    """Fill the database from a backup and bring it to this release's tables.

    Raises BackupInvalid, DatabaseOccupied, SettingsError, StorageUnavailable; then nothing has changed.
    """
    url = to_database_url(address)
    revision = check_file(path, list_revisions()).revision
    return _fill(url, revision, read_file(path), replace=replace)


def move(address: str, target_address: str, *, at: datetime) -> tuple[Transfer, str]:
    """Copy everything into another database, which must be empty; gives its address without the password.

    Nobody may write to the source meanwhile. Raises as `restore` does; then nothing has changed.
    """
    source, target = to_database_url(address), to_database_url(target_address)
    if _where(source) == _where(target):
        raise DatabaseOccupied(f"{describe(target)} is the database in use; name another one")
    with _reading(source, alone=True) as (connection, revision):
        lines = _from(source, seal(read_tables(connection, revision, at=at)))
        transfer = _fill(target, revision, unseal(lines), replace=False)
    return transfer, target.set(drivername=target.get_backend_name()).render_as_string(hide_password=True)


def _where(url: URL) -> str:
    return str(Path(str(url.database)).resolve()) if is_sqlite(url) else describe(url)


@contextmanager
def _reading(url: URL, *, alone: bool = False) -> Iterator[tuple[Connection, str]]:
    """A connection that sees one moment of the database, and the revision; `alone` lets nobody write meanwhile."""
    if is_sqlite(url) and not Path(str(url.database)).is_file():
        raise SettingsError(f"{describe(url)} does not exist; is BOT_DATABASE_URL right?")
    with translate_errors(url):
        if alone:
            _check_unused(url)
        with open_tool_engine(url).connect() as connection:
            if is_sqlite(url):
                connection.execution_options(read_only=not alone)
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            revision = _known_revision(connection, url)
            if alone:
                _keep_writers_out(connection)
            yield connection, revision


def _known_revision(connection: Connection, url: URL) -> str:
    revision = find_revision(connection)
    if revision is None:
        raise SettingsError(f"{describe(url)} holds no data of Rathausbote; is BOT_DATABASE_URL right?")
    if revision not in list_revisions():
        raise SettingsError(
            f"{describe(url)} was written by a newer release (revision {revision}); update the program first"
        )
    return revision


def _keep_writers_out(connection: Connection) -> None:
    """Until the end of the transaction; what is read afterwards is what was there when the lock was given."""
    if connection.dialect.name == "postgresql":
        names = [table.name for table in reflect_tables(connection)]
        connection.rollback()
        connection.execute(text(f"LOCK TABLE {', '.join(names)} IN SHARE MODE"))


def _from(url: URL, lines: Iterator[bytes]) -> Iterator[bytes]:
    """The lines; what goes wrong with them is said of their own database, not of the one that they go to."""
    with translate_errors(url):
        yield from lines


def _check_unused(url: URL) -> None:
    """Raise DatabaseOccupied where another process has it; one that has just ended gets a moment to let go."""
    deadline = time.monotonic() + LET_GO_SECONDS
    while _is_in_use(url):
        if time.monotonic() > deadline:
            raise DatabaseOccupied(
                f"{describe(url)} is in use; stop all processes of Rathausbote first. Nothing was changed"
            )
        time.sleep(0.05)


def _is_in_use(url: URL) -> bool:
    if is_sqlite(url):
        return is_sqlite_in_use(str(url.database))
    with open_tool_engine(url).connect() as connection:
        return bool(connection.execute(_OTHERS).scalar_one())


def _fill(url: URL, revision: str, values: Iterator[Value], *, replace: bool) -> Transfer:
    """Write everything in one transaction."""
    with translate_errors(url), _taking_back_new_file(url):
        _check_unused(url)
        with open_tool_engine(url).connect() as connection:
            try:
                _clear(connection, url, replace=replace)
                migrate(connection, revision)
                next(values)  # the head, whose revision is known
                tables = write_tables(connection, values)
                migrate(connection)
                connection.commit()
            except _UNFIT as e:
                raise BackupInvalid(f"{describe(url)} can't take this: {_reason(e)}. Nothing was changed") from e
    return Transfer(revision, tables)


def _reason(error: Exception) -> str:
    """The first line; what follows may hold a citizen's words."""
    if isinstance(error, DBAPIError):
        return (str(error.orig).strip().splitlines() or [type(error.orig).__name__])[0].rstrip(".")
    return "the backup is not of the form that its revision has"


@contextmanager
def _taking_back_new_file(url: URL) -> Iterator[None]:
    """Leave no empty SQLite file where it came to nothing."""
    path = Path(str(url.database))
    is_new = is_sqlite(url) and not path.exists()
    if is_new:
        create_folder(url)
    try:
        yield
    except BaseException:
        if is_new:
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
        raise


def _clear(connection: Connection, url: URL, *, replace: bool) -> None:
    """Take away our tables; raises DatabaseOccupied where that would lose something and nobody allowed it."""
    wait_for_turn(connection)
    if find_revision(connection) is None:
        foreign = set(inspect(connection).get_table_names()) & set(metadata.tables)
        if foreign:
            raise DatabaseOccupied(f"{describe(url)} holds tables of another program: {', '.join(sorted(foreign))}")
        return
    migrate(connection)
    tables = reflect_tables(connection)
    rows = {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}
    held = ", ".join(f"{count} {name}" for name, count in rows.items() if count)
    if held and not replace:
        raise DatabaseOccupied(f"{describe(url)} is not empty ({held}). Nothing was changed")
    for table in reversed(tables):
        table.drop(connection)
    connection.execute(text(f"DROP TABLE {REVISION_TABLE}"))
