"""The supervisor over tiny processes in the place of an engine: what it survives, and that it leaves nothing behind."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.assistant import supervisor as supervisor_module
from bot.assistant.engine_client import EngineClient, EngineStatus
from bot.assistant.supervisor import EngineCommand, EngineSupervisor

SLEEP = [sys.executable, "-S", "-E", "-c", "import time; time.sleep(60)"]
END_AT_ONCE = [sys.executable, "-S", "-E", "-c", "pass"]


class Command(EngineCommand):
    """Starts something small."""

    arguments = SLEEP

    def to_arguments(self) -> list[str]:
        return self.arguments


class Client(EngineClient):
    """Says what the test wants of the engine."""

    def __init__(self) -> None:
        super().__init__(urls=[], socket=None, timeout=1)
        self.state = "ready"

    async def status(self) -> EngineStatus:
        return EngineStatus(self.state, "KeyError" if self.state == "failed" else "")


class Supervised:
    """A supervisor at work."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.client = Client()
        self.announced: list[EngineStatus] = []
        self.supervisor = EngineSupervisor(
            Command(socket.parent, socket.parent, socket), self.client, announce=self.announced.append
        )
        self.task: asyncio.Task[None] | None = None

    def start(self) -> "Supervised":
        """Run until `stop`."""
        self.task = asyncio.create_task(self.supervisor.run())
        return self

    async def stop(self) -> None:
        """As the web process does it at its end."""
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        await self.client.close()

    @property
    def pid(self) -> int:
        """Of the engine that must be running."""
        assert self.supervisor.pid
        return self.supervisor.pid


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that must happen."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.01)


@pytest.fixture
async def supervised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Supervised]:
    """A supervisor that looks often and pauses briefly, not yet started."""
    monkeypatch.setattr(supervisor_module, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(supervisor_module, "LONGEST_PAUSE", 0.05)
    made = Supervised(tmp_path / "run" / "engine.sock")
    yield made
    await made.stop()


async def test_control_c_is_not_for_the_engine(supervised: Supervised) -> None:
    """It reaches the process group of the terminal; the engine is in another, so the last questions are answered."""
    supervised.start()
    await until(lambda: supervised.supervisor.pid is not None)

    assert os.getpgid(supervised.pid) != os.getpgrp()
    assert os.getsid(supervised.pid) != os.getsid(0)


async def test_nothing_is_left_behind(supervised: Supervised) -> None:
    """Neither process nor socket."""
    supervised.start()
    await until(lambda: supervised.supervisor.status.is_ready)
    pid = supervised.pid
    supervised.socket.touch()
    await supervised.stop()

    assert not psutil.pid_exists(pid)
    assert not supervised.socket.exists()


@pytest.mark.parametrize("state", ["failed", "down"])
async def test_an_engine_that_failed_or_fell_silent_is_replaced(
    supervised: Supervised, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed, and another one started."""
    monkeypatch.setattr(supervisor_module, "SILENT_SECONDS", 0.1)
    supervised.start()
    await until(lambda: supervised.supervisor.status.is_ready)
    first = supervised.pid
    supervised.client.state = state
    await until(lambda: supervised.supervisor.restarts > 0)
    supervised.client.state = "ready"
    await until(lambda: supervised.supervisor.status.is_ready)

    assert supervised.pid != first
    assert not psutil.pid_exists(first)


async def test_a_folder_that_can_not_be_made_is_tried_again(
    supervised: Supervised, caplog: pytest.LogCaptureFixture
) -> None:
    """Once the operator has mended it, the engine starts without a restart of the web process."""
    folder = supervised.socket.parent
    folder.write_text("a file in the way")
    supervised.start()
    await until(lambda: supervised.supervisor.restarts > 1)
    shown = [status for status in supervised.announced if status.state == "down"]
    folder.unlink()
    await until(lambda: supervised.supervisor.status.is_ready)

    assert "FileExistsError, next start in" in shown[0].detail
    assert str(folder) not in shown[0].detail
    assert str(folder) in caplog.text


@pytest.mark.parametrize("error", [BlockingIOError(11, "Resource temporarily unavailable"), PermissionError(1, "no")])
async def test_a_process_that_can_not_be_started_is_tried_again(
    supervised: Supervised, error: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that is out of processes for a moment costs a pause, not the engine."""
    create, refusals = asyncio.create_subprocess_exec, [error, error]

    async def refuse_twice(*arguments: Any, **options: Any) -> asyncio.subprocess.Process:
        if refusals:
            raise refusals.pop()
        return await create(*arguments, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse_twice)
    supervised.start()
    await until(lambda: supervised.supervisor.status.is_ready)

    assert supervised.supervisor.restarts == 2
    assert [status.state for status in supervised.announced] == ["down", "starting", "ready"]


async def test_a_process_that_ends_at_once_is_started_again(supervised: Supervised, monkeypatch: pytest.MonkeyPatch) -> None:
    """Again and again, with a pause."""
    monkeypatch.setattr(Command, "arguments", END_AT_ONCE)
    supervised.client.state = "down"
    supervised.start()
    await until(lambda: supervised.supervisor.restarts > 1)

    assert not supervised.task or not supervised.task.done()


class Vanished:
    """A process that ended just before it is killed, as asyncio shows it."""

    pid = 4_000_000
    returncode: int | None = None

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    async def wait(self) -> int:
        await self.ended.wait()
        return 1

    def kill(self) -> None:
        self.returncode = 1
        self.ended.set()
        raise ProcessLookupError

    terminate = kill


async def test_a_process_that_is_gone_can_not_be_killed(supervised: Supervised, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is replaced like any other."""
    made: list[Vanished] = []

    async def vanish(*_: Any, **__: Any) -> Vanished:
        made.append(Vanished())
        return made[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", vanish)
    supervised.client.state = "failed"
    supervised.start()
    await until(lambda: len(made) > 1)

    assert supervised.supervisor.restarts >= 1


async def test_nobody_has_to_read_the_announcements(supervised: Supervised) -> None:
    """A closed standard output does not end the engine."""

    def broken(_: EngineStatus) -> None:
        raise BrokenPipeError

    supervised.supervisor = EngineSupervisor(
        Command(supervised.socket.parent, supervised.socket.parent, supervised.socket), supervised.client, announce=broken
    )
    supervised.start()
    await until(lambda: supervised.supervisor.status.is_ready)

    assert supervised.supervisor.restarts == 0
