"""How long to wait before the next try."""

import random

from bot.channels.telegram.requests import FloodWait

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0


class Backoff:
    """Pauses that double from half a second to a minute, spread so that several processes do not march in step."""

    def __init__(self) -> None:
        self._pause = FIRST_PAUSE

    def reset(self) -> None:
        """Begin anew after a success."""
        self._pause = FIRST_PAUSE

    def pause_after(self, error: Exception) -> float:
        """Seconds to wait after this error; never less than Telegram asks for."""
        pause = self._pause * random.uniform(0.75, 1.25)  # noqa: S311 - spreads tries, no secret
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return max(pause, error.seconds) if isinstance(error, FloodWait) else pause
