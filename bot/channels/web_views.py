"""How messages and the state of a conversation look in the widget's API."""

import math
from collections.abc import Sequence
from datetime import UTC, date, timedelta
from typing import Literal

from pydantic import BaseModel

from bot.channels.isolation import isolate_numbers
from bot.domain.conversations import Conversation, ConversationStatus
from bot.domain.handoffs import Ticket
from bot.domain.languages import LANGUAGES
from bot.domain.messages import Author, Button, Message
from bot.use_cases.find_queue_place import QueuePlace
from bot.use_cases.rate_handoff import is_rating
from bot.use_cases.receive_message import RETURN_TO_BOT

Purpose = Literal["rating", "waiting"]


class ButtonView(BaseModel):
    """A quick reply; what it does stays on the server."""

    title: str


class LinkView(BaseModel):
    """A form or online service."""

    title: str
    url: str


class MessageView(BaseModel):
    """One message as the widget shows it; `language` is null where it is not known, as of what citizens write.

    `purpose` says what its buttons are for where they are no answers: a `rating` from one to five, or the way back to
    the bot, which holds as long as the citizen is `waiting`.
    """

    seq: int
    author: str
    author_name: str | None
    text: str
    language: str | None
    buttons: list[ButtonView]
    purpose: Purpose | None
    links: list[LinkView]
    source_title: str | None
    source_url: str | None
    reviewed_on: date | None
    created_at: str
    client_message_id: str | None


class StatusView(BaseModel):
    """Who answers: `bot`, `waiting` for a person, `live` with one, `snoozed` by one, `resolved`; the open ticket.

    With its number and `access_code` the citizen opens the conversation again elsewhere. `position` in the queue counts
    from 1; `estimate_minutes` is how long others waited lately. Both are null where nobody waits or nothing is known.
    """

    status: str
    assignee: str | None
    ticket: str | None
    access_code: str | None
    position: int | None
    estimate_minutes: int | None
    staff_is_typing: bool


def to_message_view(message: Message) -> MessageView:
    """The message without what only the server may know."""
    client_message_id = message.source_id.partition(":")[2] if message.source_id else None
    is_citizen = message.author is Author.CITIZEN
    language = message.meta.get("language")
    return MessageView(
        seq=message.seq,
        author=message.author.value,
        author_name=message.author_name,
        text=message.text if is_citizen else isolate_numbers(message.text),
        language=language if isinstance(language, str) and language in LANGUAGES else None,
        buttons=[ButtonView(title=button.title) for button in message.buttons],
        purpose=_to_purpose(message.buttons),
        links=[LinkView(title=link.title, url=link.url) for link in message.links],
        source_title=message.source_title,
        source_url=message.source_url,
        reviewed_on=message.reviewed_on,
        created_at=message.created_at.astimezone(UTC).isoformat(),
        client_message_id=client_message_id if is_citizen else None,
    )


def to_status_view(
    conversation: Conversation, ticket: Ticket | None, *, place: QueuePlace | None = None, staff_is_typing: bool = False
) -> StatusView:
    """Who answers now."""
    return StatusView(
        status=_to_status_name(conversation),
        assignee=conversation.assignee_name,
        ticket=ticket.number if ticket else None,
        access_code=ticket.access_code if ticket else None,
        position=place.position if place else None,
        estimate_minutes=_to_minutes(place.waiting) if place and place.waiting is not None else None,
        staff_is_typing=staff_is_typing,
    )


def _to_status_name(conversation: Conversation) -> str:
    if conversation.is_held:
        return "live"
    if conversation.is_waiting:
        return "waiting"
    if conversation.is_snoozed:
        return "snoozed"
    return "resolved" if conversation.status is ConversationStatus.RESOLVED else "bot"


def _to_minutes(waiting: timedelta) -> int:
    """Rounded up, so that nobody is promised less than others waited."""
    return max(1, math.ceil(waiting / timedelta(minutes=1)))


def _to_purpose(buttons: Sequence[Button]) -> Purpose | None:
    payloads = [button.payload for button in buttons]
    if payloads and all(map(is_rating, payloads)):
        return "rating"
    return "waiting" if RETURN_TO_BOT in payloads else None
