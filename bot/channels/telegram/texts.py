"""Cutting a text to Telegram's size, which is counted in UTF-16 units."""

import re
import unicodedata

MAX_UNITS = 4_096
_BORDERS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…:])\s"), re.compile(r"\s"))
_JOINERS = ("\u200d", "\ufe0e", "\ufe0f")


def utf16_length(text: str) -> int:
    """Length of the text in UTF-16 units; an emoji has two or more."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split_text(text: str, limit: int = MAX_UNITS) -> list[str]:
    """Cut the text into parts of at most `limit` units, between paragraphs, lines, sentences or words if possible."""
    parts = []
    rest = text.strip()
    while utf16_length(rest) > limit:
        cut = _find_cut(rest, limit)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest else parts


def _find_cut(text: str, limit: int) -> int:
    """Where the first part ends; a border counts unless it would leave the part less than half full."""
    longest = _longest_prefix(text, limit)
    for border in _BORDERS:
        cut = max((found.start() for found in border.finditer(text, 0, longest + 1)), default=0)
        if cut >= longest // 2 and text[:cut].strip():
            return cut
    return _whole_character(text, longest)


def _longest_prefix(text: str, limit: int) -> int:
    units = 0
    for index, character in enumerate(text):
        units += 2 if character > "\uffff" else 1
        if units > limit:
            return index
    return len(text)


def _whole_character(text: str, cut: int) -> int:
    """The nearest cut before that tears no accent or emoji sequence apart; the same one where there is none."""
    earlier = cut
    while earlier > 1 and (
        text[earlier] in _JOINERS or text[earlier - 1] == "\u200d" or unicodedata.combining(text[earlier])
    ):
        earlier -= 1
    return earlier if earlier > 1 else cut
