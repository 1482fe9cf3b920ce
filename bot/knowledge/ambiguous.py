"""Words that stand for several services when a message consists of nothing else: data/ambiguous.yml."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.findings import Draft
from bot.knowledge.schemas import AmbiguousForm
from bot.knowledge.text import to_words


@dataclass(frozen=True, slots=True)
class AmbiguousWords:
    """Folded phrases with the services they stand for, and the words that do not count."""

    services: Mapping[tuple[str, ...], tuple[str, ...]]
    ignored: frozenset[str]

    def find(self, text: str) -> tuple[str, ...]:
        """The services to offer; none where the message says more than an ambiguous word."""
        words = to_words(text)
        said = tuple(word for word in words if word not in self.ignored)
        return self.services.get(tuple(words)) or self.services.get(said) or ()


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
    return AmbiguousWords(table, frozenset(word for phrase in form.ignored for word in to_words(phrase)))
