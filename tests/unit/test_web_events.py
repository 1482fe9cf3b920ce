"""The stream of one conversation: status first, every message once, who is writing, signs of life."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.channels.web_events import Watch, conversation_events
from bot.use_cases.answer_next import answer_next
from tests.handoff_support import Desk, to_handoff_turn, to_turn


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
    watch = Watch(desk.conversation().id, desk.storage, desk.storage.events, heartbeat)
    events = conversation_events(watch, after=after)
    try:
        yield Stream(events)
    finally:
        await events.aclose()  # type: ignore[attr-defined]


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
        assert await stream.take() == ("status", {"status": "live", "assignee": "Frau Kaya", "ticket": None})
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
