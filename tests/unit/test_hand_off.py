"""A person is called: live while the office is open, else as a ticket with a promise that counts its hours."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.conversations import ConversationStatus
from bot.domain.languages import LANGUAGES
from bot.domain.turns import Turn
from bot.knowledge.responses import DomainResponses
from bot.settings import PROJECT_ROOT
from bot.use_cases.hand_off import INTRODUCTIONS, LIVE, LIVE_OF, Handoff
from bot.use_cases.preview_answer import NO_NUMBER, preview_answer
from bot.use_cases.receive_message import RETURN_TO_BOT
from tests.handoff_support import (
    BUERGERBUERO,
    FALLBACK,
    KNOWLEDGE,
    MONDAY_MORNING,
    STANDESAMT,
    Desk,
    berlin,
    promise,
    to_handoff_turn,
    to_turn,
)

SUNDAY = berlin(22, "10:00")


async def test_within_hours_the_citizen_waits_for_a_person() -> None:
    """The conversation enters the live queue of the competent office, and the citizen reads which."""
    desk = Desk(to_handoff_turn())
    assert await desk.ask("Mensch bitte") == ["utter_handoff_live"]

    conversation = desk.conversation()
    assert conversation.is_waiting
    assert conversation.waiting_since == desk.clock()
    assert (conversation.office_id, conversation.service_id) == ("buergerbuero", "personalausweis")
    assert conversation.handoff_reason == "citizen_asked"
    assert desk.values_of("utter_handoff_live") == {"office": "Bürgerbüro"}
    assert desk.tickets == []


async def test_outside_hours_the_citizen_gets_a_number_and_a_promise() -> None:
    """The ticket keeps the question; the promise counts the office's own hours: 4.5 + 2 on Monday, the rest on Tuesday."""
    desk = Desk(to_handoff_turn(), at=SUNDAY)
    assert await desk.ask("Mensch bitte") == ["utter_handoff_ticket"]

    (ticket,) = desk.tickets
    assert (ticket.office_id, ticket.service_id, ticket.reason) == ("buergerbuero", "personalausweis", "citizen_asked")
    assert (ticket.question, ticket.created_at) == ("Mensch bitte", SUNDAY)
    assert ticket.due_at == berlin(24, "09:30")
    assert desk.values_of("utter_handoff_ticket") == {
        "office": "Bürgerbüro",
        "number": ticket.number,
        "promise": "until 24.11. 09:30 (de)",
    }
    assert desk.status() is ConversationStatus.PENDING


@pytest.mark.parametrize(
    ("day", "clock", "month", "live"),
    [
        (23, "07:59", 11, False),
        (23, "08:00", 11, True),
        (23, "12:29", 11, True),
        (23, "12:30", 11, False),
        (23, "13:59", 11, False),
        (23, "14:00", 11, True),
        (23, "15:59", 11, True),
        (23, "16:00", 11, False),
        (28, "10:00", 11, False),
        (25, "10:00", 12, False),
    ],
    ids=[
        "too early",
        "opens",
        "before lunch",
        "lunch",
        "lunch ends",
        "after lunch",
        "late",
        "closed",
        "Saturday",
        "holiday",
    ],
)
async def test_hours_decide_to_the_minute(day: int, clock: str, month: int, live: bool) -> None:
    """Lunch breaks, weekends and public holidays are outside hours like the evening."""
    desk = Desk(to_handoff_turn(), at=berlin(day, clock, month=month))
    await desk.ask("Mensch bitte")

    assert desk.conversation().is_waiting == live
    assert len(desk.tickets) == (0 if live else 1)


@pytest.mark.parametrize(
    ("day", "clock", "month", "due"),
    [
        (23, "12:45", 11, "24.11. 15:30"),
        (27, "16:00", 11, "01.12. 09:30"),
        (24, "16:00", 12, "29.12. 09:30"),
    ],
    ids=["lunch break", "weekend", "holiday"],
)
async def test_promise_leaves_out_what_is_closed(day: int, clock: str, month: int, due: str) -> None:
    """Eight staffed hours: without the lunch break, the weekend and the public holiday."""
    desk = Desk(to_handoff_turn(), at=berlin(day, clock, month=month))
    await desk.ask("Mensch bitte")

    assert desk.values_of("utter_handoff_ticket")["promise"] == f"until {due} (de)"
    staffed = BUERGERBUERO.opening_hours.open_time_between(desk.clock(), desk.tickets[0].due_at)
    assert staffed == timedelta(hours=8)


