"""What citizens write in the runs."""

import random
from collections.abc import Iterator

from benchmarks.chaos.engine import ASKS_FOR_A_PERSON

KNOWN = ("Was kostet ein Personalausweis?", "Wo melde ich meinen Hund an?", "Wie beantrage ich einen Reisepass?")
"""The answerer that works without the engine knows an answer to these."""
UNKNOWN = (
    "Zwölf Boxkämpfer jagen Viktor",
    "Falsches Üben von Xylophonmusik",
    "🦊 quert 🛣️",
    "so eine Frage\nauf zwei Zeilen",
)
"""These it hands to a person."""


def questions(name: str, count: int, rng: random.Random, *, wants_person: bool) -> Iterator[tuple[str, str]]:
    """Ids and texts; the first one asks for a person where that is wanted."""
    for number in range(count):
        id_ = f"{name}m{number}"
        text = rng.choice(KNOWN if rng.random() < 0.7 else UNKNOWN)
        yield id_, f"{ASKS_FOR_A_PERSON if wants_person and number == 0 else text} [{id_}]"
