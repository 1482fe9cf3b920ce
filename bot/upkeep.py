"""What is looked at again and again: who waits, who was left alone, what is due, what can be deleted."""

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.knowledge.answers import Answers
from bot.metrics import Metrics
from bot.ports import Clock, Notifier, Storage
from bot.settings import Settings
from bot.use_cases.announce_tickets import announce_tickets
from bot.use_cases.announce_waiting import announce_waiting
from bot.use_cases.escalate_tickets import escalate_tickets
from bot.use_cases.expire_held import expire_held
from bot.use_cases.expire_waiting import expire_waiting
from bot.use_cases.purge_expired import purge_expired
from bot.use_cases.wake_snoozed import wake_snoozed
from bot.workers import run_every

Loop = Coroutine[Any, Any, None]
Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds from one look to the next."""

    often: float = 10.0
    seldom: float = 60.0
    hourly: float = 3600.0


PACE = Pace()


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What the periodic steps work with."""

    settings: Settings
    answers: Answers
    storage: Storage
    metrics: Metrics
    notifier: Notifier
    now: Clock
    pace: Pace

    def loops(self) -> Iterator[tuple[str, Loop]]:
        """Name and work of each loop."""
        steps: tuple[tuple[str, Step, float], ...] = (
            ("expire waiting", self._expire_waiting, self.pace.often),
            ("expire held", self._expire_held, self.pace.often),
            ("wake snoozed", self._wake_snoozed, self.pace.often),
            ("announce tickets", self._announce_tickets, self.pace.often),
            ("announce waiting", self._announce_waiting, self.pace.often),
            ("escalate tickets", self._escalate_tickets, self.pace.seldom),
            ("purge", self._purge, self.pace.hourly),
        )
        for name, step, seconds in steps:
            yield name, run_every(step, seconds, name=name)

    async def _expire_waiting(self) -> None:
        count = await expire_waiting(
            storage=self.storage,
            responses=self.answers.responses,
            knowledge=self.answers.knowledge,
            promise=self.answers.promise,
            longest_wait=timedelta(minutes=self.settings.live_wait_minutes),
            now=self.now,
        )
        self.metrics.tickets_from_waiting.inc(count)

    async def _expire_held(self) -> None:
        count = await expire_held(
            storage=self.storage,
            responses=self.answers.responses,
            knowledge=self.answers.knowledge,
            promise=self.answers.promise,
            longest_silence=timedelta(minutes=self.settings.held_silence_minutes),
            now=self.now,
        )
        self.metrics.left_by_staff.inc(count)

    async def _wake_snoozed(self) -> None:
        await wake_snoozed(
            storage=self.storage,
            responses=self.answers.responses,
            knowledge=self.answers.knowledge,
            promise=self.answers.promise,
            now=self.now,
        )

    async def _announce_tickets(self) -> None:
        await announce_tickets(storage=self.storage, knowledge=self.answers.knowledge, notifier=self.notifier, now=self.now)

    async def _announce_waiting(self) -> None:
        await announce_waiting(storage=self.storage, knowledge=self.answers.knowledge, notifier=self.notifier, now=self.now)

    async def _escalate_tickets(self) -> None:
        await escalate_tickets(storage=self.storage, knowledge=self.answers.knowledge, notifier=self.notifier, now=self.now)

    async def _purge(self) -> None:
        count = await purge_expired(storage=self.storage, retention_days=self.settings.retention_days, now=self.now)
        self.metrics.purged.inc(count)
