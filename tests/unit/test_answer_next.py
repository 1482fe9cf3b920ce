"""The turn worker: every message is answered once, in order, whatever fails."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.conversations import ConversationStatus
from bot.domain.messages import Author, Reply
from bot.domain.turns import Answered, Candidate, Decision, Turn
from bot.errors import StorageUnavailable
from bot.use_cases.answer_next import answer_next
from bot.workers import TurnPump
from tests.handoff_support import FALLBACK, MONDAY_MORNING, Desk, berlin, promise, to_handoff_turn, to_turn


async def test_answer_and_state_are_stored_together() -> None:
    """The reply, its provenance, the dialogue state and the language of the turn; then nothing is left to do."""
    desk = Desk(to_turn(state={"current_service": "personalausweis"}, language="en", aspect="fee", confidence=0.9))

    assert await desk.ask() == ["Der Ausweis kostet 37 Euro."]
    assert desk.messages()[-1].meta == {
        "decision": "answer", "service": "personalausweis", "aspect": "fee", "confidence": 0.9, "candidates": [],
        "degraded": False, "language": "en",
    }  # fmt: skip
    assert desk.conversation().dialogue_state == {"current_service": "personalausweis"}
    assert desk.conversation().language == "en"
    assert (desk.storage.tables.awaiting, desk.storage.tables.leases) == ([], {})
    assert not await answer_next(desk.worker())


async def test_staff_can_see_what_the_bot_wavered_between() -> None:
    """The three best candidates stand at every message of the turn, those of the handoff included."""
    ranking = tuple(Candidate(service, score) for service, score in [("a", 0.5), ("b", 0.4), ("c", 0.3), ("d", 0.2)])
    desk = Desk(to_handoff_turn("bot_failed", candidates=ranking))
    assert await desk.ask() == ["utter_handoff_after_failure", "utter_handoff_live"]

    best = [{"service": "a", "score": 0.5}, {"service": "b", "score": 0.4}, {"service": "c", "score": 0.3}]
    assert [m.meta["candidates"] for m in desk.messages()[-2:]] == [best, best]
    assert [m.meta["decision"] for m in desk.messages()[-2:]] == ["handoff", "handoff"]


async def test_ticket_shows_what_the_bot_wavered_between() -> None:
    """Also where the office is closed, and where a ticket is added to."""
    candidates = (Candidate("eheschliessung", 0.4),)
    desk = Desk(to_handoff_turn(candidates=candidates), replace(FALLBACK, candidates=candidates), at=berlin(22, "10:00"))
    await desk.ask("Mensch bitte")
    await desk.ask("Und das?")

    said = [m.meta.get("candidates") for m in desk.messages() if m.author is Author.BOT and "ticket" in m.text]
    assert said == [[{"service": "eheschliessung", "score": 0.4}]] * 2


async def test_assistant_gets_the_message_as_it_was_received() -> None:
    """Text, payload, the state of the turn before, the language, and the moment of writing, not that of answering."""
    desk = Desk()
    await desk.ask("eins", language="en")
    await desk.write("zwei", payload="/help")
    desk.clock.advance(timedelta(hours=3))
    while await answer_next(desk.worker()):
        pass

    first, second = desk.assistant.asked
    assert first == {"text": "eins", "payload": None, "state": {}, "language": "en", "now": MONDAY_MORNING}
    assert second == {
        "text": "zwei", "payload": "/help", "state": {"current_service": "personalausweis"}, "language": "de",
        "now": MONDAY_MORNING,
    }  # fmt: skip


async def test_messages_of_one_citizen_are_answered_in_order() -> None:
    """Several workers at once never answer the second message before the first."""

    async def slowly() -> Turn:
        await asyncio.sleep(0.01)
        return to_turn("Antwort 1")

    desk = Desk(slowly, to_turn("Antwort 2"), to_turn("Antwort 3"))
    for number in range(3):
        await desk.write(f"Frage {number}")
    workers = [desk.worker(f"w{number}") for number in range(4)]
    while any(await asyncio.gather(*map(answer_next, workers))):
        pass

    assert desk.bot_texts() == ["Antwort 1", "Antwort 2", "Antwort 3"]
    assert [each["text"] for each in desk.assistant.asked] == ["Frage 0", "Frage 1", "Frage 2"]


async def test_citizens_are_answered_at_the_same_time() -> None:
    """A slow turn holds up nobody else."""
    together = asyncio.Barrier(3)

    async def when_all_are_there() -> Turn:
        async with asyncio.timeout(2):
            await together.wait()
        return to_turn()

    desk = Desk(when_all_are_there)
    for citizen in ("1", "2", "3"):
        await desk.write(address=citizen)
    await asyncio.gather(*(answer_next(desk.worker(f"w{number}")) for number in range(3)))

    assert [len(desk.bot_texts(citizen)) for citizen in ("1", "2", "3")] == [1, 1, 1]


async def test_answer_is_not_sent_when_somebody_has_claimed_meanwhile() -> None:
    """The person answers; neither reply nor state of the bot is stored, and the message counts as dealt with."""
    desk = Desk()

    async def claim_first() -> Turn:
        await desk.change("claim", staff_id=7, staff_name="Frau Kaya", at=desk.clock())
        return to_turn("zu spät")

    desk.assistant.answers = [claim_first]
    assert await desk.ask() == []
    assert desk.conversation().is_held
    assert desk.conversation().dialogue_state == {}
    assert (desk.storage.tables.awaiting, desk.storage.tables.leases) == ([], {})


async def test_handoff_is_not_made_when_somebody_has_claimed_meanwhile() -> None:
    """A claimed conversation does not go back into the queue."""
    desk = Desk()

    async def claim_first() -> Turn:
        await desk.change("claim", staff_id=7, staff_name="Frau Kaya", at=desk.clock())
        return to_handoff_turn()

    desk.assistant.answers = [claim_first]
    assert await desk.ask() == []
    assert (desk.conversation().assignee_name, desk.tickets) == ("Frau Kaya", [])


async def test_what_was_written_before_the_handoff_is_left_to_the_person() -> None:
    """Two messages in a row, the first calls a person: the second is not answered by the bot."""
    desk = Desk(to_handoff_turn(), to_turn("darf nicht erscheinen"))
    await desk.write("Mensch bitte")
    assert await desk.ask("Es geht um den Ausweis") == ["utter_handoff_live"]
    assert desk.status() is ConversationStatus.OPEN
    assert desk.storage.tables.awaiting == []


async def test_lost_lease_writes_nothing() -> None:
    """A worker that was too slow leaves the answer to the one that took over: the citizen reads one answer."""
    desk = Desk()

    async def be_overtaken() -> Turn:
        desk.clock.advance(timedelta(seconds=61))
        desk.assistant.answers = [to_turn("schnell")]
        assert await answer_next(desk.worker("w2"))
        return to_turn("langsam")

    desk.assistant.answers = [be_overtaken]
    await desk.write()
    assert await answer_next(desk.worker("w1"))
    assert desk.bot_texts() == ["schnell"]
    assert not await answer_next(desk.worker("w1"))


async def test_message_of_a_dead_worker_is_taken_up_when_its_lease_has_run_out() -> None:
    """Not before, and then answered once."""
    desk = Desk()
    await desk.write()
    async with desk.storage.begin() as unit:
        until = desk.clock() + timedelta(seconds=60)
        await unit.lease_next_turn(worker="dead", until=until, now=desk.clock())

    assert not await answer_next(desk.worker())
    desk.clock.advance(timedelta(seconds=60))
    assert await answer_next(desk.worker())
    assert len(desk.bot_texts()) == 1


async def test_cancelled_turn_gives_the_message_back() -> None:
    """When the process stops in the middle of a turn, the next one answers at once."""
    desk = Desk()
    begun = asyncio.Event()

    async def for_ever() -> Turn:
        begun.set()
        await asyncio.sleep(60)
        raise AssertionError

    desk.assistant.answers = [for_ever]
    await desk.write()
    task = asyncio.create_task(answer_next(desk.worker("w1")))
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    desk.assistant.answers = [to_turn()]

    assert await answer_next(desk.worker("w2"))
    assert desk.bot_texts() == ["Der Ausweis kostet 37 Euro."]


async def test_outage_of_the_database_loses_nothing() -> None:
    """The turn fails, the message stays and is answered after the outage."""
    desk = Desk()

    async def while_it_is_down() -> Turn:
        desk.storage.is_down = True
        return to_turn("verloren")

    desk.assistant.answers = [while_it_is_down]
    await desk.write()
    with pytest.raises(StorageUnavailable):
        await answer_next(desk.worker())
    desk.storage.is_down = False
    desk.assistant.answers = [to_turn()]
    desk.clock.advance(timedelta(seconds=60))

    assert await answer_next(desk.worker())
    assert desk.bot_texts() == ["Der Ausweis kostet 37 Euro."]


async def test_turn_that_always_fails_goes_to_a_person(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody gets silence: the citizen reads that a person is called; no word of theirs stands in the log."""
    desk = Desk(ValueError("Mein Geheimnis"))
    desk.clock.moment = berlin(22, "10:00")

    assert await desk.ask("Mein Geheimnis") == ["utter_handoff_degraded", "utter_handoff_ticket"]
    assert desk.tickets[0].question == "Mein Geheimnis"
    assert desk.conversation().dialogue_state == {}
    assert "ValueError" in caplog.text
    assert "Geheimnis" not in caplog.text


