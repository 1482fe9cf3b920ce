"""Citizens ask how a ticket stands, teams are told of it."""

import asyncio
from datetime import timedelta

import pytest

from bot.use_cases.announce_tickets import announce_tickets
from bot.use_cases.escalate_tickets import escalate_tickets
from tests.handoff_support import KNOWLEDGE, berlin, to_handoff_turn, to_turn
from tests.team_support import Letterbox, Team


async def test_ticket_status_is_told_by_number() -> None:
    """Open with its promise, overdue, closed; of another's number nothing is said."""
    team = Team(to_handoff_turn(), to_turn(), at=berlin(22, "20:00"))
    await team.ask("Mensch bitte")
    (ticket,) = team.tickets
    assert await team.ask(f"Was ist mit {ticket.number}?") == ["utter_ticket_status_open"]
    assert await team.ask("Und 2026-9999?") == ["utter_ticket_unknown"]
    assert await team.ask(f"{ticket.number}", address="43") == ["utter_ticket_unknown"]
    team.clock.moment = ticket.due_at
    assert await team.ask(ticket.number) == ["utter_ticket_status_overdue"]
    async with team.storage.begin() as unit:
        await unit.close_ticket(ticket.number, at=team.clock())
        await unit.commit()

    assert await team.ask(ticket.number) == ["utter_ticket_status_closed"]
    assert len(team.assistant.asked) == 1


async def tell(team: Team, letterbox: Letterbox) -> list[str]:
    """One look at the tickets; of what kind the mails are."""
    known = len(letterbox.notifications)
    await announce_tickets(storage=team.storage, knowledge=KNOWLEDGE, notifier=letterbox, now=team.clock)
    await escalate_tickets(storage=team.storage, knowledge=KNOWLEDGE, notifier=letterbox, now=team.clock)
    return [each.kind for each in letterbox.notifications[known:]]


async def test_team_is_told_of_a_ticket_and_once_before_the_promise_is_missed() -> None:
    """By e-mail to each member with an address; no word of the citizen is in it."""
    team, letterbox = Team(to_handoff_turn(), at=berlin(22, "20:00")), Letterbox()
    await team.employ("kaya")
    await team.ask("Geheimnis")
    (ticket,) = team.tickets

    assert await tell(team, letterbox) == ["ticket"]
    assert await tell(team, letterbox) == []
    team.clock.moment = ticket.due_at - timedelta(minutes=119)
    assert await tell(team, letterbox) == ["escalation"]
    assert await tell(team, letterbox) == []
    assert {each.to for each in letterbox.notifications} == {("kaya@musterstadt.example",)}
    assert "Geheimnis" not in "".join(f"{each.kind}{each.to}{each.office_name}" for each in letterbox.notifications)
    assert all(each.ticket is not None and each.ticket.number == ticket.number for each in letterbox.notifications)


@pytest.mark.parametrize(
    ("day", "clock", "is_urgent"),
    [(23, "14:00", False), (23, "15:29", False), (23, "15:31", True), (23, "16:00", True), (24, "07:00", True)],
)
async def test_a_quarter_of_the_promised_hours_is_counted_while_the_office_is_open(
    day: int, clock: str, is_urgent: bool
) -> None:
    """Eight hours from Sunday night end on Tuesday at 9:30; two of them are left at 15:30 on Monday."""
    team, letterbox = Team(to_handoff_turn(), at=berlin(22, "20:00")), Letterbox()
    await team.employ("kaya")
    await team.ask("Mensch bitte")
    team.clock.moment = berlin(day, clock)

    assert ("escalation" in await tell(team, letterbox)) is is_urgent
    assert (team.tickets[0].escalated_at is not None) is is_urgent


async def test_several_processes_tell_once() -> None:
    """Each looks again under the lock before it writes a mail."""
    team, letterbox = Team(to_handoff_turn(), at=berlin(22, "20:00")), Letterbox()
    await team.employ("kaya")
    await team.ask("Mensch bitte")
    team.clock.moment = team.tickets[0].due_at
    await asyncio.gather(*(tell(team, letterbox) for _ in range(5)))

    assert sorted(each.kind for each in letterbox.notifications) == ["escalation", "ticket"]


async def test_new_team_is_told_of_a_ticket_that_was_passed_on() -> None:
    """With the promise of its own office, which is not urgent yet."""
    team, letterbox = Team(to_handoff_turn(), at=berlin(22, "20:00")), Letterbox()
    kaya = await team.employ("kaya")
    await team.ask("Mensch bitte")
    team.clock.moment = berlin(24, "09:00")
    assert await tell(team, letterbox) == ["ticket", "escalation"]
    await team.claim(kaya)
    await team.transfer(kaya, office_id="standesamt")

    assert await tell(team, letterbox) == ["ticket"]
    assert letterbox.notifications[-1].office_name == "Standesamt"


async def test_answered_ticket_is_not_urgent() -> None:
    """Who resolved it in time hears nothing of it."""
    team, letterbox = Team(to_handoff_turn(), at=berlin(22, "20:00")), Letterbox()
    kaya = await team.employ("kaya")
    await team.ask("Mensch bitte")
    await tell(team, letterbox)
    await team.claim(kaya)
    await team.resolve(kaya)
    team.clock.moment = berlin(24, "09:00")

    assert await tell(team, letterbox) == []


async def test_number_is_read_by_a_person_who_has_the_conversation() -> None:
    """The bot says nothing about it then."""
    team = Team(to_handoff_turn(), at=berlin(22, "20:00"))
    kaya = await team.employ("kaya")
    await team.ask("Mensch bitte")
    await team.claim(kaya)

    assert await team.ask(f"Was ist mit {team.tickets[0].number}?") == []


@pytest.mark.parametrize("text", ["Am 2026-11-23 um 9", "02599 2026-0001-5", "2026", "12026-0001"])
async def test_other_numbers_are_no_tickets(text: str) -> None:
    """Dates and phone numbers go to the assistant."""
    team = Team(to_turn())
    await team.ask(text)

    assert [each["text"] for each in team.assistant.asked] == [text]
