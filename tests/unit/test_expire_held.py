"""A person who holds a conversation does not answer: a colleague gets it, or it becomes a ticket; who is slow keeps it."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.domain.conversations import ConversationStatus
from bot.domain.staff import StaffMember
from bot.errors import InvalidTransition
from bot.use_cases.claim_conversation import claim_conversation
from bot.use_cases.expire_held import expire_held
from bot.use_cases.reply_as_staff import reply_as_staff
from tests.handoff_support import KNOWLEDGE, MONDAY_MORNING, Desk, berlin, promise, to_handoff_turn, to_turn

LONGEST_SILENCE = timedelta(minutes=30)


class HeldDesk(Desk):
    """A citizen whose conversation Frau Kaya holds."""

    kaya: StaffMember
    is_console_open = True

    async def claim(self) -> None:
        """Frau Kaya takes the conversation."""
        await claim_conversation(
            self.conversation().id, staff=self.kaya, storage=self.storage, responses=self.responses, now=self.clock
        )

    async def reply(self, text: str = "Guten Tag") -> None:
        """Frau Kaya answers."""
        await reply_as_staff(
            self.conversation().id, text, staff=self.kaya, client_message_id=str(len(self.messages())),
            storage=self.storage, now=self.clock,
        )  # fmt: skip

    async def set_active(self, active: bool) -> None:
        """Frau Kaya's account is switched."""
        async with self.storage.begin() as unit:
            await unit.set_staff_active("kaya", active)
            await unit.commit()

    async def expire_held(self) -> int:
        """One look at the held conversations; an open console has just given a sign of life."""
        if self.is_console_open:
            async with self.storage.begin() as unit:
                await unit.note_presence(self.kaya.id, at=self.clock())
                await unit.commit()
        return await expire_held(
            storage=self.storage, responses=self.responses, knowledge=KNOWLEDGE, promise=promise,
            longest_silence=LONGEST_SILENCE, now=self.clock,
        )  # fmt: skip


async def held_desk(at: datetime = MONDAY_MORNING) -> HeldDesk:
    """The citizen asked for a person a quarter of an hour before, Frau Kaya claims now."""
    desk = HeldDesk(to_handoff_turn(), at=at - timedelta(minutes=15))
    async with desk.storage.begin() as unit:
        desk.kaya = await unit.add_staff(username="kaya", display_name="Frau Kaya", password_hash="x")
        await unit.commit()
    await desk.ask("Mensch bitte")
    desk.clock.moment = at
    await desk.claim()
    return desk


async def test_citizen_who_is_not_answered_gets_a_ticket_and_the_bot() -> None:
    """At the limit, not a second before; number, promise and words are kept, the bot answers again."""
    desk = await held_desk()
    await desk.reply()
    desk.clock.advance(timedelta(hours=1))
    await desk.write("Sind Sie noch da?")
    desk.clock.advance(timedelta(minutes=20))
    await desk.write("Hallo?")
    desk.clock.advance(timedelta(minutes=10) - timedelta(seconds=1))
    assert await desk.expire_held() == 0
    desk.clock.advance(timedelta(seconds=1))

    assert await desk.expire_held() == 1
    (ticket,) = desk.tickets
    assert ticket.question == "Sind Sie noch da?\nHallo?"
    assert (ticket.office_id, ticket.service_id) == ("buergerbuero", "personalausweis")
    assert desk.bot_texts()[-1] == "utter_staff_left_becomes_ticket"
    assert desk.values_of("utter_staff_left_becomes_ticket")["number"] == ticket.number
    assert (desk.status(), desk.conversation().assignee_id) == (ConversationStatus.PENDING, None)
    assert await desk.expire_held() == 0
    desk.assistant.answers = [to_turn()]
    assert await desk.ask() == ["Der Ausweis kostet 37 Euro."]
    with pytest.raises(InvalidTransition):
        await desk.reply("zu spät")


async def test_person_who_has_answered_keeps_the_conversation() -> None:
    """However long the citizen thinks about it, and after the office has closed."""
    desk = await held_desk()
    await desk.write("Und?")
    await desk.reply()
    desk.clock.advance(timedelta(hours=9))

    assert await desk.expire_held() == 0
    assert desk.conversation().is_held


async def test_silence_counts_from_the_claim() -> None:
    """What was written in the queue, to the bot, or the day before, is not held against whoever takes it now."""
    desk = await held_desk()
    desk.clock.advance(LONGEST_SILENCE - timedelta(seconds=1))
    assert await desk.expire_held() == 0
    desk.clock.advance(timedelta(seconds=1))

    assert await desk.expire_held() == 1


