"""What Telegram may do to the updates that it gives: again, out of order, late; switched on by tests."""

import random
import time
from collections import deque
from typing import Any

Json = dict[str, Any]
NEAR = 10
"""A webhook gets one of so many; who polls gets the same updates as ever, but in another order."""


class Mischief:
    """Chooses what is given next out of the updates that wait; nothing is ever kept back for good."""

    def __init__(self) -> None:
        self.rng = random.Random(0)
        self._acknowledged: deque[Json] = deque(maxlen=50)
        self._again = 0
        self._shuffled = 0
        self._held_until = 0.0

    def repeat(self, count: int) -> None:
        """Give so many updates again that were acknowledged already."""
        self._again = count

    def shuffle(self, times: int) -> None:
        """Give what waits in another order, so many times."""
        self._shuffled = times

    def hold(self, seconds: float) -> None:
        """Give nothing for a while; then everything comes at once."""
        self._held_until = time.monotonic() + seconds

    def note_acknowledged(self, updates: list[Json]) -> None:
        """Remember what could be given again."""
        self._acknowledged.extend(updates)

    def choose(self, waiting: list[Json], limit: int) -> list[Json]:
        """The updates to give now, at most `limit` and some of old."""
        if time.monotonic() < self._held_until:
            return []
        chosen = waiting[:limit]
        if self._shuffled and len(waiting) > 1:
            self._shuffled -= 1
            near = waiting[: max(limit, NEAR)]
            chosen = self.rng.sample(near, min(limit, len(near)))
        again, self._again = list(self._acknowledged)[-self._again :] if self._again else [], 0
        return [*again, *chosen]
