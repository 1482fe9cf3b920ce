"""What citizens write in the runs."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator

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


BURST = 0.3
"""How often the next message follows at once."""


async def in_rhythm(
    name: str, count: int, rng: random.Random, *, seconds: float, wants_person: bool
) -> AsyncIterator[tuple[int, str, str]]:
    """Number, id and text of each message when it is to be written, all within about so many seconds."""
    for number, (id_, text) in enumerate(questions(name, count, rng, wants_person=wants_person)):
        if rng.random() > BURST:
            await asyncio.sleep(rng.expovariate(count / seconds))
        yield number, id_, text


def questions(name: str, count: int, rng: random.Random, *, wants_person: bool) -> Iterator[tuple[str, str]]:
    """Ids and texts; the first one asks for a person where that is wanted."""
    for number in range(count):
        id_ = f"{name}m{number}"
        text = rng.choice(KNOWN if rng.random() < 0.7 else UNKNOWN)
        yield id_, f"{ASKS_FOR_A_PERSON if wants_person and number == 0 else text} [{id_}]"
