"""Nobody came in time, or the office has closed: a waiting conversation becomes a ticket."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.conversations import ConversationStatus
from bot.domain.messages import MAX_LENGTH
from bot.domain.staff import StaffMember
from bot.errors import StorageUnavailable
from bot.use_cases.claim_conversation import claim_conversation
from tests.fakes import InMemoryUnitOfWork
from tests.handoff_support import LONGEST_WAIT, MONDAY_MORNING, Desk, berlin, to_handoff_turn, to_turn

KAYA = StaffMember(7, "kaya", "Frau Kaya")


async def waiting_desk(at: datetime = MONDAY_MORNING, **changes: Any) -> Desk:
    """A citizen waits for a person since this moment."""
    desk = Desk(to_handoff_turn(**changes), at=at)
    await desk.ask("Mensch bitte")
    assert desk.conversation().is_waiting
    return desk


async def test_nobody_is_expired_too_early() -> None:
    """A second before the limit the citizen still waits."""
    desk = await waiting_desk()
    desk.clock.advance(LONGEST_WAIT - timedelta(seconds=1))

    assert await desk.expire() == 0
    assert desk.conversation().is_waiting


async def test_waiting_ends_at_the_limit_with_a_ticket() -> None:
    """The citizen reads a number and a promise, the bot answers again, the reason of the handoff is kept."""
    desk = await waiting_desk()
    await desk.write("Es geht um meinen Ausweis")
    desk.clock.advance(LONGEST_WAIT)

    assert await desk.expire() == 1
    (ticket,) = desk.tickets
    assert (ticket.question, ticket.reason, ticket.service_id) == (
        "Es geht um meinen Ausweis", "citizen_asked", "personalausweis",
    )  # fmt: skip
    assert ticket.due_at == berlin(24, "11:40")
    assert desk.bot_texts()[-1] == "utter_waiting_becomes_ticket"
    assert desk.values_of("utter_waiting_becomes_ticket")["number"] == ticket.number
    assert desk.status() is ConversationStatus.PENDING
    assert desk.conversation().waiting_since is None
    assert (desk.conversation().handoff_reason, desk.conversation().office_id) == ("citizen_asked", "buergerbuero")

    desk.assistant.answers = [to_turn()]
    assert await desk.ask() == ["Der Ausweis kostet 37 Euro."]


@pytest.mark.parametrize(
    ("since", "closes"),
    [("12:25", "12:30"), ("15:55", "16:00")],
    ids=["lunch break", "evening"],
)
async def test_waiting_ends_when_the_office_closes(since: str, closes: str) -> None:
    """Nobody is kept waiting for an office that has gone home, and whoever waited reads that it has."""
    desk = await waiting_desk(berlin(23, since))
    desk.clock.moment = berlin(23, closes) - timedelta(seconds=1)
    assert await desk.expire() == 0
    desk.clock.moment = berlin(23, closes)

    assert await desk.expire() == 1
    assert desk.bot_texts()[-1] == "utter_closed_becomes_ticket"


async def test_other_office_has_its_own_hours() -> None:
    """The Standesamt is open on Thursday afternoon only; what the Bürgerbüro does is no matter."""
    desk = await waiting_desk(berlin(26, "15:58"), service="eheschliessung")
    desk.clock.moment = berlin(26, "16:00")

    assert await desk.expire() == 1
    assert desk.tickets[0].office_id == "standesamt"


async def test_claimed_conversation_does_not_expire() -> None:
    """Somebody answers; that they take their time is between the two."""
    desk = await waiting_desk()
    await desk.change("claim", staff_id=7, staff_name="Frau Kaya", at=desk.clock())
    desk.clock.advance(timedelta(hours=3))

    assert await desk.expire() == 0
    assert desk.conversation().is_held


async def test_claim_at_the_last_moment_wins_or_takes_the_ticket() -> None:
    """Claimed and expired at once: in the end a person holds the conversation, and the citizen was told so last."""
    desk = await waiting_desk()
    desk.clock.advance(LONGEST_WAIT)
    claim = claim_conversation(
        desk.conversation().id, staff=KAYA, storage=desk.storage, responses=desk.responses, now=desk.clock
    )
    await asyncio.gather(desk.expire(), claim)

    assert desk.conversation().is_held
    assert desk.bot_texts()[-1] == "utter_staff_joined"


async def test_citizen_who_asks_anew_meanwhile_waits_anew() -> None:
    """Whether the wait is over is looked at again under the lock: a new request has its own time."""
    desk = await waiting_desk()
    desk.clock.advance(LONGEST_WAIT)

    async def ask_anew() -> None:
        async with desk.storage.begin() as unit:
            conversation = await unit.get_conversation(desk.conversation().id)
            conversation.return_to_bot()
            conversation.hand_off(at=desk.clock(), reason="citizen_asked", office_id="buergerbuero", service_id=None)
            await unit.save_conversation(conversation)
            await unit.commit()

    desk.storage.overtaking = ask_anew

    assert await desk.expire() == 0
    assert desk.conversation().is_waiting
    assert desk.tickets == []


async def test_words_are_read_without_the_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at the queue does not fetch everything that was ever said."""
    desk = await waiting_desk()
    desk.clock.advance(LONGEST_WAIT)
    monkeypatch.delattr(InMemoryUnitOfWork, "list_messages")

    assert await desk.expire() == 1
    assert desk.tickets[0].question == "Mensch bitte"


