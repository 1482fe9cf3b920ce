"""What staff look up while they answer: what the bot would say, and earlier conversations."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from bot.console.access import access_conversation, access_current, list_readable
from bot.console.dependencies import ConsoleDependencies
from bot.console.guard import Guard, Visitor
from bot.console.requests import ConversationId, SearchText
from bot.console.views import Json, Views
from bot.console.words import to_language
from bot.domain.conversations import Conversation
from bot.domain.handoffs import HandoffRecord
from bot.domain.messages import Author, clean_text
from bot.ports import QueueEntry, UnitOfWork

MOST_FOUND = 30


def looking_up_router(dependencies: ConsoleDependencies, guard: Guard) -> APIRouter:
    """Suggestions and search."""
    router = APIRouter()

    @router.get("/conversations/{conversation_id}/suggestions")
    async def get_suggestions(
        conversation_id: ConversationId, request: Request, visitor: Annotated[Visitor, Depends(guard)]
    ) -> Json:
        """What the bot would answer; 503 while it does not answer anybody."""
        async with dependencies.storage.begin(read_only=True) as unit:
            await access_current(unit, conversation_id)
        views = Views(dependencies, visitor.member, to_language(request))
        return {"suggestions": [views.suggestion(each) for each in await dependencies.suggest(conversation_id)]}

    @router.get("/search")
    async def get_search(q: SearchText, request: Request, visitor: Annotated[Visitor, Depends(guard)]) -> Json:
        """Conversations that people were asked for in which the words occur, the latest first."""
        text = clean_text(q)
        async with dependencies.storage.begin(read_only=True) as unit:
            found = await unit.search_conversations(text, limit=MOST_FOUND)
            staff = await unit.list_staff()
            rows = [await _to_row(unit, each) for each in found]
        views = Views(dependencies, visitor.member, to_language(request), staff=staff)
        return {"rows": [views.row(entry, handoff) for entry, handoff in rows]}

    return router


async def _to_row(unit: UnitOfWork, conversation: Conversation) -> tuple[QueueEntry, HandoffRecord | None]:
    accessed = await access_conversation(unit, conversation.id)
    readable = await list_readable(unit, accessed)
    said = [message.text for message in readable if message.author is Author.CITIZEN]
    return QueueEntry(conversation, accessed.ticket, said[-1] if said else "", 0), accessed.handoff
