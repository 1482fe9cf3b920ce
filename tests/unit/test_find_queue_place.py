"""A waiting citizen is told the place within the team, and a wait only where enough have waited."""

from datetime import timedelta

import pytest

from bot.domain.conversations import Conversation
from bot.domain.handoffs import HandoffRecord
from bot.domain.staff import Role
from bot.use_cases.find_queue_place import QueuePlace, find_queue_place
from tests.fakes import InMemoryStorage
from tests.handoff_support import KNOWLEDGE, MONDAY_MORNING

NOW = MONDAY_MORNING


@pytest.fixture
async def storage() -> InMemoryStorage:
    """The registry office has a team of its own; the lost property office has none."""
    storage = InMemoryStorage()
    async with storage.begin() as unit:
        await unit.add_staff(username="kaya", display_name="Frau Kaya", password_hash="h")
        await unit.set_staff_duties("kaya", role=Role.STAFF, email=None, offices=("standesamt",))
        await unit.commit()
    return storage


async def add_waiting(storage: InMemoryStorage, id_: str, office: str, *, minutes_ago: int) -> Conversation:
    """A conversation in the queue of an office."""
    conversation = Conversation(id_, "web", id_, NOW)
    conversation.hand_off(at=NOW - timedelta(minutes=minutes_ago), reason="citizen_asked", office_id=office, service_id=None)
    async with storage.begin() as unit:
        await unit.add_conversation(conversation)
        await unit.commit()
    return conversation


async def add_waits(storage: InMemoryStorage, office: str, *minutes: int, days_ago: int = 1) -> None:
    """Handoffs that were claimed after so many minutes."""
    for number, each in enumerate(minutes):
        id_ = f"{office}-{days_ago}-{number}"
        at = NOW - timedelta(days=days_ago, seconds=number)
        record = HandoffRecord(id_, office, "citizen_asked", at)
        async with storage.begin() as unit:
            await unit.add_conversation(Conversation(id_, "web", id_, at))
            await unit.add_handoff(record.claim(staff_id=1, at=at + timedelta(minutes=each)))
            await unit.commit()


async def place(storage: InMemoryStorage, conversation: Conversation) -> QueuePlace | None:
    """Where it stands now."""
    async with storage.begin(read_only=True) as unit:
        return await find_queue_place(conversation, unit=unit, knowledge=KNOWLEDGE, now=NOW)


async def test_place_counts_those_who_wait_longer_for_the_same_team(storage: InMemoryStorage) -> None:
    """An office without a team is the general team's; other teams' citizens are not in the way."""
    await add_waiting(storage, "first", "fundbuero", minutes_ago=5)
    await add_waiting(storage, "other", "standesamt", minutes_ago=9)
    second = await add_waiting(storage, "second", "buergerbuero", minutes_ago=3)
    await add_waiting(storage, "later", "buergerbuero", minutes_ago=1)

    assert await place(storage, second) == QueuePlace(2, None)


async def test_estimate_is_the_median_of_the_teams_waits(storage: InMemoryStorage) -> None:
    """Of the last thirty days, of this team; an even number takes the middle of two."""
    waiting = await add_waiting(storage, "anna", "buergerbuero", minutes_ago=1)
    await add_waits(storage, "buergerbuero", 1, 2, 4, 8)
    await add_waits(storage, "fundbuero", 3, 60)
    await add_waits(storage, "standesamt", *[100] * 9)
    await add_waits(storage, "buergerbuero", *[100] * 9, days_ago=31)

    assert await place(storage, waiting) == QueuePlace(1, timedelta(minutes=3, seconds=30))


async def test_only_the_last_twenty_waits_count(storage: InMemoryStorage) -> None:
    """What was long ago says little about today."""
    waiting = await add_waiting(storage, "anna", "buergerbuero", minutes_ago=1)
    await add_waits(storage, "buergerbuero", *[2] * 20, *[90] * 30)

    assert await place(storage, waiting) == QueuePlace(1, timedelta(minutes=2))


async def test_no_estimate_out_of_four(storage: InMemoryStorage) -> None:
    """Nobody is told a number that stands on nothing."""
    waiting = await add_waiting(storage, "anna", "buergerbuero", minutes_ago=1)
    await add_waits(storage, "buergerbuero", 1, 1, 1, 1)

    assert await place(storage, waiting) == QueuePlace(1, None)


async def test_whoever_does_not_wait_has_no_place(storage: InMemoryStorage) -> None:
    """Neither with the bot nor with a person."""
    held = await add_waiting(storage, "anna", "buergerbuero", minutes_ago=1)
    held.claim(staff_id=1, staff_name="Frau Kaya", at=NOW)

    assert await place(storage, held) is None
    assert await place(storage, Conversation("new", "web", "new", NOW)) is None
