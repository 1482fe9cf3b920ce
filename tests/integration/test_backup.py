"""Backup, restore and the move to another database: whole or not at all, between both kinds of database."""

import asyncio
import gzip
import json
import os
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, insert, text

from bot.cli import main
from bot.domain.handoffs import Note
from bot.errors import BackupInvalid, DatabaseOccupied, SettingsError, StorageUnavailable
from bot.storage import engine as engine_module
from bot.storage import open_storage, transfers
from bot.storage.backup_file import Value, seal, to_line, write_file
from bot.storage.engine import open_tool_engine, to_database_url
from bot.storage.migrations import list_revisions
from bot.storage.sqlite import open_sqlite
from bot.storage.tables import metadata
from bot.storage.transfers import back_up, move, restore
from tests.integration.conftest import upgrade
from tests.integration.old_databases import Snapshot, build, is_kept, snapshot
from tests.integration.storage_steps import ask, start

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
HEAD = list_revisions()[-1]
HELD = "9 conversations, 2 staff, 2 ticket numbers, 5 handoffs, 19 messages, 2 notes, 2 tickets, 1 viewings, 4 deliveries"
Change = Callable[[list[Value]], None]


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path}/new/other.db"


@pytest.fixture
def filled_url(sqlite_url: str) -> str:
    """URL of a SQLite file with everything in it."""
    build(sqlite_url, HEAD)
    return sqlite_url


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The content of a backup of such a database."""
    folder = tmp_path_factory.mktemp("packed")
    build(f"sqlite:///{folder}/x.db", HEAD)
    back_up(f"sqlite:///{folder}/x.db", folder / "x.gz", at=NOW)
    return (folder / "x.gz").read_bytes()


@pytest.fixture
def backup(packed: bytes, tmp_path: Path) -> Path:
    """That backup as a file of the test's own."""
    path = tmp_path / "backup.gz"
    path.write_bytes(packed)
    return path


def without_sessions(found: Snapshot) -> Snapshot:
    """What a backup holds of it."""
    return {**found, "sessions": []}


# There and back


@pytest.mark.parametrize("revision", list_revisions())
def test_backup_of_each_revision_is_restored_on_both_kinds(
    empty_url: str, sqlite_url: str, postgres_url: str, tmp_path: Path, revision: str
):
    """A copy of the old state as it is, restored and brought to this release; of sessions nothing is in it."""
    before = build(empty_url, revision)

    contents = back_up(empty_url, tmp_path / "backup.gz", at=NOW)
    for target in (sqlite_url, postgres_url):
        restore(target, tmp_path / "backup.gz", replace=False)

    assert contents.revision == revision
    assert snapshot(empty_url) == before
    for target in (sqlite_url, postgres_url):
        assert is_kept(without_sessions(before), snapshot(target))
    assert b"sessions" not in gzip.decompress((tmp_path / "backup.gz").read_bytes())


