"""What an update of Telegram means for us; conversions without side effects."""

import hashlib
import re
from dataclasses import dataclass

from telegram import CallbackQuery, Message, MessageEntity, Update, User
from telegram.constants import ChatMemberStatus, ChatType

from bot.domain.languages import to_known
from bot.domain.messages import ButtonRef, IncomingMessage
from bot.ports import Responses

CHANNEL = "telegram"
UNSUPPORTED = "/unsupported_message"
COMMANDS = {
    "start": "/greet",
    "hilfe": "/help",
    "help": "/help",
    "mensch": "/request_human",
    "human": "/request_human",
    "datenschutz": "/ask_privacy",
    "privacy": "/ask_privacy",
}
MEDIA = (  # in this order: an animation is also a document, a venue also a location
    ("animation", "animation"),
    ("venue", "location"),
    ("audio", "audio"),
    ("contact", "contact"),
    ("dice", "dice"),
    ("document", "document"),
    ("live_photo", "photo"),
    ("location", "location"),
    ("photo", "photo"),
    ("poll", "poll"),
    ("sticker", "sticker"),
    ("video", "video"),
    ("video_note", "video"),
    ("voice", "voice"),
    ("game", "other"),
    ("story", "other"),
    ("paid_media", "other"),
    ("checklist", "other"),
)
_COMMAND = re.compile(r"/(?P<name>\w+)(?:@\w+)?(?P<rest>.*)", re.DOTALL)
_PRESSED = re.compile(r"b:(\d{1,9}):(\d{1,3})")


@dataclass(frozen=True, slots=True)
class Received:
    """A citizen's message. `key` names the chat message, `digest` its content; an edit has the key of its original.

    `album` is set for a picture without words that belongs to an album, `callback_id` for a pressed button.
    """

    message: IncomingMessage
    key: tuple[int, int] | None = None
    digest: bytes = b""
    is_edit: bool = False
    album: str | None = None
    callback_id: str | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """The citizen blocked the bot or deleted the chat."""

    address: str


@dataclass(frozen=True, slots=True)
class GroupCall:
    """Somebody addressed the bot in a group."""

    chat_id: int
    language: str


def read_update(update: Update, *, responses: Responses, me: User | None) -> Received | Blocked | GroupCall | None:
    """Say what the update means, None where it means nothing to us; `me` is the bot itself as soon as it is known."""
    if update.my_chat_member:
        member = update.my_chat_member
        is_gone = member.new_chat_member.status in (ChatMemberStatus.BANNED, ChatMemberStatus.LEFT)
        return Blocked(str(member.chat.id)) if is_gone and member.chat.type == ChatType.PRIVATE else None
    if update.callback_query:
        return _read_press(update.update_id, update.callback_query, responses)
    message = update.message or update.edited_message
    if not message or not message.from_user or message.from_user.is_bot:
        return None
    if message.chat.type != ChatType.PRIVATE:
        return _read_group(message, me) if update.message else None
    return _read_message(update, message, responses)


def _read_message(update: Update, message: Message, responses: Responses) -> Received | None:
    is_edit = update.edited_message is not None
    language = to_known(message.from_user.language_code if message.from_user else None)
    text, payload = _to_text(message, language, responses)
    if not text or (is_edit and not (message.edit_date and (message.text or message.caption))):
        return None
    source_id = f"update:{update.update_id}"
    if is_edit and message.edit_date:
        source_id = f"edit:{message.chat.id}:{message.message_id}:{int(message.edit_date.timestamp())}"
    return Received(
        IncomingMessage(CHANNEL, str(message.chat.id), source_id, text, language, payload),
        key=(message.chat.id, message.message_id),
        digest=hashlib.sha256(text.encode("utf-8", "replace")).digest(),
        is_edit=is_edit,
        album=message.media_group_id if payload == UNSUPPORTED else None,
    )


def _to_text(message: Message, language: str, responses: Responses) -> tuple[str, str | None]:
    """Text and dialogue act; an empty text for what is no message of a citizen (such as a pinned message)."""
    if message.text:
        return read_command(message.text)
    kind = next((kind for attribute, kind in MEDIA if getattr(message, attribute, None)), None)
    if kind is None:
        return "", None
    placeholder = responses.reply(f"utter_media_{kind}", language).text
    if message.caption:
        return f"{placeholder} {message.caption}", None
    return placeholder, UNSUPPORTED


def read_command(text: str) -> tuple[str, str | None]:
    """Text and dialogue act of a typed text; an unknown command becomes its words, never a dialogue act."""
    command = _COMMAND.match(text)
    if command is None:
        return text.lstrip("/") or text, None
    name, rest = command["name"], command["rest"]
    payload = COMMANDS.get(name.lower())
    if payload:
        return f"/{name}{rest}", payload
    return f"{name.replace('_', ' ')}{rest}".strip(), None


def _read_press(update_id: int, query: CallbackQuery, responses: Responses) -> Received | None:
    pressed = _PRESSED.fullmatch(query.data or "")
    if not pressed or not query.message or query.message.chat.type != ChatType.PRIVATE or query.from_user.is_bot:
        return None
    language = to_known(query.from_user.language_code)
    message = IncomingMessage(
        CHANNEL,
        str(query.message.chat.id),
        f"update:{update_id}",
        _title_of(query) or responses.reply("utter_pressed_button", language).text,
        language,
        button=ButtonRef(int(pressed[1]), int(pressed[2])),
    )
    return Received(message, callback_id=query.id)


def _title_of(query: CallbackQuery) -> str | None:
    """Title of the pressed button; None for a message so old that Telegram no longer shows it to us."""
    markup = query.message.reply_markup if isinstance(query.message, Message) else None
    buttons = (button for row in (markup.inline_keyboard if markup else ()) for button in row)
    return next((button.text for button in buttons if button.callback_data == query.data), None)


def _read_group(message: Message, me: User | None) -> GroupCall | None:
    if me is None or message.chat.type == ChatType.CHANNEL or not _is_addressed(message, me):
        return None
    return GroupCall(message.chat.id, to_known(message.from_user.language_code if message.from_user else None))


def _is_addressed(message: Message, me: User) -> bool:
    name = f"@{me.username}".casefold()
    entities = message.parse_entities() if message.text else message.parse_caption_entities()
    for entity, text in entities.items():
        if entity.type == MessageEntity.MENTION and text.casefold() == name:
            return True
        if entity.type == MessageEntity.TEXT_MENTION and entity.user == me:
            return True
        if entity.type == MessageEntity.BOT_COMMAND and ("@" not in text or text.casefold().endswith(name)):
            return True
    return False
