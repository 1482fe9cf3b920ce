"""The whole program: from the widget through bot and staff back, killed, without engine, without database."""

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.integration.app import (
    HAND_OFF,
    Program,
    StubEngine,
    copy_town,
    process,
    run_until_it_ends,
    running,
    stub_engine,
    to_content,
    to_settings,
    until,
)

NOBODY_WAITS = {
    "assignee": None,
    "ticket": None,
    "access_code": None,
    "position": None,
    "estimate_minutes": None,
    "staff_is_typing": False,
}


@pytest.fixture
def engine() -> Iterator[StubEngine]:
    """An engine that answers by its script."""
    with stub_engine() as engine:
        engine.script["Mensch bitte"] = HAND_OFF
        yield engine


@pytest.fixture
def open_program(engine: StubEngine, tmp_path: Path) -> Iterator[Program]:
    """Every office is open."""
    with running(to_settings(tmp_path, project_dir=copy_town(tmp_path, "open"), engine_url=engine.url)) as program:
        yield program


@pytest.fixture
def closed_program(engine: StubEngine, tmp_path: Path) -> Iterator[Program]:
    """Every office is closed today."""
    with running(to_settings(tmp_path, project_dir=copy_town(tmp_path, "closed"), engine_url=engine.url)) as program:
        yield program


# A person takes over


def test_person_answers_in_the_same_chat_and_the_bot_stays_silent(open_program: Program, engine: StubEngine) -> None:
    """Handoff, claim, question and answer, return: at each step only one of the two answers."""
    citizen, staff = open_program.citizen(), open_program.staff()
    assert citizen.asks("Mensch bitte")[-1]["text"].startswith("Ich gebe Sie an einen Menschen weiter: Bürgerbüro.")
    citizen.say("Mein Ausweis ist weg")
    (row,) = staff.queue()["waiting"]
    assert row["id"] == citizen.id
    assert staff.do("claim", citizen.id).status_code == 204
    citizen.reads("Frau Kaya", author="system")
    staff.reply(citizen.id, "Guten Tag, <b>wo</b> war das?")
    answer = citizen.reads("Guten Tag, <b>wo</b> war das?")
    citizen.say("Am Bahnhof")

    assert (answer["author"], answer["author_name"]) == ("staff", "Frau Kaya")
    assert citizen.page()["status"] == {**NOBODY_WAITS, "status": "live", "assignee": "Frau Kaya"}
    assert engine.texts == ["Mensch bitte"]

    assert staff.do("return", citizen.id).status_code == 204
    assert citizen.status == "bot"
    assert citizen.asks("Und was kostet das?")[-1]["text"] == "Antwort auf: Und was kostet das?"
    assert staff.do("replies", citizen.id, text="Noch etwas", client_message_id="1").status_code == 409


def test_resolved_conversation_goes_on_with_the_bot(open_program: Program) -> None:
    """After the end the citizen just writes on."""
    citizen, staff = open_program.citizen(), open_program.staff()
    citizen.asks("Mensch bitte")
    staff.do("claim", citizen.id)
    staff.do("resolve", citizen.id, result="answered")
    assert citizen.status == "resolved"
    answer = citizen.asks("Noch eine Frage")[-1]

    assert answer["text"] == "Antwort auf: Noch eine Frage"
    assert citizen.status == "bot"


def test_answer_of_the_bot_is_dropped_when_somebody_claims_meanwhile(closed_program: Program, engine: StubEngine) -> None:
    """The engine is still thinking when a staff member takes the ticket: only the person is read."""
    citizen, staff = closed_program.citizen(), closed_program.staff()
    citizen.asks("Mensch bitte")
    engine.released.clear()
    seq = citizen.say("Und noch etwas")
    until(lambda: engine.texts[-1] == "Und noch etwas")
    assert staff.do("claim", citizen.id).status_code == 204
    engine.released.set()
    citizen.hears(after=seq)
    citizen.say("Hallo?")
    staff.reply(citizen.id, "Ich bin da.")
    citizen.hears(2, after=seq)

    assert [text.split(":")[0] for text in citizen.texts[seq:]] == ["system", "citizen", "staff"]
    assert "Hallo?" not in engine.texts


