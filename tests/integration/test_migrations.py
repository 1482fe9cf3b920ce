"""Databases of earlier releases: nothing is lost on the way, and the program goes on working on them."""

import asyncio
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from bot.storage import open_storage
from bot.storage.engine import open_tool_engine, to_database_url
from bot.storage.migrations import list_revisions
from bot.storage.tables import metadata
from tests.integration.app import (
    HAND_OFF,
    Program,
    StaffClient,
    copy_town,
    run_until_it_ends,
    running,
    stub_engine,
    to_environment,
    to_settings,
    until,
)
from tests.integration.conftest import upgrade
from tests.integration.old_databases import ASKING, PASSWORD, QUESTION, TOKEN, build, is_kept, snapshot

REVISIONS = list_revisions()
_COUNT_STEPS = {
    "sqlite": [
        "CREATE TRIGGER note_step AFTER UPDATE ON alembic_version BEGIN INSERT INTO steps VALUES (new.version_num); END",
    ],
    "postgresql": [
        "CREATE FUNCTION note_step() RETURNS trigger AS"
        " 'BEGIN INSERT INTO steps VALUES (new.version_num); RETURN new; END' LANGUAGE plpgsql",
        "CREATE TRIGGER note_step AFTER UPDATE ON alembic_version FOR EACH ROW EXECUTE FUNCTION note_step()",
    ],
}


@pytest.mark.parametrize("revision", REVISIONS)
async def test_nothing_is_lost_on_the_way_from_each_revision(empty_url: str, revision: str):
    """Every row of every table is there afterwards, with the same in every column that there was."""
    before = build(empty_url, revision)

    await upgrade(empty_url)

    assert min(len(rows) for rows in before.values()) > 0
    assert is_kept(before, snapshot(empty_url))


@pytest.mark.parametrize("revision", REVISIONS)
def test_program_works_on_a_database_of_each_revision(empty_url: str, revision: str, tmp_path: Path):
    """A question that waited is answered, members sign in, the list shows who waits, and they are answered."""
    build(empty_url, revision)

    with stub_engine() as engine:
        settings = to_settings(
            tmp_path, project_dir=copy_town(tmp_path, "open"), engine_url=engine.url, database_url=empty_url
        )
        with running(settings) as program:
            assert "Antwort auf: Und was kostet das?" in until(lambda: read_answers(program))
            kaya = StaffClient(program.url, "kaya", PASSWORD)
            program.people.callback(kaya.http.close)
            shown = {group: [row["id"] for row in rows] for group, rows in kaya.queue().items() if isinstance(rows, list)}
            page = kaya.http.get("/api/conversations/held").json()
            assert kaya.do("claim", "waiting").status_code == 204
            kaya.reply("waiting", "Guten Tag")
            assert kaya.do("claim", "ticket").status_code == 204
            kaya.reply("ticket", "Bis Ende März")
            assert program.employ("neu", "Frau Neu")

    assert shown == {
        "waiting": ["waiting"],
        "mine": ["held"],
        "snoozed": ["snoozed"] if revision > "0001" else [],
        "colleagues": [],
        "tickets": ["ticket"],
    }
    assert [each["text"] for each in page["messages"]] == [QUESTION, "Im Steueramt."]


def test_program_goes_on_while_a_newer_release_adds_to_its_tables(empty_url: str, tmp_path: Path):
    """Of several processes the old ones answer, hand over and store on; only a start is refused from then on."""
    with stub_engine() as engine:
        engine.script["Ein Mensch, bitte"] = HAND_OFF
        settings = to_settings(
            tmp_path, project_dir=copy_town(tmp_path, "open"), engine_url=engine.url, database_url=empty_url
        )
        with running(settings) as program:
            kaya, citizen = program.staff(), program.citizen()
            for number in range(6):  # by then PostgreSQL has prepared statements for the tables as they were
                citizen.asks(f"Frage {number}")
            add_to_every_table(empty_url)
            answered = citizen.asks("Was kostet das?")
            newcomer = program.citizen().asks("Guten Tag")
            citizen.asks("Ein Mensch, bitte")
            assert kaya.do("claim", citizen.id).status_code == 204
            kaya.reply(citizen.id, "Hier bin ich")
            citizen.reads("Hier bin ich", author="staff")
            assert kaya.do("notes", citizen.id, text="Rückruf erbeten").status_code == 201
            assert kaya.do("resolve", citizen.id, result="answered").status_code == 204
    refused = run_until_it_ends(tmp_path, BOT_DATABASE_URL=empty_url)

    assert [each["text"] for each in answered] == ["Antwort auf: Was kostet das?"]
    assert [each["text"] for each in newcomer] == ["Antwort auf: Guten Tag"]
    assert refused.returncode == 1
    assert "does not fit this release" in refused.stderr