def test_backup_is_for_its_user_only(filled_url: str, tmp_path: Path):
    """Citizens' words are in it; and no unfinished file is left beside it."""
    back_up(filled_url, tmp_path / "backup.gz", at=NOW)

    assert stat.S_IMODE((tmp_path / "backup.gz").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.gz", "new"]


def test_backup_is_of_one_moment_and_keeps_nobody_from_writing(
    database_url: str, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A question that comes after the copying has begun is stored at once, and is in no part of the copy."""

    def write_while_somebody_asks(path: Path, lines: Iterable[bytes]) -> None:
        rest = iter(lines)
        begun = list(islice(rest, 2))
        asyncio.run(ask_anew())
        write_file(path, chain(begun, rest))

    async def ask_anew() -> None:
        storage = open_storage(database_url)
        await start(storage, "late")
        await ask(storage, "late", "2")
        await ask(storage, "early", "3")
        await storage.close()

    async def ask_first() -> None:
        storage = open_storage(database_url)
        await start(storage, "early")
        await ask(storage, "early", "1")
        await storage.close()

    asyncio.run(ask_first())
    monkeypatch.setattr(transfers, "write_file", write_while_somebody_asks)
    back_up(database_url, tmp_path / "backup.gz", at=NOW)
    restore(sqlite_url, tmp_path / "backup.gz", replace=False)

    copied, now = snapshot(sqlite_url), snapshot(database_url)
    assert [(row["id"], row["next_seq"]) for row in copied["conversations"]] == [("early", 2)]
    assert [(row["conversation_id"], row["seq"]) for row in copied["messages"]] == [("early", 1)]
    assert len(now["messages"]) == 3


def test_new_rows_get_new_ids_after_a_restore(backup: Path, database_url: str):
    """PostgreSQL counts apart from the rows; a note, a handoff, a member and a delivery are added without a clash."""
    restore(database_url, backup, replace=True)
    before = snapshot(database_url)

    asyncio.run(add_rows(database_url))

    after = snapshot(database_url)
    for name in ("notes", "staff", "deliveries", "handoffs"):
        old, new = ({row["id"] for row in found[name]} for found in (before, after))
        assert len(new - old) == 1
        assert min(new - old) > max(old)


async def add_rows(url: str) -> None:
    """One of each kind that the database numbers."""
    storage = open_storage(url)
    async with storage.begin() as unit:
        await unit.add_note(Note("held", 1, "Frau Kaya", "Neu", NOW))
        await unit.add_staff(username="neu", display_name="Frau Neu", password_hash="-")
        await unit.commit()
    async with storage.engine.begin() as connection:
        delivery = {"channel": "telegram", "address": "4711", "conversation_id": "4711", "seq": 1}
        state = {"status": "pending", "attempts": 0, "due_at": NOW}
        await connection.execute(insert(metadata.tables["deliveries"]).values({**delivery, **state}))
        handoff = {"conversation_id": "held", "office_id": "steueramt", "reason": "no_staff", "requested_at": NOW}
        await connection.execute(insert(metadata.tables["handoffs"]).values(handoff))
    await storage.close()


# Refused


def cut_off(data: bytes) -> bytes:
    """The end is missing."""
    return data[: len(data) * 2 // 3]


def cut_trailer(data: bytes) -> bytes:
    """Only gzip's own checksum is missing."""
    return data[:-8]


def alter_bit(data: bytes) -> bytes:
    """One bit in the middle is another one."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def alter_word(data: bytes) -> bytes:
    """Unpacked, edited, packed again."""
    return gzip.compress(gzip.decompress(data).replace(b"Steueramt", b"Ordnungsamt"))


def drop_line(data: bytes) -> bytes:
    """A row is missing."""
    lines = gzip.decompress(data).splitlines(keepends=True)
    return gzip.compress(b"".join(lines[:2] + lines[3:]))


def drop_seal(data: bytes) -> bytes:
    """The last line is missing."""
    return gzip.compress(b"".join(gzip.decompress(data).splitlines(keepends=True)[:-1]))


def append(data: bytes) -> bytes:
    """Something follows."""
    return data + gzip.compress(b'["more"]\n')


def unpack(data: bytes) -> bytes:
    """Not packed."""
    return gzip.decompress(data)


def empty(_: bytes) -> bytes:
    """Nothing at all."""
    return b""


def other_kind(_: bytes) -> bytes:
    """Packed, but something else."""
    return gzip.compress(b'{"format":"letter"}\n')


def newer_revision(data: bytes) -> bytes:
    """Whole, but of a release that is not there yet."""
    return sealed(data, lambda values: to_head(values).update(revision="9999"))


def newer_form(data: bytes) -> bytes:
    """Whole, in a form that is not known yet."""
    return sealed(data, lambda values: to_head(values).update(version=2))


def same_username(data: bytes) -> bytes:
    """Whole, but two members have the same name: seen only when most is written already."""

    def rename(values: list[Value]) -> None:
        for value in values:
            if isinstance(value, list) and "lang" in value[:2]:
                value[1] = "kaya"

    return sealed(data, rename)


def other_count(data: bytes) -> bytes:
    """Whole, but a table ends with the checksum of another content."""

    def miscount(values: list[Value]) -> None:
        ends = [value for value in values if isinstance(value, dict) and "rows" in value]
        ends[-1]["rows"] += 1

    return sealed(data, miscount)


def unknown_table(data: bytes) -> bytes:
    """Whole, but with a table that its revision does not have."""
    return sealed(data, lambda values: next(v for v in values if isinstance(v, dict) and "table" in v).update(table="x"))


def no_order(data: bytes) -> bytes:
    """Whole, but a row stands before its table."""
    return sealed(data, lambda values: values.insert(1, ["row"]))


def sealed(data: bytes, change: Change) -> bytes:
    """The changed content with its right checksum."""
    values = [json.loads(line) for line in gzip.decompress(data).splitlines()][:-1]
    change(values)
    return gzip.compress(b"".join(seal(to_line(value) for value in values)))


def to_head(values: list[Value]) -> dict[str, object]:
    """The first line."""
    assert isinstance(values[0], dict)
    return values[0]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (cut_off, "not a whole backup"),
        (cut_trailer, "not a whole backup"),
        (alter_bit, "not a whole backup"),
        (alter_word, "not a whole backup"),
        (drop_line, "not a whole backup"),
        (drop_seal, "not a whole backup"),
        (append, "not a whole backup"),
        (unpack, "not a whole backup"),
        (empty, "not a whole backup"),
        (other_kind, "not a backup"),
        (newer_revision, "newer release"),
        (newer_form, "newer release"),
    ],
)
def test_spoilt_file_is_refused_before_the_database_is_touched(
    backup: Path, tmp_path: Path, spoil: Callable[[bytes], bytes], words: str
):
    """Not even a connection is made, nor a new file begun."""
    backup.write_bytes(spoil(backup.read_bytes()))

    with pytest.raises(BackupInvalid, match=words):
        restore("postgresql://127.0.0.1:1/nobody", backup, replace=True)
    with pytest.raises(BackupInvalid, match=words):
        restore(f"sqlite:///{tmp_path}/unborn/x.db", backup, replace=False)

    assert [path.name for path in tmp_path.iterdir()] == ["backup.gz"]


@pytest.mark.parametrize("spoil", [same_username, other_count, unknown_table, no_order])
def test_file_that_fails_half_way_leaves_everything_as_it_was(
    backup: Path, database_url: str, tmp_path: Path, spoil: Callable[[bytes], bytes]
):
    """Even with --replace, on both kinds of database: what was there is there, and no new file is left."""
    asyncio.run(add_one(database_url))
    before = snapshot(database_url)
    backup.write_bytes(spoil(backup.read_bytes()))

    with pytest.raises(BackupInvalid, match=r"[Nn]othing was changed"):
        restore(database_url, backup, replace=True)
    with pytest.raises(BackupInvalid, match=r"[Nn]othing was changed"):
        restore(f"sqlite:///{tmp_path}/unborn.db", backup, replace=False)

    assert snapshot(database_url) == before
    assert list(tmp_path.glob("unborn*")) == []


async def add_one(url: str) -> None:
    """A conversation with a question."""
    storage = open_storage(url)
    await start(storage, "c1")
    await ask(storage, "c1", "1")
    await storage.close()


def test_file_that_is_not_there(tmp_path: Path, sqlite_url: str):
    """A missing file and a folder are named as what they are."""
    with pytest.raises(BackupInvalid, match=r"x\.gz can't be read: No such file"):
        restore(sqlite_url, tmp_path / "x.gz", replace=False)
    with pytest.raises(BackupInvalid, match=r"can't be read: Is a directory"):
        restore(sqlite_url, tmp_path, replace=False)


def test_database_that_holds_something_is_replaced_on_request_only(backup: Path, database_url: str):
    """Without --replace it is left as it is; with it, nothing of the old remains."""
    asyncio.run(add_one(database_url))
    before = snapshot(database_url)

    with pytest.raises(DatabaseOccupied, match=r"not empty \(1 conversations, 1 messages\)"):
        restore(database_url, backup, replace=False)
    refused = snapshot(database_url)
    restore(database_url, backup, replace=True)

    assert refused == before
    assert "c1" not in {row["id"] for row in snapshot(database_url)["conversations"]}
    assert len(snapshot(database_url)["conversations"]) == 9


@pytest.mark.parametrize("content", [None, "9999"])
def test_database_of_others_is_left_alone(backup: Path, empty_url: str, content: str | None):
    """Another program's tables, or those of a newer release, are not deleted even with --replace."""
    engine = open_tool_engine(to_database_url(empty_url))
    if empty_url.startswith("sqlite"):
        engine_module.create_folder(to_database_url(empty_url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE staff (name VARCHAR)"))
        connection.execute(text("INSERT INTO staff VALUES ('x')"))
        if content:
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            connection.execute(text("INSERT INTO alembic_version VALUES ('9999')"))

    with pytest.raises((DatabaseOccupied, SettingsError), match=r"another program|does not fit this release"):
        restore(empty_url, backup, replace=True)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM staff")).scalar_one() == "x"


def test_backup_needs_a_new_file_in_a_folder(backup: Path, filled_url: str):
    """An older backup is not overwritten; a folder that is missing or is none is named."""
    before = backup.read_bytes()

    with pytest.raises(BackupInvalid, match="exists already"):
        back_up(filled_url, backup, at=NOW)
    for path in (backup.parent / "missing" / "x.gz", backup / "x.gz", backup.parent / ("x" * 300)):
        with pytest.raises(BackupInvalid, match="can't be written"):
            back_up(filled_url, path, at=NOW)

    assert backup.read_bytes() == before


def test_full_disk_leaves_no_backup(filled_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What could not be written to its end is taken away."""

    def refuse(_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(BackupInvalid, match="No space left on device; no file was left"):
        back_up(filled_url, tmp_path / "backup.gz", at=NOW)

    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_full_disk_leaves_the_database_as_it_was(backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A database that can't grow says so, and holds what it held."""
    url = f"sqlite:///{tmp_path}/small.db"
    asyncio.run(upgrade(url))
    asyncio.run(add_one(url))
    before = snapshot(url)

    def open_small(database: str) -> object:
        opened = open_sqlite(database)
        opened.execute("PRAGMA max_page_count = 1")  # as many as it has
        return opened

    monkeypatch.setattr(engine_module, "open_sqlite", open_small)
    with pytest.raises(StorageUnavailable, match=r"full.*free space"):
        restore(url, backup, replace=True)
    monkeypatch.undo()

    assert snapshot(url) == before


def test_database_that_is_not_there_is_not_backed_up(tmp_path: Path, empty_url: str):
    """A mistyped address makes no empty database and no empty backup."""
    with pytest.raises(SettingsError, match=r"does not exist|holds no data of Rathausbote"):
        back_up(empty_url, tmp_path / "x.gz", at=NOW)

    assert not (tmp_path / "x.gz").exists()
    assert not (tmp_path / "folder").exists()


async def test_database_in_use_is_neither_replaced_nor_moved(
    backup: Path, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """While a process holds a connection, be it idle; copying is allowed."""
    monkeypatch.setattr(transfers, "LET_GO_SECONDS", 0.0)
    await add_one(database_url)
    storage = open_storage(database_url)
    await storage.check()
    before = snapshot(database_url)

    with pytest.raises(DatabaseOccupied, match="in use; stop all processes"):
        restore(database_url, backup, replace=True)
    with pytest.raises(DatabaseOccupied, match="in use; stop all processes"):
        move(database_url, f"sqlite:///{tmp_path}/target.db", at=NOW)
    back_up(database_url, tmp_path / "meanwhile.gz", at=NOW)
    await ask(storage, "c1", "2")
    await storage.close()
    monkeypatch.undo()
    restore(database_url, tmp_path / "meanwhile.gz", replace=True)

    assert snapshot(database_url) == before
    assert not (tmp_path / "target.db").exists()


# Moving


@pytest.mark.parametrize("revision", list_revisions())
def test_everything_moves_to_the_other_kind_and_back(sqlite_url: str, postgres_url: str, tmp_path: Path, revision: str):
    """Sessions too; the database that it came from stays as it was, and the new one numbers on."""
    before = build(sqlite_url, revision)

    there, shown = move(sqlite_url, postgres_url, at=NOW)
    back, _ = move(postgres_url, f"sqlite:///{tmp_path}/back.db", at=NOW)

    assert snapshot(sqlite_url) == before
    for url in (postgres_url, f"sqlite:///{tmp_path}/back.db"):
        assert is_kept(before, snapshot(url))
    assert {name: len(rows) for name, rows in before.items()} == {name: each.rows for name, each in there.tables.items()}
    assert (there.revision, back.revision) == (revision, HEAD)
    if revision == HEAD:
        assert there == back
    assert shown.startswith("postgresql://")
    asyncio.run(add_rows(postgres_url))


def test_move_needs_an_empty_target(sqlite_url: str, database_url: str):
    """Neither is changed where the target holds something, is the source itself, or can't be reached."""
    before = build(sqlite_url, HEAD)
    asyncio.run(add_one(database_url))
    there = snapshot(database_url)

    with pytest.raises(DatabaseOccupied, match="not empty"):
        move(sqlite_url, database_url, at=NOW)
    with pytest.raises(DatabaseOccupied, match="the database in use"):
        move(sqlite_url, sqlite_url.replace("/new/", "/new/../new/"), at=NOW)
    with pytest.raises(StorageUnavailable, match=r"PostgreSQL at 127\.0\.0\.1:1") as refused:
        move(sqlite_url, "postgresql://bot:geheim@127.0.0.1:1/town", at=NOW)
    with pytest.raises(SettingsError, match="does not exist"):
        move(f"{sqlite_url}x", sqlite_url, at=NOW)

    assert "geheim" not in str(refused.value)
    assert snapshot(sqlite_url) == before
    assert snapshot(database_url) == there


def test_nobody_writes_to_the_source_while_it_moves(database_url: str, sqlite_url: str, monkeypatch: pytest.MonkeyPatch):
    """A process that starts meanwhile can't write what would stay behind."""
    asyncio.run(add_one(database_url))
    write_tables = transfers.write_tables
    refusals: list[str] = []

    def write_meanwhile(connection: Connection, values: Iterator[Value]) -> object:
        with pytest.raises((sqlite3.OperationalError, psycopg.errors.LockNotAvailable)) as refused:
            write_at_once(database_url)
        refusals.append(str(refused.value))
        return write_tables(connection, values)

    monkeypatch.setattr(transfers, "write_tables", write_meanwhile)
    move(database_url, sqlite_url, at=NOW)
    write_at_once(database_url)

    assert len(refusals) == 1
    assert "lock" in refusals[0]
    assert snapshot(sqlite_url)["conversations"][0]["unread"] == 1
    assert snapshot(database_url)["conversations"][0]["unread"] == 77


def write_at_once(url: str) -> None:
    """Change a row, or fail instead of waiting for a lock."""
    statement = "UPDATE conversations SET unread = 77"
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0)) as connection, connection:
            connection.execute(statement)
        return
    with psycopg.connect(url) as connection:
        connection.execute("SET lock_timeout = '50ms'")
        connection.execute(statement)


# The commands


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`rathausbote` with a database and arguments; gives exit code, standard output and standard error."""

    def run(url: str, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("BOT_DATABASE_URL", url)
        monkeypatch.setattr(sys, "argv", ["rathausbote", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return ended.value.code, *capsys.readouterr()

    return run


def test_commands_say_what_they_did_and_why_not(
    run: Callable[..., tuple[int, str, str]], filled_url: str, postgres_url: str, tmp_path: Path
):
    """One line on standard error and exit code 1 where something is refused; never a password."""
    file = str(tmp_path / "backup.gz")
    target = postgres_url.replace("postgres:@", "postgres:geheim@")

    backed_up = run(filled_url, "backup", file)
    refused = [
        run(filled_url, "backup", file),
        run(filled_url, "restore", file),
        run(filled_url, "move-database", filled_url),
    ]
    restored = run(filled_url, "restore", file, "--replace")
    moved = run(filled_url, "move-database", target)

    assert backed_up == (0, f"{file}: {HELD}; revision {HEAD}\n", "")
    assert restored == (0, f"restored: {HELD}; of revision {HEAD}\n", "")
    assert (moved[0], moved[2]) == (0, "")
    assert "conversations\t9\t" in moved[1]
    assert "BOT_DATABASE_URL=postgresql://postgres:***@/" in moved[1]
    for code, out, err in refused:
        assert (code, out) == (1, "")
        (line,) = err.splitlines()
        assert line.startswith("rathausbote: ")
