"""What is said in a conversation, and by whom."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.errors import MessageEmpty, MessageTooLong

MAX_LENGTH = 4_000
_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


class Author(StrEnum):
    """Who wrote a message."""

    CITIZEN = "citizen"
    BOT = "bot"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Button:
    """A quick reply; the payload (a Rasa intent such as `/ask_fee{"service": "kita"}`) never leaves the server."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Link:
    """A form or online service that belongs to an answer."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One message that the bot gives, with the record it stands on."""

    text: str
    buttons: tuple[Button, ...] = ()
    links: tuple[Link, ...] = ()
    source_title: str | None = None
    source_url: str | None = None
    reviewed_on: date | None = None


@dataclass(frozen=True, slots=True)
class ButtonRef:
    """A pressed quick reply: which message of the conversation, which position."""

    seq: int
    index: int


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A citizen's message as a channel hands it in, before it is stored.

    `address` names the citizen's end of the channel (Telegram chat id; the conversation's id for the widget),
    `source_id` is unique for each channel and makes redelivery harmless. `payload` is a dialogue act that the
    channel itself recognised (a Telegram command); a pressed button is named by `button` and looked up.
    """

    channel: str
    address: str
    source_id: str
    text: str
    language: str | None = None
    payload: str | None = None
    button: ButtonRef | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A stored message; `seq` counts from 1 within its conversation without gaps."""

    conversation_id: str
    seq: int
    author: Author
    text: str
    created_at: datetime
    author_name: str | None = None
    source_id: str | None = None
    payload: str | None = None
    buttons: tuple[Button, ...] = ()
    links: tuple[Link, ...] = ()
    source_title: str | None = None
    source_url: str | None = None
    reviewed_on: date | None = None
    meta: dict[str, object] = field(default_factory=dict)


def clean_text(text: str) -> str:
    """Drop control and direction-override characters, normalise to NFC, trim; raises MessageEmpty, MessageTooLong.

    What Unicode has not assigned yet stays: it may be an emoji that is newer than this Python.
    """
    if len(text) > MAX_LENGTH * 4:
        raise MessageTooLong(f"a message has at most {MAX_LENGTH} characters")
    cleaned = _UNWANTED.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n"))).strip()
    cleaned = "".join(c for c in cleaned if unicodedata.category(c) not in ("Cs", "Co") and not _is_noncharacter(c))
    if not cleaned:
        raise MessageEmpty("the message is empty")
    if len(cleaned) > MAX_LENGTH:
        raise MessageTooLong(f"a message has at most {MAX_LENGTH} characters")
    return cleaned


def _is_noncharacter(character: str) -> bool:
    """One of the 66 code points that will never be a character."""
    code = ord(character)
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
