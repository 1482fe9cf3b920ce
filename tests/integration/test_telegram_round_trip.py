"""A citizen's message on its whole way: channel, inbox, outbox, channel."""

import asyncio
import contextlib
from datetime import UTC, datetime

from bot.channels.telegram import TelegramChannel
from bot.errors import StorageUnavailable
from bot.use_cases.deliver_outbox import deliver_outbox
from bot.use_cases.receive_message import receive_message
from tests.fakes import FakeResponses, InMemoryStorage
from tests.telegram_stand_in import Fault
from tests.telegram_stand_in.fixtures import stand_in, to_options, until

__all__ = ["stand_in"]


def now():
    """The real time, because the outbox waits for real."""
    return datetime.now(UTC)


async def work_off(channel, storage):
    """Deliver for ever, as the web process does."""
    while True:
        with contextlib.suppress(StorageUnavailable):
            await deliver_outbox(channel="telegram", sender=channel, storage=storage, worker="w", now=now)
        await asyncio.sleep(0.01)


async def test_every_citizen_is_greeted_once_whatever_fails(stand_in):
    """Floods, server errors and a database that is away for a while: each citizen gets each message exactly once."""
    storage = InMemoryStorage()

    async def receive(message):
        return await receive_message(message, storage=storage, responses=FakeResponses(), now=now)

    async def drop(_address):
        raise AssertionError("nobody left")

    for fault in (Fault.SERVER_ERROR, Fault.FLOOD, Fault.CUT):
        stand_in.fail_next(fault, times=2)
    stand_in.strict_pace = True
    channel = TelegramChannel(to_options(stand_in), receive=receive, drop_recipient=drop, responses=FakeResponses())
    tasks = [asyncio.create_task(channel.run()), asyncio.create_task(work_off(channel, storage))]
    for chat in range(1, 9):
        stand_in.citizen_writes(chat, "/start")
    await until(lambda: len(storage.tables.conversations) == 8)
    storage.is_down = True
    await asyncio.sleep(0.1)
    storage.is_down = False
    await until(lambda: all(stand_in.texts_to(chat) for chat in range(1, 9)) and not storage.tables.outbox)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await channel.close()

    labels = {"bot": "utter_bot_label\n", "system": ""}
    all_messages = storage.tables.messages.values()
    stored = [[labels[m.author] + m.text for m in messages if m.author != "citizen"] for messages in all_messages]
    assert [stand_in.texts_to(chat) for chat in range(1, 9)] == stored
    assert len(stand_in.calls_of("sendMessage")) == sum(map(len, stored)) + 6
