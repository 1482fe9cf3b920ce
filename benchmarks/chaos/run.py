"""One run: load, faults, then quiet, then the account of every accepted message."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaos.audit import Findings
from benchmarks.chaos.faults import Fate
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.telegram_citizen import hung_texts
from benchmarks.chaos.town import World, open_world
from benchmarks.processes import Child
from tests.telegram_stand_in.faults import Faults

LOOK_EVERY = 0.2
UNAVAILABLE = 503
PATIENCE = 120.0
"""Seconds that faults may lengthen the load by."""


@dataclass
class Result:
    """What came of a run."""

    plan: Plan
    messages: int = 0
    seconds: float = 0.0
    phases: dict[str, float] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    findings: Findings = field(default_factory=Findings)
    widget: Findings = field(default_factory=Findings)
    doubled_after_time_out: int = 0
    doubled_in_chat: int = 0
    refused: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def broken(self) -> list[str]:
        """Every promise that was broken, with the ids of the messages concerned."""
        kinds = {
            "lost": self.findings.lost,
            "doubled": self.findings.doubled,
            "reordered": self.findings.reordered,
            "state forked": self.findings.forked,
            "wrong": self.notes,
        }
        lines = [f"{kind}: {', '.join(ids)}" for kind, ids in kinds.items() if ids]
        if self.doubled_in_chat > self.deaths:
            lines.append(f"doubled in a chat: {self.doubled_in_chat} with {self.deaths} processes killed")
        return lines

    @property
    def deaths(self) -> int:
        """Killed processes after which Telegram may show a reply twice."""
        return self.kills["web"] + self.kills["database"]


async def run(plan: Plan, folder: Path) -> Result:
    """Start everything, let citizens write while things go wrong, and look what became of it."""
    result = Result(plan)
    began = time.monotonic()
    async with open_world(plan, folder) as world:
        result.phases["started"] = time.monotonic() - began
        over = asyncio.Event()
        living = [asyncio.create_task(each.live(), name=each.name) for each in world.citizens]
        fate = Fate(world, plan.random("fate"))
        happening = asyncio.create_task(fate.run(over))
        try:
            await _wait(lambda: world.is_quiet, living, plan.load_seconds + PATIENCE)
            over.set()
            await happening
            result.phases["written"] = time.monotonic() - began
            if world.stand_in is not None:
                world.stand_in.faults = Faults()
            await _wait(lambda: all(each.is_done for each in world.citizens), living, plan.settle_seconds)
            result.phases["answered"] = time.monotonic() - began
            await asyncio.sleep(plan.quiet_seconds)
            await _account(world, result)
        finally:
            for task in (*living, happening):
                task.cancel()
            await asyncio.gather(*living, happening, return_exceptions=True)
        result.faults = fate.counts
    result.seconds = time.monotonic() - began
    return result


async def _wait(is_true: Callable[[], bool], living: list[asyncio.Task[None]], seconds: float) -> None:
    """Wait until it is true, or for so long; raises what a citizen stumbled over."""
    end = time.monotonic() + seconds
    while not is_true() and time.monotonic() < end:
        for task in living:
            if task.done():
                task.result()
        await asyncio.sleep(LOOK_EVERY)


async def _account(world: World, result: Result) -> None:
    result.kills = Counter(web=_count_kills(world.webs), engine=_count_kills(world.engines))
    result.kills["database"] = world.postgres.restarts if world.postgres else 0
    for citizen in world.at_widget:
        result.messages += len(citizen.accepted)
        result.widget.add(citizen.judge())
        result.notes += await citizen.compare()
    result.findings.add(result.widget)
    hung = hung_texts(world.stand_in) if world.stand_in else Counter()
    for chat in world.on_telegram:
        await chat.look()
        result.messages += len(chat.written)
        result.findings.add(chat.judge())
        excused, doubled = chat.excuse(hung)
        result.doubled_after_time_out += excused
        result.doubled_in_chat += doubled
    if world.stand_in is not None and world.stand_in.updates:
        result.notes.append(f"{len(world.stand_in.updates)} updates were never acknowledged")
    _account_for_refusals(world, result)
    result.notes += world.notes
    if not world.is_quiet:
        result.notes.append(
            "the load did not end: " + ", ".join(each.name for each in world.citizens if not each.has_written)
        )


def _count_kills(children: Iterable[Child]) -> int:
    return sum(child.kills for child in children)


def _account_for_refusals(world: World, result: Result) -> None:
    """What can't be done now is refused with 503; any other error of ours is one that nobody expected."""
    statuses = world.refusals + Counter(world.stand_in.webhook_statuses if world.stand_in else [])
    result.refused = statuses[UNAVAILABLE]
    result.notes += [
        f"status {status}, {times} times" for status, times in statuses.items() if status >= 500 and status != UNAVAILABLE
    ]
