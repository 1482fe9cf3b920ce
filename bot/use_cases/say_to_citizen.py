"""Sentences about the conversation itself, which the system says and not the bot."""

from datetime import datetime

from bot.domain.conversations import Conversation
from bot.domain.messages import Author
from bot.ports import Responses, UnitOfWork


async def say_to_citizen(
    unit: UnitOfWork, conversation: Conversation, response: str, *, responses: Responses, at: datetime, **values: str
) -> None:
    """Add a standard sentence in the citizen's language; the caller commits."""
    reply = responses.reply(response, conversation.language, **values)
    await unit.add_outgoing(conversation, reply, author=Author.SYSTEM, at=at, meta={"language": conversation.language})
