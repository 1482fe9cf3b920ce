"""The stream of one conversation: status first, every message once, who is writing, signs of life."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.channels import web_events
from bot.channels.web_events import Watch, conversation_events
from bot.channels.web_reading import StatusReader
from bot.domain.handoffs import HandoffRecord
from bot.domain.messages import Author
from bot.domain.staff import StaffMember
from bot.use_cases.answer_next import answer_next
from bot.use_cases.reply_as_staff import reply_as_staff
from tests.handoff_support import KNOWLEDGE, Desk, to_handoff_turn, to_turn


class Stream:
    """Reads events; `take` fails where nothing comes."""

    def __init__(self, events: AsyncIterator[str]) -> None:
        self.events = events

    async def raw(self) -> str | None:
        """The next block, or None at the end."""
        async with asyncio.timeout(2):
            return await anext(self.events, None)

    async def take(self) -> tuple[str, Any]:
        """Name and data of the next event."""
        block = await self.raw()
        assert block is not None, "the stream ended"
        fields = dict(line.split(": ", 1) for line in block.strip().split("\n"))
        data = json.loads(fields["data"])
        assert ("id" in fields) == (fields["event"] == "message")
        if "id" in fields:
            assert int(fields["id"]) == data["seq"]
        return fields["event"], data

    async def take_all(self, count: int) -> list[str]:
        """The next events as `name: what`."""
        return [_shorten(*(await self.take())) for _ in range(count)]


def _shorten(name: str, data: Any) -> str:
    return f"{name}: {data['text'] if name == 'message' else data.get('status', data.get('active'))}"


@asynccontextmanager
async def following(desk: Desk, *, after: int = 0, heartbeat: float = 30.0) -> AsyncIterator[Stream]:
    """The stream of the citizen's conversation."""
    reader = StatusReader(KNOWLEDGE)
    watch = Watch(desk.conversation().id, desk.storage, desk.storage.events, desk.clock, heartbeat, reader)
    events = conversation_events(watch, after=after)
    try:
        yield Stream(events)
    finally:
        await events.aclose()  # type: ignore[attr-defined]


def to_status(name: str, **changes: Any) -> dict[str, Any]:
    """The data of a status event."""
    unknown = {
        "assignee": None,
        "ticket": None,
        "access_code": None,
        "position": None,
        "estimate_minutes": None,
        "staff_is_typing": False,
    }
    return {"status": name, **unknown, **changes}


async def desk_with_question() -> Desk:
    """A citizen has asked, the bot has not answered."""
    desk = Desk()
    await desk.write("Frage")
    return desk


async def test_status_comes_first_then_history_then_typing() -> None:
    """In the order in which the widget needs them; when the answer is there, typing ends after it."""
    desk = await desk_with_question()
    async with following(desk) as stream:
        before = await stream.take_all(5)
        await answer_next(desk.worker())
        after = await stream.take_all(2)

    assert before == [
        "status: bot", "message: utter_greeting", "message: utter_greeting_telegram", "message: Frage", "typing: True",
    ]  # fmt: skip
    assert after == ["message: Der Ausweis kostet 37 Euro.", "typing: False"]


@pytest.mark.parametrize("after", [0, 1, 2, 3, 99])
async def test_resuming_gives_exactly_what_is_missing(after: int) -> None:
    """Whatever number the reader saw last."""
    desk = Desk()
    await desk.ask("Frage")
    async with following(desk, after=after) as stream:
        assert (await stream.take())[0] == "status"
        await desk.write("Ende")
        seen = []
        while after < 99 and (event := await stream.take())[1].get("text") != "Ende":
            if event[0] == "message":
                seen.append(event[1]["seq"])

    assert seen == ([] if after == 99 else list(range(after + 1, 5)))


