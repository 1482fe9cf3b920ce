"""Events say which conversation changed, in this process and, on PostgreSQL, in every other."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from bot.domain.messages import Author, Reply
from bot.storage import SqlStorage, open_storage
from bot.storage.events import LocalEvents
from tests.integration.storage_steps import after, ask, is_silent, start

LONG = 5


async def test_commit_announces_the_touched_conversations(storage: SqlStorage):
    """A subscriber hears of what was committed, each conversation once, and of nothing that was rolled back."""
    await start(storage, "c1", "c2")

    async with storage.events.subscribe() as changes:
        async with storage.begin() as unit:
            await unit.add_outgoing(await unit.get_conversation("c2"), Reply("x"), author=Author.BOT, at=after(1))
        async with storage.begin() as unit:
            found = await unit.get_conversation("c1")
            for text in ("x", "y"):
                await unit.add_outgoing(found, Reply(text), author=Author.BOT, at=after(1))
            await unit.save_conversation(found)
            assert await is_silent(changes)
            await unit.commit()

        assert await asyncio.wait_for(anext(changes), LONG) == "c1"
        assert await is_silent(changes)


async def test_slow_reader_gets_an_id_once(storage: SqlStorage):
    """Ten changes that nobody has read yet are one; order is that of the first change."""
    async with storage.events.subscribe() as changes:
        for _ in range(10):
            await storage.events.publish(["c1", "c2"])

        assert [await anext(changes), await anext(changes)] == ["c1", "c2"]
        assert await is_silent(changes)


async def test_subscriber_of_one_conversation(storage: SqlStorage):
    """Who asks for one conversation is not woken for others, and several may ask for the same."""
    async with storage.events.subscribe("c2") as first, storage.events.subscribe("c2") as second:
        await storage.events.publish(["c1", "c2", "c3"])

        assert [await anext(first), await anext(second)] == ["c2", "c2"]
        assert await is_silent(first)


async def test_events_end_with_their_subscription():
    """Nothing is kept for readers that are gone."""
    events = LocalEvents()
    async with events.subscribe("c1"), events.subscribe():
        pass

    await events.publish(["c1"])

    assert not events._everything
    assert not events._of_one


async def test_end_is_told_to_all_readers(storage: SqlStorage):
    """Who waits is told, who comes later too; what was announced before is still read."""
    async with storage.events.subscribe() as busy, storage.events.subscribe("c1") as idle:
        waiting = asyncio.ensure_future(anext(idle, None))
        await storage.events.publish(["c2"])
        await asyncio.sleep(0)
        storage.events.end()
        async with storage.events.subscribe() as late:
            async with asyncio.timeout(LONG):
                heard = [await anext(busy, None), await anext(busy, None), await waiting, await anext(late, None)]

    assert heard == ["c2", None, None, None]


@pytest.fixture
async def processes(postgres_url: str):
    """Two processes on one PostgreSQL database."""
    opened = open_storage(postgres_url), open_storage(postgres_url)
    yield opened
    for each in opened:
        await each.close()


async def test_events_reach_other_processes(processes: tuple[SqlStorage, SqlStorage]):
    """What one process commits, a subscriber in another hears; the own one hears it once."""
    here, there = processes
    await start(there, "c1")

    async with here.events.subscribe() as own, there.events.subscribe() as others, there.events.subscribe("c2") as wrong:
        await ask(here, "c1", "1")

        assert await asyncio.wait_for(anext(others), LONG) == "c1"
        assert await asyncio.wait_for(anext(own), LONG) == "c1"
        assert await is_silent(own)
        assert await is_silent(wrong)


async def test_events_survive_lost_connections(processes: tuple[SqlStorage, SqlStorage], postgres_url: str):
    """After the server cut all connections, subscribers hear of later changes, and of those that happened meanwhile."""
    here, there = processes
    await start(there, "c1", "c2")
    async with there.events.subscribe() as changes:
        await ask(here, "c1", "1")
        await asyncio.wait_for(anext(changes), LONG)

        async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await connection.execute("UPDATE conversations SET last_message_at = now() WHERE id = 'c2'")
        missed = await asyncio.wait_for(anext(changes), LONG)
        await ask(here, "c1", "2")
        later = await asyncio.wait_for(anext(changes), LONG)

    assert (missed, later) == ("c2", "c1")


async def test_subscriber_without_a_database_hears_its_own_process(tmp_path: Path):
    """While the server is away, publishing fails nowhere and reaches the own subscribers; closing takes no long time."""
    storage = open_storage(f"postgresql://user@/town?host={tmp_path}")

    async with asyncio.timeout(12), storage.events.subscribe() as changes:
        await storage.events.publish(["c1"])
        assert await anext(changes) == "c1"
        await storage.close()
