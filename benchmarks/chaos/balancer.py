"""A load balancer on this machine through which everybody reaches the web processes, and whose connections break."""

import asyncio
import contextlib
import itertools
import random
from dataclasses import dataclass, field

CHUNK = 65_536
END_SECONDS = 2.0


@dataclass(eq=False)
class _Link:
    """A client's connection and the one behind it."""

    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    is_deaf: bool = False

    def cut(self) -> None:
        for writer in self.writers:
            if writer.transport is not None:
                writer.transport.abort()


@dataclass
class Balancer:
    """Gives each connection to the next web process that takes it."""

    ports: list[int]
    url: str = ""
    _links: set[_Link] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._turn = itertools.cycle(range(len(self.ports)))

    async def start(self, port: int) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.url = f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        """Listen no longer and cut everything."""
        if self._server is not None:
            self._server.close()
        self.cut(1.0, random.Random(0))
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=END_SECONDS)

    def cut(self, share: float, rng: random.Random) -> None:
        """Break a share of the connections at once, in both directions."""
        for link in self._choose(share, rng):
            link.cut()

    async def deafen(self, share: float, seconds: float, rng: random.Random) -> None:
        """For a share of the connections, requests arrive and nothing comes back; then they break."""
        chosen = self._choose(share, rng)
        for link in chosen:
            link.is_deaf = True
        await asyncio.sleep(seconds)
        for link in chosen:
            link.cut()

    def _choose(self, share: float, rng: random.Random) -> list[_Link]:
        return [link for link in self._links if rng.random() < share]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await self._connect()
        if behind is None:
            writer.transport.abort()
            return
        link = _Link((writer, behind[1]))
        self._links.add(link)
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        try:
            await asyncio.gather(_pump(reader, behind[1], None), _pump(behind[0], writer, link))
        finally:
            link.cut()
            self._links.discard(link)
            if task is not None:
                self._tasks.discard(task)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        first = next(self._turn)
        for port in self.ports[first:] + self.ports[:first]:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: _Link | None) -> None:
    """Pass on what arrives; `link` is given for what comes back to the client."""
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            if link is None or not link.is_deaf:
                writer.write(data)
                await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.write_eof()
    if link is not None:
        link.cut()
