"""What an answer stands on, as one line of text in the citizen's language."""

from datetime import date

from bot.domain.languages import ENGLISH
from bot.domain.messages import Message
from bot.ports import Responses


def to_source_line(message: Message, language: str, responses: Responses) -> str:
    """Title, date of the last review and address; empty where the message names no source."""
    title = message.source_title or message.source_url
    if not title:
        return ""
    values = {"title": title, "url": message.source_url or ""}
    if message.reviewed_on is None:
        return responses.reply("utter_source_line_undated", language, **values).text.strip()
    reviewed_on = to_date_text(message.reviewed_on, language)
    return responses.reply("utter_source_line", language, date=reviewed_on, **values).text.strip()


def to_date_text(day: date, language: str) -> str:
    """The date with its month in words in English, "20 November 2026", in all other languages "20.11.2026"."""
    return f"{day.day} {day:%B %Y}" if language == ENGLISH else f"{day:%d.%m.%Y}"
