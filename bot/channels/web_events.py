"""Server-sent events of one conversation: messages by number, who answers, and who is writing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from pydantic import BaseModel

from bot.channels.web_views import StatusView, to_message_view, to_status_view
from bot.domain.messages import Message
from bot.errors import StorageUnavailable
from bot.ports import Events, Storage, UnitOfWork


@dataclass(frozen=True, slots=True)
class Watch:
    """The conversation that is followed; a comment line every `heartbeat` seconds shows that the stream lives."""

    conversation_id: str
    storage: Storage
    events: Events
    heartbeat: float


@dataclass(frozen=True, slots=True)
class _Snapshot:
    messages: list[Message]
    status: StatusView
    bot_is_writing: bool


class _Typing(BaseModel):
    author: str = "bot"
    active: bool


async def conversation_events(watch: Watch, *, after: int) -> AsyncIterator[str]:
    """Everything after message number `after`, and on.

    Ends when the conversation is deleted, and without the database; the widget then connects again.
    """
    status: StatusView | None = None
    writing = False
    async with watch.events.subscribe(watch.conversation_id) as changes:
        upcoming: asyncio.Future[str | None] | None = None
        try:
            while (snapshot := await _look(watch, after)) is not None:
                if snapshot.status != status:
                    status = snapshot.status
                    yield _to_event("status", status)
                for message in snapshot.messages:
                    after = message.seq
                    yield _to_event("message", to_message_view(message), seq=message.seq)
                if snapshot.bot_is_writing != writing:
                    writing = snapshot.bot_is_writing
                    yield _to_event("typing", _Typing(active=writing))
                upcoming = asyncio.ensure_future(anext(changes, None))
                while not (await asyncio.wait({upcoming}, timeout=watch.heartbeat))[0]:
                    yield ": still here\n\n"
                if upcoming.result() is None:
                    return
        finally:
            if upcoming is not None:
                upcoming.cancel()
                await asyncio.gather(upcoming, return_exceptions=True)


async def _look(watch: Watch, after: int) -> _Snapshot | None:
    try:
        return await _read(watch, after)
    except StorageUnavailable:
        return None


async def _read(watch: Watch, after: int) -> _Snapshot | None:
    async with watch.storage.begin(read_only=True) as unit:
        conversation = await unit.find_conversation(watch.conversation_id)
        if conversation is None:
            return None
        messages = await _list_all(unit, conversation.id, after)
        ticket = await unit.find_open_ticket(conversation.id)
        awaiting = await unit.find_awaiting(conversation.id)
    return _Snapshot(messages, to_status_view(conversation, ticket), awaiting is not None)


async def _list_all(unit: UnitOfWork, conversation_id: str, after: int) -> list[Message]:
    messages: list[Message] = []
    while page := await unit.list_messages(conversation_id, after=after):
        messages.extend(page)
        after = page[-1].seq
    return messages


def _to_event(name: str, content: BaseModel, *, seq: int | None = None) -> str:
    id_line = f"id: {seq}\n" if seq is not None else ""
    return f"event: {name}\n{id_line}data: {content.model_dump_json()}\n\n"
