"""What was measured, as Markdown."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from benchmarks.documents import to_table
from benchmarks.speed.load import Load


@dataclass(frozen=True, slots=True)
class Measured:
    """One system: seconds to its first answer, MiB of its processes after the load, and the loads of each mix."""

    name: str
    first_answer: float
    resident: dict[str, float]
    loads: dict[str, list[Load]]

    @property
    def memory(self) -> float:
        """MiB of all its processes."""
        return sum(self.resident.values())


@dataclass(frozen=True, slots=True)
class Crowd:
    """A crowd of open widgets and then a stalled engine: `acknowledged` are seconds of Telegram's calls."""

    database: str
    sessions: int
    load: Load
    web_memory: float
    acknowledged: Load = field(default_factory=lambda: Load(1))


def to_comparison(measured: Sequence[Measured]) -> str:
    """A table of starts, one of loads, and the ratios to the last system, which is the one to compare with."""
    other = measured[-1] if len(measured) > 1 and measured[-1].name.startswith("default") else None
    start = [["", "start to first answer", "resident memory"]]
    for each in measured:
        parts = ", ".join(f"{name} {size:.0f}" for name, size in each.resident.items())
        ratios = [_ratio(each.first_answer, other and other.first_answer), _ratio(each.memory, other and other.memory)]
        memory = f"{each.memory:.0f} MiB" + (f" ({parts})" if len(each.resident) > 1 else "")
        start.append([each.name, f"{each.first_answer:.1f} s{ratios[0]}", f"{memory}{ratios[1]}"])
    rows = [["questions", "clients", "", "answers/s", "p50", "p95", "p99", "errors"]]
    for mix, loads in measured[0].loads.items():
        for number, first in enumerate(loads):
            for each in measured:
                load = each.loads[mix][number]
                rate = _ratio(load.per_second, other and other.loads[mix][number].per_second)
                waits = [f"{load.percentile(share):.0f} ms" for share in (0.5, 0.95, 0.99)]
                rows.append([mix, str(first.clients), each.name, f"{load.per_second:.1f}{rate}", *waits, str(load.errors)])
    return f"{to_table(start)}\n\n{to_table(rows)}\n\n{_when()}"


def to_crowd(measured: Sequence[Crowd]) -> str:
    """One line a database."""
    rows = [["", "widgets open", "answers", "p50", "p95", "errors", "web process", "webhook, engine stalled: p99"]]
    for each in measured:
        load = each.load
        rows.append(
            [
                each.database,
                str(each.sessions),
                f"{len(load.waits)} in {load.seconds:.0f} s",
                f"{load.percentile(0.5):.0f} ms",
                f"{load.percentile(0.95):.0f} ms",
                str(load.errors),
                f"{each.web_memory:.0f} MiB",
                f"{each.acknowledged.percentile(0.99):.0f} ms of {len(each.acknowledged.waits)}",
            ]
        )
    return f"{to_table(rows)}\n\n{_when()}"


def _ratio(own: float, other: float | None) -> str:
    return "" if other is None or own == other else f" ({own / other:.2f} ×)"


def _when() -> str:
    return f"Measured on {date.today().isoformat()} on a machine with {os.cpu_count()} cores."  # noqa: DTZ011 - the day of whoever measures
