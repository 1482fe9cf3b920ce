"""Says which conversation changed: within one process by a hub, between processes by PostgreSQL's LISTEN/NOTIFY."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import URL

logger = logging.getLogger(__name__)

CHANNEL = "rathausbote_conversations"
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
_ALIVE_EVERY = 20.0
_CONNECT_SECONDS = 5
Work = Callable[[psycopg.AsyncConnection], Awaitable[None]]
_MISSED = "SELECT id FROM conversations WHERE last_message_at > now() - make_interval(secs => %s) ORDER BY last_message_at LIMIT 10000"


class LocalEvents:
    """`Events` of one process and one event loop: the whole of it on SQLite, the hub behind LISTEN on PostgreSQL."""

    def __init__(self) -> None:
        self._everything: set[_Subscription] = set()
        self._of_one: dict[str, set[_Subscription]] = {}
        self._has_ended = False

    @asynccontextmanager
    async def subscribe(self, conversation_id: str | None = None) -> AsyncIterator[AsyncIterator[str]]:
        """Ids that change from now on; only this one if an id is given."""
        subscription = _Subscription()
        if self._has_ended:
            subscription.end()
        group = self._everything if conversation_id is None else self._of_one.setdefault(conversation_id, set())
        group.add(subscription)
        try:
            yield subscription
        finally:
            group.discard(subscription)
            if conversation_id is not None and not group:
                self._of_one.pop(conversation_id, None)

    async def publish(self, conversation_ids: Sequence[str]) -> None:
        """Give the ids to everyone who is subscribed now; never waits for a reader."""
        for each in conversation_ids:
            for subscription in (*self._everything, *self._of_one.get(each, ())):
                subscription.put(each)

    def end(self) -> None:
        """End all subscriptions, also those to come, once what they wait to read is read: the process stops."""
        self._has_ended = True
        for subscription in self._everything.union(*self._of_one.values()):
            subscription.end()

    async def close(self) -> None:
        """Nothing to close; subscribers end with their own context."""


class _Subscription(AsyncIterator[str]):
    """Ids that wait to be read, each once."""

    def __init__(self) -> None:
        self._waiting: dict[str, None] = {}
        self._filled = asyncio.Event()
        self._has_ended = False

    def end(self) -> None:
        self._has_ended = True
        self._filled.set()

    def put(self, conversation_id: str) -> None:
        self._waiting[conversation_id] = None
        self._filled.set()

    async def __anext__(self) -> str:
        while not self._waiting:
            if self._has_ended:
                raise StopAsyncIteration
            self._filled.clear()
            await self._filled.wait()
        first = next(iter(self._waiting))
        del self._waiting[first]
        return first


class PostgresEvents(LocalEvents):
    """`Events` of all processes that share the database.

    Own subscribers are told at once; a task of its own tells the other processes, and one listens to them. Each has a
    dedicated autocommit connection and, when it breaks, connects again after growing pauses. What changed while this
    process was deaf is looked up after that, so that no subscriber waits for a change it has missed.
    """

    def __init__(self, url: URL) -> None:
        super().__init__()
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._name = uuid4().hex
        self._unsent: dict[str, None] = {}
        self._has_unsent = asyncio.Event()
        self._all_sent = asyncio.Event()
        self._all_sent.set()
        self._has_tried = asyncio.Event()
        self._deaf_since: float | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def subscribe(self, conversation_id: str | None = None) -> AsyncIterator[AsyncIterator[str]]:
        """Ids that change from now on, in any process; without a connection those of this process until there is one."""
        async with super().subscribe(conversation_id) as subscription:
            self._start("listen", self._listen)
            await self._has_tried.wait()
            yield subscription

    async def publish(self, conversation_ids: Sequence[str]) -> None:
        """Tell own subscribers now and the other processes as soon as the connection allows."""
        await super().publish(conversation_ids)
        self._unsent.update(dict.fromkeys(conversation_ids))
        self._all_sent.clear()
        self._has_unsent.set()
        self._start("notify", self._notify)

    async def close(self) -> None:
        """Stop both tasks and their connections; what is not sent after a second is left to the readers' polling."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self._all_sent.wait()
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, name: str, work: Work) -> None:
        if name not in self._tasks:
            self._tasks[name] = asyncio.create_task(self._keep_connected(name, work), name=f"events-{name}")

    async def _keep_connected(self, name: str, work: Work) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(
                    self._conninfo, autocommit=True, connect_timeout=_CONNECT_SECONDS, application_name=f"rathausbote-{name}"
                )
                async with connection:
                    pause = FIRST_PAUSE
                    await work(connection)
            except (psycopg.Error, OSError) as e:
                logger.warning("events connection lost", extra={"task": name, "reason": type(e).__name__, "pause": pause})
            if name == "listen":
                self._deaf_since = self._deaf_since or asyncio.get_running_loop().time()
                self._has_tried.set()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _listen(self, connection: psycopg.AsyncConnection) -> None:
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        await self._catch_up(connection)
        self._has_tried.set()
        while True:
            async for notice in connection.notifies(timeout=_ALIVE_EVERY):
                sender, _, conversation_id = notice.payload.partition(" ")
                if sender != self._name:
                    await super().publish([conversation_id])
            await connection.execute("SELECT 1")

    async def _catch_up(self, connection: psycopg.AsyncConnection) -> None:
        """Announce what changed since the connection was last known to be alive; a minute more for clocks that differ."""
        if self._deaf_since is None:
            return
        deaf_for = asyncio.get_running_loop().time() - self._deaf_since
        rows = await connection.execute(_MISSED, [deaf_for + _ALIVE_EVERY + 60])
        await super().publish([row[0] for row in await rows.fetchall()])
        self._deaf_since = None

    async def _notify(self, connection: psycopg.AsyncConnection) -> None:
        while True:
            await self._has_unsent.wait()
            self._has_unsent.clear()
            sending, self._unsent = self._unsent, {}
            try:
                payloads = [f"{self._name} {each}" for each in sending]
                await connection.execute(
                    "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload", [CHANNEL, payloads]
                )
            except psycopg.Error:
                self._unsent = sending | self._unsent
                self._has_unsent.set()
                raise
            if not self._unsent:
                self._all_sent.set()