async def test_message_that_can_not_even_be_handed_over_is_answered_by_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    """It leaves the worklist, so that it fails once and not for ever; the citizen reads whom to call instead."""
    desk = Desk(ValueError("Mein Geheimnis"))
    reply = desk.responses.reply

    def fail(key: str, language: str, **values: str) -> Reply:
        if "handoff" in key:
            raise KeyError("Mein Geheimnis")
        return reply(key, language, **values)

    await desk.write("Mein Geheimnis")
    desk.responses.reply = fail  # type: ignore[method-assign]
    assert await answer_next(desk.worker())

    assert desk.bot_texts()[-1] == "utter_not_answered"
    assert desk.values_of("utter_not_answered") == {"town": "Musterstadt", "phone": "02599 123-0"}
    assert (desk.storage.tables.awaiting, desk.storage.tables.leases) == ([], {})
    assert (desk.status(), desk.tickets) == (ConversationStatus.PENDING, [])
    assert "Geheimnis" not in caplog.text
    assert "answered" not in [record.message for record in caplog.records]


async def test_the_last_sentence_knows_its_language() -> None:
    """Its buttons and its source line are shown in the language in which it is written."""
    desk = Desk(ValueError("kaputt"))
    reply = desk.responses.reply

    def fail(key: str, language: str, **values: str) -> Reply:
        if "handoff" in key:
            raise KeyError(key)
        return reply(key, language, **values)

    await desk.write("kaputt", language="tr")
    desk.responses.reply = fail  # type: ignore[method-assign]
    assert await answer_next(desk.worker())

    assert (desk.messages()[-1].text, desk.messages()[-1].meta) == ("utter_not_answered", {"language": "tr"})


