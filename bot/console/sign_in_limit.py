"""Slows down whoever tries passwords."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.networks import to_source

WINDOW = timedelta(minutes=15)
ATTEMPTS = 5
MOST_KEYS = 10_000


class SignInLimit:
    """Counts attempts in memory: five in fifteen minutes for each name and each address; a success takes its own back."""

    def __init__(self) -> None:
        self._attempts: dict[str, list[datetime]] = {}

    def attempt(self, keys: Iterable[str], *, at: datetime) -> float:
        """Note an attempt; 0 where it may go on, else the seconds until the next one is welcome (and nothing is noted)."""
        self._forget_old(at)
        keys = list(keys)
        full = [self._attempts[key][-ATTEMPTS] for key in keys if len(self._attempts.get(key, ())) >= ATTEMPTS]
        if full:
            return max((max(full) + WINDOW - at).total_seconds(), 1.0)
        for key in keys:
            self._attempts.setdefault(key, []).append(at)
        return 0.0

    def succeed(self, keys: Iterable[str], *, at: datetime) -> None:
        """The attempt noted at this moment was a good one: it does not count."""
        for key in keys:
            if at in self._attempts.get(key, ()):
                self._attempts[key].remove(at)

    def _forget_old(self, now: datetime) -> None:
        for key, moments in list(self._attempts.items()):
            kept = [moment for moment in moments if abs(now - moment) < WINDOW]  # a clock may be put back
            if kept:
                self._attempts[key] = kept
            else:
                del self._attempts[key]
        while len(self._attempts) > MOST_KEYS:
            del self._attempts[next(iter(self._attempts))]


def limit_keys(username: str, address: str | None) -> list[str]:
    """The two things that are counted; of an IPv6 address the network, because one household has all of it."""
    return [f"name:{username}", f"address:{to_source(address)}"]
