"""In approval mode an answer that the bot is not sure of goes to a person first."""

from dataclasses import replace
from datetime import datetime

import pytest

from bot.assistant.approving import ApprovingAssistant
from bot.domain.turns import Decision, Turn
from bot.use_cases.approval import withhold_unsure
from tests.fakes import FakeClock
from tests.handoff_support import KNOWLEDGE, MONDAY_MORNING, ScriptedAssistant, berlin, to_handoff_turn, to_turn

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
