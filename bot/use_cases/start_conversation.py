"""A citizen opens the chat: the conversation begins with the notice that a machine answers."""

import uuid
from datetime import datetime

from bot.domain.conversations import Conversation
from bot.domain.messages import Author
from bot.ports import Clock, Responses, Storage, UnitOfWork
from bot.use_cases.bearer_token import make_token, to_token_hash

WEB = "web"
TELEGRAM = "telegram"


async def start_conversation(
    *, language: str, storage: Storage, responses: Responses, now: Clock
) -> tuple[Conversation, str]:
    """Start a conversation in the widget; gives it with its bearer token, of which only a digest is stored."""
    id_ = uuid.uuid4().hex
    token = make_token()
    conversation = Conversation(id=id_, channel=WEB, address=id_, created_at=now(), language=language)
    async with storage.begin() as unit:
        await add_with_greeting(unit, conversation, responses, at=now(), token_hash=to_token_hash(token))
        await unit.commit()
    return conversation, token


async def add_with_greeting(
    unit: UnitOfWork, conversation: Conversation, responses: Responses, *, at: datetime, token_hash: str | None = None
) -> None:
    """Store a new conversation whose first message says that a machine answers (AI Act, Article 50)."""
    await unit.add_conversation(conversation, token_hash=token_hash)
    greeting = responses.reply("utter_greeting", conversation.language)
    await unit.add_outgoing(conversation, greeting, author=Author.BOT, at=at, meta={"language": conversation.language})
    if conversation.channel == TELEGRAM:
        note = responses.reply("utter_greeting_telegram", conversation.language)
        await unit.add_outgoing(conversation, note, author=Author.SYSTEM, at=at, meta={"language": conversation.language})
