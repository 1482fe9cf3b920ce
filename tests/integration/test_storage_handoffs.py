"""Tickets, the queue, staff members, sessions and retention, on both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from sqlalchemy import event, func, select

from bot.domain.conversations import Conversation
from bot.domain.messages import Author
from bot.errors import NotFound, UsernameTaken
from bot.storage import SqlStorage
from bot.storage.tables import deliveries, messages, metadata, sessions, tickets
from tests.integration.storage_steps import NOW, after, answer, ask, conversation, start, ticket


def waiting(identity: str, since: float) -> Conversation:
    """A conversation in the live queue."""
    waits = conversation(identity, "telegram")
    waits.hand_off(at=after(since), reason="citizen_asked", office_id="steueramt", service_id=None)
    return waits


def held(identity: str) -> Conversation:
    """A conversation that a person holds."""
    holds = waiting(identity, 0)
    holds.claim(staff_id=1, staff_name="Frau Öz", at=after(1))
    return holds


async def add(storage: SqlStorage, *conversations: Conversation) -> None:
    """Store new conversations as they are."""
    async with storage.begin() as unit:
        for each in conversations:
            await unit.add_conversation(each)
        await unit.commit()


async def employ(storage: SqlStorage, username: str) -> None:
    """Store a staff member; the first one has the id that `held` names."""
    async with storage.begin() as unit:
        await unit.add_staff(username=username, display_name="Frau Öz", password_hash="h")
        await unit.commit()


async def count(storage: SqlStorage, table: object) -> int:
    """How many rows a table has."""
    async with storage.engine.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())  # type: ignore[arg-type]


async def test_ticket_numbers_are_unique_under_concurrency(storage: SqlStorage, other_storage: SqlStorage):
    """Numbers count without gaps within a year, also where some transactions roll back; a new year starts at 0001."""

    async def take(number: int) -> str | None:
        async with (storage, other_storage)[number % 2].begin() as unit:
            taken = await unit.next_ticket_number(at=NOW)
            if number % 3 == 0:
                return None
            await unit.commit()
        return taken

    taken = await asyncio.gather(*(take(number) for number in range(15)))
    async with storage.begin() as unit:
        new_year = NOW.replace(year=2026, month=12, day=31, hour=23, minute=30).astimezone(timezone(timedelta(hours=1)))
        next_year = await unit.next_ticket_number(at=new_year)

    assert sorted(filter(None, taken)) == [f"2026-{number:04}" for number in range(1, 11)]
    assert next_year == "2027-0001"


async def test_open_ticket_is_found_until_it_is_closed(storage: SqlStorage):
    """A ticket comes back as it was added; a closed one is not open; an unknown one can't be closed."""
    await start(storage, "c1")
    async with storage.begin() as unit:
        await unit.add_ticket(ticket("2026-0001", "c1", due_at=after(60)))
        await unit.commit()

    async with storage.begin() as unit:
        assert await unit.find_open_ticket("c1") == ticket("2026-0001", "c1", due_at=after(60))
        assert await unit.find_open_ticket("c2") is None
        await unit.close_ticket("2026-0001", at=NOW)
        assert await unit.find_open_ticket("c1") is None
        with pytest.raises(NotFound):
            await unit.close_ticket("2026-0002", at=NOW)


async def test_tickets_of_several_offices_are_open_beside_each_other(storage: SqlStorage):
    """All are listed by due time; the one that was opened last stands for them."""
    await start(storage, "c1", "c2")
    first, second = ticket("1", "c1", due_at=after(90)), replace(ticket("2", "c1", due_at=after(60)), created_at=after(1))
    async with storage.begin() as unit:
        for each in (first, replace(second, office_id="standesamt"), ticket("3", "c1", due_at=after(1)), ticket("4", "c2")):
            await unit.add_ticket(each)
        await unit.close_ticket("3", at=NOW)
        await unit.commit()

    async with storage.begin(read_only=True) as unit:
        found = await unit.find_open_ticket("c1")
        assert [each.number for each in await unit.list_open_tickets("c1")] == ["2", "1"]
        assert found
        assert found.number == "2"
        assert [(e.conversation.id, e.ticket and e.ticket.number) for e in await unit.list_queue()] == [
            ("c2", "4"),
            ("c1", "2"),
        ]


async def test_replies_in_other_conversations_are_no_answer(storage: SqlStorage):
    """Whoever waits for their own person is seen, however much is answered elsewhere."""
    await employ(storage, "oez")
    await add(storage, held("c1"), held("lively"))
    for number in range(1, 9):
        await answer(storage, "lively", "Gern", author=Author.STAFF, at=after(number))
    await ask(storage, "c1", "1", at=after(2))

    async with storage.begin(read_only=True) as unit:
        found = {each.conversation.id: each.unanswered_since for each in await unit.list_held()}
    assert found == {"c1": after(2), "lively": None}


