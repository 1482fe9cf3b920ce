"""Conversations and messages keep their promises on both databases."""

import asyncio
from datetime import date, timedelta, timezone

import pytest

from bot.domain.conversations import ConversationStatus
from bot.domain.messages import Author, Button, ButtonRef, Link, Message, Reply
from bot.errors import ConversationNotFound, DuplicateMessage
from bot.storage import SqlStorage
from tests.integration.storage_steps import NOW, after, answer, ask, conversation, list_texts, start


async def test_conversation_comes_back_as_it_was_saved(storage: SqlStorage):
    """Every field survives, moments in UTC whatever zone they were given in."""
    kept = conversation("c1", "telegram")
    kept.hand_off(
        at=NOW.astimezone(timezone(timedelta(hours=1))), reason="citizen_asked", office_id="bauamt", service_id="bauantrag"
    )
    kept.claim(staff_id=7, staff_name="Frau Öztürk", at=after(3))
    kept.language = "en"
    kept.dialogue_state = {"events": [{"name": "größe \u2028 \U0001f415", "value": None, "n": 1.5}]}
    await start(storage, "c1", channel="telegram")

    async with storage.begin() as unit:
        await unit.save_conversation(kept)
        await unit.commit()

    async with storage.begin(read_only=True) as unit:
        assert await unit.find_conversation("c1") == kept
        assert await unit.find_by_address("telegram", "c1") == kept
        found = await unit.get_conversation("c1")
    assert found.created_at.utcoffset() == timedelta(0)


async def test_unknown_conversation(storage: SqlStorage):
    """`find_*` give None, `get_*` and writing raise ConversationNotFound, and nothing is written."""
    async with storage.begin() as unit:
        assert await unit.find_conversation("nobody") is None
        assert await unit.find_by_address("web", "nobody") is None
        with pytest.raises(ConversationNotFound):
            await unit.get_conversation("nobody")
        with pytest.raises(ConversationNotFound):
            await unit.save_conversation(conversation("nobody"))
        with pytest.raises(ConversationNotFound):
            await unit.add_outgoing(conversation("nobody"), Reply("Hallo"), author=Author.BOT, at=NOW)


async def test_token_belongs_to_one_conversation(storage: SqlStorage):
    """A token's hash opens its own conversation and no other."""
    async with storage.begin() as unit:
        await unit.add_conversation(conversation("c1"), token_hash="a" * 64)
        await unit.add_conversation(conversation("c2"), token_hash="b" * 64)
        await unit.add_conversation(conversation("c3"))
        await unit.commit()

    async with storage.begin(read_only=True) as unit:
        assert await unit.has_token("c1", "a" * 64)
        assert not await unit.has_token("c2", "a" * 64)
        assert not await unit.has_token("c3", "")
        assert not await unit.has_token("c4", "a" * 64)


async def test_new_token_replaces_the_one_before(storage: SqlStorage):
    """Afterwards only the new one opens the conversation; one that does not exist gets none."""
    async with storage.begin() as unit:
        await unit.add_conversation(conversation("c1"), token_hash="a" * 64)
        await unit.add_conversation(conversation("c2"), token_hash="b" * 64)
        await unit.replace_token("c1", "d" * 64)
        await unit.commit()

    async with storage.begin() as unit:
        assert await unit.has_token("c1", "d" * 64)
        assert not await unit.has_token("c1", "a" * 64)
        assert await unit.has_token("c2", "b" * 64)
        with pytest.raises(ConversationNotFound):
            await unit.replace_token("c3", "d" * 64)


async def test_message_comes_back_as_it_was_added(storage: SqlStorage):
    """What `add_*` return is what is read later, with buttons, links, source and meta."""
    await start(storage, "c1")
    reply = Reply(
        "Die Steuer kostet 90 €.",
        buttons=(Button("Wann?", '/ask_deadline{"service": "hundesteuer"}'), Button("Wo?", "/ask_location")),
        links=(Link("Formular", "https://www.musterstadt.example/hund"),),
        source_title="Steueramt",
        source_url="https://www.musterstadt.example/steueramt",
        reviewed_on=date(2026, 11, 20),
    )

    async with storage.begin() as unit:
        found = await unit.get_conversation("c1")
        question = await unit.add_incoming(found, source_id="s1", text="Hund?", payload="/x", at=NOW, awaits_turn=True)
        answered = await unit.add_outgoing(
            found, reply, author=Author.STAFF, at=after(1), author_name="Frau Öz", source_id="click-1", meta={"score": 0.5}
        )
        await unit.commit()

    async with storage.begin(read_only=True) as unit:
        assert await unit.list_messages("c1") == [question, answered]
        assert await unit.find_by_source("web", "s1") == question
        assert await unit.find_by_source("web", "click-1") == answered
        assert (await unit.get_conversation("c1")).last_message_at == after(1)
    assert found.last_message_at == after(1)
    assert answered == Message(
        "c1",
        2,
        Author.STAFF,
        reply.text,
        after(1),
        author_name="Frau Öz",
        source_id="click-1",
        buttons=reply.buttons,
        links=reply.links,
        source_title=reply.source_title,
        source_url=reply.source_url,
        reviewed_on=reply.reviewed_on,
        meta={"score": 0.5},
    )


