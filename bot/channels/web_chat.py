"""The widget's API: start a conversation, send, read, and follow it by server-sent events."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, status
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.channels.limits import MESSAGES, NEW_CONVERSATIONS, CountedStream, OpenStreams, RateLimits
from bot.channels.web_events import Watch, conversation_events
from bot.channels.web_views import MessageView, StatusView, to_message_view, to_status_view
from bot.domain.conversations import Conversation
from bot.domain.languages import ENGLISH, GERMAN, LANGUAGES
from bot.domain.messages import MAX_LENGTH, ButtonRef, IncomingMessage
from bot.domain.networks import to_source
from bot.domain.offices import Municipality
from bot.domain.services import in_language
from bot.errors import ConversationNotFound, TokenInvalid
from bot.ports import Clock, Events, Responses, Storage
from bot.use_cases.bearer_token import to_token_hash
from bot.use_cases.receive_message import receive_message
from bot.use_cases.start_conversation import WEB, start_conversation

WidgetTexts = Mapping[str, Mapping[str, str]]
SURFACE_LANGUAGES = (GERMAN, ENGLISH)
LANGUAGE_PATTERN = f"^({'|'.join(LANGUAGES)})$"
LARGEST_SEQ = 2**31 - 1
LONGEST_SEQ = 10
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class WebChatDependencies:
    """What the API works with; `heartbeat` is the pause in seconds between signs of life on a stream."""

    storage: Storage
    events: Events
    responses: Responses
    now: Clock
    municipality: Municipality
    texts: WidgetTexts
    heartbeat: float = 15.0


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewConversation(_Body):
    """Body of POST /conversations."""

    language: str = Field(default=GERMAN, pattern=LANGUAGE_PATTERN)


class ButtonBody(_Body):
    """A pressed quick reply."""

    seq: int = Field(ge=1, le=LARGEST_SEQ)
    index: int = Field(ge=0, le=50)


class NewMessage(_Body):
    """Body of POST /conversations/{id}/messages; the length of the text is checked with its own error."""

    client_message_id: str = Field(min_length=1, max_length=64, pattern=r"^\P{Cc}+$")
    text: str
    button: ButtonBody | None = None


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
        limits.check_rate(NEW_CONVERSATIONS, to_source(request.client.host if request.client else None))
        conversation, token = await start_conversation(
            language=body.language, storage=deps.storage, responses=deps.responses, now=deps.now
        )
        return Started(id=conversation.id, token=token)


def _add_conversation_routes(router: APIRouter, deps: WebChatDependencies, limits: RateLimits) -> None:
    streams = OpenStreams()

    async def authorised(conversation_id: str, authorization: Annotated[str, Header()] = "") -> Conversation:
        """The conversation that the token opens; raises ConversationNotFound, TokenInvalid."""
        return await _find_authorised(deps.storage, conversation_id, authorization)

    Authorised = Annotated[Conversation, Depends(authorised)]  # noqa: N806 - a type

    @router.post("/conversations/{conversation_id}/messages", status_code=status.HTTP_202_ACCEPTED)
    async def post_message(body: NewMessage, conversation: Authorised) -> Accepted:
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

    @router.get("/conversations/{conversation_id}/messages")
    async def get_messages(conversation: Authorised, after: Annotated[int, Query(ge=0, le=LARGEST_SEQ)] = 0) -> MessagePage:
        """All messages after a number, at most 500 at once."""
        async with deps.storage.begin(read_only=True) as unit:
            messages = await unit.list_messages(conversation.id, after=after)
            ticket = await unit.find_open_ticket(conversation.id)
        views = [to_message_view(message) for message in messages]
        return MessagePage(messages=views, status=to_status_view(conversation, ticket))

    @router.get("/conversations/{conversation_id}/events")
    async def get_events(conversation: Authorised, last_event_id: Annotated[str, Header()] = "0") -> StreamingResponse:
        """Follow the conversation, at five places at once; resumes after `Last-Event-ID`."""
        streams.check(conversation.id)
        after = int(last_event_id) if last_event_id.isdecimal() and len(last_event_id) < LONGEST_SEQ else 0
        watch = Watch(conversation.id, deps.storage, deps.events, deps.heartbeat)
        return CountedStream(conversation_events(watch, after=after), streams, conversation.id)


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
