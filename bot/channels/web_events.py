"""Server-sent events of one conversation: messages by number, who answers, and who is writing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from bot.channels.web_reading import StatusReader, find_last_of_staff, list_all_messages
from bot.channels.web_views import StatusView, to_message_view
from bot.domain.messages import Message
from bot.errors import StorageUnavailable
from bot.ports import Clock, Events, Storage

LOOK_AGAIN = 5.0


@dataclass(frozen=True, slots=True)
class Watch:
    """The conversation that is followed; a comment line every `heartbeat` seconds shows that the stream lives."""

    conversation_id: str
    storage: Storage
    events: Events
    now: Clock
    heartbeat: float
    status: StatusReader


@dataclass(frozen=True, slots=True)
class _Snapshot:
    messages: list[Message]
    status: StatusView
    bot_is_writing: bool

    @property
    def passes(self) -> bool:
        """Whether time alone changes it: others leave the queue, somebody stops typing."""
        return self.status.status == "waiting" or self.status.staff_is_typing


class _Typing(BaseModel):
    author: str = "bot"
    active: bool


@dataclass(slots=True)
class _Told:
    """What the reader of a stream knows already."""

    after: int
    status: StatusView | None = None
    writing: bool = False
    staff_spoke_at: datetime | None = None

    def news(self, snapshot: _Snapshot) -> Iterator[str]:
        """The events that are missing, in the order in which the widget needs them."""
        if snapshot.status != self.status:
            self.status = snapshot.status
            yield _to_event("status", snapshot.status)
        for message in snapshot.messages:
            self.after = message.seq
            yield _to_event("message", to_message_view(message), seq=message.seq)
        if snapshot.bot_is_writing != self.writing:
            self.writing = snapshot.bot_is_writing
            yield _to_event("typing", _Typing(active=self.writing))


async def conversation_events(watch: Watch, *, after: int) -> AsyncIterator[str]:
    """Everything after message number `after`, and on.

    Ends when the conversation is deleted, and without the database; the widget then connects again.
    """
    told = _Told(after)
    async with watch.events.subscribe(watch.conversation_id) as changes:
        upcoming = asyncio.ensure_future(anext(changes, None))
        try:
            while (snapshot := await _look(watch, told)) is not None:
                for event in told.news(snapshot):
                    yield event
                pause = min(watch.heartbeat, LOOK_AGAIN) if snapshot.passes else watch.heartbeat
                while not (await asyncio.wait({upcoming}, timeout=pause))[0]:
                    yield ": still here\n\n"
                    if snapshot.passes:
                        break
                else:
                    if upcoming.result() is None:
                        return
                    upcoming = asyncio.ensure_future(anext(changes, None))
        finally:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)


async def _look(watch: Watch, told: _Told) -> _Snapshot | None:
    try:
        return await _read(watch, told)
    except StorageUnavailable:
        return None


async def _read(watch: Watch, told: _Told) -> _Snapshot | None:
    async with watch.storage.begin(read_only=True) as unit:
        conversation = await unit.find_conversation(watch.conversation_id)
        if conversation is None:
            return None
        messages = await list_all_messages(unit, conversation.id, after=told.after)
        told.staff_spoke_at = find_last_of_staff(messages) or told.staff_spoke_at
        status = await watch.status.read(unit, conversation, now=watch.now(), spoke_at=told.staff_spoke_at)
        awaiting = await unit.find_awaiting(conversation.id)
    return _Snapshot(messages, status, awaiting is not None)


def _to_event(name: str, content: BaseModel, *, seq: int | None = None) -> str:
    id_line = f"id: {seq}\n" if seq is not None else ""
    return f"event: {name}\n{id_line}data: {content.model_dump_json()}\n\n"
