"""Words that stand for several services when a message consists of nothing else: data/ambiguous.yml."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.knowledge.findings import Draft
from bot.knowledge.schemas import AmbiguousForm
from bot.knowledge.text import to_words


@dataclass(frozen=True, slots=True)
class AmbiguousWords:
    """Folded phrases with the services they stand for, and the words that do not count.

    `choices` are phrases by which one of several offered services is chosen: the first one from 0 on, the last one -1.
    """

    services: Mapping[tuple[str, ...], tuple[str, ...]]
    ignored: frozenset[str]
    choices: Mapping[tuple[str, ...], int] = field(default_factory=dict)

    def find(self, text: str) -> tuple[str, ...]:
        """The services to offer; none where the message says more than an ambiguous word."""
        words = to_words(text)
        return self.services.get(tuple(words)) or self.services.get(self._said(words)) or ()

    def choose(self, text: str, offered: Sequence[str]) -> str | None:
        """The service that a message such as `die zweite` or `letzteres` chooses; None where it says anything else."""
        if not offered:
            return None
        words = to_words(text)
        place = self.choices.get(tuple(words), self.choices.get(self._said(words)))
        return offered[place] if place is not None and place < len(offered) else None

    def _said(self, words: Sequence[str]) -> tuple[str, ...]:
        return tuple(word for word in words if word not in self.ignored)


NO_AMBIGUOUS_WORDS = AmbiguousWords({}, frozenset())


def read_ambiguous(draft: Draft, path: Path, services: Collection[str]) -> AmbiguousWords:
    """The table; empty for a town without the file. A service that does not exist is a finding and is not offered."""
    form = draft.read(path, AmbiguousForm) if path.exists() else None
    if form is None:
        return NO_AMBIGUOUS_WORDS
    table: dict[tuple[str, ...], tuple[str, ...]] = {}
    for number, entry in enumerate(form.words):
        for position, service in enumerate(entry.services):
            if service not in services:
                message = f"Den Eintrag „{service}“ gibt es nicht in data/faq/."
                draft.report(path, ("words", number, "services", position), "unknown_service", message)
        offered = tuple(service for service in entry.services if service in services)
        table.update({tuple(to_words(word)): offered for word in entry.words if len(offered) > 1})
    choices = {tuple(to_words(phrase)): place for place, phrases in enumerate(form.choices) for phrase in phrases}
    choices |= {tuple(to_words(phrase)): -1 for phrase in form.last_choice}
    return AmbiguousWords(table, frozenset(word for phrase in form.ignored for word in to_words(phrase)), choices)