async def test_a_second_answer_of_a_turn_is_sent_too() -> None:
    """Two questions in one message: both replies, in their order, and one state."""
    also = (Answered("kita", "jugendamt", "fee"),)
    turn = to_turn(also_answered=also)
    desk = Desk(replace(turn, replies=(*turn.replies, Reply("Die Kita kostet 100 Euro."))))

    assert await desk.ask("Was kostet der Ausweis und was die Kita?") == [
        "Der Ausweis kostet 37 Euro.", "Die Kita kostet 100 Euro."
    ]  # fmt: skip
    assert desk.conversation().dialogue_state == {"current_service": "personalausweis"}


async def test_a_referral_is_no_handoff() -> None:
    """Who is sent to another authority gets its address, and no ticket is made."""
    desk = Desk(replace(FALLBACK, replies=(Reply("Das macht das Finanzamt."),), referral="finanzamt"))

    assert await desk.ask("Steuererklärung") == ["Das macht das Finanzamt."]
    assert (desk.status(), desk.tickets) == (ConversationStatus.PENDING, [])


async def test_message_without_any_sentence_holds_up_nobody() -> None:
    """Even the last resort may fail: the message leaves the worklist, everybody else is answered."""
    desk = Desk()
    await desk.write("kaputt", address="1")
    await desk.write("heil", address="2")
    desk.responses.reply = lambda key, language, **values: 1 / 0  # type: ignore[method-assign,assignment]
    desk.assistant.answers = [ValueError("kaputt"), to_turn()]
    while await answer_next(desk.worker()):
        pass

    assert [m.text for m in desk.messages("2") if m.author is Author.BOT][-1] == "Der Ausweis kostet 37 Euro."
    assert desk.storage.tables.awaiting == []


