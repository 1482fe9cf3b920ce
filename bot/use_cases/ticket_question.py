"""What the citizen asks of people, as the ticket of a handoff keeps it."""

from bot.domain.conversations import Conversation
from bot.domain.messages import MAX_LENGTH, Author
from bot.ports import UnitOfWork

LOOKED_AT = 100


async def find_question(unit: UnitOfWork, conversation: Conversation) -> str:
    """What the citizen has typed since the bot last spoke, and so since the handoff began; the end of it where it is long.

    What called the person is a part of it, unless that was the wish for a person and more came after it. Where nothing
    was typed, it is the last message, whatever it is, and empty where there is none.
    """
    messages = await unit.list_last_messages(conversation.id, limit=LOOKED_AT)
    begun = max((each.seq for each in messages if each.author is Author.BOT), default=0)
    said = [each for each in messages if each.author is Author.CITIZEN]
    typed = [each for each in said if each.payload is None]
    words = [each for each in typed if each.seq > begun]
    if conversation.handoff_reason != "citizen_asked" or not words:
        words = [*[each for each in typed if each.seq <= begun][-1:], *words]
    return _join([each.text for each in words or said[-1:]])


def _join(texts: list[str]) -> str:
    """The last ones that fit into one message."""
    joined = ""
    for text in reversed(texts):
        longer = f"{text}\n{joined}" if joined else text
        if len(longer) > MAX_LENGTH:
            break
        joined = longer
    return joined
