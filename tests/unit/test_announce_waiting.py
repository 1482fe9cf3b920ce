"""Who waits while nobody is at the console, or too long, is announced to the team by e-mail, once."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.staff import PRESENT_FOR, Role
from bot.use_cases.announce_waiting import announce_waiting
from tests.handoff_support import KNOWLEDGE, berlin, to_handoff_turn
from tests.team_support import Letterbox, Team, to_waiting_team

KAYA, LANG = "kaya@musterstadt.example", "lang@musterstadt.example"


@pytest.fixture
async def team() -> Team:
    """A citizen waits."""
    return await to_waiting_team()


@pytest.fixture
def letterbox() -> Letterbox:
    """Where the mails arrive."""
    return Letterbox()


async def tell(team: Team, letterbox: Letterbox) -> list[tuple[str, ...]]:
    """One look at the queue; to whom the mails go."""
    known = len(letterbox.notifications)
    count = await announce_waiting(storage=team.storage, knowledge=KNOWLEDGE, notifier=letterbox, now=team.clock)
    assert count == len(letterbox.notifications) - known
    return [each.to for each in letterbox.notifications[known:]]


async def be_here(team: Team, username: str, *, is_away: bool | None = None) -> None:
    """A console gives a sign of life."""
    async with team.storage.begin() as unit:
        await unit.note_presence(team.members[username].id, at=team.clock(), is_away=is_away)
        await unit.commit()


async def test_absent_team_is_told_at_once_and_once(team: Team, letterbox: Letterbox) -> None:
    """With the office and the conversation, without a word of the citizen."""
    for each in ("kaya", "lang"):
        await team.employ(each, is_here=False)

    assert await tell(team, letterbox) == [(KAYA, LANG)]
    (mail,) = letterbox.notifications
    assert (mail.kind, mail.conversation_id, mail.ticket, mail.office_name) == ("waiting", team.id, None, "Bürgerbüro")
    assert mail.good_until == team.clock() + timedelta(minutes=15)
    team.clock.advance(timedelta(minutes=9))
    assert await tell(team, letterbox) == []


async def test_process_whose_clock_is_behind_tells_once(team: Team, letterbox: Letterbox) -> None:
    """It looks before the moment at which another process has put the citizen into the queue."""
    await team.employ("kaya", is_here=False)
    team.clock.advance(timedelta(seconds=-3))
    assert await tell(team, letterbox) == [(KAYA,)]
    team.clock.advance(timedelta(seconds=10))

    assert await tell(team, letterbox) == []


async def test_who_is_at_the_console_has_two_minutes(team: Team, letterbox: Letterbox) -> None:
    """Then the others are written to, and not those who see the queue."""
    await team.employ("kaya")
    await team.employ("lang", is_here=False)
    assert await tell(team, letterbox) == []
    team.clock.advance(timedelta(seconds=119))
    await be_here(team, "kaya")
    assert await tell(team, letterbox) == []
    team.clock.advance(timedelta(seconds=1))

    assert await tell(team, letterbox) == [(LANG,)]


async def test_console_that_is_closed_meanwhile_counts_as_nobody(team: Team, letterbox: Letterbox) -> None:
    """As soon as its last sign of life is too old."""
    await team.employ("kaya")
    assert await tell(team, letterbox) == []
    team.clock.advance(PRESENT_FOR + timedelta(seconds=1))

    assert await tell(team, letterbox) == [(KAYA,)]


async def test_who_switched_to_away_is_written_to(team: Team, letterbox: Letterbox) -> None:
    """The console may be open, but nobody looks at it."""
    await team.employ("kaya")
    await be_here(team, "kaya", is_away=True)

    assert await tell(team, letterbox) == [(KAYA,)]


async def test_where_all_are_at_the_console_nobody_is_written_to(team: Team, letterbox: Letterbox) -> None:
    """Nothing is noted either: whoever leaves without taking the citizen is written to."""
    await team.employ("kaya")
    team.clock.advance(timedelta(minutes=5))
    await be_here(team, "kaya")
    assert await tell(team, letterbox) == []
    team.clock.advance(PRESENT_FOR + timedelta(seconds=1))

    assert await tell(team, letterbox) == [(KAYA,)]


async def test_only_the_team_is_written_to(letterbox: Letterbox) -> None:
    """Neither editors nor other offices nor closed accounts nor who has no address; their presence counts for nothing."""
    team = await to_waiting_team(berlin(26, "14:30"))
    async with team.storage.begin() as unit:
        conversation = await unit.get_conversation(team.id)
        conversation.move_to("standesamt", service_id=None)
        await unit.save_conversation(conversation)
        await unit.commit()
    members = [
        ("kaya", Role.STAFF, ("standesamt",), False),
        ("lang", Role.STAFF, ("buergerbuero",), True),
        ("berg", Role.EDITOR, ("standesamt",), True),
        ("gone", Role.STAFF, ("standesamt",), True),
        ("mute", Role.STAFF, ("standesamt",), False),
    ]
    for username, role, offices, is_here in members:
        await team.employ(username, is_here=is_here)
        async with team.storage.begin() as unit:
            email = None if username == "mute" else f"{username}@musterstadt.example"
            await unit.set_staff_duties(username, role=role, email=email, offices=offices)
            await unit.commit()
    await team.switch_off(team.members["gone"])

    assert await tell(team, letterbox) == [(KAYA,)]
    assert letterbox.notifications[0].office_name == "Standesamt"


async def test_who_comes_back_into_the_queue_is_announced_again(team: Team, letterbox: Letterbox) -> None:
    """The colleague gave the citizen back and went home: that is another wait."""
    kaya = await team.employ("kaya", is_here=False)
    assert await tell(team, letterbox) == [(KAYA,)]
    team.clock.advance(timedelta(minutes=1))
    await team.claim(kaya)
    assert await tell(team, letterbox) == []
    team.clock.advance(timedelta(minutes=1))
    await team.release(kaya)

    assert await tell(team, letterbox) == [(KAYA,)]
    assert await tell(team, letterbox) == []


async def test_new_team_is_told_of_who_was_passed_on(letterbox: Letterbox) -> None:
    """The other office has not heard of the citizen."""
    team = await to_waiting_team(berlin(26, "14:30"))
    kaya = await team.employ("kaya", is_here=False)
    assert await tell(team, letterbox) == [(KAYA,)]
    await team.claim(kaya)
    await team.transfer(kaya, office_id="standesamt")

    assert await tell(team, letterbox) == [(KAYA,)]
    assert [each.office_name for each in letterbox.notifications] == ["Bürgerbüro", "Standesamt"]


async def test_several_processes_tell_once(team: Team, letterbox: Letterbox) -> None:
    """Each looks again under the lock before it writes."""
    await team.employ("kaya", is_here=False)

    async def look() -> int:
        return await announce_waiting(storage=team.storage, knowledge=KNOWLEDGE, notifier=letterbox, now=team.clock)

    counts = await asyncio.gather(*(look() for _ in range(5)))

    assert sorted(counts) == [0, 0, 0, 0, 1]
    assert len(letterbox.notifications) == 1


async def test_ticket_is_no_wait(letterbox: Letterbox) -> None:
    """Outside the hours nobody waits; the ticket has its own mail."""
    team = Team(to_handoff_turn(), at=berlin(22, "20:00"))
    await team.employ("kaya", is_here=False)
    await team.ask("Mensch bitte")

    assert await tell(team, letterbox) == []