async def test_held_conversations_say_since_when_nobody_answers(storage: SqlStorage):
    """The oldest message of the citizen after the last of a person; words of the bot and the system are no answer."""
    await employ(storage, "oez")
    await add(storage, held("c1"), held("silent"), waiting("waiting", 0), conversation("bot"))
    await ask(storage, "c1", "1", at=after(2))
    await answer(storage, "c1", "Guten Tag", author=Author.STAFF, at=after(3))
    async with storage.begin(read_only=True) as unit:
        answered = await unit.list_held("c1")
    for number in (4, 5):
        await ask(storage, "c1", str(number), at=after(number))
        await answer(storage, "c1", "Einen Moment", author=Author.SYSTEM, at=after(6))

    async with storage.begin() as unit:
        assert [(each.conversation.id, each.unanswered_since) for each in await unit.list_held()] == [
            ("c1", after(4)), ("silent", None),
        ]  # fmt: skip
        assert [each.unanswered_since for each in answered] == [None]
        assert [each.conversation.id for each in await unit.list_held("silent")] == ["silent"]
        assert await unit.list_held("waiting") == []


async def test_held_conversations_say_whether_their_holder_is_there(storage: SqlStorage):
    """Not where the account is switched off, or was never there."""
    await add(storage, held("c1"))

    async def is_active() -> list[bool]:
        async with storage.begin(read_only=True) as unit:
            return [each.is_holder_active for each in await unit.list_held()]

    assert await is_active() == [False]
    await employ(storage, "oez")
    assert await is_active() == [True]
    async with storage.begin() as unit:
        await unit.set_staff_active("oez", False)
        await unit.commit()
    assert await is_active() == [False]


async def test_queue_is_ordered_by_urgency(storage: SqlStorage):
    """Waiting ones by time, then held ones, then tickets by due time; what the bot answers alone is not listed."""
    await add(
        storage, held("held"), waiting("second", 2), waiting("first", 1), *map(conversation, ("late", "soon", "bot", "done"))
    )
    async with storage.begin() as unit:
        await unit.add_ticket(ticket("1", "late", due_at=after(90)))
        await unit.add_ticket(ticket("2", "soon", due_at=after(30)))
        await unit.add_ticket(ticket("3", "first", due_at=after(80)))
        await unit.add_ticket(ticket("4", "done"))
        await unit.close_ticket("4", at=NOW)
        await unit.commit()

    async with storage.begin(read_only=True) as unit:
        queue = await unit.list_queue()

    assert [entry.conversation.id for entry in queue] == ["first", "second", "held", "soon", "late"]
    assert [entry.ticket and entry.ticket.number for entry in queue] == ["3", None, None, "2", "1"]
    assert queue[1].conversation == waiting("second", 2)


async def test_of_tickets_with_the_same_promise_the_oldest_comes_first(storage: SqlStorage):
    """All questions of one evening are due at the same moment; also among the tickets of one conversation."""
    await start(storage, "a", "b", "c", "d")
    opened = [("2026-9999", "c", 1.0), ("2026-10000", "b", 2.0), ("2026-10002", "a", 3.0), ("2026-10001", "d", 3.0)]
    async with storage.begin() as unit:
        for number, identity, seconds in reversed(opened):
            await unit.add_ticket(replace(ticket(number, identity, due_at=after(90)), created_at=after(seconds)))
        await unit.add_ticket(
            replace(ticket("2026-0001", "c", due_at=after(90)), created_at=after(4), office_id="standesamt")
        )
        await unit.commit()

    async with storage.begin(read_only=True) as unit:
        numbers = [entry.ticket and entry.ticket.number for entry in await unit.list_queue()]
        assert numbers == ["2026-9999", "2026-10000", "2026-10001", "2026-10002"]
        assert [each.number for each in await unit.list_open_tickets("c")] == ["2026-9999", "2026-0001"]


async def test_queue_shows_the_last_words_and_what_is_unread(storage: SqlStorage):
    """The citizen's last message is shown, and how many came since a person last answered."""
    await add(storage, waiting("c1", 0), waiting("c2", 1))
    await ask(storage, "c1", "1")
    await answer(storage, "c1", "Guten Tag", author=Author.STAFF)
    await ask(storage, "c1", "2")
    await answer(storage, "c1", "Einen Moment", author=Author.SYSTEM)
    await ask(storage, "c1", "3")
    await answer(storage, "c1", "Es dauert noch", author=Author.SYSTEM)

    async with storage.begin(read_only=True) as unit:
        queue = await unit.list_queue()

    assert [(entry.last_text, entry.unread) for entry in queue] == [("Frage 3", 2), ("", 0)]


