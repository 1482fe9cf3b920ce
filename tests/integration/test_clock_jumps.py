"""The clock is set while citizens write: everything is answered once, in order, and nobody waits until it has caught up."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.chaos.audit import Seen, judge_conversation, to_id
from bot.domain.messages import Author, Reply
from bot.settings import Settings
from bot.storage import open_storage
from bot.use_cases.start_conversation import TELEGRAM
from tests.fakes import MovableClock
from tests.integration.app import Citizen, Program, StubEngine, copy_town, running, stub_engine, to_settings, until
from tests.telegram_stand_in.fixtures import stand_in
from tests.telegram_stand_in.state import TOKEN, StandIn

__all__ = ["stand_in"]

WINTER_TIME = datetime(2026, 10, 25, 1, tzinfo=UTC)
"""When clocks in Germany go from 3 back to 2."""
BEFORE = WINTER_TIME - timedelta(minutes=1)
HOUR = timedelta(hours=1)
LEASE = timedelta(seconds=15)
KIM = 42
PATIENCE = 30.0
"""Seconds: a busy machine is no reason for a degraded answer."""
JUMPS: dict[str, Callable[[MovableClock], None]] = {
    "to winter time": lambda clock: clock.move_to(WINTER_TIME),
    "an hour ahead": lambda clock: clock.advance(HOUR),
    "an hour back": lambda clock: clock.put_back(HOUR),
    "a day back": lambda clock: clock.put_back(timedelta(days=1)),
}


@pytest.fixture
def engine() -> Iterator[StubEngine]:
    """An engine that echoes."""
    with stub_engine() as engine:
        yield engine


@pytest.fixture
def clock() -> MovableClock:
    """A minute before winter time."""
    return MovableClock(BEFORE)


@pytest.fixture
def settings(stand_in: StandIn, engine: StubEngine, tmp_path: Path) -> Settings:
    """The program on SQLite, with the widget and Telegram."""
    telegram = {"telegram_token": TOKEN, "telegram_base_url": stand_in.url}
    town = copy_town(tmp_path, "weekdays")
    return to_settings(tmp_path, project_dir=town, engine_url=engine.url, turn_timeout=PATIENCE, **telegram)


@pytest.fixture
def program(settings: Settings, clock: MovableClock) -> Iterator[Program]:
    """The program by that clock."""
    with running(settings, now=clock) as program:
        yield program


def judge(citizen: Citizen, accepted: list[str]) -> None:
    """Each accepted message is there and answered once, in order."""
    messages = [Seen(each["seq"], each["author"], each["text"]) for each in citizen.messages()]
    assert judge_conversation(accepted, messages, is_introduction=lambda _: False).is_clean, citizen.texts


def answered(count: int, citizen: Citizen) -> Callable[[], bool]:
    """Whether so many answers came."""
    return lambda: sum("Antwort auf" in text for text in citizen.texts) >= count


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_citizens_write_while_the_clock_jumps(
    program: Program, engine: StubEngine, stand_in: StandIn, clock: MovableClock, jump: Callable[[MovableClock], None]
) -> None:
    """Before, in the middle of a turn, and afterwards; on the widget and on Telegram."""
    citizens = [program.citizen() for _ in range(3)]
    written: list[str] = []

    def write(id_: str) -> None:
        written.append(id_)
        stand_in.citizen_writes(KIM, f"Frage [{id_}]")
        for citizen in citizens:
            citizen.say(f"Frage [{id_}]")

    write("a")
    engine.released.clear()
    write("b")
    until(lambda: "Frage [b]" in engine.texts, PATIENCE)
    jump(clock)
    write("c")
    engine.released.set()
    write("d")
    for citizen in citizens:
        until(answered(len(written), citizen), PATIENCE)
        judge(citizen, written)
    until(lambda: "[d]" in stand_in.texts_to(KIM)[-1], PATIENCE)

    assert [to_id(text) for text in stand_in.texts_to(KIM) if to_id(text)] == written


@pytest.mark.parametrize("back", [HOUR, timedelta(days=1)], ids=["an hour", "a day"])
def test_what_a_dead_process_had_leased_is_answered_although_the_clock_was_put_back(
    program: Program, settings: Settings, stand_in: StandIn, clock: MovableClock, back: timedelta
) -> None:
    """A turn and a delivery: the lease does not last until the clock has caught up."""
    citizen = program.citizen()
    stand_in.citizen_writes(KIM, "Frage [a]")
    until(lambda: [text for text in stand_in.texts_to(KIM) if "[a]" in text], PATIENCE)
    asyncio.run(lease_and_die(settings.database_address, citizen.id, at=clock()))
    clock.put_back(back)

    citizen.reads("Antwort auf: Frage [b]")
    until(lambda: "Noch etwas" in stand_in.texts_to(KIM)[-1], PATIENCE)
    judge(citizen, ["b"])
    assert sum("Noch etwas" in text for text in stand_in.texts_to(KIM)) == 1


async def lease_and_die(url: str, conversation_id: str, *, at: datetime) -> None:
    """What another process leaves behind that took on a turn and a delivery, and then died."""
    storage = open_storage(url)
    async with storage.begin() as unit:
        asked = await unit.get_conversation(conversation_id)
        await unit.add_incoming(asked, source_id="b", text="Frage [b]", payload=None, at=at, awaits_turn=True)
        assert await unit.lease_next_turn(worker="dead", until=at + LEASE, now=at)
    async with storage.begin() as unit:
        chat = await unit.find_by_address(TELEGRAM, str(KIM))
        assert chat is not None
        await unit.add_outgoing(chat, Reply("Noch etwas"), author=Author.BOT, at=at)
        assert await unit.lease_deliveries(channel=TELEGRAM, worker="dead", until=at + LEASE, now=at, limit=1)
    await storage.close()
