"""The command line as operators and scripts use it: output, exit codes, and errors of one line."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from tests.engine_process import PROJECT_DIR, EngineProcess, copy_project, engine_environment

PROGRAM = [sys.executable, "-m", "bot.cli"]


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=PROJECT_DIR,
        env=engine_environment(**settings),
        capture_output=True,
        text=True,
        timeout=120,
    )


def check_one_line(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """Raise unless the command failed with one line on standard error that says these words, and printed nothing."""
    assert result.returncode == 1
    assert result.stdout == ""
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("rathausbote: ")
    for word in words:
        assert word in lines[0]


def free_port() -> str:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


@pytest.fixture(scope="module")
def proxied(engine: EngineProcess) -> Iterator[dict[str, str]]:
    """Settings under which commands use the shared engine as one on another machine."""
    port = free_port()
    script = (
        "import asyncio, sys\n"
        "async def pipe(reader, writer):\n"
        "    try:\n"
        "        while data := await reader.read(65536):\n"
        "            writer.write(data); await writer.drain()\n"
        "    finally:\n"
        "        writer.close()\n"
        "async def serve(reader, writer):\n"
        f"    up, down = await asyncio.open_unix_connection({str(engine.socket)!r})\n"
        "    await asyncio.gather(pipe(reader, down), pipe(up, writer), return_exceptions=True)\n"
        "async def main():\n"
        f"    server = await asyncio.start_server(serve, '127.0.0.1', {port})\n"
        "    print('ready', flush=True)\n"
        "    await server.serve_forever()\n"
        "asyncio.run(main())\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout
    process.stdout.readline()
    yield {"BOT_ENGINE_URL": f"http://127.0.0.1:{port}/"}
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.engine
def test_ask_starts_its_own_engine_and_prints_what_a_citizen_reads(trained_model: Path) -> None:
    """Text, source with date and buttons, and nothing else on standard output."""
    result = run("ask", "Was kostet ein Reisepass?", "--at", "2026-11-23T10:00")

    assert result.returncode == 0, result.stderr
    assert "€" in result.stdout
    assert "Quelle: " in result.stdout
    assert "Stand 2026-11-25" in result.stdout
    assert "[Unterlagen]" in result.stdout
    assert "Warning" not in result.stderr


@pytest.mark.engine
def test_ask_json_prints_one_object(proxied: dict[str, str]) -> None:
    """One line that a program can read, with the fields that are promised."""
    result = run("ask", "--json", "Was kostet ein Reisepass?", **proxied)

    (line,) = result.stdout.splitlines()
    content = json.loads(line)
    assert (content["id"], content["decision"], content["service"], content["aspect"]) == ("1", "answer", "reisepass", "fee")
    assert {"intent", "office", "confidence", "candidates", "options", "replies", "ms"} <= set(content)
    assert "ü" in line or "€" in line


@pytest.mark.engine
def test_ask_jsonl_answers_questions_and_dialogues_in_order(proxied: dict[str, str], tmp_path: Path) -> None:
    """One object a line, for a dialogue one a turn; `--at` holds for all of them."""
    questions: list[dict[str, Any]] = [
        {"id": "a", "text": "hat das bürgerbüro jetzt offen?"},
        {"id": "b", "turns": [{"user": "Ich habe meinen Perso verloren, was nun?"}, {"user": "und was kostet ein neuer?"}]},
        {"id": "c", "text": "\t"},
        {"id": "d", "text": "Ich möchte mit einem Menschen sprechen"},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(json.dumps(each) for each in questions), encoding="utf-8")

    result = run("ask", "--jsonl", str(file), "--at", "2026-12-24T10:00", **proxied)

    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 0, result.stderr
    assert [(each["id"], each.get("turn")) for each in objects] == [
        ("a", None),
        ("b", 1),
        ("b", 2),
        ("c", None),
        ("d", None),
    ]
    assert "Heiligabend" in objects[0]["replies"][0]["text"]
    assert objects[1]["service"] == "personalausweis_verlust"
    assert objects[2]["aspect"] == "fee"
    assert objects[3]["error"]["code"] == "message_empty"
    assert objects[4]["decision"] == "handoff"
    assert "28. Dezember" in objects[4]["replies"][-1]["text"] or "Januar 2027" in objects[4]["replies"][-1]["text"]


@pytest.mark.engine
def test_evaluate_prints_figures(proxied: dict[str, str], tmp_path: Path) -> None:
    """A labelled file gives shares a line each."""
    labels = [
        {"text": "Was kostet ein Reisepass?", "services": ["reisepass"], "aspects": ["fee"]},
        {"text": "wie wird das wetter morgen", "services": []},
    ]
    file = tmp_path / "labels.jsonl"
    file.write_text("\n".join(json.dumps(each) for each in labels), encoding="utf-8")

    result = run("evaluate", str(file), **proxied)

    assert result.returncode == 0, result.stderr
    assert "right service first              1/1 = 100.0 %" in result.stdout
    assert "answered with an entry           0/1 = 0.0 %" in result.stdout


def test_ask_says_when_no_engine_answers(tmp_path: Path) -> None:
    """An engine on another machine that is gone is one line and exit code 1."""
    result = run("ask", "Hallo", BOT_ENGINE_URL="http://127.0.0.1:9")

    assert result.returncode == 1
    assert (result.stdout + result.stderr).strip() == "no engine answered"


@pytest.mark.parametrize(
    ("line", "place"), [('{"id": 1}', ":2: "), ("nonsense", ":2: "), ("[]", ":2: ")], ids=["no text", "no JSON", "no object"]
)
def test_a_wrong_line_is_named_before_anything_starts(tmp_path: Path, line: str, place: str) -> None:
    """No engine is started for a file that can't be read."""
    file = tmp_path / "questions.jsonl"
    file.write_text(f'{{"text": "Hallo"}}\n{line}\n', encoding="utf-8")

    check_one_line(run("ask", "--jsonl", str(file)), f"questions.jsonl{place}")


