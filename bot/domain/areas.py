"""Districts and streets of the town, and what depends on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.domain.services import Aspect, LocalizedText, Source


@dataclass(frozen=True, slots=True)
class Area:
    """One Ortsteil with its streets; a street belongs to one area.

    `ambiguous_names` mean something else as well (Mitte), so they count only where a place is expected.
    """

    id: str
    name: LocalizedText
    streets: tuple[str, ...]
    spellings: tuple[str, ...] = ()
    ambiguous_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """What a message names: a street, its area, or both; a road between the areas (B 235) has no area of its own."""

    area: Area | None = None
    street: str | None = None

    @property
    def key(self) -> str:
        """What a dialogue remembers of it: the street, else the id of the area."""
        return self.street or (self.area.id if self.area else "")


@dataclass(frozen=True, slots=True)
class StreetAnswer:
    """A text for some streets that differs from that of their area."""

    streets: tuple[str, ...]
    text: LocalizedText


@dataclass(frozen=True, slots=True)
class Responsibility:
    """What holds for a service at a place: service × area → text, and the question for the place."""

    service: str
    aspects: tuple[Aspect, ...]
    ask: LocalizedText
    answers: Mapping[str, LocalizedText]
    source: Source
    reviewed_on: date
    streets: tuple[StreetAnswer, ...] = ()

    def find_answer(self, place: Place) -> LocalizedText | None:
        """The text for the street, else for its area."""
        for exception in self.streets:
            if place.street in exception.streets:
                return exception.text
        return self.answers.get(place.area.id) if place.area else None
