"""After a rating the citizen may add a few words, which the team reads and nobody answers."""

from datetime import timedelta

import pytest

from bot.domain.conversations import ConversationStatus
from bot.domain.handoffs import COMMENT_WITHIN, LONGEST_COMMENT
from bot.domain.messages import Author, ButtonRef, IncomingMessage
from bot.use_cases.rate_handoff import COMMENT, NO_COMMENT
from bot.use_cases.receive_message import RETURN_TO_BOT, receive_message
from tests.handoff_support import to_handoff_turn, to_turn
from tests.team_support import Team

RATE = '/rate{"rating": "2"}'


@pytest.fixture
async def team() -> Team:
    """A citizen whose question was answered by a person, and who rated it."""
    team = Team(to_handoff_turn(), to_turn())
    await team.ask("Mensch bitte")
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.resolve(kaya)
    await team.write("2", payload=RATE)
    return team


async def test_words_after_the_question_are_the_comment(team: Team) -> None:
    """They are stored as the citizen's, thanked for, opened by nobody and answered by nobody."""
    await team.write("Noch etwas dazu sagen", payload=COMMENT)
    said = await team.ask("Hat lange gedauert.")

    assert said == ["utter_thanks_for_comment"]
    assert team.bot_texts()[-3:] == ["utter_thanks_for_rating", "utter_ask_comment", "utter_thanks_for_comment"]
    assert (team.record.rating, team.record.comment) == (2, "Hat lange gedauert.")
    assert team.status() is ConversationStatus.RESOLVED
    assert (team.messages()[-2].author, team.messages()[-2].text) == (Author.CITIZEN, "Hat lange gedauert.")
    assert len(team.assistant.asked) == 1


async def test_what_is_written_after_the_comment_is_a_question(team: Team) -> None:
    """The bot answers again; the comment stays."""
    await team.write(payload=COMMENT)
    await team.ask("Hat lange gedauert.")
    said = await team.ask("Was kostet ein Ausweis?")

    assert said == ["Der Ausweis kostet 37 Euro."]
    assert team.record.comment == "Hat lange gedauert."


async def test_later_comment_replaces_the_first(team: Team) -> None:
    """As a later rating does; the button below the thanks still works."""
    for text in ("Schlecht", "Doch gut"):
        await team.write(payload=COMMENT)
        await team.write(text)

    assert team.record.comment == "Doch gut"


async def test_comment_may_still_be_given_while_the_bot_answers(team: Team) -> None:
    """The citizen asked something else first and then pressed the button above."""
    await team.ask("Was kostet ein Ausweis?")
    await team.write(payload=COMMENT)

    assert await team.ask("Gut") == ["utter_thanks_for_comment"]
    assert (team.record.comment, team.status()) == ("Gut", ConversationStatus.PENDING)


async def test_cancelled_question_takes_no_comment(team: Team) -> None:
    """What follows is a question to the bot."""
    await team.write(payload=COMMENT)
    await team.write(payload=NO_COMMENT)
    assert team.bot_texts()[-1] == "utter_comment_cancelled"
    assert team.status() is ConversationStatus.RESOLVED

    assert await team.ask("Was kostet ein Ausweis?") == ["Der Ausweis kostet 37 Euro."]
    assert team.record.comment is None


@pytest.mark.parametrize("payload", ["/ask_fee", RETURN_TO_BOT, RATE, "/unsupported_message"])
async def test_another_button_ends_the_wait_for_words(team: Team, payload: str) -> None:
    """Whoever pressed something else meanwhile is answered by the bot again."""
    await team.write(payload=COMMENT)
    await team.ask("Knopf", payload=payload)

    assert await team.ask("Und wo?") == ["Der Ausweis kostet 37 Euro."]
    assert (team.record.comment, team.record.rating) == (None, 2)


async def test_button_that_is_not_known_is_no_comment(team: Team) -> None:
    """Its title would be taken for the citizen's words."""
    await team.write(payload=COMMENT)
    await team.ask("Gebühren", button=ButtonRef(999, 0))

    assert team.record.comment is None


@pytest.mark.parametrize(("late", "is_comment"), [(timedelta(0), True), (timedelta(seconds=1), False)])
async def test_words_come_in_time_or_are_a_question(team: Team, late: timedelta, is_comment: bool) -> None:
    """After a quarter of an hour the citizen has forgotten the question."""
    await team.write(payload=COMMENT)
    team.clock.advance(COMMENT_WITHIN + late)
    said = await team.ask("Was kostet ein Ausweis?")

    assert said == ["utter_thanks_for_comment" if is_comment else "Der Ausweis kostet 37 Euro."]
    assert (team.record.comment is not None) is is_comment


async def test_long_comment_is_cut(team: Team) -> None:
    """The message stays whole."""
    await team.write(payload=COMMENT)
    await team.write("ü" * (LONGEST_COMMENT + 1))

    assert team.record.comment == "ü" * LONGEST_COMMENT
    assert len(team.messages()[-2].text) == LONGEST_COMMENT + 1


async def test_comment_twice_is_one(team: Team) -> None:
    """A channel hands in each message again; the second time nothing happens."""
    for source_id, payload in (("ask", COMMENT), ("words", None)):
        message = IncomingMessage("telegram", "42", source_id, "Gut", payload=payload)
        first = await receive_message(message, storage=team.storage, responses=team.responses, now=team.clock)
        count = len(team.messages())
        again = await receive_message(message, storage=team.storage, responses=team.responses, now=team.clock)
        assert (again, len(team.messages())) == (first, count)

    assert await team.ask("Was kostet ein Ausweis?") == ["Der Ausweis kostet 37 Euro."]
    assert team.record.comment == "Gut"


async def test_handoff_that_was_not_rated_takes_no_comment(team: Team) -> None:
    """The button is above an older handoff; the citizen is told who reads what comes next."""
    team.assistant.answers = [to_handoff_turn(), to_turn()]
    await team.ask("Noch einmal ein Mensch")
    kaya = team.members["kaya"]
    await team.claim(kaya)
    await team.resolve(kaya)

    assert await team.ask(payload=COMMENT) == ["utter_comment_cancelled"]
    assert await team.ask("Was kostet ein Ausweis?") == ["Der Ausweis kostet 37 Euro."]
    assert [each.comment for each in team.storage.tables.handoffs] == [None, None]


async def test_button_pressed_while_people_have_it_is_a_message_to_them(team: Team) -> None:
    """Nobody is asked for feedback in between, and what follows goes to the person."""
    team.assistant.answers = [to_handoff_turn()]
    await team.ask("Noch eine Frage")
    for payload in (COMMENT, NO_COMMENT, None):
        assert await team.ask("Text", payload=payload) == []

    assert team.conversation().is_waiting
    assert [each.comment for each in team.storage.tables.handoffs] == [None, None]


async def test_words_of_somebody_who_was_never_handed_over_are_a_question() -> None:
    """There is no handoff to comment on."""
    team = Team(to_turn())
    await team.ask("Guten Tag")

    assert await team.ask(payload=COMMENT) == ["utter_comment_cancelled"]
    assert await team.ask("Was kostet ein Ausweis?") == ["Der Ausweis kostet 37 Euro."]
