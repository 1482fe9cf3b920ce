"""This system as the client sees it: the widget's API of the real program, with its own database and engine."""

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp


@dataclass
class Rathausbote:
    """The program behind this address; every conversation comes from an address of its own."""

    base: str
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @asynccontextmanager
    async def visit(self, http: aiohttp.ClientSession) -> AsyncIterator["WidgetVisit"]:
        """A new conversation with an open event stream."""
        home = {"X-Forwarded-For": f"2001:db8:{next(self._numbers) % 65_536:x}::1"}
        async with http.post(f"{self.base}/api/v1/conversations", json={"language": "de"}, headers=home) as response:
            response.raise_for_status()
            started = await response.json()
        url = f"{self.base}/api/v1/conversations/{started['id']}"
        headers = {"Authorization": f"Bearer {started['token']}"}
        async with http.get(f"{url}/events", headers={**headers, "Last-Event-ID": "0"}) as stream:
            stream.raise_for_status()
            yield WidgetVisit(http, url, headers, stream)


@dataclass
class WidgetVisit:
    """What the widget does, without its page."""

    http: aiohttp.ClientSession
    url: str
    headers: dict[str, str]
    stream: aiohttp.ClientResponse
    count: int = 0

    async def ask(self, text: str) -> None:
        """Send a message and read the stream until the answer to it."""
        self.count += 1
        body = {"client_message_id": str(self.count), "text": text}
        async with self.http.post(f"{self.url}/messages", json=body, headers=self.headers) as response:
            response.raise_for_status()
            seq = (await response.json())["seq"]
        while line := await self.stream.content.readline():
            if line.startswith(b"data:") and b'"seq"' in line and json.loads(line[5:])["seq"] > seq:
                return
        raise LookupError("the stream ended without an answer")
