"""The JSON that the console's pages fetch and the steps that they ask for."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from bot.console.dependencies import ConsoleDependencies
from bot.console.event_stream import event_stream
from bot.console.guard import Guard, Visitor
from bot.console.views import Json, Views
from bot.console.words import Words, to_language
from bot.domain.conversations import Conversation, ConversationStatus
from bot.domain.handoffs import Ticket
from bot.domain.messages import MAX_LENGTH, Message
from bot.errors import ConversationNotFound, StorageUnavailable
from bot.ports import UnitOfWork
from bot.use_cases.claim_conversation import claim_conversation
from bot.use_cases.reply_as_staff import reply_as_staff
from bot.use_cases.resolve_conversation import resolve_conversation
from bot.use_cases.return_to_bot import return_to_bot

PAGE = 500
LARGEST_SEQ = 2**31 - 1
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def to_conversation_id(conversation_id: str) -> str:
    """The id in the path; raises ConversationNotFound for what no id can look like, before the database is asked."""
    if not _ID.fullmatch(conversation_id):
        raise ConversationNotFound("no conversation with this id")
    return conversation_id


ConversationId = Annotated[str, Depends(to_conversation_id)]
Seq = Annotated[int, Query(ge=0, le=LARGEST_SEQ)]


class ClaimBody(BaseModel):
    """`instead_of`: id of the colleague from whom the conversation is taken knowingly."""

    instead_of: int | None = None


class ReplyBody(BaseModel):
    """What a staff member answers; the id makes sending it again harmless."""

    client_message_id: str = Field(min_length=1, max_length=64, pattern=r"^\P{Cc}+$")
    text: str


def api_router(dependencies: ConsoleDependencies, words: Words, guard: Guard) -> APIRouter:
    """Reading and changing conversations, every route guarded."""
    router = APIRouter(prefix="/api", dependencies=[Depends(guard)])
    _add_reading(router, dependencies, words, guard)
    _add_steps(router, dependencies, guard)
    return router


def events_router(dependencies: ConsoleDependencies, guard: Guard) -> APIRouter:
    """The stream of changes, guarded when it begins and checked again with every ping."""
    router = APIRouter(dependencies=[Depends(guard)])

    @router.get("/events")
    async def get_events(visitor: Annotated[Visitor, Depends(guard)]) -> StreamingResponse:
        """Server-sent events `ready`, `conversation`, `ping`, `signed_out`."""

        async def is_signed_in() -> bool:
            try:
                return await guard.find_member(visitor.token) is not None
            except StorageUnavailable:
                return True

        stream = event_stream(dependencies.events, is_signed_in=is_signed_in, heartbeat=dependencies.heartbeat)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    return router


def _add_reading(router: APIRouter, dependencies: ConsoleDependencies, words: Words, guard: Guard) -> None:
    @router.get("/session")
    async def get_session(request: Request, visitor: Annotated[Visitor, Depends(guard)]) -> Json:
        """Who is signed in, the token for changes, and the words of the surface."""
        language = to_language(request)
        return {
            "staff": {"id": visitor.member.id, "name": visitor.member.display_name},
            "csrf_token": visitor.csrf_token,
            "language": language,
            "timezone": dependencies.timezone,
            "max_length": MAX_LENGTH,
            "words": words[language],
        }

    @router.get("/queue")
    async def get_queue(request: Request, visitor: Annotated[Visitor, Depends(guard)]) -> Json:
        """The list on the left."""
        async with dependencies.storage.begin(read_only=True) as unit:
            entries = await unit.list_queue()
        return Views(dependencies, visitor.member, to_language(request)).queue(entries, now=dependencies.now())

    @router.get("/conversations/{conversation_id}")
    async def get_conversation(
        conversation_id: ConversationId, request: Request, visitor: Annotated[Visitor, Depends(guard)], after: Seq = 0
    ) -> Json:
        """A conversation that staff may see, with its messages after `after`."""
        async with dependencies.storage.begin(read_only=True) as unit:
            conversation, ticket = await _access_conversation(unit, conversation_id)
            messages = await _list_all(unit, conversation_id, after)
        views = Views(dependencies, visitor.member, to_language(request))
        return {
            "conversation": views.conversation(conversation, ticket),
            "messages": [views.message(message) for message in messages],
        }


def _add_steps(router: APIRouter, dependencies: ConsoleDependencies, guard: Guard) -> None:
    storage, responses, now = dependencies.storage, dependencies.responses, dependencies.now

    @router.post("/conversations/{conversation_id}/claim", status_code=204)
    async def post_claim(
        conversation_id: ConversationId, body: ClaimBody, visitor: Annotated[Visitor, Depends(guard)]
    ) -> None:
        """Take it over; 409 where a colleague holds it."""
        async with storage.begin(read_only=True) as unit:
            await _access_conversation(unit, conversation_id)
        await claim_conversation(
            conversation_id,
            staff=visitor.member,
            storage=storage,
            responses=responses,
            now=now,
            instead_of=body.instead_of,
        )

    @router.post("/conversations/{conversation_id}/replies", status_code=201)
    async def post_reply(
        conversation_id: ConversationId, body: ReplyBody, request: Request, visitor: Annotated[Visitor, Depends(guard)]
    ) -> Json:
        """Answer the citizen; the same `client_message_id` again gives the same message."""
        message = await reply_as_staff(
            conversation_id,
            body.text,
            staff=visitor.member,
            client_message_id=body.client_message_id,
            storage=storage,
            now=now,
        )
        return {"message": Views(dependencies, visitor.member, to_language(request)).message(message)}

    @router.post("/conversations/{conversation_id}/resolve", status_code=204)
    async def post_resolve(conversation_id: ConversationId, visitor: Annotated[Visitor, Depends(guard)]) -> None:
        """End it."""
        await resolve_conversation(conversation_id, staff=visitor.member, storage=storage, responses=responses, now=now)

    @router.post("/conversations/{conversation_id}/return", status_code=204)
    async def post_return(conversation_id: ConversationId, visitor: Annotated[Visitor, Depends(guard)]) -> None:
        """Give it back to the bot."""
        await return_to_bot(conversation_id, staff=visitor.member, storage=storage, responses=responses, now=now)


async def _access_conversation(unit: UnitOfWork, conversation_id: str) -> tuple[Conversation, Ticket | None]:
    """Only what was handed over is for staff to read; everything else counts as not there."""
    conversation = await unit.get_conversation(conversation_id)
    ticket = next(iter(await unit.list_open_tickets(conversation_id)), None)
    if conversation.status is not ConversationStatus.OPEN and ticket is None:
        raise ConversationNotFound("no conversation for staff with this id")
    return conversation, ticket


async def _list_all(unit: UnitOfWork, conversation_id: str, after: int) -> list[Message]:
    messages: list[Message] = []
    while page := await unit.list_messages(conversation_id, after=after, limit=PAGE):
        messages.extend(page)
        after = page[-1].seq
    return messages
