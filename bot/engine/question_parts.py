"""Cuts a message that may hold two questions, so that each part can be understood on its own."""

import re

from bot.knowledge.aspects import AspectWords

MOST_WORDS = 40
MOST_PARTS = 3
LEAST_WORDS = 2
QUESTIONS = 2
_BORDER = re.compile(r"[?!.;]+\s|,\s|(?<!\s)\s+(?:und|oder|sowie|and|or|ve|и|та|і|oraz|et|و)\s+", re.IGNORECASE)


def split_questions(text: str) -> list[str]:
    """The parts between sentence ends, commas and `and`; none where the message is one part, a list or a story."""
    if len(text.split()) > MOST_WORDS:
        return []
    parts = [part.strip(" ?!.,;") for part in _BORDER.split(text)]
    parts = [part for part in parts if len(part.split()) >= LEAST_WORDS]
    return parts if 1 < len(parts) <= MOST_PARTS else []


def find_questions(text: str, words: AspectWords) -> list[str]:
    """The parts of a message that asks at least two things: two parts name an aspect, or two end with a question mark."""
    parts = split_questions(text)
    asking = sum(words.find_aspect(part) is not None for part in parts)
    return parts if max(asking, text.count("?")) >= QUESTIONS else []