async def test_change_of_status_is_told_once_and_before_its_sentences() -> None:
    """Waiting, live, resolved: each once."""
    desk = Desk(to_handoff_turn())
    await desk.write("Mensch")
    async with following(desk, after=3) as stream:
        assert await stream.take_all(2) == ["status: bot", "typing: True"]
        await answer_next(desk.worker())
        assert await stream.take_all(3) == ["status: waiting", "message: utter_handoff_live", "typing: False"]
        await desk.change("claim", staff_id=7, staff_name="Frau Kaya", at=desk.clock())
        assert await stream.take() == ("status", to_status("live", assignee="Frau Kaya"))
        await desk.change("resolve")
        assert await stream.take_all(1) == ["status: resolved"]


async def test_sign_of_life_comes_while_nothing_happens() -> None:
    """Comment lines keep proxies from cutting the connection; the next message still comes at once."""
    desk = Desk()
    await desk.ask("Frage")
    async with following(desk, after=4, heartbeat=0.02) as stream:
        await stream.take()
        assert [await stream.raw() for _ in range(2)] == [": still here\n\n"] * 2
        await desk.write("Noch da?")
        blocks: list[str] = []
        while not (blocks and "Noch da?" in blocks[-1]):
            blocks.append(await stream.raw() or "")

    assert sum("Noch da?" in block for block in blocks) == 1


async def test_text_can_not_break_out_of_its_event() -> None:
    """Line breaks and lines that look like fields stay inside the data."""
    text = "eins\n\nevent: message\ndata: {}\n\nzwei"
    desk = Desk(to_turn(text))
    await desk.ask("Frage")
    async with following(desk, after=3) as stream:
        await stream.take()
        block = await stream.raw()

    assert block is not None
    assert block.count("\n") == 4
    assert json.loads(block.split("data: ", 1)[1])["text"] == text


async def test_long_history_comes_whole() -> None:
    """More messages than one look gives are not left until something changes."""
    desk = Desk()
    await desk.write("Frage")
    await desk.chatter(509)
    async with following(desk) as stream:
        await stream.take()
        seqs = [(await stream.take())[1]["seq"] for _ in range(512)]

    assert seqs == list(range(1, 513))


async def test_stream_ends_with_its_conversation() -> None:
    """After the retention nothing is left to follow."""
    desk = Desk()
    await desk.ask("Frage")
    async with following(desk, after=4) as stream:
        await stream.take()
        id_ = desk.conversation().id
        del desk.storage.tables.conversations[id_]
        await desk.storage.events.publish([id_])

        assert await stream.raw() is None


async def test_stream_ends_when_the_database_is_away() -> None:
    """Without an error in the log of the server; the widget connects again and misses nothing."""
    desk = Desk()
    await desk.ask("Frage")
    async with following(desk, after=4) as stream:
        await stream.take()
        desk.storage.is_down = True
        await desk.storage.events.publish([desk.conversation().id])

        assert await stream.raw() is None


async def test_reader_that_leaves_is_forgotten() -> None:
    """Nothing listens any more after the stream was closed."""
    desk = Desk()
    await desk.ask("Frage")
    async with following(desk) as stream:
        await stream.take()
        assert desk.storage.events.subscribers == 1

    assert desk.storage.events.subscribers == 0


async def test_what_only_the_server_may_know_is_not_in_the_stream() -> None:
    """No payload, no meta data."""
    desk = Desk(to_turn(confidence=0.123456))
    await desk.ask("Frage", payload="/geheim")
    async with following(desk, after=2) as stream:
        blocks = [await stream.raw() or "" for _ in range(3)]

    assert "geheim" not in "".join(blocks)
    assert "0.123456" not in "".join(blocks)


# People on the other side


async def call_person(address: str = "42", desk: Desk | None = None) -> Desk:
    """A citizen waits for a person."""
    desk = desk or Desk(to_handoff_turn())
    await desk.ask("Mensch", address)
    return desk


async def test_place_in_the_queue_moves_up_without_a_change_of_ones_own() -> None:
    """When somebody ahead is served, the citizen reads it at the next look, although nothing happened to them."""
    desk = await call_person("41")
    desk.clock.advance(timedelta(seconds=5))
    await call_person("42", desk)
    async with following(desk, after=99, heartbeat=0.02) as stream:
        assert await stream.take() == ("status", to_status("waiting", position=2))
        await desk.change("claim", "41", staff_id=7, staff_name="Frau Kaya", at=desk.clock())
        while (block := await stream.raw() or "").startswith(":"):
            pass

    assert json.loads(block.split("data: ", 1)[1]) == to_status("waiting", position=1)


