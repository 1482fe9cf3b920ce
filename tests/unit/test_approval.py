"""In approval mode an answer that the bot is not sure of goes to a person first."""

from dataclasses import replace
from datetime import datetime

import pytest

from bot.assistant.approving import ApprovingAssistant
from bot.domain.turns import Decision, Turn
from bot.use_cases.answer_next import answer_next
from bot.use_cases.approval import withhold_unsure
from tests.fakes import FakeClock
from tests.handoff_support import KNOWLEDGE, MONDAY_MORNING, Desk, ScriptedAssistant, berlin, to_handoff_turn, to_turn

EVENING = berlin(23, "20:00")
UNSURE = to_turn(confidence=0.4)


def withhold(turn: Turn, *, below: float = 0.5, at: datetime = MONDAY_MORNING) -> Turn:
    """What becomes of the turn."""
    return withhold_unsure(turn, "Was kostet ein Ausweis?", below=below, knowledge=KNOWLEDGE, at=at)


def test_unsure_answer_is_handed_over_unsaid() -> None:
    """Nothing of it is said; state, service and candidates stay for staff."""
    withheld = withhold(UNSURE)

    assert withheld == replace(UNSURE, replies=(), decision=Decision.HANDOFF, handoff_reason="needs_approval")


@pytest.mark.parametrize(
    ("turn", "below", "at"),
    [
        (UNSURE, 0.0, MONDAY_MORNING),
        (UNSURE, 0.4, MONDAY_MORNING),
        (UNSURE, 0.5, EVENING),
        (replace(UNSURE, decision=Decision.CLARIFY), 0.5, MONDAY_MORNING),
        (replace(UNSURE, decision=Decision.SMALLTALK), 0.5, MONDAY_MORNING),
        (replace(UNSURE, decision=Decision.FALLBACK), 0.5, MONDAY_MORNING),
        (to_handoff_turn("personal_case"), 0.5, MONDAY_MORNING),
    ],
)
def test_everything_else_is_said(turn: Turn, below: float, at: datetime) -> None:
    """Switched off, sure enough, outside the hours of the office, or no answer at all."""
    assert withhold(turn, below=below, at=at) == turn


@pytest.mark.parametrize(("payload", "reason"), [(None, "needs_approval"), ('/ask_fee{"service": "kita"}', None)])
async def test_pressed_button_is_no_guess(payload: str | None, reason: str | None) -> None:
    """What was typed may wait for approval; what was chosen is answered. The hours are those of this moment."""
    assistant = ApprovingAssistant(
        ScriptedAssistant(UNSURE), lambda turn, _text, at: withhold(turn, at=at), FakeClock(MONDAY_MORNING)
    )
    turn = await assistant.answer("Ausweis", payload=payload, state={}, language="de", now=EVENING, conversation_id="anna")

    assert turn.handoff_reason == reason


async def test_citizen_waits_for_a_person_and_reads_why() -> None:
    """The answer is not said; the conversation is in the queue of its office with the reason, and the bot's guess is kept."""
    desk = Desk(UNSURE)
    approving = ApprovingAssistant(desk.assistant, lambda turn, _text, at: withhold(turn, at=at), desk.clock)
    await desk.write("Was kostet ein Ausweis?")
    await answer_next(replace(desk.worker(), assistant=approving))

    conversation = desk.conversation()
    assert desk.bot_texts() == ["utter_handoff_needs_approval"]
    assert conversation.is_waiting
    assert (conversation.handoff_reason, conversation.office_id) == ("needs_approval", "buergerbuero")
    assert desk.messages()[-1].meta["confidence"] == 0.4
