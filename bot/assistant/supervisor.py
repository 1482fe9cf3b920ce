"""Starts the engine process, watches it, and starts it again when it ends or no longer answers."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.assistant.engine_client import EngineClient, EngineStatus

logger = logging.getLogger(__name__)
LOOK_SECONDS = 0.5
SILENT_SECONDS = 10.0
START_SECONDS = 120.0
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0
STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class EngineCommand:
    """How an engine is started here."""

    project_dir: Path
    models_dir: Path
    socket: Path
    log_level: str = "INFO"
    state: str = ""
    timezone: str = ""

    def to_environment(self) -> dict[str, str]:
        """This process's environment, and what it knows from elsewhere, such as a `.env` file."""
        own = {"BOT_LOG_LEVEL": self.log_level, "BOT_STATE": self.state, "BOT_TIMEZONE": self.timezone}
        return {**os.environ, **own, "RASA_TELEMETRY_ENABLED": "false", "PYTHONUNBUFFERED": "1"}

    def to_arguments(self) -> list[str]:
        """Arguments of the process."""
        return [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "bot.engine",
            "--project",
            str(self.project_dir),
            "--models",
            str(self.models_dir),
            "--socket",
            str(self.socket),
            "--die-with-parent",
            str(os.getpid()),
        ]


class EngineSupervisor:
    """Keeps one engine running until cancelled; pauses 1, 2, 4 … 30 s between restarts that follow each other."""

    def __init__(self, command: EngineCommand, client: EngineClient, *, announce: Callable[[EngineStatus], None]) -> None:
        self._command = command
        self._client = client
        self._announce = announce
        self._process: asyncio.subprocess.Process | None = None
        self.status = EngineStatus("starting")
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """Process id of the running engine."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def run(self) -> None:
        """Start and watch until cancelled; what the operating system refuses is tried again too."""
        pause = 0.5
        try:
            while True:
                started = asyncio.get_running_loop().time()
                problem = await self._start_and_watch()
                lived = asyncio.get_running_loop().time() - started
                pause = 1.0 if lived > STEADY_SECONDS else min(pause * 2, LONGEST_PAUSE)
                self._set(EngineStatus("down", f"{problem}next start in {pause:.0f} s"))
                await asyncio.sleep(pause)
                self.restarts += 1
        finally:
            await self._stop()

    async def _start_and_watch(self) -> str:
        try:
            self._process = None
            self._process = await self._start()
        except OSError as e:
            logger.error("engine can't be started: %s", e)
            return f"{type(e).__name__}, "
        self._set(EngineStatus("starting"))
        await self._watch()
        return ""

    async def _start(self) -> asyncio.subprocess.Process:
        """In a session of its own: Ctrl+C is for the web process, which ends the engine when nobody needs it any more."""
        folder = self._command.socket.parent
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # uvicorn lets every user of the machine write to its socket
        self._command.socket.unlink(missing_ok=True)
        return await asyncio.create_subprocess_exec(
            *self._command.to_arguments(), env=self._command.to_environment(), start_new_session=True
        )

    async def _watch(self) -> None:
        """Return when the process has ended; kill it when it stays silent for ten seconds, at its start for 120."""
        assert self._process
        ended = asyncio.create_task(self._process.wait())
        clock = asyncio.get_running_loop().time
        heard = clock()
        try:
            while not ended.done():
                status = await self._client.status()
                if status.state != "down":
                    heard = clock()
                    self._set(status)
                patience = SILENT_SECONDS if self.status.is_ready else START_SECONDS
                if clock() - heard > patience or status.state == "failed":
                    logger.error("engine does not answer any more (%s), starting it again", status.detail or "silent")
                    with suppress(ProcessLookupError):
                        self._process.kill()
                    await ended
                    return
                await asyncio.wait({ended}, timeout=LOOK_SECONDS)
            logger.error("engine ended with code %s", self._process.returncode)
        finally:
            ended.cancel()

    def _set(self, status: EngineStatus) -> None:
        is_news = status.state != self.status.state
        self.status = status
        if is_news:
            with suppress(OSError):  # standard output may be closed, which is no reason to end the engine
                self._announce(status)

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        self._command.socket.unlink(missing_ok=True)
