"""How the web process starts and ends: in which order, with what left open, and what happens when a loop ends."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from bot import serving
from bot.assistant.engine_client import EngineClient
from bot.channels.telegram import TelegramChannel
from bot.errors import RathausboteError, StorageUnavailable
from bot.main import Town, create_app
from bot.settings import Settings
from bot.storage import SqlStorage
from bot.workers import TurnPump
from tests.integration.app import listen, running, to_settings, until

Step = Callable[..., Coroutine[Any, Any, None]]


def with_all_loops(folder: Path) -> Settings:
    """A process that has all loops."""
    mail = {"smtp_host": "127.0.0.1", "smtp_port": 9, "smtp_sender": "bot@musterstadt.example"}
    return to_settings(folder, telegram_token="9:x", telegram_base_url="http://127.0.0.1:1", **mail)


async def fail(*_: object, **__: object) -> None:
    """End at once with an error."""
    raise RuntimeError("Mein Geheimnis")


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which of the three was closed, in order."""
    closed: list[str] = []
    for kind in (TelegramChannel, EngineClient, SqlStorage):
        monkeypatch.setattr(kind, "close", noting(kind.__name__, kind.close, closed))
    return closed


def noting(name: str, original: Step, notes: list[str]) -> Step:
    """The original step, noted when it is done."""

    async def step(self: object) -> None:
        await original(self)
        notes.append(name)

    return step


async def test_loops_stop_before_what_they_need(tmp_path: Path, closed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns and deliveries end first, one after the other, the engine last; then the connections are closed."""
    ended: list[str] = []

    async def until_cancelled(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.02)
            ended.append(name)

    monkeypatch.setattr(TurnPump, "run", lambda _: until_cancelled("turns"))
    monkeypatch.setattr(TelegramChannel, "run", lambda _: until_cancelled("telegram"))
    monkeypatch.setattr("bot.main._outbox", lambda *_: until_cancelled("outbox"))
    monkeypatch.setattr("bot.main._watch_remote_engine", lambda _: until_cancelled("engine"))
    monkeypatch.setattr("bot.main.MailNotifier.run", lambda _: until_cancelled("mail"))
    monkeypatch.setattr("bot.upkeep.run_every", lambda *_, name: until_cancelled("upkeep"))
    app = create_app(with_all_loops(tmp_path), announce=lambda _: None)
    async with app.router.lifespan_context(app):
        await asyncio.sleep(0)

    assert ended == ["turns", "outbox", *["upkeep"] * 7, "mail", "telegram", "engine"]
    assert closed == ["TelegramChannel", "EngineClient", "SqlStorage"]
    assert town_of(app).ended_loop is None


def town_of(app: FastAPI) -> Town:
    """What the application consists of."""
    town: Town = app.state.town
    return town


@pytest.mark.parametrize("place", ["bot.storage.SqlStorage.upgrade", "bot.main._turn_workers"])
async def test_start_that_fails_leaves_nothing_open(
    tmp_path: Path, closed: list[str], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Whatever fails: connections are closed, no loop goes on."""

    def refuse(*_: object) -> None:
        raise StorageUnavailable("away")

    monkeypatch.setattr(place, refuse)
    app = create_app(with_all_loops(tmp_path), announce=lambda _: None)
    before = asyncio.all_tasks()
    with pytest.raises(StorageUnavailable):
        async with app.router.lifespan_context(app):
            pass

    assert closed == ["TelegramChannel", "EngineClient", "SqlStorage"]
    assert asyncio.all_tasks() == before


def test_process_without_its_turns_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever asks is told which loop has ended; why is in the log, without the error's text."""
    monkeypatch.setattr(TurnPump, "run", fail)
    with running(to_settings(tmp_path)) as program:
        until(lambda: program.town.ended_loop)
        answer = program.http.get("/readyz")

    assert (answer.status_code, answer.json()["ended_loop"]) == (503, "turns")
    assert "the loop turns has ended: RuntimeError" in caplog.text
    assert "Geheimnis" not in caplog.text


def test_server_without_its_turns_ends_with_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that whatever supervises the process starts it again."""
    monkeypatch.setattr(TurnPump, "run", fail)
    monkeypatch.setattr(serving, "configure_logging", lambda _: None)
    with listen() as free:
        port = free.getsockname()[1]

    with pytest.raises(RathausboteError, match="turns"):
        serving.serve(to_settings(tmp_path, port=port))


def test_load_balancers_may_ask_for_pages_with_head(tmp_path: Path) -> None:
    """Same status and headers as for GET, no body."""
    with running(to_settings(tmp_path)) as program:
        answers = {path: program.http.head(path) for path in ("/", "/widget.js", "/healthz", "/readyz")}
        full = program.http.get("/widget.js")

    assert {path: (answer.status_code, answer.content) for path, answer in answers.items()} == dict.fromkeys(
        answers, (200, b"")
    )
    assert answers["/widget.js"].headers["content-length"] == str(len(full.content))