async def test_queue_takes_one_statement_however_long_it_is(storage: SqlStorage):
    """The list is read at once, not conversation by conversation."""
    await add(storage, *(waiting(f"c{number}", number) for number in range(20)))
    statements: list[str] = []

    async with storage.begin(read_only=True) as unit:
        event.listen(storage.engine.sync_engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        queue = await unit.list_queue()

    assert len(queue) == 20
    assert len([each for each in statements if each.startswith("SELECT")]) == 1


async def test_long_waits_are_found(storage: SqlStorage):
    """Only those whom nobody has claimed since the moment asked for, longest wait first."""
    await add(storage, waiting("new", 20), waiting("older", 10), waiting("oldest", 5), held("held"), conversation("bot"))

    async with storage.begin(read_only=True) as unit:
        found = await unit.list_waiting_since(after(10))

    assert [each.id for each in found] == ["oldest", "older"]


async def test_staff_members(storage: SqlStorage):
    """Members are found by user name with their hash, listed in order; a taken name is refused."""
    async with storage.begin() as unit:
        zoe = await unit.add_staff(username="zoe", display_name="Zoé Groß", password_hash="h1")
        adam = await unit.add_staff(username="adam", display_name="Adam", password_hash="h2")
        with pytest.raises(UsernameTaken):
            await unit.add_staff(username="zoe", display_name="Other", password_hash="h3")
        await unit.commit()

    async with storage.begin() as unit:
        assert await unit.find_staff("zoe") == (zoe, "h1")
        assert await unit.find_staff("nobody") is None
        assert await unit.list_staff() == [adam, zoe]
        with pytest.raises(NotFound):
            await unit.set_staff_active("nobody", False)
        with pytest.raises(NotFound):
            await unit.set_password("nobody", "h4")


async def test_session_ends(storage: SqlStorage):
    """A session gives its member until it expires, is deleted, or the member is switched off or gets a new password."""
    async with storage.begin() as unit:
        zoe = await unit.add_staff(username="zoe", display_name="Zoé", password_hash="h1")
        for token in "abc":
            await unit.add_session(token_hash=token * 64, staff_id=zoe.id, expires_at=after(60))

        assert await unit.find_session("a" * 64, now=after(59)) == zoe
        assert await unit.find_session("x" * 64, now=NOW) is None
        await unit.delete_session("a" * 64)
        assert await unit.find_session("a" * 64, now=NOW) is None
        await unit.set_password("zoe", "h2")
        assert await unit.find_session("b" * 64, now=NOW) is None
        await unit.add_session(token_hash="d" * 64, staff_id=zoe.id, expires_at=after(60))
        await unit.set_staff_active("zoe", True)
        assert await unit.find_session("d" * 64, now=NOW) == zoe
        await unit.set_staff_active("zoe", False)
        await unit.set_staff_active("zoe", True)
        assert await unit.find_session("d" * 64, now=NOW) is None
        assert await unit.find_staff("zoe") == (zoe, "h2")


async def test_expired_sessions_are_removed_on_the_way(storage: SqlStorage):
    """Whoever comes with an expired session removes all that are; those that hold stay."""
    async with storage.begin() as unit:
        zoe = await unit.add_staff(username="zoe", display_name="Zoé", password_hash="h1")
        for token, seconds in (("a", 10), ("b", 20), ("c", 30)):
            await unit.add_session(token_hash=token * 64, staff_id=zoe.id, expires_at=after(seconds))
        await unit.commit()

    async with storage.begin() as unit:
        assert await unit.find_session("a" * 64, now=after(20)) is None
        await unit.commit()

    assert await count(storage, sessions) == 1


async def test_purge_deletes_the_conversation_with_everything(storage: SqlStorage):
    """No row of any table is left of a conversation without a message since then."""
    await start(storage, "old", channel="telegram")
    await ask(storage, "old", "1", at=after(5))
    await answer(storage, "old", "Antwort", at=after(10))
    async with storage.begin() as unit:
        await unit.add_ticket(ticket("2026-0001", "old"))
        await unit.close_ticket("2026-0001", at=NOW)
        await unit.commit()

    async with storage.begin() as unit:
        too_early = await unit.purge_conversations(before=after(10))
        purged = await unit.purge_conversations(before=after(11))
        await unit.commit()

    assert (too_early, purged) == (0, 1)
    assert [await count(storage, table) for table in metadata.sorted_tables] == [0] * len(metadata.sorted_tables)


async def test_purge_keeps_what_is_still_needed(storage: SqlStorage):
    """Conversations that are new, open, or have an open ticket stay, with their messages, deliveries and tickets."""
    await add(
        storage, waiting("waiting", 0), held("held"), conversation("ticketed"), conversation("silent"), conversation("new")
    )
    await answer(storage, "held", "Antwort", at=NOW)
    await ask(storage, "new", "2", at=after(100))
    async with storage.begin() as unit:
        await unit.add_ticket(ticket("2026-0001", "ticketed"))
        await unit.commit()

    async with storage.begin() as unit:
        purged = await unit.purge_conversations(before=after(50))
        await unit.commit()

    assert purged == 1
    async with storage.begin(read_only=True) as unit:
        assert await unit.find_conversation("silent") is None
        for kept in ("waiting", "held", "ticketed", "new"):
            assert await unit.find_conversation(kept)
    assert [await count(storage, table) for table in (messages, deliveries, tickets)] == [2, 1, 1]