def add_to_every_table(url: str) -> None:
    """What a migration may do, as tests/contracts/test_migrations_only_add.py says: columns, an index, a table."""
    engine = open_tool_engine(to_database_url(url))
    with engine.begin() as connection:
        for name in metadata.tables:
            connection.execute(text(f"ALTER TABLE {name} ADD COLUMN added VARCHAR"))
            connection.execute(text(f"ALTER TABLE {name} ADD COLUMN filled INTEGER NOT NULL DEFAULT 7"))
            connection.execute(text(f"CREATE INDEX ix_{name}_added ON {name} (added)"))
        connection.execute(
            text(
                "CREATE TABLE calls (id INTEGER PRIMARY KEY,"
                " conversation_id VARCHAR REFERENCES conversations (id) ON DELETE CASCADE)"
            )
        )
        connection.execute(text("UPDATE alembic_version SET version_num = 'of a newer release'"))


def read_answers(program: Program) -> list[str]:
    """What the bot has said in the conversation that waits for it, once it has answered."""
    response = httpx.get(
        f"{program.url}/api/v1/conversations/{ASKING}/messages",
        headers={"Authorization": f"Bearer {TOKEN}"},
        trust_env=False,
    )
    texts = [each["text"] for each in response.json()["messages"] if each["author"] == "bot"]
    return texts if len(texts) > 1 else []


async def test_of_many_that_start_on_an_old_database_one_migrates(empty_url: str):
    """Each step is taken once, and all of them can work afterwards."""
    before = build(empty_url, REVISIONS[0])
    count_steps(empty_url)
    storages = [open_storage(empty_url) for _ in range(6)]

    await asyncio.gather(*(each.upgrade() for each in storages))
    await asyncio.gather(*(each.check() for each in storages))
    await asyncio.gather(*(each.close() for each in storages))

    assert list_steps(empty_url) == REVISIONS[1:]
    assert is_kept(before, snapshot(empty_url))


def test_of_processes_that_start_on_an_old_database_one_migrates(empty_url: str, tmp_path: Path):
    """The same where they are processes of their own."""
    before = build(empty_url, REVISIONS[0])
    count_steps(empty_url)
    command = [sys.executable, "-m", "bot.cli", "staff", "list"]
    environment = to_environment(tmp_path, BOT_DATABASE_URL=empty_url)
    processes = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    printed = [process.communicate(timeout=60) for process in processes]

    assert [(process.returncode, err) for process, (_, err) in zip(processes, printed, strict=True)] == [(0, "")] * 3
    assert all(out.startswith("kaya\tFrau Kaya\tactive\tstaff") for out, _ in printed)
    assert list_steps(empty_url) == REVISIONS[1:]
    assert is_kept(before, snapshot(empty_url))


def count_steps(url: str) -> None:
    """Let the database itself note each step of a migration."""
    engine = open_tool_engine(to_database_url(url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE steps (revision VARCHAR)"))
        for statement in _COUNT_STEPS[engine.dialect.name]:
            connection.exec_driver_sql(statement)


def list_steps(url: str) -> list[str]:
    """The noted steps in order."""
    with open_tool_engine(to_database_url(url)).connect() as connection:
        return list(connection.execute(text("SELECT revision FROM steps")).scalars())
