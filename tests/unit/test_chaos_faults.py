"""Which faults a run of `make chaos` deals, and what a process under test can be asked to do."""

import random
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.chaos.faults import FAULTS, OF_PROCESSES, Fate
from benchmarks.chaos.plan import Plan
from benchmarks.processes import Child

WRITING = """
import sys, time
while True:
    try:
        with open("file", "ab") as file:
            file.write(b"x")
    except OSError:
        sys.exit(7)
    time.sleep(0.01)
"""


def to_child(folder: Path, script: str) -> Child:
    """A process that runs a script."""
    return Child("script", [sys.executable, "-c", script], folder, {}, "")


@pytest.mark.parametrize(("database", "own", "other"), [
    ("sqlite", "fill_disk", "restart_database"),
    ("postgresql", "restart_database", "fill_disk"),
])  # fmt: skip
def test_each_database_has_a_fault_of_its_own(database: str, own: str, other: str) -> None:
    """Everything else can happen to both."""
    world = SimpleNamespace(plan=Plan(seed=1, database=database))
    of_processes, others = Fate(world, random.Random(1)).decks()

    assert own in of_processes
    assert set(of_processes) == set(OF_PROCESSES) - {other}
    assert set(others) == set(FAULTS) - set(OF_PROCESSES)


async def test_process_that_is_asked_to_end_is_waited_for(tmp_path: Path) -> None:
    """Its exit code tells whether it ended well; it is no kill."""
    child = to_child(tmp_path, "import time; time.sleep(60)")
    child.spawn()

    assert await child.end() == -signal.SIGTERM
    assert child.kills == 0


async def test_process_on_a_full_disk_can_not_write(tmp_path: Path) -> None:
    """Its writes fail with an error; what it does then is its own matter."""
    child = to_child(tmp_path, WRITING)
    child.spawn()
    await child.fill_disk(0.5)

    assert child.process is not None
    assert child.process.wait(timeout=5) == 7
