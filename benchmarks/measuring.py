"""What is measured around the understanding: one core for it alone, and a training from nothing."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.labelled_sets import ROOT


@contextmanager
def engine_on_one_core() -> Iterator[None]:
    """Keep the engine that this process started on the last core, and this process off it where there are several."""
    *others, own = cores = sorted(os.sched_getaffinity(0))
    engine = next(child for child in psutil.Process().children(recursive=True) if "bot.engine" in child.cmdline())
    _keep_on(engine.pid, [own])
    with _this_on(others or cores):
        yield


def this_on_one_core() -> AbstractContextManager[None]:
    """Keep this process, and those that it starts meanwhile, on the last core."""
    return _this_on(sorted(os.sched_getaffinity(0))[-1:])


@contextmanager
def _this_on(cores: list[int]) -> Iterator[None]:
    before = os.sched_getaffinity(0)
    _keep_on(os.getpid(), cores)
    try:
        yield
    finally:
        _keep_on(os.getpid(), before)


def _keep_on(pid: int, cores: Iterable[int]) -> None:
    """For every thread that the process has; those that it starts later inherit it."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), cores)


def measure_training() -> float:
    """Seconds of `rathausbote train --force` into an empty folder, on all cores."""
    with TemporaryDirectory(prefix="rathausbote-training-") as folder:
        command = [sys.executable, "-W", "ignore", "-m", "bot.engine", "--train", "--force"]
        started = time.perf_counter()
        subprocess.run([*command, "--project", str(ROOT), "--models", folder], stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - started
