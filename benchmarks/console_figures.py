"""Prints what staff wait for: a citizen's message at an open console, and the opening of a long conversation.

50 conversations are held by 20 members, each with an open console that behaves like the page: it reads the event stream,
fetches what changed, and the list at most every 400 ms. The server is the real one, with SQLite and without an engine.
Takes about a minute.
"""

import asyncio
import json
import statistics
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bot.domain.messages import Author, Reply
from bot.storage import open_storage
from bot.use_cases.add_staff import add_staff
from tests.integration.app import Process, copy_town, process

MEMBERS = 20
CONVERSATIONS = 50
MESSAGES = 200
PER_SECOND = 8
LONG = 500
OPENINGS = 40
LIST_PAUSE = 0.4
TRIES = 200
WISH = "mit einem menschen sprechen"


@dataclass
class Console:
    """A member's page: what it has fetched, and when."""

    http: httpx.AsyncClient
    open: set[str] = field(default_factory=set)
    seen: dict[str, int] = field(default_factory=dict)
    arrived: dict[str, float] = field(default_factory=dict)
    listed_at: float = 0.0

    async def sign_in(self, username: str, password: str) -> None:
        """With the token that steps need."""
        await self.http.post("/sign-in", data={"username": username, "password": password})
        self.http.headers["X-CSRF-Token"] = (await self.http.get("/api/session")).json()["csrf_token"]

    async def follow(self) -> None:
        """Read the stream until cancelled."""
        async with self.http.stream("GET", "/events", timeout=None) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data:") and (id_ := json.loads(line[5:]).get("id")):
                    await self.look(id_)

    async def look(self, id_: str) -> None:
        """Fetch what is new of an open conversation, and the list unless it was fetched just now."""
        if id_ in self.open:
            path = f"/api/conversations/{id_}?after={self.seen.get(id_, 0)}"
            for message in (await self.http.get(path)).json()["messages"]:
                self.seen[id_] = message["seq"]
                self.arrived[message["text"]] = time.perf_counter()
        if time.perf_counter() - self.listed_at >= LIST_PAUSE:
            self.listed_at = time.perf_counter()
            await self.http.get("/api/queue")


async def start_conversation(http: httpx.AsyncClient, number: int) -> tuple[str, str]:
    """Id and token of a citizen's conversation that waits for a person."""
    home = {"X-Forwarded-For": f"2001:db8:{number:x}::1"}
    started = (await http.post("/api/v1/conversations", json={"language": "de"}, headers=home)).raise_for_status().json()
    await say(http, started["id"], started["token"], WISH)
    return started["id"], started["token"]


async def say(http: httpx.AsyncClient, id_: str, token: str, text: str) -> None:
    """A citizen writes."""
    body = {"client_message_id": text, "text": text}
    path = f"/api/v1/conversations/{id_}/messages"
    (await http.post(path, json=body, headers={"Authorization": f"Bearer {token}"})).raise_for_status()


async def employ(web: Process) -> list[tuple[str, str]]:
    """User name and password of each member."""
    storage = open_storage(f"sqlite:///{web.folder}/var/rathausbote.db")
    try:
        names = [f"member{number}" for number in range(MEMBERS)]
        return [(name, await add_staff(name, f"Frau {name.title()}", storage=storage)) for name in names]
    finally:
        await storage.close()


async def lengthen(web: Process, id_: str) -> None:
    """Give a conversation as many messages as a long day has."""
    storage = open_storage(f"sqlite:///{web.folder}/var/rathausbote.db")
    try:
        async with storage.begin() as unit:
            conversation = await unit.get_conversation(id_)
            for number in range(LONG):
                reply = Reply(f"Nachricht {number}: so lang wie eine gewöhnliche Antwort, mit allem, was dazugehört.")
                await unit.add_outgoing(
                    conversation, reply, author=Author.STAFF, at=datetime.now(UTC), author_name="Frau Kaya"
                )
            await unit.commit()
    finally:
        await storage.close()


async def claim(console: Console, id_: str) -> None:
    """Take it, as soon as the bot has handed it over."""
    for _ in range(TRIES):
        if (await console.http.post(f"/api/conversations/{id_}/claim", json={})).status_code == 204:
            break
        await asyncio.sleep(0.05)
    console.open.add(id_)
    await console.look(id_)


async def measure(web: Process) -> tuple[list[float], list[float]]:
    """Seconds from sending a message to its arrival at the holder's console, and of opening a long conversation."""
    async with AsyncExitStack() as stack:
        citizen: Any = await stack.enter_async_context(httpx.AsyncClient(base_url=web.url, trust_env=False, timeout=30))
        consoles = []
        for username, password in await employ(web):
            http = httpx.AsyncClient(base_url=f"{web.url}/console", trust_env=False, timeout=30, headers={"Origin": web.url})
            consoles.append(Console(await stack.enter_async_context(http)))
            await consoles[-1].sign_in(username, password)
        conversations = [await start_conversation(citizen, number + 1) for number in range(CONVERSATIONS)]
        for number, (id_, _) in enumerate(conversations):
            await claim(consoles[number % MEMBERS], id_)
        following = [asyncio.create_task(console.follow()) for console in consoles]
        await asyncio.sleep(1)
        sent: dict[str, tuple[float, Console]] = {}
        for number in range(MESSAGES):
            place = number % CONVERSATIONS
            text = f"Frage {number}"
            sent[text] = (time.perf_counter(), consoles[place % MEMBERS])
            await say(citizen, *conversations[place], text)
            await asyncio.sleep(1 / PER_SECOND)
        await asyncio.sleep(2)
        for task in following:
            task.cancel()
        waits = [console.arrived[text] - begun for text, (begun, console) in sent.items()]
        await lengthen(web, conversations[0][0])
        return waits, [await opening(consoles[0], conversations[0][0]) for _ in range(OPENINGS)]


async def opening(console: Console, id_: str) -> float:
    """Seconds for the whole conversation."""
    begun = time.perf_counter()
    answer = (await console.http.get(f"/api/conversations/{id_}")).raise_for_status().json()
    if len(answer["messages"]) < LONG:
        raise RuntimeError("messages are missing")
    return time.perf_counter() - begun


def print_figures(name: str, seconds: list[float], goal: str) -> None:
    """Median and 95 % in milliseconds."""
    ordered = sorted(1000 * each for each in seconds)
    p95 = ordered[int(len(ordered) * 0.95)]
    print(f"{name:55} median {statistics.median(ordered):5.0f} ms, 95 % {p95:5.0f} ms   (goal: {goal})")


def main() -> None:
    """Start the server, measure, print."""
    with TemporaryDirectory() as folder, process(Path(folder), BOT_PROJECT_DIR=str(copy_town(Path(folder)))) as web:
        web.start()
        waits, openings = asyncio.run(measure(web))
    consoles = f"message at the console, {CONVERSATIONS} live, {MEMBERS} consoles"
    print_figures(consoles, waits, "95 % under 300 ms")
    print_figures(f"opening a conversation of {LONG} messages", openings, "under 200 ms")


if __name__ == "__main__":
    main()
