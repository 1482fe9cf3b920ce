"""A stored message becomes the parts that Telegram is given."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.isolation import isolate_numbers
from bot.channels.sources import to_source_line
from bot.channels.telegram.texts import MAX_UNITS, split_text, utf16_length
from bot.domain.languages import to_known
from bot.domain.messages import Author, Button, Link, Message
from bot.ports import Responses
from bot.use_cases.rate_handoff import is_rating

LONG_TITLE = 18
_BUTTON_URL = re.compile(r"https?://[^\s/?#]*\w\.\w[^\s]*")


@dataclass(frozen=True, slots=True)
class Part:
    """One chat message: at most 4,096 UTF-16 units of plain text with its label, buttons below the last part only."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None
    label: str = ""

    @property
    def plain_texts(self) -> list[str]:
        """The same without buttons, for when Telegram refuses them: links are written out below the text.

        Where that makes several of it, each has the label.
        """
        rows = self.keyboard.inline_keyboard if self.keyboard else ()
        links = "\n".join(f"{button.text}: {button.url}" for row in rows for button in row if button.url)
        unlabelled = self.text.removeprefix(self.label)
        texts = split_text("\n\n".join(filter(None, (unlabelled, links))), MAX_UNITS - utf16_length(self.label))
        return [self.label + text for text in texts]


def to_parts(message: Message, responses: Responses) -> list[Part]:
    """Convert a message; none where it holds nothing readable. Its language is `meta["language"]`, else German.

    Above each part stands who answers, a person or the machine; what the system says of itself needs no label.
    """
    language = to_known(message.meta.get("language"))
    label = _label(message, language, responses)
    sections = [
        isolate_numbers(message.text.strip()),
        "\n".join(f"{link.title}: {link.url}" for link in message.links if not _fits_button(link)),
        to_source_line(message, language, responses),
    ]
    texts = split_text("\n\n".join(filter(None, sections)), MAX_UNITS - utf16_length(label))
    keyboard = to_keyboard(message.seq, message.buttons, message.links)
    keyboards = [*[None] * (len(texts) - 1), keyboard]
    return [Part(label + text, below, label) for text, below in zip(texts, keyboards, strict=False)]


def to_keyboard(seq: int, buttons: Sequence[Button], links: Sequence[Link]) -> InlineKeyboardMarkup | None:
    """Links one a row, then quick replies; None where there is neither.

    Quick replies stand two a row, a long title has its own, and the digits of a rating share one.
    """
    rows = [[InlineKeyboardButton(link.title, url=link.url)] for link in links if _fits_button(link)]
    shown = [InlineKeyboardButton(button.title, callback_data=f"b:{seq}:{index}") for index, button in enumerate(buttons)]
    rows += [shown] if _is_scale(buttons) else _to_pairs(shown)
    return InlineKeyboardMarkup(rows) if rows else None


def _is_scale(buttons: Sequence[Button]) -> bool:
    """A rating in digits; they are short enough to stand beside each other."""
    return bool(buttons) and all(is_rating(button.payload) and button.title.isdecimal() for button in buttons)


def _to_pairs(buttons: Sequence[InlineKeyboardButton]) -> Iterator[list[InlineKeyboardButton]]:
    half: list[InlineKeyboardButton] = []
    for button in buttons:
        is_short = len(button.text) <= LONG_TITLE
        if half and not is_short:
            yield half
            half = []
        half.append(button)
        if len(half) == 2 or not is_short:
            yield half
            half = []
    if half:
        yield half


def _label(message: Message, language: str, responses: Responses) -> str:
    """A line of its own; empty where nobody needs to be named."""
    if message.author is Author.BOT:
        return f"{responses.reply('utter_bot_label', language).text}\n"
    if message.author is Author.STAFF and message.author_name:
        return f"{responses.reply('utter_staff_label', language, name=message.author_name).text}\n"
    return ""


def _fits_button(link: Link) -> bool:
    """Telegram refuses a whole message for a button whose address is none of the web."""
    return bool(link.title.strip() and _BUTTON_URL.fullmatch(link.url))