def test_a_missing_file_of_questions_is_one_line(tmp_path: Path) -> None:
    """The path that was meant is repeated."""
    check_one_line(run("ask", "--jsonl", str(tmp_path / "none.jsonl")), "none.jsonl", "can't be read")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ask"], "give a question, or a file with --jsonl"),
        (["ask", "x", "--jsonl", "y"], "give a question, or a file with --jsonl"),
        (["ask", "x", "--at", "morgen"], "morgen is no moment like 2026-12-24T10:00"),
        (["check", "no/such/folder"], "is not a folder"),
        (["staff", "add", "kaya"], "--name"),
        (["fly"], "No such command 'fly'"),
    ],
)
def test_wrong_arguments_are_said_in_plain_words(arguments: list[str], words: str) -> None:
    """Exit code 2 and the sentence that helps, without a traceback."""
    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("BOT_PORT", "http", ["BOT_PORT", "integer"]),
        ("BOT_PORT", "70000", ["BOT_PORT", "65535"]),
        ("BOT_TURN_TIMEOUT", "0", ["BOT_TURN_TIMEOUT"]),
        ("BOT_TELEGRAM_MODE", "pigeon", ["BOT_TELEGRAM_MODE", "polling", "webhook"]),
        ("BOT_DATABASE_URL", "mysql://localhost/x", ["BOT_DATABASE_URL", "postgresql://"]),
        ("BOT_STATE", "XX", ["municipality.yml", "XX"]),
        ("BOT_TIMEZONE", "Europe/Musterstadt", ["municipality.yml", "Musterstadt"]),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_right(setting: str, value: str, words: list[str], tmp_path: Path) -> None:
    """One line names the environment variable, or the file it replaces a value of."""
    result = run("run", **{"BOT_VAR_DIR": str(tmp_path), "BOT_PORT": free_port(), setting: value})

    assert result.returncode == 1
    assert all(word in result.stderr for word in words), result.stderr
    assert "Traceback" not in result.stderr


def test_secrets_are_never_in_an_error(tmp_path: Path) -> None:
    """A wrong webhook secret is named by its setting, not by its value."""
    result = run(
        "run", BOT_TELEGRAM_TOKEN="12345:geheim", BOT_TELEGRAM_MODE="webhook", BOT_TELEGRAM_WEBHOOK_SECRET="kurz-geheim"
    )

    assert result.returncode == 1
    assert "BOT_TELEGRAM_WEBHOOK_SECRET" in result.stderr
    assert "geheim" not in result.stderr.replace("BOT_TELEGRAM_WEBHOOK_SECRET", "")


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    """Which port, and which setting gives another one."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        check_one_line(run("run", BOT_PORT=port, BOT_VAR_DIR=str(tmp_path)), port, "BOT_PORT")


@pytest.mark.parametrize("command", [["run"], ["staff", "list"]])
def test_an_unreachable_database_is_one_line_without_the_password(command: list[str], tmp_path: Path) -> None:
    """What can't be reached and what to check; the password of the address stays out of it."""
    url = "postgresql://town:very-secret@127.0.0.1:9/rathausbote"

    result = run(*command, BOT_DATABASE_URL=url, BOT_VAR_DIR=str(tmp_path), BOT_PORT=free_port())

    check_one_line(result, "PostgreSQL at 127.0.0.1:9", "BOT_DATABASE_URL")
    assert "very-secret" not in result.stderr


