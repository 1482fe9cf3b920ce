"""Delivering the outbox."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.conversations import Conversation
from bot.domain.messages import Author, Reply
from bot.errors import DeliveryFailed, DeliveryRefused, RecipientGone, StorageUnavailable
from bot.use_cases import deliver_outbox as module
from bot.use_cases.deliver_outbox import deliver_outbox, to_pause
from tests.fakes import FakeClock, InMemoryStorage

AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


class FakeSender:
    """Takes messages; an address with planned errors raises them first, one with a gate waits for it."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.errors: dict[str, list[Exception]] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.most_at_once = self._now = 0

    async def send(self, address, message):
        """Deliver."""
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            await asyncio.sleep(0)
            if address in self.gates:
                await self.gates[address].wait()
            if self.errors.get(address):
                raise self.errors[address].pop(0)
        finally:
            self._now -= 1
        self.sent.append((address, message.text))
        return f"id-{len(self.sent)}"


@pytest.fixture
def clock():
    """A clock that stands still."""
    return FakeClock(AT)


@pytest.fixture
def storage():
    """An empty storage."""
    return InMemoryStorage()


@pytest.fixture
def sender():
    """A sender that takes everything."""
    return FakeSender()


@pytest.fixture
def deliver(storage, sender, clock):
    """The use case with its fakes."""
    return lambda: deliver_outbox(channel="telegram", sender=sender, storage=storage, worker="w1", now=clock)


async def put(storage, *messages):
    """Put (address, text) into the outbox."""
    async with storage.begin() as work:
        for address, text in messages:
            conversation = await work.find_by_address("telegram", address)
            if conversation is None:
                conversation = Conversation(f"c{address}", "telegram", address, AT)
                await work.add_conversation(conversation)
            await work.add_outgoing(conversation, Reply(text), author=Author.BOT, at=AT)
        await work.commit()


async def test_everything_due_is_delivered_in_order(deliver, storage, sender):
    """One call empties the outbox; each citizen gets messages in the order they were written."""
    await put(storage, ("1", "a"), ("2", "x"), ("1", "b"), ("1", "c"))

    assert await deliver() == 4

    assert [text for address, text in sender.sent if address == "1"] == ["a", "b", "c"]
    assert storage.tables.outbox == []
    assert await deliver() == 0


async def test_slow_citizen_holds_up_nobody(deliver, storage, sender):
    """While one chat hangs, others get all of theirs, also what is written meanwhile."""
    sender.gates["1"] = asyncio.Event()
    await put(storage, ("1", "hängt"), ("2", "x"), ("2", "y"))
    running = asyncio.create_task(deliver())
    await asyncio.sleep(0.05)
    await put(storage, ("3", "neu"))
    await asyncio.sleep(module.LOOK_AGAIN_SECONDS + 0.2)
    before = list(sender.sent)
    sender.gates["1"].set()
    await running

    assert before == [("2", "x"), ("2", "y"), ("3", "neu")]
    assert sender.sent[-1] == ("1", "hängt")


async def test_slow_delivery_keeps_its_lease(deliver, storage, sender, clock, monkeypatch):
    """While Telegram takes its time, no other process sends the same; of a dead one the lease soon ends."""
    monkeypatch.setattr(module, "LOOK_AGAIN_SECONDS", 0.01)
    sender.gates["1"] = asyncio.Event()
    await put(storage, ("1", "hängt"))
    running = asyncio.create_task(deliver())
    for _ in range(8):
        await asyncio.sleep(0.05)
        clock.advance(module.RENEW_EVERY)
        assert await deliver_outbox(channel="telegram", sender=sender, storage=storage, worker="w2", now=clock) == 0
    sender.gates["1"].set()
    await running

    assert sender.sent == [("1", "hängt")]


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=-1)])
async def test_jump_of_the_clock_sends_nothing_twice(deliver, storage, sender, clock, monkeypatch, jump):
    """What is on its way when the clock is set goes on, and soon has a lease by the new time."""
    monkeypatch.setattr(module, "LOOK_AGAIN_SECONDS", 0.01)
    sender.gates["1"] = asyncio.Event()
    await put(storage, ("1", "hängt"), ("1", "danach"))
    running = asyncio.create_task(deliver())
    await asyncio.sleep(0.02)
    clock.advance(jump)
    await asyncio.sleep(0.05)
    elsewhere = await deliver_outbox(channel="telegram", sender=sender, storage=storage, worker="w2", now=clock)
    sender.gates["1"].set()
    await running

    assert elsewhere == 0
    assert sender.sent == [("1", "hängt"), ("1", "danach")]


async def test_number_at_once_is_bounded(deliver, storage, sender):
    """A wave of messages does not become a wave of connections."""
    await put(storage, *((str(n), "x") for n in range(80)))

    assert await deliver() == 80
    assert 1 < sender.most_at_once <= module.AT_ONCE


async def test_failure_is_tried_again_later_and_in_order(deliver, storage, sender, clock):
    """A message that failed stays first for its citizen."""
    sender.errors["1"] = [DeliveryFailed("down")]
    await put(storage, ("1", "a"), ("1", "b"))

    assert await deliver() == 0
    assert sender.sent == []
    clock.advance(timedelta(seconds=2))
    assert await deliver() == 2
    assert sender.sent == [("1", "a"), ("1", "b")]