async def test_messages_are_listed_after_a_number(storage: SqlStorage):
    """A reader that knows the last number gets what follows, at most `limit`."""
    await start(storage, "c1", "c2")
    for number in range(1, 6):
        await ask(storage, "c1", f"s{number}")
    await ask(storage, "c2", "other")

    async with storage.begin(read_only=True) as unit:
        seqs = [message.seq for message in await unit.list_messages("c1", after=1, limit=3)]
        rest = [message.seq for message in await unit.list_messages("c1", after=5)]

    assert (seqs, rest) == ([2, 3, 4], [])


async def test_last_messages_are_in_order(storage: SqlStorage):
    """Of whoever wrote them, as many as are asked for; none where nothing was said."""
    await start(storage, "c1", "c2")
    await ask(storage, "c1", "1")
    await ask(storage, "c1", "2")
    await answer(storage, "c1", "Antwort")

    async with storage.begin(read_only=True) as unit:
        found = [await unit.list_last_messages(each, limit=2) for each in ("c1", "c2", "c3")]

    assert [[message.text for message in each] for each in found] == [["Frage 2", "Antwort"], [], []]


async def test_button_is_found_by_message_and_position(storage: SqlStorage):
    """A pressed button gives its payload; one that is not there gives None."""
    await start(storage, "c1")
    async with storage.begin() as unit:
        reply = Reply("Was genau?", buttons=(Button("Gebühr", "/ask_fee"), Button("Ort", "/ask_location")))
        await unit.add_outgoing(await unit.get_conversation("c1"), reply, author=Author.BOT, at=NOW)
        await unit.commit()

    async with storage.begin(read_only=True) as unit:
        assert await unit.find_button("c1", ButtonRef(1, 1)) == "/ask_location"
        for missing in (ButtonRef(1, 2), ButtonRef(1, -1), ButtonRef(2, 0)):
            assert await unit.find_button("c1", missing) is None
        assert await unit.find_button("c2", ButtonRef(1, 0)) is None


async def test_numbers_have_no_gaps_under_concurrent_writers(storage: SqlStorage, other_storage: SqlStorage):
    """Twenty writers of two processes, of whom some roll back, number one conversation 1, 2, 3, …"""
    await start(storage, "c1")

    async def write(number: int) -> None:
        async with (storage, other_storage)[number % 2].begin() as unit:
            found = await unit.get_conversation("c1")
            await unit.add_incoming(found, source_id=f"s{number}", text=str(number), payload=None, at=NOW, awaits_turn=False)
            if number % 4:
                await unit.commit()

    await asyncio.gather(*(write(number) for number in range(20)))

    async with storage.begin(read_only=True) as unit:
        stored = await unit.list_messages("c1")
    assert [message.seq for message in stored] == list(range(1, 16))
    assert {message.text for message in stored} == {str(number) for number in range(20) if number % 4}


async def test_duplicate_is_stored_once_under_concurrency(storage: SqlStorage, other_storage: SqlStorage):
    """A message that arrives several times at once is stored once, and everybody finds the same one."""
    await start(storage, "c1", "c2")

    async def receive(number: int) -> Message | None:
        opened = (storage, other_storage)[number % 2]
        try:
            return await ask(opened, ("c1", "c2")[number % 2], "same")
        except DuplicateMessage:
            async with opened.begin(read_only=True) as unit:
                return await unit.find_by_source("web", "same")

    received = await asyncio.gather(*(receive(number) for number in range(12)))

    assert len({(message.conversation_id, message.seq) for message in received if message}) == 1
    assert None not in received
    assert len(await list_texts(storage, "c1")) + len(await list_texts(storage, "c2")) == 1


