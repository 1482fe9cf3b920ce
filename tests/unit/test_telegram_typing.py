"""A citizen on Telegram sees that a person is typing; messages never wait for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from telegram.error import TimedOut

from bot.channels.telegram.typing import SIGNS_AT_ONCE, TypingSigns
from bot.domain.messages import Author
from tests.handoff_support import Desk, to_handoff_turn


class FakeBot:
    """Notes chat actions; `hangs` never answers, `fails` always does so with an error."""

    def __init__(self) -> None:
        self.chats: list[int] = []
        self.patience: list[float] = []
        self.hangs = self.fails = False

    async def send_chat_action(self, chat_id: int, action: str, **timeouts: float) -> bool:
        """Show that somebody types."""
        assert action == "typing"
        self.chats.append(chat_id)
        self.patience = list(timeouts.values())
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails:
            raise TimedOut
        return True


class Hall:
    """A desk whose citizens are on Telegram, and the person there."""

    def __init__(self, channel: str = "telegram") -> None:
        self.desk = Desk(to_handoff_turn(), channel=channel)
        self.bot = FakeBot()

    async def talk(self, address: str = "42") -> None:
        """A person takes the conversation of a citizen over."""
        await self.desk.ask("Mensch", address)
        await self.desk.change("claim", address, staff_id=7, staff_name="Frau Kaya", at=self.desk.clock())

    async def type(self, address: str = "42", at: datetime | None = None, author: Author = Author.STAFF) -> None:
        """Somebody types; returns after it was looked at."""
        async with self.desk.storage.begin() as unit:
            await unit.note_typing(self.desk.conversation(address).id, author, at=at or self.desk.clock())
            await unit.commit()
        await settle()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[Any]:
        """The signs are sent within the block."""
        signs = TypingSigns(self.bot, self.desk.storage, self.desk.storage.events, self.desk.clock)  # type: ignore[arg-type]
        task = asyncio.create_task(signs.run())
        await settle()
        yield task
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def settle() -> None:
    """Let everything that can go on go on."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_sign_is_shown_while_a_person_types() -> None:
    """At the first key, and again as soon as Telegram has forgotten it; in between nothing is sent."""
    hall = Hall()
    await hall.talk()
    async with hall.watched():
        await hall.type()
        hall.desk.clock.advance(timedelta(seconds=2))
        await hall.type()
        assert hall.bot.chats == [42]
        hall.desk.clock.advance(timedelta(seconds=3))
        await hall.type()

    assert hall.bot.chats == [42, 42]


async def test_nothing_is_shown_for_anything_else() -> None:
    """Not for the citizen's own typing, an old sign, a message, or a conversation that nobody holds any more."""
    hall = Hall()
    await hall.talk()
    async with hall.watched():
        await hall.type(author=Author.CITIZEN)
        await hall.type(at=hall.desk.clock() - timedelta(seconds=6))
        await hall.desk.write("Hallo?")
        await hall.desk.change("resolve")
        await hall.type()

    assert hall.bot.chats == []


async def test_citizens_of_the_widget_are_none_of_telegrams() -> None:
    """The widget has its own way."""
    hall = Hall()
    await hall.talk()
    hall.desk.conversation().channel = "web"
    async with hall.watched():
        await hall.type()

    assert hall.bot.chats == []


async def test_failure_is_not_noticed_by_anybody() -> None:
    """Neither Telegram nor the database ends the watch; the next sign is shown."""
    hall = Hall()
    await hall.talk()
    hall.bot.fails = True
    async with hall.watched():
        await hall.type()
        hall.desk.clock.advance(timedelta(seconds=5))
        hall.desk.storage.is_down = True
        await hall.desk.storage.events.publish([hall.desk.conversation().id])
        await settle()
        hall.desk.storage.is_down = False
        await hall.type()

    assert hall.bot.chats == [42, 42]


async def test_telegram_that_hangs_costs_few_connections() -> None:
    """Further signs are left out while four are under way, and none waits longer than three seconds."""
    hall = Hall()
    addresses = [str(number) for number in range(50, 60)]
    for address in addresses:
        await hall.talk(address)
    hall.bot.hangs = True
    async with hall.watched():
        for address in addresses:
            await hall.type(address)

    assert len(hall.bot.chats) == SIGNS_AT_ONCE
    assert max(hall.bot.patience) <= 3.0
