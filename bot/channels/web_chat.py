"""The widget's API: start a conversation, send, read, and follow it by server-sent events."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, status
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.channels.limits import (
    MESSAGES,
    NEW_CONVERSATIONS,
    REOPENINGS,
    REOPENINGS_OF_A_TICKET,
    TRANSCRIPTS,
    TYPING_SIGNS,
    CountedStream,
    OpenStreams,
    RateLimits,
)
from bot.channels.transcript import Transcriber, WidgetTexts
from bot.channels.web_events import Watch, conversation_events
from bot.channels.web_reading import StatusReader, find_last_of_staff, list_all_messages
from bot.channels.web_views import MessageView, StatusView, to_message_view
from bot.domain.conversations import Conversation
from bot.domain.languages import ENGLISH, GERMAN, LANGUAGES
from bot.domain.messages import MAX_LENGTH, Author, ButtonRef, IncomingMessage
from bot.domain.networks import to_source
from bot.domain.offices import Municipality
from bot.domain.services import in_language
from bot.errors import ConversationNotFound, TokenInvalid
from bot.knowledge.knowledge import Knowledge
from bot.ports import Clock, Events, Responses, Storage
from bot.use_cases.access_code import to_ticket_number
from bot.use_cases.bearer_token import to_token_hash
from bot.use_cases.receive_message import receive_message
from bot.use_cases.reopen_conversation import reopen_conversation
from bot.use_cases.start_conversation import WEB, start_conversation

SURFACE_LANGUAGES = (GERMAN, ENGLISH)
LANGUAGE_PATTERN = f"^({'|'.join(LANGUAGES)})$"
LARGEST_SEQ = 2**31 - 1
LONGEST_SEQ = 10
_ID = re.compile(r"[0-9a-f]{32}")
Door = Callable[..., Awaitable[Conversation]]


@dataclass(frozen=True)
class WebChatDependencies:
    """What the API works with; `heartbeat` is the pause in seconds between signs of life on a stream."""

    storage: Storage
    events: Events
    responses: Responses
    now: Clock
    municipality: Municipality
    texts: WidgetTexts
    knowledge: Knowledge
    heartbeat: float = 15.0


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewConversation(_Body):
    """Body of POST /conversations."""

    language: str = Field(default=GERMAN, pattern=LANGUAGE_PATTERN)


class Reopening(_Body):
    """Body of POST /conversations/reopen, as the citizen typed it."""

    ticket: str = Field(max_length=64)
    access_code: str = Field(max_length=64)


class ButtonBody(_Body):
    """A pressed quick reply."""

    seq: int = Field(ge=1, le=LARGEST_SEQ)
    index: int = Field(ge=0, le=50)


class NewMessage(_Body):
    """Body of POST /conversations/{id}/messages; the length of the text is checked with its own error."""

    client_message_id: str = Field(min_length=1, max_length=64, pattern=r"^\P{Cc}+$")
    text: str
    button: ButtonBody | None = None


class TypingBody(_Body):
    """Body of POST /conversations/{id}/typing."""

    is_typing: bool


class Started(BaseModel):
    """A conversation and the token that opens it."""

    id: str
    token: str


class Accepted(BaseModel):
    """The number that the message got in its conversation."""

    seq: int


class MessagePage(BaseModel):
    """Messages in order, and who answers now."""

    messages: list[MessageView]
    status: StatusView


class WidgetConfiguration(BaseModel):
    """What the widget shows around the conversation; `languages` are those that its surface can be switched to."""

    town: str
    title: str
    languages: list[str]
    privacy_url: str
    max_length: int
    texts: dict[str, str]


def web_chat_router(deps: WebChatDependencies) -> APIRouter:
    """All routes of the widget's API; those below a conversation need its bearer token."""
    router = APIRouter()
    limits = RateLimits()
    _add_open_routes(router, deps, limits)
    _add_conversation_routes(router, deps, limits)
    return router


def _add_open_routes(router: APIRouter, deps: WebChatDependencies, limits: RateLimits) -> None:
    @router.get("/widget")
    async def get_widget(lang: Annotated[str, Query(pattern=LANGUAGE_PATTERN)] = GERMAN) -> WidgetConfiguration:
        """Words and facts for the widget's surface, in German where they do not exist in the language."""
        texts = {key: in_language(words, lang) for key, words in deps.texts.items()}
        town = deps.municipality
        return WidgetConfiguration(
            town=town.name,
            title=texts["title"],
            languages=list(SURFACE_LANGUAGES),
            privacy_url=town.privacy_url,
            max_length=MAX_LENGTH,
            texts=texts,
        )

    @router.post("/conversations", status_code=status.HTTP_201_CREATED)
    async def post_conversation(body: NewConversation, request: Request) -> Started:
        """Start a conversation; its first message says that a machine answers."""
        limits.check_rate(NEW_CONVERSATIONS, _source_of(request))
        conversation, token = await start_conversation(
            language=body.language, storage=deps.storage, responses=deps.responses, now=deps.now
        )
        return Started(id=conversation.id, token=token)

    @router.post("/conversations/reopen")
    async def post_reopening(body: Reopening, request: Request) -> Started:
        """Open the conversation of a ticket by number and code; the token from before no longer opens it."""
        limits.check_rate(REOPENINGS, _source_of(request))
        number = to_ticket_number(body.ticket)
        if number:
            limits.check_rate(REOPENINGS_OF_A_TICKET, number)
        conversation_id, token = await reopen_conversation(number, body.access_code, storage=deps.storage)
        return Started(id=conversation_id, token=token)