async def test_unanswered_conversation_ends_with_the_office_hours() -> None:
    """Who wrote at five to four does not wait for somebody who goes home at four, and reads that this is the reason."""
    desk = await held_desk(berlin(23, "15:30"))
    await desk.reply()
    desk.clock.moment = berlin(23, "15:55")
    await desk.write("Noch eine Frage")
    desk.clock.moment = berlin(23, "16:00") - timedelta(seconds=1)
    assert await desk.expire_held() == 0
    desk.clock.moment = berlin(23, "16:00")

    assert await desk.expire_held() == 1
    assert desk.bot_texts()[-1] == "utter_closed_becomes_ticket"
    assert desk.values_of("utter_closed_becomes_ticket")["office"] == "Bürgerbüro"


async def test_person_who_works_late_is_not_interrupted() -> None:
    """The office was closed already when the citizen wrote: only the silence counts."""
    desk = await held_desk(berlin(23, "15:30"))
    await desk.reply()
    desk.clock.moment = berlin(23, "18:00")
    await desk.write("Danke")
    assert await desk.expire_held() == 0
    desk.clock.advance(LONGEST_SILENCE)

    assert await desk.expire_held() == 1
    assert desk.tickets[0].due_at == berlin(25, "09:30")


async def test_conversations_of_a_disabled_account_go_to_the_team() -> None:
    """At the next look, answered or not; given back in between they stay."""
    desk = await held_desk()
    await desk.reply()
    await desk.set_active(False)
    await desk.set_active(True)
    assert await desk.expire_held() == 0
    await desk.set_active(False)

    assert await desk.expire_held() == 1
    assert desk.bot_texts()[-1] == "utter_back_in_queue"
    assert desk.conversation().is_waiting
    assert desk.conversation().office_id == "buergerbuero"
    assert await desk.expire_held() == 0


async def test_conversations_of_a_disabled_account_become_tickets_when_the_office_is_closed() -> None:
    """Nobody else could take them."""
    desk = await held_desk()
    await desk.reply()
    await desk.set_active(False)
    desk.clock.moment = berlin(23, "18:00")

    assert await desk.expire_held() == 1
    assert desk.bot_texts()[-1] == "utter_closed_becomes_ticket"
    assert desk.status() is ConversationStatus.PENDING


async def test_who_closed_the_console_and_leaves_a_citizen_without_an_answer_loses_it_to_the_team() -> None:
    """While the office is open a colleague takes over, and the wait begins again."""
    desk = await held_desk()
    desk.is_console_open = False
    desk.clock.advance(LONGEST_SILENCE)

    assert await desk.expire_held() == 1
    assert desk.conversation().waiting_since == desk.clock()
    assert desk.bot_texts()[-1] == "utter_back_in_queue"
    assert desk.tickets == []


async def test_claimed_ticket_keeps_its_number() -> None:
    """Whoever was promised an answer reads the same number again, and why the bot answers."""
    desk = await held_desk(berlin(23, "15:50"))
    desk.clock.moment = berlin(23, "16:00")
    assert await desk.expire_held() == 1
    (ticket,) = desk.tickets
    await desk.claim()
    desk.clock.advance(LONGEST_SILENCE)

    assert await desk.expire_held() == 1
    assert desk.tickets == [ticket]
    assert desk.bot_texts()[-1] == "utter_closed_becomes_ticket"


async def test_office_that_never_opens_any_more_leaves_it_to_the_general_one() -> None:
    """An editor's change costs no citizen the answer."""
    desk = await held_desk()
    await desk.change("note_handoff", reason="citizen_asked", office_id="fundbuero", service_id=None)
    desk.clock.advance(LONGEST_SILENCE)

    assert await desk.expire_held() == 1
    assert desk.tickets[0].office_id == "buergerbuero"


async def test_reply_at_the_last_moment_is_not_followed_by_a_ticket() -> None:
    """Whether the conversation is due is looked at again under the lock."""
    desk = await held_desk()
    desk.clock.advance(LONGEST_SILENCE)
    desk.storage.overtaking = desk.reply

    assert await desk.expire_held() == 0
    assert desk.conversation().is_held
    assert desk.tickets == []


async def test_several_processes_expire_once() -> None:
    """Every web process looks; the citizen reads it once."""
    desk = await held_desk()
    desk.clock.advance(LONGEST_SILENCE)

    assert sorted(await asyncio.gather(*(desk.expire_held() for _ in range(3)))) == [0, 0, 1]
    assert desk.bot_texts().count("utter_staff_left_becomes_ticket") == 1