async def test_several_processes_expire_once() -> None:
    """Every web process looks; the citizen reads it once."""
    desk = await waiting_desk()
    desk.clock.advance(LONGEST_WAIT)
    counts = await asyncio.gather(*(desk.expire() for _ in range(3)))

    assert sorted(counts) == [0, 0, 1]
    assert desk.bot_texts().count("utter_waiting_becomes_ticket") == 1
    assert len(desk.tickets) == 1


async def test_open_ticket_is_added_to() -> None:
    """Who waited in vain a second time keeps number and promise."""
    desk = await waiting_desk()
    desk.clock.advance(LONGEST_WAIT)
    await desk.expire()
    (ticket,) = desk.tickets
    await desk.ask("Mensch bitte")
    desk.clock.advance(LONGEST_WAIT)

    assert await desk.expire() == 1
    assert desk.tickets == [ticket]
    assert desk.bot_texts()[-1] == "utter_added_to_ticket"


async def test_ticket_of_a_long_conversation_shows_its_end() -> None:
    """Not what stood at the five-hundredth place."""
    desk = await waiting_desk()
    await desk.chatter(520)
    desk.clock.advance(LONGEST_WAIT)
    await desk.expire()

    assert desk.tickets[0].question.endswith("Nachricht 518\nNachricht 519")
    assert len(desk.tickets[0].question) <= MAX_LENGTH


async def test_one_broken_conversation_keeps_no_other_waiting(caplog: pytest.LogCaptureFixture) -> None:
    """It is noted and tried again; the others get their ticket."""
    desk = Desk(to_handoff_turn())
    for citizen in ("1", "2"):
        await desk.ask("Mensch bitte", citizen)
    desk.clock.advance(LONGEST_WAIT)
    reply, calls = desk.responses.reply, []

    def fail_first(key: str, language: str, **values: str) -> object:
        calls.append(key)
        if len(calls) == 1:
            raise KeyError("Mein Geheimnis")
        return reply(key, language, **values)

    desk.responses.reply = fail_first  # type: ignore[method-assign,assignment]
    assert await desk.expire() == 1
    assert [desk.conversation(citizen).is_waiting for citizen in ("1", "2")] == [True, False]
    assert "KeyError" in caplog.text
    assert "Geheimnis" not in caplog.text


async def test_outage_of_the_database_is_told() -> None:
    """The loop around it waits and tries again."""
    desk = await waiting_desk()
    desk.storage.is_down = True

    with pytest.raises(StorageUnavailable):
        await desk.expire()
