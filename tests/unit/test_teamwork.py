"""Staff take turns: the record of a handoff, the queue, what is put off, ratings and notes; and what the citizen reads."""

from datetime import timedelta

import pytest

from bot.domain.conversations import ConversationStatus
from bot.domain.handoffs import Result
from bot.errors import ConversationNotFound, InvalidTransition, MessageEmpty, MessageTooLong
from bot.use_cases.add_note import add_note
from bot.use_cases.reply_as_staff import reply_as_staff
from bot.use_cases.return_to_bot import return_to_bot
from tests.handoff_support import berlin, to_handoff_turn
from tests.team_support import Team, to_waiting_team


@pytest.fixture
async def team() -> Team:
    """A citizen waits."""
    return await to_waiting_team()


async def test_record_tells_when_a_person_was_asked_for_came_and_answered(team: Team) -> None:
    """From the queue to the end, in one record."""
    kaya = await team.employ("kaya")
    asked = team.clock()
    team.clock.advance(timedelta(minutes=3))
    await team.claim(kaya)
    team.clock.advance(timedelta(minutes=2))
    await team.resolve(kaya)

    record = team.record
    assert (record.requested_at, record.wait, record.staff_id) == (asked, timedelta(minutes=3), kaya.id)
    assert (record.ended_at, record.result) == (team.clock(), Result.ANSWERED)
    assert len(team.storage.tables.handoffs) == 1


async def test_released_conversation_waits_for_the_next_colleague(team: Team) -> None:
    """The citizen is told; nobody but the holder may do it."""
    kaya, lang = await team.employ("kaya"), await team.employ("lang")
    await team.claim(kaya)
    with pytest.raises(InvalidTransition):
        await team.release(lang)
    await team.release(kaya)

    assert team.conversation().is_waiting
    assert team.bot_texts()[-1] == "utter_back_in_queue"
    await team.claim(lang)
    assert team.conversation().assignee_id == lang.id


@pytest.mark.parametrize("is_put_off", [False, True], ids=["held", "put off"])
async def test_conversation_that_is_released_after_hours_becomes_a_ticket_at_once(team: Team, is_put_off: bool) -> None:
    """Nobody is in the queue of a closed office; the citizen reads one sentence, with the reason, number and promise."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    if is_put_off:
        await team.snooze(kaya, 20)
    said = team.bot_texts()
    team.clock.moment = berlin(23, "16:30")
    await team.release(kaya)

    assert team.bot_texts() == [*said, "utter_closed_becomes_ticket"]
    assert (team.status(), team.record.result) == (ConversationStatus.PENDING, Result.BECAME_TICKET)
    assert [(each.office_id, each.question) for each in team.tickets] == [("buergerbuero", "Mensch bitte")]
    assert team.values_of("utter_closed_becomes_ticket")["office"] == "Bürgerbüro"
    assert await team.expire() == 0


async def test_conversation_released_after_hours_keeps_its_ticket() -> None:
    """Whoever was promised an answer reads the same number again, and why the bot answers."""
    team = Team(to_handoff_turn(), at=berlin(22, "20:00"))
    await team.ask("Mensch bitte")
    (ticket,) = team.tickets
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.release(kaya)

    assert team.tickets == [ticket]
    assert team.bot_texts()[-1] == "utter_closed_becomes_ticket"
    assert team.values_of("utter_closed_becomes_ticket")["number"] == ticket.number


async def test_snoozed_conversation_comes_back_at_its_moment(team: Team) -> None:
    """The bot stays silent until then, and the same person has it."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.snooze(kaya, 2)
    assert team.status() is ConversationStatus.SNOOZED
    assert team.bot_texts()[-1] == "utter_snoozed"
    team.clock.advance(timedelta(hours=2) - timedelta(seconds=1))
    assert await team.wake() == 0
    team.clock.advance(timedelta(seconds=1))

    assert await team.wake() == 1
    assert (team.conversation().is_held, team.conversation().assignee_id) == (True, kaya.id)


async def test_citizen_who_writes_wakes_it(team: Team) -> None:
    """The bot says nothing, the person reads it."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.snooze(kaya, 2)

    assert await team.ask("Noch etwas") == []
    assert team.conversation().is_held
    assert len(team.assistant.asked) == 1


async def test_snoozed_conversation_of_somebody_who_has_gone_goes_to_the_team(team: Team) -> None:
    """Not only at its moment: nobody would look after it until then."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.snooze(kaya, 20)
    await team.switch_off(kaya)

    assert await team.wake() == 1
    assert team.conversation().is_waiting


@pytest.mark.parametrize("hours", [0, -1, 24 * 31])
async def test_snoozing_into_the_past_or_for_ever_is_refused(team: Team, hours: float) -> None:
    """The conversation stays with its person."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    with pytest.raises(InvalidTransition):
        await team.snooze(kaya, hours)

    assert team.conversation().is_held


async def test_rating_is_kept_and_reopens_nothing(team: Team) -> None:
    """A button of the question at the end; a later one replaces it, an invalid one changes nothing."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.resolve(kaya)
    assert team.bot_texts()[-2:] == ["utter_staff_resolved", "utter_ask_rating"]
    for payload in ('/rate{"rating": "2"}', '/rate{"rating": "4"}', '/rate{"rating": "9"}', "/rate", "/rate{]"):
        await team.write("4", payload=payload)

    assert team.record.rating == 4
    assert team.status() is ConversationStatus.RESOLVED
    assert team.bot_texts()[-1] == "utter_thanks_for_rating"