async def test_duplicate_ends_the_transaction_without_a_trace(storage: SqlStorage):
    """DuplicateMessage undoes what was written before it, so that the next number has no gap."""
    await start(storage, "c1")
    await ask(storage, "c1", "same")
    async with storage.begin() as unit:
        found = await unit.get_conversation("c1")
        await unit.add_outgoing(found, Reply("before"), author=Author.BOT, at=NOW)
        with pytest.raises(DuplicateMessage):
            await unit.add_incoming(found, source_id="same", text="again", payload=None, at=NOW, awaits_turn=True)
        await unit.commit()

    later = await ask(storage, "c1", "next")

    assert later.seq == 2
    assert await list_texts(storage, "c1") == ["Frage same", "Frage next"]


async def test_same_source_id_on_two_channels_is_two_messages(storage: SqlStorage):
    """Source ids are unique for each channel only."""
    await start(storage, "c1")
    await start(storage, "c2", channel="telegram")

    first, second = await ask(storage, "c1", "1"), await ask(storage, "c2", "1")

    async with storage.begin(read_only=True) as unit:
        assert await unit.find_by_source("web", "1") == first
        assert await unit.find_by_source("telegram", "1") == second


async def test_an_address_gets_one_conversation(storage: SqlStorage, other_storage: SqlStorage):
    """Of two processes that receive the first messages of a chat at once one starts the conversation, the other finds it."""

    async def receive(number: int) -> str:
        async with (storage, other_storage)[number % 2].begin() as unit:
            found = await unit.find_by_address("telegram", "chat")
            if found is None:
                found = conversation(f"c{number}", "telegram")
                found.address = "chat"
                await asyncio.sleep(0.01)
                await unit.add_conversation(found)
            await unit.add_incoming(found, source_id=f"s{number}", text="x", payload=None, at=NOW, awaits_turn=True)
            await unit.commit()
        return found.id

    identities = await asyncio.gather(*(receive(number) for number in range(6)))

    assert len(set(identities)) == 1
    assert len(await list_texts(storage, identities[0])) == 6


async def test_changes_of_two_processes_are_not_lost(storage: SqlStorage, other_storage: SqlStorage):
    """Reading, changing and saving a conversation waits for another transaction that does the same."""
    await start(storage, "c1")

    async def count(opened: SqlStorage) -> None:
        async with opened.begin() as unit:
            found = await unit.get_conversation("c1")
            found.dialogue_state["failures"] = int(str(found.dialogue_state.get("failures", 0))) + 1
            await asyncio.sleep(0.005)
            await unit.save_conversation(found)
            await unit.commit()

    await asyncio.gather(*(count(opened) for opened in (storage, other_storage) * 5))

    async with storage.begin(read_only=True) as unit:
        assert (await unit.get_conversation("c1")).dialogue_state == {"failures": 10}


async def test_nothing_is_written_without_commit(storage: SqlStorage, other_storage: SqlStorage):
    """Leaving the block, or an exception in it, undoes everything; others see nothing before the commit."""
    await start(storage, "c1")

    async def fail() -> None:
        async with storage.begin() as unit:
            await unit.add_conversation(conversation("c2"))
            raise ZeroDivisionError

    async with storage.begin() as unit:
        found = await unit.get_conversation("c1")
        found.status = ConversationStatus.RESOLVED
        await unit.save_conversation(found)
        await unit.add_outgoing(found, Reply("unsaid"), author=Author.BOT, at=NOW)
        async with other_storage.begin(read_only=True) as reader:
            assert await reader.list_messages("c1") == []
    with pytest.raises(ZeroDivisionError):
        await fail()

    async with storage.begin(read_only=True) as unit:
        assert (await unit.get_conversation("c1")).status is ConversationStatus.PENDING
        assert await unit.list_messages("c1") == []
        assert await unit.find_conversation("c2") is None


async def test_read_only_transaction_does_not_wait_for_a_writer(storage: SqlStorage):
    """A page is shown while a transaction is going on; committing it by mistake is refused."""
    await start(storage, "c1")
    async with storage.begin() as writer:
        await writer.get_conversation("c1")
        async with asyncio.timeout(2), storage.begin(read_only=True) as reader:
            assert (await reader.get_conversation("c1")).id == "c1"

            with pytest.raises(RuntimeError):
                await reader.commit()


async def test_moment_without_a_zone_is_refused(storage: SqlStorage):
    """A naive datetime never reaches the database."""
    await start(storage, "c1")

    with pytest.raises(Exception, match="needs its zone"):
        await answer(storage, "c1", "x", at=NOW.replace(tzinfo=None))
    assert await list_texts(storage, "c1") == []
