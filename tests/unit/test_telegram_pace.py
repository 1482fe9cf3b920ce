"""Telegram's speed limits."""

from bot.channels.telegram.pace import ALL_BURST, ALL_SECONDS, CHAT_BURST, CHAT_SECONDS, Meter, Pace
from bot.channels.telegram.requests import FloodWait
from bot.channels.telegram.retries import LONGEST_PAUSE, Backoff


def to_turns(meter, count):
    """The moments of that many turns which are all asked for at 0."""
    return [round(meter.reserve(0.0), 3) for _ in range(count)]


def test_one_chat_gets_three_at_once_then_one_a_second():
    """An answer in three parts arrives at once, a flood does not."""
    assert to_turns(Meter(CHAT_BURST, CHAT_SECONDS), 6) == [0, 0, 0, 1, 2, 3]


def test_never_more_than_thirty_within_a_second():
    """Whatever second one looks at, also right after a burst."""
    turns = to_turns(Meter(ALL_BURST, ALL_SECONDS), 200)

    assert max(sum(start <= turn < start + 1 for turn in turns) for start in turns) <= 30


def test_pause_gives_the_burst_back():
    """A chat that was quiet may have its burst again."""
    meter = Meter(CHAT_BURST, CHAT_SECONDS)
    to_turns(meter, 5)

    assert [meter.reserve(60.0) for _ in range(4)] == [0, 0, 0, 1]


async def test_quiet_chats_are_forgotten(monkeypatch):
    """Memory does not grow with the number of citizens."""
    monkeypatch.setattr("bot.channels.telegram.pace.FORGET_ABOVE", 2)
    monkeypatch.setattr("bot.channels.telegram.pace.CHAT_SECONDS", 0.0)
    pace = Pace()
    for address in range(20):
        await pace.wait(str(address))

    assert len(pace._chats) <= 4


def test_backoff_grows_and_obeys():
    """Pauses double up to a minute, and are never shorter than Telegram asks for."""
    backoff = Backoff()
    pauses = [backoff.pause_after(OSError()) for _ in range(12)]

    assert pauses[0] < 1 < pauses[3] < pauses[6]
    assert max(pauses) <= LONGEST_PAUSE * 1.25
    assert Backoff().pause_after(FloodWait(17)) == 17
