"""Handoff records, notes, who looks and types, search, duties and presence, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.conversations import Conversation
from bot.domain.handoffs import HandoffRecord, Note, Result
from bot.domain.messages import Author
from bot.domain.staff import PRESENT_FOR, Role
from bot.errors import NotFound
from bot.ports import Typing
from bot.storage import SqlStorage
from tests.integration.storage_steps import NOW, after, answer, ask, conversation, start, ticket


def asked(identity: str, *, office: str = "steueramt", seconds: float = 0) -> HandoffRecord:
    """A handoff that has just begun."""
    return HandoffRecord(identity, office, "citizen_asked", after(seconds), "hundesteuer")


async def add_records(storage: SqlStorage, *records: HandoffRecord) -> None:
    """Store handoffs."""
    async with storage.begin() as unit:
        for each in records:
            await unit.add_handoff(each)
        await unit.commit()


async def found_by(storage: SqlStorage, text: str, limit: int = 10) -> list[str]:
    """Ids of the conversations in which the text occurs."""
    async with storage.begin(read_only=True) as unit:
        return [each.id for each in await unit.search_conversations(text, limit=limit)]


async def test_handoff_is_followed_to_its_end(storage: SqlStorage):
    """It gets an id, and each change comes back as it was made."""
    await start(storage, "c1")
    await add_records(storage, asked("c1"))
    async with storage.begin() as unit:
        added = await unit.find_handoff("c1")
        assert added
        ended = added.claim(staff_id=7, at=after(60)).reply(at=after(70)).end(Result.FORWARDED, at=after(80)).rate(5)
        await unit.save_handoff(replace(ended, comment="Sehr nett"))
        await unit.commit()

    assert replace(added, id=None) == asked("c1")
    async with storage.begin(read_only=True) as unit:
        assert await unit.find_handoff("c1") == replace(ended, comment="Sehr nett")
        assert await unit.find_handoff("c2") is None


async def test_last_handoff_is_found_and_all_are_listed(storage: SqlStorage):
    """The latest first, from a moment on, of some offices or of all."""
    await start(storage, "c1", "c2")
    await add_records(storage, asked("c1"), asked("c1", seconds=20), asked("c2", office="standesamt", seconds=10))

    async with storage.begin(read_only=True) as unit:
        last = await unit.find_handoff("c1")
        everything = await unit.list_handoffs(since=NOW)
        recent = await unit.list_handoffs(since=after(10))
        of_one = await unit.list_handoffs(["standesamt"], since=NOW)
        of_none = await unit.list_handoffs([], since=NOW)

    assert last
    assert last.requested_at == after(20)
    assert [(each.requested_at - NOW).total_seconds() for each in everything] == [20, 10, 0]
    assert len(recent) == 2
    assert [each.office_id for each in of_one] == ["standesamt"]
    assert of_none == []


async def test_rated_handoffs_of_a_conversation_are_listed_with_their_words(storage: SqlStorage):
    """The latest first, none of others, and what was asked for with them."""
    await start(storage, "c1", "c2")
    for identity, rating in (("c1", 2), ("c1", None), ("c1", 4), ("c2", 5)):
        await add_records(storage, asked(identity))
        async with storage.begin() as unit:
            record = await unit.find_handoff(identity)
            assert record is not None
            ended = replace(record.end(Result.ANSWERED, at=after(5)), rating=rating)
            await unit.save_handoff(ended.comment_on(f"Note {rating}").ask_comment(at=after(6)))
            await unit.commit()

    async with storage.begin(read_only=True) as unit:
        found = await unit.list_rated_handoffs("c1")
        assert [(each.rating, each.comment) for each in found] == [(4, "Note 4"), (2, "Note 2")]
        assert {each.comment_asked_at for each in found} == {after(6)}
        assert await unit.list_rated_handoffs("c3") == []


async def test_waiting_is_announced_once_for_each_wait(storage: SqlStorage):
    """The longest first; neither what is held nor what the team was told of since it came into the queue."""
    await start(storage, "c1", "c2", "c3", "c4")

    async def change(identity: str, step: str, **values: object) -> None:
        async with storage.begin() as unit:
            found = await unit.get_conversation(identity)
            getattr(found, step)(**values)
            await unit.save_conversation(found)
            await unit.commit()

    async def list_waiting() -> list[str]:
        async with storage.begin(read_only=True) as unit:
            return [each.id for each in await unit.list_unannounced_waiting()]

    for identity, seconds in (("c1", 2.0), ("c2", 1.0), ("c3", 3.0)):
        await add_records(storage, replace(asked(identity, seconds=-9), ended_at=after(-8)), asked(identity))
        await change(identity, "hand_off", at=after(seconds), reason="citizen_asked", office_id="steueramt", service_id=None)
    await change("c3", "claim", staff_id=1, staff_name="Frau Kaya", at=after(4))
    assert await list_waiting() == ["c2", "c1"]
    async with storage.begin() as unit:
        await unit.note_waiting_announced("c2", at=after(5))
        await unit.commit()
    assert await list_waiting() == ["c1"]
    async with storage.begin() as unit:
        record = await unit.find_handoff("c2")
        assert record is not None
        await unit.save_handoff(record.claim(staff_id=1, at=after(6)))
        await unit.commit()
    assert await list_waiting() == ["c1"]
    await change("c2", "claim", staff_id=1, staff_name="Frau Kaya", at=after(6))
    await change("c2", "release", at=after(7))

    assert await list_waiting() == ["c1", "c2"]


async def test_notes_are_kept_in_order_and_go_with_the_conversation(storage: SqlStorage):
    """Each with its id; deleted with everything else."""
    await start(storage, "c1")
    note = Note("c1", 3, "Frau Öz", "Rückruf\nversprochen", NOW)
    async with storage.begin() as unit:
        first = await unit.add_note(note)
        second = await unit.add_note(replace(note, author_id=None, text="zweite"))
        await unit.commit()
    async with storage.begin() as unit:
        assert await unit.list_notes("c1") == [first, second]
        assert await unit.list_notes("c2") == []
        await unit.purge_conversations(before=after(1))
        assert await unit.list_notes("c1") == []

    assert replace(first, id=None) == note
    assert first.id != second.id


async def test_viewers_are_those_who_have_it_open(storage: SqlStorage):
    """By name; whoever looks again is listed once, whoever closed it or was not heard of is not."""
    await start(storage, "c1")
    async with storage.begin() as unit:
        zoe = await unit.add_staff(username="zoe", display_name="Zoé", password_hash="h")
        adam = await unit.add_staff(username="adam", display_name="Adam", password_hash="h")
        for member, seconds in ((zoe, 0), (adam, 1), (zoe, 10)):
            await unit.note_viewing("c1", member.id, at=after(seconds))
        await unit.commit()

    async with storage.begin() as unit:
        assert await unit.list_viewers("c1", since=NOW) == [(adam.id, "Adam"), (zoe.id, "Zoé")]
        assert await unit.list_viewers("c1", since=after(5)) == [(zoe.id, "Zoé")]
        await unit.note_viewing("c1", zoe.id, at=None)
        await unit.note_viewing("c1", zoe.id, at=None)
        assert await unit.list_viewers("c1", since=after(5)) == []


async def test_each_side_types_for_itself(storage: SqlStorage):
    """Until it says that it does not; nobody types in what is not there."""
    await start(storage, "c1")
    async with storage.begin() as unit:
        await unit.note_typing("c1", Author.CITIZEN, at=after(1))
        await unit.note_typing("c1", Author.STAFF, at=after(2))
        both = await unit.find_typing("c1")
        await unit.note_typing("c1", Author.CITIZEN, at=None)
        await unit.note_typing("c2", Author.CITIZEN, at=NOW)
        await unit.commit()

    assert both == Typing(after(1), after(2))
    async with storage.begin(read_only=True) as unit:
        assert await unit.find_typing("c1") == Typing(None, after(2))
        assert await unit.find_typing("c2") == Typing(None, None)


async def test_typing_survives_a_change_of_the_conversation(storage: SqlStorage):
    """Saving the conversation touches only what is its own."""
    await start(storage, "c1")
    async with storage.begin() as unit:
        found = await unit.get_conversation("c1")
        await unit.note_typing("c1", Author.CITIZEN, at=after(1))
        await unit.save_conversation(found)
        await unit.commit()

    async with storage.begin(read_only=True) as unit:
        assert (await unit.find_typing("c1")).citizen_at == after(1)


async def test_search_looks_into_messages_notes_and_ticket_numbers(storage: SqlStorage):
    """In what people were asked for only, the latest first, however it is written; signs of the pattern mean themselves."""
    await start(storage, "said", "noted", "ticketed", "bot")
    for number, identity in enumerate(("said", "noted", "ticketed", "bot")):
        await ask(storage, identity, f"100%_{identity}", at=after(number))
    await answer(storage, "said", "Das macht 37 EURO", author=Author.STAFF, at=after(9))
    async with storage.begin() as unit:
        await unit.add_note(Note("noted", None, "Frau Öz", "wegen 37 Euro", NOW))
        await unit.add_ticket(ticket("2026-0037", "ticketed"))
        await unit.commit()
    await add_records(storage, asked("said"), asked("noted"))

    assert await found_by(storage, "37") == ["said", "ticketed", "noted"]
    assert await found_by(storage, "37", limit=1) == ["said"]
    assert await found_by(storage, "euro") == ["said", "noted"]
    assert await found_by(storage, "2026-0037") == ["ticketed"]
    assert await found_by(storage, "100%_s") == ["said"]
    assert await found_by(storage, "1%0") == await found_by(storage, "100__s") == await found_by(storage, "\\") == []


async def test_search_finds_only_what_staff_may_read(storage: SqlStorage):
    """Not what was said after people had done their part, until they have the conversation again; but the comment."""
    await start(storage, "c1")
    await add_records(storage, replace(asked("c1"), ended_at=after(1)), asked("c1"))
    await ask(storage, "c1", "damals", at=after(5))
    await end_last_handoff(storage, "c1", at=after(10), comment="Sehr freundlich")
    await ask(storage, "c1", "danach", at=after(11))

    assert await found_by(storage, "damals") == await found_by(storage, "freundlich") == ["c1"]
    assert await found_by(storage, "danach") == []
    async with storage.begin() as unit:
        await unit.add_ticket(ticket("1", "c1"))
        await unit.commit()
    assert await found_by(storage, "danach") == ["c1"]
    async with storage.begin() as unit:
        await unit.close_ticket("1", at=after(12))
        await unit.commit()
    assert await found_by(storage, "danach") == []
    async with storage.begin() as unit:
        found = await unit.get_conversation("c1")
        found.hand_off(at=after(13), reason="citizen_asked", office_id="steueramt", service_id=None)
        await unit.save_conversation(found)
        await unit.commit()

    assert await found_by(storage, "danach") == ["c1"]


async def end_last_handoff(storage: SqlStorage, identity: str, *, at: datetime, comment: str) -> None:
    """People have done their part, and the citizen says something about it."""
    async with storage.begin() as unit:
        record = await unit.find_handoff(identity)
        assert record
        await unit.save_handoff(record.end(Result.ANSWERED, at=at).rate(5).comment_on(comment))
        await unit.commit()


async def test_conversation_with_nothing_but_a_closed_ticket_is_not_found(storage: SqlStorage):
    """Nobody ever had it, and nobody has to do anything about it: it counts as not there."""
    await start(storage, "c1")
    async with storage.begin() as unit:
        await unit.add_ticket(ticket("2026-0037", "c1"))
        await unit.commit()
    assert await found_by(storage, "2026-0037") == ["c1"]
    async with storage.begin() as unit:
        await unit.close_ticket("2026-0037", at=NOW)
        await unit.commit()

    assert await found_by(storage, "2026-0037") == []


async def test_tickets_that_are_due_are_escalated_once(storage: SqlStorage):
    """The first due first; closed ones and those that were escalated are left out."""
    await start(storage, "c1", "c2", "c3")
    async with storage.begin() as unit:
        for number, id_, seconds in (("1", "c1", 30), ("2", "c2", 10), ("3", "c3", 20), ("4", "c1", 99)):
            await unit.add_ticket(replace(ticket(number, id_, due_at=after(seconds)), office_id=f"office_{number}"))
        await unit.close_ticket("3", at=NOW)
        due = await unit.list_tickets_due(after(30))
        await unit.escalate_ticket("2", at=after(5))
        rest = await unit.list_tickets_due(after(30))
        with pytest.raises(NotFound):
            await unit.escalate_ticket("5", at=NOW)
        await unit.commit()

    assert [each.number for each in due] == ["2", "1"]
    assert [each.number for each in rest] == ["1"]
    async with storage.begin(read_only=True) as unit:
        found = await unit.find_ticket("2")
        assert found
        assert (found.escalated_at, await unit.find_ticket("5")) == (after(5), None)


async def test_ticket_moves_to_another_office(storage: SqlStorage):
    """With a new promise, and as one of which its team has to be told; the rest stays."""
    await start(storage, "c1")
    async with storage.begin() as unit:
        await unit.add_ticket(ticket("1", "c1"))
        await unit.note_announced("1", at=after(1))
        await unit.escalate_ticket("1", at=after(2))
        await unit.move_ticket("1", office_id="standesamt", service_id=None, due_at=after(60))
        with pytest.raises(NotFound):
            await unit.move_ticket("2", office_id="standesamt", service_id=None, due_at=after(60))
        await unit.commit()

    async with storage.begin(read_only=True) as unit:
        moved = replace(ticket("1", "c1"), office_id="standesamt", service_id=None, due_at=after(60))
        assert await unit.find_ticket("1") == moved
        assert [each.number for each in await unit.list_unannounced_tickets()] == ["1"]


async def test_snoozed_conversations_wait_for_their_moment(storage: SqlStorage):
    """Found when it has come, listed in the queue until then, and never purged."""

    def snoozed(identity: str, seconds: float) -> Conversation:
        each = conversation(identity)
        each.claim(staff_id=1, staff_name="Frau Öz", at=NOW)
        each.snooze(until=after(seconds))
        return each

    async with storage.begin() as unit:
        for each in (snoozed("late", 20), snoozed("early", 10), conversation("bot")):
            await unit.add_conversation(each)
        await unit.commit()

    async with storage.begin() as unit:
        assert [each.id for each in await unit.list_snoozed_until(after(9))] == []
        assert [each.id for each in await unit.list_snoozed_until(after(20))] == ["early", "late"]
        assert {entry.conversation.id for entry in await unit.list_queue()} == {"early", "late"}
        assert await unit.get_conversation("late") == snoozed("late", 20)
        assert await unit.purge_conversations(before=after(99)) == 1


async def test_duties_and_presence_of_a_member(storage: SqlStorage):
    """Nothing but the name is set at first; what is set comes back, also with the session."""
    async with storage.begin() as unit:
        zoe = await unit.add_staff(username="zoe", display_name="Zoé", password_hash="h")
        await unit.add_session(token_hash="a" * 64, staff_id=zoe.id, expires_at=after(3600))
        await unit.set_staff_duties(
            "zoe", role=Role.LEAD, email="zoe@musterstadt.example", offices=("steueramt", "standesamt")
        )
        await unit.note_presence(zoe.id, at=after(1), is_away=True)
        await unit.note_presence(zoe.id, at=after(2))
        with pytest.raises(NotFound):
            await unit.set_staff_duties("nobody", role=Role.STAFF, email=None, offices=())
        await unit.commit()

    async with storage.begin(read_only=True) as unit:
        found = await unit.find_session("a" * 64, now=NOW)
    assert (zoe.role, zoe.email, zoe.offices, zoe.is_away, zoe.seen_at) == (Role.STAFF, None, (), False, None)
    assert found == replace(
        zoe,
        role=Role.LEAD,
        email="zoe@musterstadt.example",
        offices=("steueramt", "standesamt"),
        is_away=True,
        seen_at=after(2),
    )
    assert not found.is_available(after(3))
    assert replace(found, is_away=False).is_available(after(2) + PRESENT_FOR)
    assert not replace(found, is_away=False).is_available(after(2) + PRESENT_FOR + timedelta(seconds=1))