def test_ticket_outside_hours_is_answered_in_the_same_chat(closed_program: Program) -> None:
    """Number and promise for the citizen, due time in the console; the answer comes here, and then it is closed."""
    citizen, staff = closed_program.citizen(), closed_program.staff()
    text = citizen.asks("Mensch bitte")[-1]["text"]
    number = citizen.page()["status"]["ticket"]
    again = citizen.asks("Mensch bitte")[-1]["text"]
    tickets = staff.queue()["tickets"]

    assert number in text
    assert re.search(r"bis .*\d{1,2}:\d\d Uhr", text), text
    assert number in again
    assert len(tickets) == 1
    assert citizen.status == "bot"

    assert staff.do("claim", citizen.id).status_code == 204
    staff.reply(citizen.id, "Das ist erledigt.")
    assert staff.do("resolve", citizen.id, result="answered").status_code == 204
    assert citizen.page()["status"] == {**NOBODY_WAITS, "status": "resolved"}
    assert [text for text in citizen.texts if "staff" in text] == ["staff: Das ist erledigt."]
    assert staff.queue()["tickets"] == []


# Without the engine


def test_without_engine_the_town_still_answers(tmp_path: Path) -> None:
    """From the same knowledge, by keyword; what is not found goes to a person; nobody gets silence."""
    with running(to_settings(tmp_path, project_dir=copy_town(tmp_path, "open"))) as program:
        citizen = program.citizen()
        answer = citizen.asks("Was kostet ein Personalausweis?")[-1]
        unknown = citizen.asks("qwertz uiop")
        state = program.http.get("/readyz").json()

    assert "Ein Personalausweis kostet" in answer["text"]
    assert answer["source_url"].startswith("https://")
    assert unknown[0]["text"].startswith("Ich kann Ihre Frage im Augenblick nicht")
    assert (state["status"], state["engine"]["state"]) == ("degraded", "down")


@pytest.mark.parametrize(
    "turn",
    [
        {"replies": None},
        {"decision": "nonsense"},
        to_content("x", state="no state"),
        to_content("x", replies=["text"]),
        ["list"],
    ],
    ids=["no replies", "unknown decision", "wrong state", "wrong reply", "no object"],
)
def test_engine_that_talks_nonsense_is_not_repeated(open_program: Program, engine: StubEngine, turn: object) -> None:
    """The citizen gets an answer nevertheless, and so does everybody after them."""
    engine.script["Was kostet ein Personalausweis?"] = lambda _: turn
    citizen = open_program.citizen()

    assert citizen.asks("Was kostet ein Personalausweis?")[-1]["author"] == "bot"
    assert open_program.citizen().asks("Hallo")[-1]["text"] == "Antwort auf: Hallo"


def test_slow_engine_is_not_waited_for(engine: StubEngine, tmp_path: Path) -> None:
    """After BOT_TURN_TIMEOUT the answer is given without it, once; the late one is dropped."""
    with running(to_settings(tmp_path, engine_url=engine.url, turn_timeout=0.5)) as program:
        citizen = program.citizen()
        engine.released.clear()
        answer = citizen.asks("Was kostet ein Personalausweis?")[-1]
        engine.released.set()
        assert citizen.asks("Hallo")[-1]["text"] == "Antwort auf: Hallo"
        messages = citizen.messages()

    assert "Ein Personalausweis kostet" in answer["text"]
    assert len(messages) == 5


# What machines ask


def test_state_and_numbers(open_program: Program) -> None:
    """Alive, ready with all parts, and counters that count."""
    until(lambda: open_program.http.get("/readyz").json()["status"] == "ready")
    open_program.citizen().asks("Hallo")
    metrics = open_program.http.get("/metrics")

    assert open_program.http.get("/healthz").json() == {"status": "alive"}
    assert open_program.http.get("/readyz").json()["database"] == "ok"
    assert metrics.headers["content-type"].startswith("text/plain")
    assert 'rathausbote_turns_total{decision="answer",degraded="false"} 1.0' in metrics.text
    assert "rathausbote_engine_ready 1.0" in metrics.text
    assert "rathausbote_turn_seconds_count 1.0" in metrics.text


def test_pages_are_there(open_program: Program) -> None:
    """The town's page with the widget, the script for all websites, the way to the console; errors have their form."""
    page, script = open_program.http.get("/"), open_program.http.get("/widget.js")
    again = open_program.http.get("/widget.js", headers={"If-None-Match": script.headers["etag"]})
    console = open_program.http.get("/console")
    missing = open_program.http.get("/nothing")

    assert "widget.js" in page.text
    assert script.headers["access-control-allow-origin"] == "*"
    assert (again.status_code, again.content) == (304, b"")
    assert (console.status_code, console.headers["location"]) == (303, "/console/sign-in")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    assert open_program.http.get("/console/api/queue").status_code == 401
    assert open_program.http.post("/telegram/webhook").status_code == 404


