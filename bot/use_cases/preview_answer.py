"""What a citizen would read, without storing anything: for the command line and for editors."""

from datetime import datetime

from bot.domain.messages import Reply
from bot.domain.turns import Turn
from bot.knowledge.knowledge import Knowledge
from bot.ports import Promise, Responses
from bot.use_cases.answer_next import to_handoff
from bot.use_cases.hand_off import introduce, live_reply, ticket_reply

NO_NUMBER = "—"


def preview_answer(
    turn: Turn, question: str, *, knowledge: Knowledge, responses: Responses, promise: Promise, at: datetime
) -> list[Reply]:
    """The replies of a turn, with the words of a handoff; no ticket is opened, so its number is a dash."""
    replies = list(turn.replies)
    if turn.handoff_reason is None:
        return replies
    handoff = to_handoff(turn, question, knowledge)
    replies += introduce(handoff, turn.language, responses)
    if handoff.is_live(at):
        return [*replies, live_reply(handoff, turn.language, responses)]
    ticket = ticket_reply(
        handoff,
        "utter_handoff_ticket",
        turn.language,
        number=NO_NUMBER,
        due_at=handoff.due_at(at),
        responses=responses,
        promise=promise,
        at=at,
    )
    return [*replies, ticket]