async def test_usual_wait_is_told_in_full_minutes() -> None:
    """Rounded up; nothing is told as long as fewer than five others have waited."""
    desk = await call_person()
    conversation = desk.conversation()
    for minutes, shown in ((0.2, 1), (3, 3), (3.1, 4)):
        waited = HandoffRecord(conversation.id, "buergerbuero", "citizen_asked", desk.clock())
        waited = waited.claim(staff_id=7, at=desk.clock() + timedelta(minutes=minutes))
        desk.storage.tables.handoffs[:] = [waited] * 4
        async with following(desk, after=99) as stream:
            assert (await stream.take())[1]["estimate_minutes"] is None
        desk.storage.tables.handoffs[:] = [waited] * 5
        async with following(desk, after=99) as stream:
            assert (await stream.take())[1]["estimate_minutes"] == shown


async def type_as_staff(desk: Desk) -> None:
    """The person who holds the conversation types."""
    async with desk.storage.begin() as unit:
        await unit.note_typing(desk.conversation().id, Author.STAFF, at=desk.clock())
        await unit.commit()


async def live_desk() -> Desk:
    """A person has the conversation."""
    desk = await call_person()
    await desk.change("claim", staff_id=7, staff_name="Frau Kaya", at=desk.clock())
    return desk


async def test_typing_of_a_person_is_told_and_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign of typing holds for eight seconds, and ends without any further change."""
    monkeypatch.setattr(web_events, "LOOK_AGAIN", 0.02)
    desk = await live_desk()
    async with following(desk, after=99) as stream:
        assert (await stream.take())[1]["staff_is_typing"] is False
        await type_as_staff(desk)
        assert await stream.take() == ("status", to_status("live", assignee="Frau Kaya", staff_is_typing=True))
        desk.clock.advance(timedelta(seconds=9))
        while (block := await stream.raw() or "").startswith(":"):
            pass

    assert json.loads(block.split("data: ", 1)[1]) == to_status("live", assignee="Frau Kaya")


async def test_typing_ends_with_the_message() -> None:
    """Who has just answered types no longer, whatever the console says; the next sign counts again."""
    desk = await live_desk()
    kaya = StaffMember(7, "kaya", "Frau Kaya")
    async with following(desk, after=99) as stream:
        await stream.take()
        await type_as_staff(desk)
        assert (await stream.take())[1]["staff_is_typing"] is True
    seq = len(desk.messages())
    async with following(desk, after=seq) as stream:
        await stream.take()
        id_ = desk.conversation().id
        await reply_as_staff(id_, "Gern.", staff=kaya, client_message_id="1", storage=desk.storage, now=desk.clock)
        assert await stream.take() == ("status", to_status("live", assignee="Frau Kaya"))
        assert (await stream.take())[1]["text"] == "Gern."
        desk.clock.advance(timedelta(seconds=2))
        await type_as_staff(desk)
        assert (await stream.take())[1]["staff_is_typing"] is True


async def test_typing_of_the_citizen_is_not_told_back() -> None:
    """What the citizen types is for staff."""
    desk = await live_desk()
    async with following(desk, after=99) as stream:
        await stream.take()
        async with desk.storage.begin() as unit:
            await unit.note_typing(desk.conversation().id, Author.CITIZEN, at=desk.clock())
            await unit.commit()
        await desk.change("resolve")

        assert await stream.take() == ("status", to_status("resolved"))


async def test_snoozed_is_a_status_of_its_own() -> None:
    """The citizen is told who answers later, not that the bot does."""
    desk = await live_desk()
    await desk.change("snooze", until=desk.clock() + timedelta(hours=2))
    async with following(desk, after=99) as stream:
        assert await stream.take() == ("status", to_status("snoozed", assignee="Frau Kaya"))