async def test_who_was_not_helped_is_not_asked(team: Team) -> None:
    """Spam and what was not possible end without the question."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.resolve(kaya, Result.SPAM)

    assert team.bot_texts()[-1] == "utter_staff_resolved"


async def test_returned_conversation_is_the_bots(team: Team) -> None:
    """The record says so; the next handoff has its own."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await return_to_bot(team.id, staff=kaya, storage=team.storage, responses=team.responses, now=team.clock)
    assert team.record.result is Result.RETURNED
    await team.ask("Doch wieder ein Mensch")

    assert [each.result for each in team.storage.tables.handoffs] == [Result.RETURNED, None]


async def test_note_is_for_staff_alone(team: Team) -> None:
    """It is stored with its author and not among the messages."""
    kaya = await team.employ("kaya")
    before = len(team.messages())
    note = await add_note(team.id, " Ruft morgen an. ", staff=kaya, storage=team.storage, now=team.clock)

    assert (note.text, note.author_name) == ("Ruft morgen an.", "Kaya")
    assert len(team.messages()) == before


async def test_only_the_first_reply_counts(team: Team) -> None:
    """How long the citizen waited for words of a person."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    team.clock.advance(timedelta(minutes=4))
    first = team.clock()
    for number in range(2):
        await reply_as_staff(
            team.id, "Guten Tag", staff=kaya, client_message_id=str(number), storage=team.storage, now=team.clock
        )
        team.clock.advance(timedelta(minutes=5))

    assert team.record.replied_at == first


async def test_nobody_waited_for_who_takes_up_a_ticket() -> None:
    """The night counts neither for the queue's usual wait nor as a handoff of its own before."""
    team = Team(to_handoff_turn(), at=berlin(22, "20:00"))
    await team.ask("Mensch bitte")
    assert team.storage.tables.handoffs == []
    team.clock.moment = berlin(23, "09:00")
    await team.claim(await team.employ("kaya"))

    assert (team.record.office_id, team.record.wait) == ("buergerbuero", None)
    assert (team.record.requested_at, team.record.claimed_at) == (team.clock(), team.clock())


async def test_citizen_who_stops_waiting_ends_the_record(team: Team) -> None:
    """And the bot has it again."""
    await team.write("Zurück", payload="/return_to_bot")

    assert team.record.result is Result.CITIZEN_LEFT
    assert team.status() is ConversationStatus.PENDING


async def test_wait_that_becomes_a_ticket_ends_the_record(team: Team) -> None:
    """Whoever claims the ticket begins another."""
    team.clock.advance(timedelta(minutes=11))
    await team.expire()
    assert team.record.result is Result.BECAME_TICKET
    await team.claim(await team.employ("kaya"))

    assert [each.result for each in team.storage.tables.handoffs] == [Result.BECAME_TICKET, None]


async def test_snoozed_conversation_of_somebody_who_has_gone_becomes_a_ticket_at_night(team: Team) -> None:
    """The office is closed, so nobody would see the queue."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.snooze(kaya, 20)
    await team.switch_off(kaya)
    team.clock.moment = berlin(23, "22:00")

    assert await team.wake() == 1
    assert team.bot_texts()[-1] == "utter_closed_becomes_ticket"
    assert [each.office_id for each in team.tickets] == ["buergerbuero"]
    assert team.record.result is Result.BECAME_TICKET


async def test_what_was_put_off_can_be_released_and_taken_by_a_colleague(team: Team) -> None:
    """Its person need not wait for the moment."""
    kaya, lang = await team.employ("kaya"), await team.employ("lang")
    await team.claim(kaya)
    await team.snooze(kaya, 2)
    with pytest.raises(InvalidTransition):
        await team.claim(lang)
    await team.release(kaya)

    assert team.conversation().is_waiting
    assert team.conversation().snoozed_until is None


async def test_rating_pressed_while_people_have_it_is_a_message_to_them(team: Team) -> None:
    """The citizen came back to an old question; the bot does not thank in between."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.resolve(kaya)
    await team.ask("Noch eine Frage")
    assert team.conversation().is_waiting
    said = team.bot_texts()
    await team.write("4", payload='/rate{"rating": "4"}')

    assert team.bot_texts() == said
    assert [each.rating for each in team.storage.tables.handoffs] == [None, None]


@pytest.mark.parametrize(("text", "error"), [("  ", MessageEmpty), ("x" * 50_000, MessageTooLong)])
async def test_unusable_note_is_refused(team: Team, text: str, error: type[Exception]) -> None:
    """Nothing is stored, alone or with a transfer."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    with pytest.raises(error):
        await add_note(team.id, text, staff=kaya, storage=team.storage, now=team.clock)
    with pytest.raises(ConversationNotFound):
        await add_note("nobody", "x", staff=kaya, storage=team.storage, now=team.clock)

    assert team.storage.tables.notes == []
