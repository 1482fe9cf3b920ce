"""Finds names and synonyms in a message, although they are misspelt, inflected or part of a compound."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.domain.offices import Office
from bot.domain.services import PublicService
from bot.knowledge.text import to_words

SHORTEST_COMPOUND_PART = 5
COMPOUND_SCORE = 92.0
CUTOFF = 82.0
SHORTEST_FUZZY_WORD = 5
_Found = Mapping[str, Mapping[int, float]]
_NOWHERE: Mapping[int, float] = {}


@dataclass(frozen=True, slots=True)
class Hit:
    """A name or synonym of `id` that stands in the text; `score` 0..100, `phrase` in folded form."""

    id: str
    score: float
    phrase: str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class _Phrase:
    id: str
    words: tuple[str, ...]
    text: str


class KeywordSearch:
    """Searches the phrases of all ids at once: less than 2 ms for a question."""

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        unique = {(id_, tuple(to_words(phrase))) for id_, texts in phrases.items() for phrase in texts}
        self._phrases = sorted(
            (_Phrase(id_, words, " ".join(words)) for id_, words in unique if words), key=lambda p: (p.id, p.text)
        )
        self._beginning_with: dict[str, list[int]] = {}
        for number, phrase in enumerate(self._phrases):
            self._beginning_with.setdefault(phrase.words[0], []).append(number)
        self._vocabulary = frozenset(word for phrase in self._phrases for word in phrase.words)
        self._lengths = {len(word) for word in self._vocabulary if len(word) >= SHORTEST_COMPOUND_PART}
        self._long = sorted(word for word in self._vocabulary if len(word) >= SHORTEST_FUZZY_WORD)

    def find(self, text: str) -> list[Hit]:
        """The best hit of each id, best first; a longer phrase beats a shorter one that lies within it."""
        found = self._find_words(to_words(text))
        best: dict[str, Hit] = {}
        for number in sorted(number for word in found for number in self._beginning_with.get(word, ())):
            phrase = self._phrases[number]
            hit = _match(phrase, found)
            if hit and hit.score > CUTOFF and _rank(hit) > _rank(best.get(phrase.id)):
                best[phrase.id] = hit
        hits = sorted(best.values(), key=_rank, reverse=True)
        return [hit for position, hit in enumerate(hits) if not any(_covers(other, hit) for other in hits[:position])]

    def _find_words(self, words: list[str]) -> _Found:
        """Of each word of the phrases that stands in the text, where, and how alike; only scores above CUTOFF."""
        alike = {word: self._words_in(word) for word in set(words)}
        found: dict[str, dict[int, float]] = {}
        for position, word in enumerate(words):
            for wanted, score in alike[word].items():
                found.setdefault(wanted, {})[position] = score
        return found

    def _words_in(self, word: str) -> dict[str, float]:
        """Words of the phrases that this word of a text may stand for."""
        scores: dict[str, float] = {}
        if len(word) >= SHORTEST_FUZZY_WORD - 1:
            similar = process.extract(word, self._long, scorer=fuzz.ratio, score_cutoff=CUTOFF, limit=None)
            scores = {wanted: score for wanted, score, _ in similar if score > CUTOFF}
        parts = {word[at : at + length] for length in self._lengths for at in range(len(word) - length + 1)}
        scores |= dict.fromkeys(parts & self._vocabulary, COMPOUND_SCORE)
        if word in self._vocabulary:
            scores[word] = 100.0
        return scores


def service_search(services: Iterable[PublicService]) -> KeywordSearch:
    """Search over names and synonyms of services."""
    return KeywordSearch(
        {
            service.id: [
                *service.short_name.values(),
                *(phrase for phrases in service.synonyms.values() for phrase in phrases),
            ]
            for service in services
        }
    )


def office_search(offices: Iterable[Office]) -> KeywordSearch:
    """Search over names and synonyms of offices."""
    return KeywordSearch(
        {
            office.id: [*office.name.values(), *(phrase for phrases in office.synonyms.values() for phrase in phrases)]
            for office in offices
        }
    )


def _rank(hit: Hit | None) -> tuple[float, int]:
    return (round(hit.score / 4) * 4.0, len(hit.phrase)) if hit else (0.0, 0)


def _covers(longer: Hit, shorter: Hit) -> bool:
    inside = longer.start <= shorter.start and shorter.start + shorter.length <= longer.start + longer.length
    return inside and len(longer.phrase) > len(shorter.phrase) and longer.score >= shorter.score - 6


def _match(phrase: _Phrase, found: _Found) -> Hit | None:
    """The best place of the phrase, the first of equal ones; its worst word counts."""
    first, *others = phrase.words
    best: Hit | None = None
    for start, score in found[first].items():
        for offset, wanted in enumerate(others, start=1):
            score = min(score, found.get(wanted, _NOWHERE).get(start + offset, 0.0))
            if not score:
                break
        if score > (best.score if best else CUTOFF):
            best = Hit(phrase.id, score, phrase.text, start, len(phrase.words))
    return best