def test_unexpected_error_says_nothing_of_its_text(
    open_program: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in the answer nor in the log; a website on another origin can read the answer."""

    def fail(*_: object, **__: object) -> None:
        raise ValueError("Mein Geheimnis")

    monkeypatch.setattr(open_program.town.answers.responses, "reply", fail)
    answer = open_program.http.post(
        "/api/v1/conversations", json={"language": "de"}, headers={"Origin": "https://www.musterstadt.example"}
    )
    monkeypatch.undo()

    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "unexpected ValueError on /api/v1/conversations" in caplog.text
    assert "Geheimnis" not in answer.text + caplog.text
    assert open_program.citizen().asks("Hallo")[-1]["text"] == "Antwort auf: Hallo"


# Stopped and killed


def test_stop_finishes_what_runs_although_a_widget_is_open(engine: StubEngine, tmp_path: Path) -> None:
    """SIGTERM in the middle of a turn: streams end, the turn is finished, the process ends soon, the rest comes later."""
    with process(tmp_path, BOT_ENGINE_URL=engine.url) as web:
        web.start()
        citizen, staff = web.citizen(), web.staff()
        with (
            citizen.api.stream("GET", f"{citizen.path}/events", timeout=20) as stream,
            staff.http.stream("GET", "/console/events", timeout=20) as console,
        ):
            open_streams = [stream.iter_lines(), console.iter_lines()]
            assert all(next(lines) for lines in open_streams)
            engine.released.clear()
            citizen.say("Frage")
            until(lambda: engine.seen)
            began = time.monotonic()
            assert web.process is not None
            web.process.terminate()
            engine.released.set()
            code = web.process.wait(timeout=20)
            took = time.monotonic() - began
        web.start()
        citizen.reads("Antwort auf: Frage", seconds=15)

    assert engine.texts == ["Frage"]
    assert code in (0, -15)
    assert took < 3
    assert "Traceback" not in web.output
    assert "exceeded" not in web.output


def test_killed_in_the_middle_of_a_turn_it_answers_once_after_the_restart(engine: StubEngine, tmp_path: Path) -> None:
    """Accepted, the engine is asked, the process dies: the next one answers, in order, without a word in the log."""
    with process(tmp_path, BOT_ENGINE_URL=engine.url, BOT_TURN_TIMEOUT="2") as web:
        web.start()
        citizen = web.citizen()
        engine.released.clear()
        citizen.say("Mein Geheimnis 1", id_="m-1")
        citizen.say("Mein Geheimnis 2", id_="m-2")
        until(lambda: engine.seen)
        web.kill()
        engine.released.set()
        web.start()
        assert citizen.say("Mein Geheimnis 1", id_="m-1") == 2
        citizen.reads("Antwort auf: Mein Geheimnis 2", seconds=30)
        citizen.asks("Ende")
        texts = citizen.texts

        assert [text.split(": ", 1)[1] for text in texts[1:]] == [
            "Mein Geheimnis 1", "Mein Geheimnis 2", "Antwort auf: Mein Geheimnis 1", "Antwort auf: Mein Geheimnis 2",
            "Ende", "Antwort auf: Ende",
        ]  # fmt: skip
        assert "Geheimnis" not in web.output
        assert "Traceback" not in web.output


def test_killed_after_acceptance_again_and_again_nothing_is_lost(engine: StubEngine, tmp_path: Path) -> None:
    """Whatever was acknowledged is answered exactly once, although the process never lives long."""
    with process(tmp_path, BOT_ENGINE_URL=engine.url, BOT_TURN_TIMEOUT="2") as web:
        web.start()
        citizen = web.citizen()
        for number in range(3):
            citizen.say(f"Frage {number}")
            web.kill()
            web.start()
        citizen.reads("Antwort auf: Frage 2", seconds=30)
        citizen.asks("Ende")
        answers = [each["text"] for each in citizen.messages() if each["author"] == "bot"]

    assert answers[1:] == [*(f"Antwort auf: Frage {number}" for number in range(3)), "Antwort auf: Ende"]


# Without the database


@pytest.mark.parametrize("case", ["folder", "garbage", "under a file", "postgres", "unknown", "port"])
def test_start_without_usable_database_says_what_to_do(case: str, tmp_path: Path) -> None:
    """One line that names the setting, exit code 1, no traceback of ours, no password."""
    (tmp_path / "garbage.db").write_bytes(b"this is no database" * 100)
    url = {
        "folder": f"sqlite:///{tmp_path}",
        "garbage": f"sqlite:///{tmp_path}/garbage.db",
        "under a file": f"sqlite:///{tmp_path}/garbage.db/folder/x.db",
        "postgres": "postgresql://bote:geheimes-wort@127.0.0.1:1/bote",
        "unknown": "mysql://bote:geheimes-wort@127.0.0.1/bote",
        "port": "postgresql://bote:geheimes-wort@127.0.0.1:port/bote",
    }[case]
    result = run_until_it_ends(tmp_path, BOT_DATABASE_URL=url)

    assert result.returncode == 1
    told = [line for line in result.stderr.splitlines() if line.startswith("rathausbote: ")]
    assert len(told) == 1, result.stderr
    assert "BOT_DATABASE_URL" in told[0]
    assert "bot/cli.py" not in result.stderr + result.stdout
    assert "geheimes-wort" not in result.stderr + result.stdout


def test_taken_port_is_told(tmp_path: Path, open_program: Program) -> None:
    """Instead of a traceback."""
    result = run_until_it_ends(tmp_path, BOT_PORT=open_program.url.rpartition(":")[2])

    assert (result.returncode, "BOT_PORT" in result.stderr) == (1, True)
    assert "Traceback" not in result.stderr


@contextlib.contextmanager
def outage(postgres_url: str) -> Iterator[None]:
    """Nobody gets a connection to the database within the block."""
    name = re.search(r"/(\w+)\?", postgres_url)
    assert name is not None
    with psycopg.connect(postgres_url.replace(f"/{name[1]}?", "/postgres?"), autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name[1]}" ALLOW_CONNECTIONS false')
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name[1]])
        try:
            yield
        finally:
            admin.execute(f'ALTER DATABASE "{name[1]}" ALLOW_CONNECTIONS true')


def test_outage_of_the_database_is_told_and_survived(engine: StubEngine, tmp_path: Path, postgres_url: str) -> None:
    """503 in the form of all errors while it lasts; what was accepted before is answered after it, everything goes on."""
    settings = to_settings(tmp_path, engine_url=engine.url, database_url=postgres_url, turn_timeout=1.0)
    with running(settings) as program:
        citizen = program.citizen()
        engine.released.clear()
        citizen.say("Vorher")
        until(lambda: engine.seen)
        with outage(postgres_url):
            engine.released.set()
            refused = citizen.post("Mittendrin")
            ready = program.http.get("/readyz")
            alive = program.http.get("/healthz")
        until(lambda: program.http.get("/readyz").status_code == 200)
        until(lambda: len(citizen.messages()) == 3, seconds=20)
        answers = citizen.asks("Nachher")

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "storage_unavailable")
    assert (ready.status_code, ready.json()["status"], alive.status_code) == (503, "unavailable", 200)
    assert [each["text"] for each in answers] == ["Antwort auf: Nachher"]


def test_two_web_processes_share_one_database(engine: StubEngine, tmp_path: Path, postgres_url: str) -> None:
    """Written to one, answered once, followed at the other, taken over by staff at either."""
    changes = {"project_dir": copy_town(tmp_path), "engine_url": engine.url, "database_url": postgres_url}
    with (
        running(to_settings(tmp_path / "a", **changes)) as left,
        running(to_settings(tmp_path / "b", **changes)) as right,
    ):
        citizen = left.citizen()
        headers = {**citizen.api.headers, "Last-Event-ID": "1"}
        with right.http.stream("GET", f"/api/v1{citizen.path}/events", headers=headers, timeout=8) as stream:
            for number in range(3):
                citizen.say(f"Frage {number}")
            ids = [line for line in stream_until(stream, "Antwort auf: Frage 2") if line.startswith("id: ")]
        staff = right.staff()
        citizen.asks("Mensch bitte")
        assert staff.do("claim", citizen.id).status_code == 204
        staff.reply(citizen.id, "Guten Tag")
        citizen.reads("Guten Tag", author="staff")

    assert ids == [f"id: {number}" for number in range(2, 8)]
    assert engine.texts == ["Frage 0", "Frage 1", "Frage 2", "Mensch bitte"]


def stream_until(stream: httpx.Response, text: str) -> list[str]:
    """Lines of a stream up to the one with this text."""
    lines = []
    for line in stream.iter_lines():
        lines.append(line)
        if text in line:
            break
    return lines
