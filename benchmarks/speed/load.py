"""Clients that each ask one question after the other, and how long they wait for the answers."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp

QUESTIONS_A_VISIT = 5


class Visit(Protocol):
    """One citizen with one conversation."""

    async def ask(self, text: str) -> None:
        """Return as soon as the first answer is there; raises where none comes."""


class System(Protocol):
    """Something that answers."""

    def visit(self, http: aiohttp.ClientSession) -> AbstractAsyncContextManager[Visit]:
        """A new citizen."""


@dataclass
class Load:
    """What came of one load."""

    clients: int
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    errors: int = 0

    @property
    def per_second(self) -> float:
        """Answers."""
        return len(self.waits) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share (0..1) of the answers came."""
        ordered = sorted(self.waits)
        return 1000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("nan")


async def run_clients(system: System, clients: int, questions: Iterator[str], seconds: float) -> Load:
    """Let so many clients ask for so long; each begins a new conversation after some questions."""
    load = Load(clients)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60)) as http:
        begun = time.perf_counter()
        end = begun + seconds
        await asyncio.gather(*(_run_client(system, http, questions, end, load) for _ in range(clients)))
        load.seconds = time.perf_counter() - begun
    return load


async def _run_client(system: System, http: aiohttp.ClientSession, questions: Iterator[str], end: float, load: Load) -> None:
    while time.perf_counter() < end:
        try:
            async with system.visit(http) as visit:
                for _ in range(QUESTIONS_A_VISIT):
                    sent = time.perf_counter()
                    await visit.ask(next(questions))
                    load.waits.append(time.perf_counter() - sent)
                    if time.perf_counter() >= end:
                        return
        except (aiohttp.ClientError, TimeoutError, LookupError):
            load.errors += 1
            await asyncio.sleep(0.1)