async def test_office_is_the_one_of_the_service() -> None:
    """Of the turn's service, else of the one that was talked about, else the named office, else the general one."""
    cases = [
        (to_handoff_turn(service="eheschliessung"), "standesamt"),
        (to_handoff_turn(service=None, state={"current_service": "eheschliessung"}), "standesamt"),
        (to_handoff_turn(service=None, office="standesamt"), "standesamt"),
        (to_handoff_turn(service=None, state={"current_service": "unbekannt"}), "buergerbuero"),
        (to_handoff_turn(service=None), "buergerbuero"),
    ]
    for turn, office in cases:
        desk = Desk(turn, at=SUNDAY)
        await desk.ask("Mensch bitte")
        assert desk.tickets[0].office_id == office


async def test_second_handoff_is_added_to_the_ticket() -> None:
    """No second ticket for the same office, the same number and promise."""
    desk = Desk(to_handoff_turn(), to_handoff_turn(service=None), at=SUNDAY)
    await desk.ask("Mensch bitte")
    (ticket,) = desk.tickets
    desk.clock.advance(timedelta(hours=2))

    assert await desk.ask("Wo bleibt der Mensch?") == ["utter_added_to_ticket"]
    assert desk.tickets == [ticket]
    assert desk.values_of("utter_added_to_ticket")["number"] == ticket.number
    assert desk.values_of("utter_added_to_ticket")["promise"] == "until 24.11. 09:30 (de)"


async def test_handoff_to_another_office_opens_a_ticket_there() -> None:
    """A wedding does not land with those who issue identity cards; each office keeps one ticket."""
    desk = Desk(to_handoff_turn(), to_handoff_turn(service="eheschliessung"), to_handoff_turn(), at=SUNDAY)
    await desk.ask("Mensch bitte")
    assert await desk.ask("Wir wollen heiraten") == ["utter_handoff_ticket"]
    assert desk.values_of("utter_handoff_ticket")["office"] == "Standesamt"
    assert desk.conversation().office_id == "standesamt"

    assert await desk.ask("Und mein Ausweis?") == ["utter_added_to_ticket"]
    assert [ticket.office_id for ticket in desk.tickets] == ["buergerbuero", "standesamt"]
    assert desk.values_of("utter_added_to_ticket")["number"] == desk.tickets[0].number


@pytest.mark.parametrize("second", [to_handoff_turn(), FALLBACK], ids=["handoff", "fallback"])
async def test_promise_that_is_past_is_not_repeated(second: Turn) -> None:
    """The town is late and says so, without a date."""
    desk = Desk(to_handoff_turn(), second, at=SUNDAY)
    await desk.ask("Mensch bitte")
    desk.clock.moment = berlin(24, "12:45")

    assert await desk.ask("Wo bleibt die Antwort?") == ["utter_added_to_overdue_ticket"]
    assert desk.values_of("utter_added_to_overdue_ticket")["number"] == desk.tickets[0].number
    assert len(desk.tickets) == 1


async def test_handoff_within_hours_is_live_although_a_ticket_is_open() -> None:
    """Who asks again while the office is open need not wait for the promise."""
    desk = Desk(to_handoff_turn(), at=SUNDAY)
    await desk.ask("Mensch bitte")
    desk.clock.moment = berlin(23, "10:00")

    assert await desk.ask("Mensch bitte") == ["utter_handoff_live"]
    assert desk.conversation().is_waiting
    assert len(desk.tickets) == 1


async def test_new_handoff_after_the_ticket_was_closed_opens_another() -> None:
    """With another number."""
    desk = Desk(to_handoff_turn(), at=SUNDAY)
    await desk.ask("Mensch bitte")
    async with desk.storage.begin() as unit:
        await unit.close_ticket(desk.tickets[0].number, at=desk.clock())
        await unit.commit()
    await desk.ask("Mensch bitte")

    assert len({ticket.number for ticket in desk.tickets}) == 2
    assert [ticket.is_open for ticket in desk.tickets] == [False, True]


@pytest.mark.parametrize(
    ("reason", "introduction"),
    [
        ("citizen_asked", []),
        ("bot_failed", ["utter_handoff_after_failure"]),
        ("personal_case", ["utter_handoff_personal_case"]),
        ("degraded", ["utter_handoff_degraded"]),
    ],
)
async def test_citizen_reads_why_a_person_is_called(reason: str, introduction: list[str]) -> None:
    """Unless they asked for one themselves; in this order: answer, reason, what happens now."""
    desk = Desk(to_turn("Noch ein Satz.", handoff_reason=reason))

    assert await desk.ask() == ["Noch ein Satz.", *introduction, "utter_handoff_live"]