def test_a_folder_that_can_not_be_made_is_one_line() -> None:
    """The default database needs a folder; where it can't be made, that is said."""
    check_one_line(run("staff", "list", BOT_VAR_DIR="/proc/none"), "BOT_DATABASE_URL", "/proc/none")


def test_staff_are_added_listed_switched_off_and_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole life of an account; the password is printed once and is stored nowhere in plain."""
    monkeypatch.setenv("BOT_VAR_DIR", str(tmp_path))
    runner = CliRunner()
    added = runner.invoke(app, ["staff", "add", "kaya", "--name", "Frau Kaya"])
    password = added.output.strip().removeprefix("password of kaya: ")
    listed = runner.invoke(app, ["staff", "list"]).output
    runner.invoke(app, ["staff", "disable", "kaya"])
    disabled = runner.invoke(app, ["staff", "list"]).output
    runner.invoke(app, ["staff", "enable", "kaya"])
    enabled = runner.invoke(app, ["staff", "list"]).output
    changes = ["--role", "lead", "--office", "standesamt", "--office", "steueramt", "--email", "kaya@musterstadt.example"]
    changed = runner.invoke(app, ["staff", "set", "kaya", *changes]).exit_code, runner.invoke(app, ["staff", "list"]).output
    renewed = runner.invoke(app, ["staff", "password", "kaya"]).output.strip().removeprefix("password of kaya: ")

    assert added.exit_code == 0
    assert len(password) >= 12
    assert listed == enabled == "kaya\tFrau Kaya\tactive\tstaff\t-\t-\n"
    assert disabled == "kaya\tFrau Kaya\tdisabled\tstaff\t-\t-\n"
    assert changed == (0, "kaya\tFrau Kaya\tactive\tlead\tstandesamt,steueramt\tkaya@musterstadt.example\n")
    assert len(renewed) >= 12
    assert renewed != password
    database = b"".join(path.read_bytes() for path in tmp_path.glob("rathausbote.db*"))
    assert password.encode() not in database
    assert renewed.encode() not in database


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["staff", "disable", "nobody"], "no staff member nobody"),
        (["staff", "enable", "nobody"], "no staff member nobody"),
        (["staff", "password", "nobody"], "no staff member nobody"),
        (["staff", "set", "nobody", "--role", "lead"], "no staff member nobody"),
        (["staff", "add", "kaya", "--name", "Frau Kaya", "--office", "nirgendwo"], "no office nirgendwo"),
        (["staff", "add", "kaya", "--name", "Frau Kaya", "--email", "kaya"], "e-mail address"),
        (["staff", "add", "", "--name", "Frau Kaya"], ""),
        (["staff", "add", "ka ya", "--name", "Frau Kaya"], ""),
        (["staff", "add", "kaya", "--name", " "], ""),
    ],
)
def test_what_can_not_be_done_with_an_account_is_one_line(arguments: list[str], words: str, tmp_path: Path) -> None:
    """Unknown members and unusable names; nothing is stored."""
    check_one_line(run(*arguments, BOT_VAR_DIR=str(tmp_path)), words)

    assert run("staff", "list", BOT_VAR_DIR=str(tmp_path)).stdout == ""


def test_a_user_name_is_given_once(tmp_path: Path) -> None:
    """The second account of the same name is refused, also in other letters."""
    run("staff", "add", "kaya", "--name", "Frau Kaya", BOT_VAR_DIR=str(tmp_path))

    check_one_line(run("staff", "add", "Kaya", "--name", "Herr Kaya", BOT_VAR_DIR=str(tmp_path)), "kaya")


@pytest.mark.engine
def test_train_says_where_the_model_is(trained_model: Path) -> None:
    """A second training does nothing and prints the same path."""
    result = run("train")

    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == str(trained_model)


@pytest.mark.parametrize(
    ("missing", "words"),
    [("config.yml", "config.yml can't be read"), ("data/municipality.yml", "municipality.yml:1: missing_file: ")],
)
def test_train_says_which_file_is_missing(tmp_path: Path, missing: str, words: str) -> None:
    """A training ends with the place of the mistake, not with a traceback."""
    project = copy_project(tmp_path)
    (project / missing).unlink()

    result = run("train", BOT_PROJECT_DIR=str(project))

    assert result.returncode == 1
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert not (project / "models").exists()


def test_help_names_every_command() -> None:
    """What there is can be found."""
    output = CliRunner().invoke(app, ["--help"]).output

    assert all(command in output for command in ("run", "train", "ask", "check", "evaluate", "staff"))
