"""What staff tell each other while they work: notes, who looks at what, who types, who is there."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from bot.console.access import access_conversation
from bot.console.dependencies import ConsoleDependencies
from bot.console.guard import Guard, Visitor
from bot.console.requests import ConversationId, NoteBody, PresenceBody, TypingBody, ViewingBody
from bot.console.session_view import to_colleagues
from bot.console.views import Json, Views
from bot.console.words import to_language
from bot.domain.messages import Author
from bot.use_cases.add_note import add_note


def collaboration_router(dependencies: ConsoleDependencies, guard: Guard) -> APIRouter:
    """Nothing here changes who answers."""
    router = APIRouter()
    _add_notes(router, dependencies, guard)
    _add_signs_of_life(router, dependencies, guard)
    return router


def _add_notes(router: APIRouter, dependencies: ConsoleDependencies, guard: Guard) -> None:
    storage, now = dependencies.storage, dependencies.now

    @router.post("/conversations/{conversation_id}/notes", status_code=201)
    async def post_note(
        conversation_id: ConversationId, body: NoteBody, request: Request, visitor: Annotated[Visitor, Depends(guard)]
    ) -> Json:
        """Leave a note that no citizen reads."""
        async with storage.begin(read_only=True) as unit:
            await access_conversation(unit, conversation_id)
        note = await add_note(conversation_id, body.text, staff=visitor.member, storage=storage, now=now)
        return {"note": Views(dependencies, visitor.member, to_language(request)).note(note)}


def _add_signs_of_life(router: APIRouter, dependencies: ConsoleDependencies, guard: Guard) -> None:
    storage, now = dependencies.storage, dependencies.now

    @router.post("/conversations/{conversation_id}/viewing", status_code=204)
    async def post_viewing(
        conversation_id: ConversationId, body: ViewingBody, visitor: Annotated[Visitor, Depends(guard)]
    ) -> None:
        """The conversation is open here, or no longer; counts for a minute and a half unless said again."""
        async with storage.begin() as unit:
            await access_conversation(unit, conversation_id)
            await unit.note_viewing(conversation_id, visitor.member.id, at=now() if body.is_open else None)
            await unit.commit()

    @router.post("/conversations/{conversation_id}/typing", status_code=204)
    async def post_typing(
        conversation_id: ConversationId, body: TypingBody, visitor: Annotated[Visitor, Depends(guard)]
    ) -> None:
        """The citizen sees that an answer is being written; 409 for all but the holder."""
        async with storage.begin() as unit:
            conversation = await unit.get_conversation(conversation_id)
            conversation.check_held_by(visitor.member.id)
            await unit.note_typing(conversation_id, Author.STAFF, at=now() if body.is_typing else None)
            await unit.commit()

    @router.post("/presence")
    async def post_presence(body: PresenceBody, visitor: Annotated[Visitor, Depends(guard)]) -> Json:
        """This console is open; gives who else is there."""
        async with storage.begin() as unit:
            await unit.note_presence(visitor.member.id, at=now(), is_away=body.is_away)
            await unit.commit()
        async with storage.begin(read_only=True) as unit:
            staff = await unit.list_staff()
        is_away = visitor.member.is_away if body.is_away is None else body.is_away
        return {"is_away": is_away, "colleagues": to_colleagues(dependencies, visitor.member, staff)}
