"""The two systems as processes of their own, started from nothing and ended after the measurement."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from benchmarks.processes import Child, Postgres, free_ports, surroundings, web_process
from benchmarks.speed import rasa_default
from benchmarks.speed.load import System
from benchmarks.speed.rasa_default import DefaultRasa
from benchmarks.speed.rathausbote import Rathausbote

DATABASES = ("sqlite", "postgresql")
FIRST_QUESTION = "Was kostet ein neuer Personalausweis?"
PATIENCE = 180.0
LOOK_EVERY = 0.05
MIB = 1024 * 1024


@dataclass
class Served:
    """A system that answers; `first_answer` is in seconds from its start."""

    system: System
    base: str
    process: psutil.Process
    first_answer: float

    def resident(self) -> dict[str, float]:
        """MiB of each of its processes, PostgreSQL's own left out."""
        family = [self.process, *self.process.children(recursive=True)]
        return {_name(each): each.memory_info().rss / MIB for each in family if each.is_running()}


@asynccontextmanager
async def rathausbote(folder: Path, database: str, **settings: str) -> AsyncIterator[Served]:
    """`rathausbote run` with its own engine; a second start, so that nothing is converted or trained."""
    (port,) = free_ports(1)
    base = f"http://127.0.0.1:{port}"
    postgres = Postgres(folder / "postgres") if database == "postgresql" else None
    try:
        url = postgres.start() if postgres else f"sqlite:///{folder}/rathausbote.db"
        settings = {"BOT_DATABASE_URL": url, "BOT_LOG_LEVEL": "WARNING", "FORWARDED_ALLOW_IPS": "127.0.0.1", **settings}
        child = web_process("web", folder / "web", port, **settings)
        async with _started(child) as begun, aiohttp.ClientSession() as http:
            await _until_ready(http, child, lambda text: json.loads(text)["status"] == "ready")
            yield await _ask_first(child, Rathausbote(base), base, http, begun)
    finally:
        if postgres:
            postgres.stop()


@asynccontextmanager
async def default_rasa(project: Path, folder: Path) -> AsyncIterator[Served]:
    """`rasa run` with this project."""
    (port,) = free_ports(1)
    base = f"http://127.0.0.1:{port}"
    child = Child("rasa", rasa_default.command(project, port), folder, surroundings(**rasa_default.QUIET), base)
    async with _started(child) as begun, aiohttp.ClientSession() as http:
        await _until_ready(http, child, lambda _: True)
        yield await _ask_first(child, DefaultRasa(base), base, http, begun)


@asynccontextmanager
async def _started(child: Child) -> AsyncIterator[float]:
    """The moment at which it was started; it is ended after the block."""
    begun = time.perf_counter()
    child.spawn()
    assert child.process is not None
    try:
        yield begun
    finally:
        child.process.terminate()
        with suppress(Exception):
            await asyncio.to_thread(child.process.wait, 40)
        child.kill()


async def _until_ready(http: aiohttp.ClientSession, child: Child, is_ready: Callable[[str], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if child.process is None or child.process.poll() is not None:
            break
        with suppress(aiohttp.ClientError):
            async with http.get(child.ready_url) as response:
                if response.status == 200 and is_ready(await response.text()):
                    return
        await asyncio.sleep(LOOK_EVERY)
    raise RuntimeError(f"{child.name} does not start: {child.output[-2000:]}")


async def _ask_first(child: Child, system: System, base: str, http: aiohttp.ClientSession, begun: float) -> Served:
    async with system.visit(http) as visit:
        await visit.ask(FIRST_QUESTION)
    assert child.process is not None
    return Served(system, base, psutil.Process(child.process.pid), time.perf_counter() - begun)


def _name(process: psutil.Process) -> str:
    line = " ".join(process.cmdline())
    return "engine" if "bot.engine" in line else "web" if "bot.cli" in line else "server"
