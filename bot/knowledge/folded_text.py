"""A citizen's text made comparable: lower case, one spelling for umlauts, typos in known words mended."""

import re
import unicodedata
from collections.abc import Collection

from rapidfuzz.distance import OSA

MAX_LENGTH = 1000
TAKEN = "\0"
_UMLAUTS = {"ä": "a", "ö": "o", "ü": "u", "ß": "ss", "–": "-", "—": "-", "’": "", "'": "", "`": "", "´": ""}
_TWO_LETTERS = {"ae": "a", "oe": "o", "ue": "u"}
_WORD = re.compile(r"[^\W\d_]+")
_FUZZY_FROM = 6
_TWO_TYPOS_FROM = 10
_COMPOUND = re.compile(
    r"(heute|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend)(morgen|fruh|vormittag|mittag|nachmittag|abend)s?"
)


class FoldedText:
    """The folded text, from which readers take the expressions that they understand.

    Folded means: lower case, ä = ae = a, ß = ss, no apostrophes, single spaces. What is taken is blanked with NUL.
    """

    def __init__(self, original: str, vocabulary: Collection[str]) -> None:
        self.original = unicodedata.normalize("NFC", original[:MAX_LENGTH])
        self.text = ""
        self._origins: list[tuple[int, int]] = []
        self._taken: list[tuple[int, int]] = []
        self._fold()
        self._mend(vocabulary)

    def search(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Find an expression without taking it."""
        return pattern.search(self.text)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Find an expression and take it, so that nobody reads it again."""
        match = pattern.search(self.text)
        if match:
            self.take_match(match)
        return match

    def take_match(self, match: re.Match[str]) -> None:
        """Take what was found."""
        begin, end = match.span()
        self._taken.append((self._origins[begin][0], self._origins[end - 1][1]))
        self._blank(begin, end)

    def drop(self, pattern: re.Pattern[str]) -> None:
        """Blank every occurrence of what must not be read, such as a greeting."""
        for match in pattern.finditer(self.text):
            self._blank(*match.span())

    def surface(self) -> str:
        """What was taken, as the citizen wrote it and in that order."""
        return " ".join(self.original[begin:end].strip() for begin, end in sorted(set(self._taken)))

    def _blank(self, begin: int, end: int) -> None:
        self.text = self.text[:begin] + TAKEN * (end - begin) + self.text[end:]

    def _fold(self) -> None:
        letters: list[str] = []
        index = 0
        while index < len(self.original):
            pair = self.original[index : index + 2].lower()
            width = 2 if pair in _TWO_LETTERS else 1
            folded = _TWO_LETTERS.get(pair) or self._fold_one(self.original[index], letters)
            letters.extend(folded)
            self._origins.extend([(index, index + width)] * len(folded))
            index += width
        self.text = "".join(letters)

    @staticmethod
    def _fold_one(char: str, before: list[str]) -> str:
        if char.isspace() or char == TAKEN:
            return "" if before and before[-1] == " " else " "
        lowered = char.lower()
        return _UMLAUTS.get(lowered, lowered)

    def _mend(self, vocabulary: Collection[str]) -> None:
        for match in reversed(list(_WORD.finditer(self.text))):
            word = match.group()
            mended = _mended(word, vocabulary)
            if mended != word:
                begin, end = match.span()
                whole = (self._origins[begin][0], self._origins[end - 1][1])
                self.text = self.text[:begin] + mended + self.text[end:]
                self._origins[begin:end] = [whole] * len(mended)


def _mended(word: str, vocabulary: Collection[str]) -> str:
    if compound := _COMPOUND.fullmatch(word):
        return f"{compound[1]} {compound[2]}"
    if len(word) < _FUZZY_FROM or word in vocabulary:
        return word
    limit = 2 if len(word) >= _TWO_TYPOS_FROM else 1
    known = (each for each in vocabulary if each[0] == word[0] and abs(len(each) - len(word)) <= limit)
    scored = [(OSA.distance(word, each, score_cutoff=limit), each) for each in known]
    distance, best = min(scored, default=(limit + 1, word))
    return best if distance <= limit else word
