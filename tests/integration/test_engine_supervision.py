"""Engines that die, hang or lose their parent, and what citizens notice of it: nothing but simpler answers."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from bot.assistant import supervisor as supervisor_module
from bot.assistant.degraded import DegradedAnswerer
from bot.assistant.engine_client import EngineClient, EngineStatus
from bot.assistant.steady import SteadyAssistant
from bot.assistant.supervisor import EngineCommand, EngineSupervisor
from bot.domain.turns import Turn
from bot.knowledge.answers import Answers
from bot.knowledge.dialogue_acts import DialogueActs
from bot.knowledge.loader import load_knowledge
from tests.engine_process import MODELS_DIR, MONDAY, PROJECT_DIR, EngineProcess, engine_environment

pytestmark = pytest.mark.engine
ANSWERS = Answers.load(PROJECT_DIR, load_knowledge(PROJECT_DIR / "data"))
ACTS = DialogueActs.load(PROJECT_DIR / "data" / "nlu" / "dialogue.yml")
QUESTIONS = ("Was kostet ein Reisepass?", "wann habt ihr offen", "Hallo", "mein nachbar ist laut", "How much is a passport?")


class Supervised:
    """A supervisor at work, the assistant over its engine, and every state that it announced."""

    def __init__(self, socket: Path) -> None:
        self.client = EngineClient(urls=[], socket=str(socket), timeout=5)
        self.announced: list[str] = []
        command = EngineCommand(PROJECT_DIR, MODELS_DIR, socket)
        self.supervisor = EngineSupervisor(command, self.client, announce=self._announce)
        self.assistant = SteadyAssistant(self.client, DegradedAnswerer(ANSWERS, ACTS))

    def _announce(self, status: EngineStatus) -> None:
        self.announced.append(status.state)

    async def ask(self, text: str) -> Turn:
        """One turn, from wherever it comes."""
        return await self.assistant.answer(text, payload=None, state={}, language="de", now=MONDAY, conversation_id="c1")


async def until(condition: Callable[[], bool], *, seconds: float) -> None:
    """Wait for something that must happen."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.05)


@pytest.fixture
async def supervised(trained_model: Path, tmp_path: Path) -> AsyncIterator[Supervised]:
    """A supervised engine that was just started; ended with the test."""
    running = Supervised(tmp_path / "engine.sock")
    task = asyncio.create_task(running.supervisor.run())
    await until(lambda: running.supervisor.pid is not None, seconds=10)
    yield running
    pid = running.supervisor.pid
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await running.client.close()
    assert pid is None or not psutil.pid_exists(pid)


async def test_an_engine_that_is_killed_or_hangs_is_replaced(
    supervised: Supervised, engine: EngineProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first moment on, through kill -9 and a stopped process, every question is answered.

    One story, because each start of an engine costs seconds: starting, ready, killed, ready, stopped, killed by us.
    """
    monkeypatch.setattr(supervisor_module, "SILENT_SECONDS", 1.0)
    starting = await supervised.ask("Was kostet ein Reisepass?")
    assert (starting.service, starting.degraded) == ("reisepass", True)

    await until(lambda: supervised.supervisor.status.is_ready, seconds=90)
    ready = [await supervised.ask(text) for text in QUESTIONS]
    client = engine.client()
    of_another = [
        await client.answer(text, payload=None, state={}, language="de", now=MONDAY, conversation_id="c2")
        for text in QUESTIONS
    ]
    await client.close()
    assert ready == of_another, "two engines answer alike, so any of them serves any conversation"
    assert not any(turn.degraded for turn in ready)

    first = supervised.supervisor.pid
    assert first
    os.kill(first, signal.SIGKILL)
    killed = await supervised.ask("Was kostet ein Reisepass?")
    assert (killed.service, killed.degraded) == ("reisepass", True)
    assert killed.replies[0].text == ready[0].replies[0].text

    await until(lambda: supervised.supervisor.status.is_ready and supervised.supervisor.pid not in (None, first), seconds=90)
    assert not (await supervised.ask("Was kostet ein Reisepass?")).degraded
    assert supervised.supervisor.restarts == 1

    second = supervised.supervisor.pid
    assert second
    os.kill(second, signal.SIGSTOP)
    stopped_at = time.monotonic()
    async with asyncio.timeout(7):
        hanging = await supervised.ask("Was kostet ein Reisepass?")
    assert hanging.degraded
    await until(lambda: not psutil.pid_exists(second), seconds=15)
    assert time.monotonic() - stopped_at < 15
    await until(lambda: supervised.supervisor.status.state in ("down", "starting"), seconds=5)
    assert [each for each in supervised.announced if each in ("ready", "down")][:4] == ["ready", "down", "ready", "down"]


def test_an_engine_ends_with_the_process_that_started_it(trained_model: Path, tmp_path: Path) -> None:
    """A web process that is killed leaves no engine behind, also when it dies while the engine is starting."""
    script = (
        "import subprocess, sys, time\n"
        "from pathlib import Path\n"
        "from bot.assistant.supervisor import EngineCommand\n"
        f"command = EngineCommand(Path({str(PROJECT_DIR)!r}), Path({str(MODELS_DIR)!r}), Path({str(tmp_path / 'e.sock')!r}))\n"
        "print(subprocess.Popen(command.to_arguments(), stdout=subprocess.DEVNULL).pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], cwd=PROJECT_DIR, env=engine_environment(), stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()

    psutil.wait_procs([child], timeout=20)

    assert not child.is_running()
