"""What one run is asked for."""

import random
from dataclasses import dataclass
from typing import Literal

Database = Literal["sqlite", "postgresql"]
Mode = Literal["polling", "webhook"]
CHANNELS = ("widget", "telegram")
TURN_TIMEOUT = 1.0
SHARE_ON_TELEGRAM = 0.3
HELPED_EVERY = 8
"""One citizen out of so many is answered by staff."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run; the seed decides what citizens write, when, and which faults happen in which order."""

    seed: int
    messages: int = 2000
    database: Database = "sqlite"
    channels: tuple[str, ...] = CHANNELS
    per_second: float = 40.0
    settle_seconds: float = 180.0
    quiet_seconds: float = 7.0
    per_citizen: int = 20
    faults: tuple[str, ...] = ()
    """Names out of `faults.FAULTS`; empty means all that this run can have."""
    decks: int = 4
    """After each fault has happened so often everything may recover, or the citizens would never come to an end."""

    @property
    def mode(self) -> Mode | None:
        """How Telegram delivers in this run, if it does."""
        if "telegram" not in self.channels:
            return None
        return "webhook" if self.seed % 2 else "polling"

    @property
    def load_seconds(self) -> float:
        """How long citizens write, faults aside."""
        return self.messages / self.per_second

    @property
    def web_processes(self) -> int:
        """How many share the database."""
        return 1 if self.database == "sqlite" else 3

    @property
    def engines(self) -> int:
        """How many answer the web processes."""
        return 1 if self.database == "sqlite" else 2

    def random(self, *name: object) -> random.Random:
        """Chance of one actor, which no other actor's pace disturbs."""
        return random.Random("/".join(map(str, (self.seed, *name))))

    def shares(self) -> list[tuple[str, int]]:
        """Channel and number of messages of each citizen."""
        on_telegram = int(self.messages * SHARE_ON_TELEGRAM) if "widget" in self.channels else self.messages
        if "telegram" not in self.channels:
            on_telegram = 0
        shares = []
        for channel, count in (("widget", self.messages - on_telegram), ("telegram", on_telegram)):
            full, rest = divmod(count, self.per_citizen)
            shares += [(channel, self.per_citizen)] * full + ([(channel, rest)] if rest else [])
        return shares
