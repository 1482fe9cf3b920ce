"""The mode in which an answer that the bot is not sure of waits for a person's approval."""

from dataclasses import replace
from datetime import datetime

from bot.domain.turns import Decision, Turn
from bot.knowledge.knowledge import Knowledge
from bot.use_cases.answer_next import to_handoff

REASON = "needs_approval"


def withhold_unsure(turn: Turn, question: str, *, below: float, knowledge: Knowledge, at: datetime) -> Turn:
    """The turn, or a handoff in its place where its answer is less sure than `below` and the office is open.

    Outside the hours nobody could approve, so the answer is said; what the bot asks back or says in small talk stays.
    """
    if turn.decision is not Decision.ANSWER or turn.handoff_reason is not None or turn.confidence >= below:
        return turn
    withheld = replace(turn, replies=(), decision=Decision.HANDOFF, handoff_reason=REASON)
    return withheld if to_handoff(withheld, question, knowledge).is_live(at) else turn