async def test_office_that_never_opens_can_promise_nothing_so_the_general_one_does() -> None:
    """A mistake in an editors' file costs no citizen the answer."""
    desk = Desk(to_handoff_turn(service="fundsachen"))

    assert await desk.ask() == ["utter_handoff_degraded", "utter_handoff_live"]
    assert desk.conversation().office_id == "buergerbuero"


async def test_fallback_while_a_ticket_is_open_is_added_to_it() -> None:
    """What the bot can't answer is for whoever has the ticket; no second ticket, no excuse."""
    desk = Desk(to_handoff_turn(), FALLBACK, at=berlin(22, "10:00"))
    await desk.ask("Mensch bitte")
    assert await desk.ask("Und meine Akte 7?") == ["utter_added_to_ticket"]

    (ticket,) = desk.tickets
    assert desk.values_of("utter_added_to_ticket")["number"] == ticket.number
    assert desk.values_of("utter_added_to_ticket")["promise"] == promise(ticket.due_at, now=desk.clock(), language="de")


async def test_bot_goes_on_answering_while_a_ticket_is_open() -> None:
    """A ticket leaves the bot in charge of what it knows."""
    desk = Desk(to_handoff_turn(), to_turn(), at=berlin(22, "10:00"))
    await desk.ask("Mensch bitte")

    assert await desk.ask() == ["Der Ausweis kostet 37 Euro."]
    assert len(desk.tickets) == 1


async def test_fallback_without_ticket_is_said() -> None:
    """The excuse of the assistant, and its state."""
    desk = Desk(FALLBACK)

    assert await desk.ask() == ["utter_no_answer"]
    assert desk.conversation().dialogue_state == {"failures": 1}
    assert desk.tickets == []


async def test_denial_is_not_added_to_a_ticket() -> None:
    """`nein` is an answer to the bot's question."""
    desk = Desk(to_handoff_turn(), to_turn("utter_deny", decision=Decision.FALLBACK, intent="deny"), at=berlin(22, "10:00"))
    await desk.ask("Mensch bitte")

    assert await desk.ask("nein") == ["utter_deny"]


async def test_log_names_ids_only(caplog: pytest.LogCaptureFixture) -> None:
    """Neither question nor answer."""
    caplog.set_level(logging.DEBUG)
    desk = Desk()
    await desk.ask("Mein Geheimnis")

    (record,) = [each for each in caplog.records if each.message == "answered"]
    assert vars(record)["conversation_id"] == desk.conversation().id
    assert "Geheimnis" not in str(vars(record))
    assert "37 Euro" not in str(vars(record))


@pytest.mark.parametrize(("taken", "said"), [("claim", "left to staff"), ("lease", "lease lost")])
async def test_log_says_answered_only_where_an_answer_was_stored(
    taken: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Not where a person or another worker was faster."""
    caplog.set_level(logging.INFO)
    desk = Desk()

    async def be_overtaken() -> Turn:
        if taken == "claim":
            await desk.change("claim", staff_id=7, staff_name="Frau Kaya", at=desk.clock())
        else:
            desk.storage.tables.leases.clear()
        return to_turn()

    desk.assistant.answers = [be_overtaken]
    await desk.write()
    assert await answer_next(desk.worker())

    assert [record.message for record in caplog.records if record.name.endswith("answer_next")] == [said]
    assert desk.bot_texts()[1:] == []


# The loop around it


async def test_pump_answers_as_soon_as_something_arrives() -> None:
    """It does not wait for the next look."""
    desk = Desk()
    pump = TurnPump([desk.worker("w1"), desk.worker("w2")], desk.storage.events)
    task = asyncio.create_task(pump.run())
    try:
        for citizen in ("1", "2", "3"):
            await desk.write(address=citizen)
        async with asyncio.timeout(0.8), desk.storage.events.subscribe() as changes:
            while desk.storage.tables.awaiting:
                await anext(changes)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_pump_that_stops_finishes_the_turn_and_begins_no_other() -> None:
    """A stop takes as long as one turn, however much is waiting; the rest is left for the next start."""
    desk = Desk()
    begun = asyncio.Event()

    async def a_moment() -> Turn:
        begun.set()
        await asyncio.sleep(0.02)
        return to_turn()

    desk.assistant.answers = [a_moment]
    for number in range(5):
        await desk.write(f"Frage {number}")
    task = asyncio.create_task(TurnPump([desk.worker()], desk.storage.events).run())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert len(desk.bot_texts()) == 1
    assert len(desk.storage.tables.awaiting) == 4
    assert desk.storage.tables.leases == {}