async def test_asked_pause_is_kept(deliver, storage, sender, clock):
    """Nothing is sent before the moment that the channel named."""
    sender.errors["1"] = [DeliveryFailed("slow down", retry_after=35)]
    await put(storage, ("1", "a"))
    await deliver()
    clock.advance(timedelta(seconds=34))

    assert await deliver() == 0
    clock.advance(timedelta(seconds=1))
    assert await deliver() == 1


async def test_channel_that_asks_for_hours_is_asked_again_after_minutes(deliver, storage, sender, clock):
    """A pause that ends later is taken for one from before the clock was put back."""
    sender.errors["1"] = [DeliveryFailed("slow down", retry_after=9_999)]
    await put(storage, ("1", "a"))
    await deliver()
    clock.advance(module.LONGEST_ASKED - timedelta(seconds=1))

    assert await deliver() == 0
    clock.advance(timedelta(seconds=1))
    assert await deliver() == 1


@pytest.mark.parametrize("error", [RecipientGone("gone"), DeliveryRefused("refused")])
async def test_hopeless_delivery_is_given_up(deliver, storage, sender, error):
    """It does not stand in the way of the next one."""
    sender.errors["1"] = [error]
    await put(storage, ("1", "a"), ("1", "b"))

    assert await deliver() == 1
    assert sender.sent == [("1", "b")]
    assert storage.tables.outbox == []


async def test_old_delivery_is_given_up(deliver, storage, sender, clock):
    """After two days of failure nobody waits for the answer any more."""
    sender.errors["1"] = [DeliveryFailed("down")] * 9
    await put(storage, ("1", "a"))
    clock.advance(timedelta(hours=49))
    await deliver()

    assert storage.tables.outbox == []


async def test_programming_error_is_given_up_after_some_tries(deliver, storage, sender, clock):
    """A message that can't be put into words does not block its citizen for days."""
    sender.errors["1"] = [KeyError("utter_missing")] * module.MAX_UNEXPECTED
    await put(storage, ("1", "a"), ("1", "b"))
    for _ in range(module.MAX_UNEXPECTED):
        await deliver()
        clock.advance(timedelta(minutes=7))

    assert sender.sent == [("1", "b")]


async def test_pauses_grow_and_are_spread():
    """Tries become rarer, up to five minutes and a quarter more."""
    assert [to_pause(n, spread=0).total_seconds() for n in (0, 1, 5, 9, 99)] == [1, 2, 32, 300, 300]
    assert to_pause(99, spread=1) == timedelta(seconds=375)


async def test_lost_note_is_written_again(deliver, storage, sender):
    """When the database is away for a moment after a delivery, the delivery is noted all the same, not repeated."""
    await put(storage, ("1", "a"))
    sender.gates["1"] = asyncio.Event()
    running = asyncio.create_task(deliver())
    await asyncio.sleep(0.02)
    storage.is_down = True
    sender.gates["1"].set()
    await asyncio.sleep(0.05)
    storage.is_down = False
    await running

    assert sender.sent == [("1", "a")]
    assert storage.tables.outbox == []


async def test_delivery_is_noted_however_long_the_database_is_away(deliver, storage, sender, monkeypatch):
    """What the channel took is noted as soon as that is possible: whoever asks the sender afterwards finds nothing to send."""
    monkeypatch.setattr(module, "NOTE_PAUSES", (0.01,))
    monkeypatch.setattr(module, "LOOK_AGAIN_SECONDS", 0.01)
    await put(storage, ("1", "a"), ("1", "b"))
    sender.gates["1"] = asyncio.Event()
    running = asyncio.create_task(deliver())
    await asyncio.sleep(0.02)
    storage.is_down = True
    sender.gates["1"].set()
    await asyncio.sleep(0.2)
    waited = not running.done()
    storage.is_down = False

    assert await running == 2
    assert waited
    assert sender.sent == [("1", "a"), ("1", "b")]
    assert storage.tables.outbox == []


async def test_database_away_is_told(deliver, storage):
    """Without storage nothing is sent and the caller knows."""
    storage.is_down = True

    with pytest.raises(StorageUnavailable):
        await deliver()


async def test_shutdown_lets_a_running_delivery_end(deliver, storage, sender):
    """What the channel may already have taken is noted before the process ends, so that it is not sent twice."""
    await put(storage, ("1", "a"), ("1", "b"))
    sender.gates["1"] = asyncio.Event()
    running = asyncio.create_task(deliver())
    await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.sleep(0.02)
    sender.gates["1"].set()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert sender.sent == [("1", "a")]
    assert [row.delivery.message.text for row in storage.tables.outbox] == ["b"]


async def test_purged_conversation_disturbs_nobody(deliver, storage, sender):
    """A citizen's data may be deleted while a message to them is on its way."""
    await put(storage, ("1", "a"), ("2", "b"))
    sender.gates["1"] = asyncio.Event()
    running = asyncio.create_task(deliver())
    await asyncio.sleep(0.02)
    async with storage.begin() as work:
        await work.purge_conversations(before=AT + timedelta(days=1))
        await work.commit()
    sender.gates["1"].set()

    assert await running == 2
