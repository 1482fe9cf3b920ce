"""The question of a ticket is what the citizen has written to the people, and what called them."""

from datetime import timedelta

import pytest

from bot.use_cases.reply_as_staff import reply_as_staff
from tests.handoff_support import Desk, berlin, to_handoff_turn, to_turn
from tests.team_support import Team

AFTERNOON = berlin(23, "15:30")


async def close(desk: Desk) -> str:
    """The office closes on who waits; the question of the ticket."""
    desk.clock.moment = berlin(23, "16:00")
    await desk.expire()
    (ticket,) = desk.tickets
    return ticket.question


async def write(desk: Desk, *texts: str) -> None:
    """Each a minute after the other."""
    for text in texts:
        desk.clock.advance(timedelta(minutes=1))
        await desk.write(text)


async def test_what_was_written_to_the_queue_is_joined() -> None:
    """Not the last line alone, which says nothing, and not the wish for a person."""
    desk = Desk(to_handoff_turn(), at=AFTERNOON)
    await desk.ask("Mensch bitte")
    await write(desk, "Mein Perso ist weg.", "Ja, gern.")

    assert await close(desk) == "Mein Perso ist weg.\nJa, gern."


@pytest.mark.parametrize("reason", ["personal_case", "bot_failed", "needs_approval", "degraded"])
async def test_what_called_the_person_belongs_to_it(reason: str) -> None:
    """It is the question itself where the citizen did not just ask for a person."""
    desk = Desk(to_turn(), to_handoff_turn(reason), at=AFTERNOON)
    await desk.ask("Was kostet ein Pass?")
    await desk.ask("Wie weit ist mein Pass?")
    await write(desk, "Es eilt.")

    assert await close(desk) == "Wie weit ist mein Pass?\nEs eilt."


async def test_buttons_are_no_question() -> None:
    """What was typed before they were pressed is."""
    desk = Desk(to_turn(), to_handoff_turn(), at=AFTERNOON)
    await desk.ask("Was kostet ein Pass?")
    await desk.ask("Mit einem Menschen sprechen", payload="/request_human")
    await desk.write("4", payload='/rate{"rating": "4"}')

    assert await close(desk) == "Was kostet ein Pass?"


async def test_title_of_a_button_is_better_than_nothing() -> None:
    """Where the citizen has typed nothing at all."""
    desk = Desk(to_handoff_turn(), at=AFTERNOON)
    await desk.ask("Mit einem Menschen sprechen", payload="/request_human")

    assert await close(desk) == "Mit einem Menschen sprechen"


async def test_talk_with_a_person_is_kept_whole() -> None:
    """Whoever answers the next day reads the matter, not only what the citizen said to the last question."""
    desk = Team(to_handoff_turn(), at=AFTERNOON)
    await desk.ask("Mensch bitte")
    await write(desk, "Perso kurz vor Schluss")
    kaya = await desk.employ("kaya")
    await desk.claim(kaya)
    await reply_as_staff(
        desk.id, "Soll ich nachsehen?", staff=kaya, client_message_id="1", storage=desk.storage, now=desk.clock
    )
    await write(desk, "Ja, gern.")
    desk.clock.moment = berlin(23, "16:00")
    await desk.release(kaya)

    assert desk.tickets[0].question == "Perso kurz vor Schluss\nJa, gern."
