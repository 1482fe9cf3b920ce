"""Brings what people type into one form: lower case, umlauts written out, words only."""

import re
import unicodedata

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe"})
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def fold(text: str) -> str:
    """Lower case, umlauts as two letters, other accents dropped."""
    lowered = unicodedata.normalize("NFC", text).lower().translate(_UMLAUTS)
    decomposed = unicodedata.normalize("NFKD", lowered)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def to_words(text: str) -> list[str]:
    """The folded words of a text, hyphens within a word dropped."""
    return [word.replace("-", "") for word in _WORD.findall(fold(text))]