def _add_conversation_routes(router: APIRouter, deps: WebChatDependencies, limits: RateLimits) -> None:
    async def authorised(conversation_id: str, authorization: Annotated[str, Header()] = "") -> Conversation:
        """The conversation that the token opens; raises ConversationNotFound, TokenInvalid."""
        return await _find_authorised(deps.storage, conversation_id, authorization)

    reader = StatusReader(deps.knowledge)
    _add_writing_routes(router, deps, limits, authorised)
    _add_reading_routes(router, deps, reader, authorised)
    _add_transcript_route(router, deps, limits, authorised)


def _add_writing_routes(router: APIRouter, deps: WebChatDependencies, limits: RateLimits, authorised: Door) -> None:
    @router.post("/conversations/{conversation_id}/messages", status_code=status.HTTP_202_ACCEPTED)
    async def post_message(body: NewMessage, conversation: Annotated[Conversation, Depends(authorised)]) -> Accepted:
        """Accept a message once, however often it is sent; the answer comes by the event stream."""
        limits.check_rate(MESSAGES, conversation.id)
        message = IncomingMessage(
            channel=WEB,
            address=conversation.address,
            source_id=f"{conversation.id}:{body.client_message_id}",
            text=body.text,
            button=ButtonRef(body.button.seq, body.button.index) if body.button else None,
        )
        stored = await receive_message(message, storage=deps.storage, responses=deps.responses, now=deps.now)
        return Accepted(seq=stored.seq)

    @router.post("/conversations/{conversation_id}/typing", status_code=status.HTTP_204_NO_CONTENT)
    async def post_typing(body: TypingBody, conversation: Annotated[Conversation, Depends(authorised)]) -> None:
        """Staff see that the citizen is writing; while the bot answers nobody looks, so nothing is noted."""
        limits.check_rate(TYPING_SIGNS, conversation.id)
        if not conversation.is_with_people:
            return
        async with deps.storage.begin() as unit:
            await unit.note_typing(conversation.id, Author.CITIZEN, at=deps.now() if body.is_typing else None)
            await unit.commit()


def _add_reading_routes(router: APIRouter, deps: WebChatDependencies, reader: StatusReader, authorised: Door) -> None:
    streams = OpenStreams()

    @router.get("/conversations/{conversation_id}/messages")
    async def get_messages(
        conversation: Annotated[Conversation, Depends(authorised)], after: Annotated[int, Query(ge=0, le=LARGEST_SEQ)] = 0
    ) -> MessagePage:
        """All messages after a number, at most 500 at once."""
        async with deps.storage.begin(read_only=True) as unit:
            messages = await unit.list_messages(conversation.id, after=after)
            spoke_at = find_last_of_staff(messages)
            view = await reader.read(unit, conversation, now=deps.now(), spoke_at=spoke_at)
        return MessagePage(messages=[to_message_view(message) for message in messages], status=view)

    @router.get("/conversations/{conversation_id}/events")
    async def get_events(
        conversation: Annotated[Conversation, Depends(authorised)], last_event_id: Annotated[str, Header()] = "0"
    ) -> StreamingResponse:
        """Follow the conversation, at five places at once; resumes after `Last-Event-ID`."""
        streams.check(conversation.id)
        after = int(last_event_id) if last_event_id.isdecimal() and len(last_event_id) < LONGEST_SEQ else 0
        watch = Watch(conversation.id, deps.storage, deps.events, deps.now, deps.heartbeat, reader)
        return CountedStream(conversation_events(watch, after=after), streams, conversation.id)


def _add_transcript_route(router: APIRouter, deps: WebChatDependencies, limits: RateLimits, authorised: Door) -> None:
    transcriber = Transcriber(deps.texts, deps.responses, deps.municipality)

    @router.get("/conversations/{conversation_id}/transcript", response_class=PlainTextResponse)
    async def get_transcript(
        conversation: Annotated[Conversation, Depends(authorised)],
        format: Literal["txt"] = "txt",
    ) -> PlainTextResponse:
        """The conversation to keep, as a text file in the citizen's language."""
        limits.check_rate(TRANSCRIPTS, conversation.id)
        at = deps.now()
        async with deps.storage.begin(read_only=True) as unit:
            messages = await list_all_messages(unit, conversation.id)
            tickets = await unit.list_open_tickets(conversation.id)
        headers = {
            "Content-Disposition": f'attachment; filename="rathausbote-{at:%Y-%m-%d}.{format}"',
            "Cache-Control": "no-store",
        }
        text = transcriber.write(messages, tickets, language=conversation.language, at=at)
        return PlainTextResponse(text, headers=headers)


def _source_of(request: Request) -> str:
    return to_source(request.client.host if request.client else None)


async def _find_authorised(storage: Storage, conversation_id: str, authorization: str) -> Conversation:
    if not _ID.fullmatch(conversation_id):
        raise ConversationNotFound("no such conversation")
    scheme, _, token = authorization.partition(" ")
    async with storage.begin(read_only=True) as unit:
        conversation = await unit.find_conversation(conversation_id)
        if conversation is None or conversation.channel != WEB:
            raise ConversationNotFound("no such conversation")
        if scheme.lower() != "bearer" or not await unit.has_token(conversation_id, to_token_hash(token)):
            raise TokenInvalid("the token does not open this conversation")
    return conversation
