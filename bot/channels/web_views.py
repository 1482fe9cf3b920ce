"""How messages and the state of a conversation look in the widget's API."""

from datetime import UTC, date

from pydantic import BaseModel

from bot.channels.isolation import isolate_numbers
from bot.domain.conversations import Conversation, ConversationStatus
from bot.domain.handoffs import Ticket
from bot.domain.languages import LANGUAGES
from bot.domain.messages import Author, Message


class ButtonView(BaseModel):
    """A quick reply; what it does stays on the server."""

    title: str


class LinkView(BaseModel):
    """A form or online service."""

    title: str
    url: str


class MessageView(BaseModel):
    """One message as the widget shows it; `language` is null where it is not known, as of what citizens write."""

    seq: int
    author: str
    author_name: str | None
    text: str
    language: str | None
    buttons: list[ButtonView]
    links: list[LinkView]
    source_title: str | None
    source_url: str | None
    reviewed_on: date | None
    created_at: str
    client_message_id: str | None


class StatusView(BaseModel):
    """Who answers: `bot`, `waiting` for a person, `live` with one, `resolved`; and the open ticket's number."""

    status: str
    assignee: str | None
    ticket: str | None


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
        links=[LinkView(title=link.title, url=link.url) for link in message.links],
        source_title=message.source_title,
        source_url=message.source_url,
        reviewed_on=message.reviewed_on,
        created_at=message.created_at.astimezone(UTC).isoformat(),
        client_message_id=client_message_id if is_citizen else None,
    )


def to_status_view(conversation: Conversation, ticket: Ticket | None) -> StatusView:
    """Who answers now."""
    if conversation.is_held:
        name = "live"
    elif conversation.is_waiting:
        name = "waiting"
    else:
        name = "resolved" if conversation.status is ConversationStatus.RESOLVED else "bot"
    return StatusView(status=name, assignee=conversation.assignee_name, ticket=ticket.number if ticket else None)
