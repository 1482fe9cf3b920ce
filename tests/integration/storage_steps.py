"""Steps that the tests of the storage share."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.domain.conversations import Conversation
from bot.domain.handoffs import Ticket
from bot.domain.messages import Author, Message, Reply
from bot.ports import Delivery
from bot.storage import SqlStorage

NOW = datetime(2026, 11, 23, 9, 30, 15, 123456, tzinfo=UTC)


def after(seconds: float) -> datetime:
    """A moment after NOW."""
    return NOW + timedelta(seconds=seconds)


def conversation(identity: str, channel: str = "web") -> Conversation:
    """A new conversation; on the widget its address is its id."""
    return Conversation(identity, channel, identity, NOW)


def ticket(number: str, conversation_id: str, *, due_at: datetime = NOW) -> Ticket:
    """An open ticket."""
    return Ticket(number, conversation_id, "steueramt", "hundesteuer", "no_staff", "Was kostet der Hund?", NOW, due_at)


async def start(storage: SqlStorage, *identities: str, channel: str = "web") -> None:
    """Store new conversations."""
    async with storage.begin() as unit:
        for each in identities:
            await unit.add_conversation(conversation(each, channel))
        await unit.commit()


async def ask(
    storage: SqlStorage, identity: str, source_id: str, *, at: datetime = NOW, awaits_turn: bool = True
) -> Message:
    """Store a message of the citizen."""
    async with storage.begin() as unit:
        found = await unit.get_conversation(identity)
        message = await unit.add_incoming(
            found, source_id=source_id, text=f"Frage {source_id}", payload=None, at=at, awaits_turn=awaits_turn
        )
        await unit.commit()
    return message


async def answer(
    storage: SqlStorage, identity: str, text: str, *, author: Author = Author.BOT, at: datetime = NOW
) -> Message:
    """Store a message to the citizen."""
    async with storage.begin() as unit:
        message = await unit.add_outgoing(await unit.get_conversation(identity), Reply(text), author=author, at=at)
        await unit.commit()
    return message


async def list_texts(storage: SqlStorage, identity: str) -> list[str]:
    """What the conversation's messages say, in order."""
    async with storage.begin(read_only=True) as unit:
        return [message.text for message in await unit.list_messages(identity)]


async def lease_turn(storage: SqlStorage, worker: str, *, at: datetime = NOW, seconds: float = 30) -> str | None:
    """Lease the next turn; gives the conversation's id."""
    async with storage.begin() as unit:
        leased = await unit.lease_next_turn(worker=worker, until=at + timedelta(seconds=seconds), now=at)
    return leased.id if leased else None


async def lease_deliveries(storage: SqlStorage, worker: str, *, at: datetime = NOW, limit: int = 100) -> list[Delivery]:
    """Lease what Telegram is to be given, for 30 seconds."""
    async with storage.begin() as unit:
        return await unit.lease_deliveries(
            channel="telegram", worker=worker, until=at + timedelta(seconds=30), now=at, limit=limit
        )


async def mark_delivered(storage: SqlStorage, delivery: Delivery) -> None:
    """The channel took it."""
    async with storage.begin() as unit:
        await unit.mark_delivered(delivery, at=NOW, external_id="4711")
        await unit.commit()


async def mark_failed(storage: SqlStorage, delivery: Delivery, *, retry_at: datetime | None) -> None:
    """The channel did not take it."""
    async with storage.begin() as unit:
        await unit.mark_failed(delivery, retry_at=retry_at)
        await unit.commit()


async def is_silent(changes: object, seconds: float = 0.1) -> bool:
    """Whether nothing comes for a moment."""
    try:
        await asyncio.wait_for(anext(changes), seconds)  # type: ignore[call-overload]
    except TimeoutError:
        return True
    return False