async def test_who_gets_an_answer_that_is_approved_first_is_told_just_that() -> None:
    """One message, with the way back to the bot; there is nothing to describe, because the question was asked."""
    turn = to_handoff_turn(reason="needs_approval")
    desk = Desk(turn)
    previewed = preview_answer(turn, "?", knowledge=KNOWLEDGE, responses=desk.responses, promise=promise, at=MONDAY_MORNING)

    assert [reply.text for reply in previewed] == ["utter_handoff_needs_approval"]
    assert await desk.ask("Geht der Ausweis auch ohne Foto?") == ["utter_handoff_needs_approval"]
    assert desk.values_of("utter_handoff_needs_approval") == {"office": "Bürgerbüro"}
    assert desk.conversation().is_waiting


async def test_approval_that_comes_too_late_is_a_ticket_like_any_other() -> None:
    """The office closed while the bot was thinking, so nobody looks at the answer soon."""
    desk = Desk(to_handoff_turn(reason="needs_approval"), at=SUNDAY)

    assert await desk.ask("Geht der Ausweis auch ohne Foto?") == ["utter_handoff_ticket"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_waiting_leads_back_to_the_bot(language: str) -> None:
    """Whatever the reason is, who waits can stop waiting."""
    responses = DomainResponses.load(PROJECT_ROOT / "domain.yml")
    for key in (LIVE, *LIVE_OF.values()):
        buttons = responses.reply(key, language, office="Bürgerbüro").buttons

        assert [button.payload for button in buttons] == [RETURN_TO_BOT]


def test_every_sentence_about_a_handoff_is_approved() -> None:
    """domain.yml has it in both languages, with the values that it names."""
    responses = DomainResponses.load(PROJECT_ROOT / "domain.yml")
    keys = {*INTRODUCTIONS.values(), *LIVE_OF.values(), LIVE, "utter_handoff_ticket", "utter_added_to_ticket"}
    keys |= {
        "utter_added_to_overdue_ticket",
        "utter_staff_left_becomes_ticket",
        "utter_closed_becomes_ticket",
        "utter_return_while_held",
        "utter_not_answered",
    }
    keys |= {"utter_waiting_becomes_ticket", "utter_waiting_cancelled", "utter_greeting", "utter_greeting_telegram"}
    values = {"office": "Bürgerbüro", "number": "2026-0001", "promise": "bis morgen", "town": "Musterstadt", "phone": "115"}
    for key in keys:
        german, english = (responses.reply(key, language, **values).text for language in ("de", "en"))
        assert german != english


async def test_english_citizen_reads_english() -> None:
    """Office and promise included."""
    desk = Desk(to_handoff_turn(language="en"), at=SUNDAY)
    await desk.ask("human please", language="en")

    assert desk.values_of("utter_handoff_ticket")["office"] == "Bürgerbüro (en)"
    assert desk.values_of("utter_handoff_ticket")["promise"].endswith("(en)")


async def test_number_has_the_year_of_the_town() -> None:
    """Half an hour after midnight it is the new year here, whatever UTC says."""
    desk = Desk(to_handoff_turn(), at=datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    await desk.ask("Mensch bitte")

    assert desk.tickets[0].number.startswith("2027-")


@pytest.mark.parametrize(("at", "expected"), [(berlin(23, "10:00"), "utter_handoff_live"), (SUNDAY, "utter_handoff_ticket")])
async def test_preview_shows_the_same_words_and_stores_nothing(at: datetime, expected: str) -> None:
    """Editors see what a citizen would read, with a dash for the number."""
    turn = to_turn("Noch ein Satz.", handoff_reason="bot_failed")
    desk = Desk(turn, at=at)
    previewed = preview_answer(turn, "?", knowledge=KNOWLEDGE, responses=desk.responses, promise=promise, at=at)
    numbers = [values["number"] for _, _, values in desk.responses.asked if "number" in values]

    assert [reply.text for reply in previewed] == ["Noch ein Satz.", "utter_handoff_after_failure", expected]
    assert numbers == ([] if expected == "utter_handoff_live" else [NO_NUMBER])
    assert desk.storage.commits == 0
    assert await desk.ask() == [reply.text for reply in previewed]


def test_rarely_open_office_promises_in_its_own_hours() -> None:
    """Two hours a week make eight hours four weeks; Christmas makes them five."""
    assert Handoff("citizen_asked", STANDESAMT, None, "?").due_at(SUNDAY) == berlin(17, "16:00", month=12)
