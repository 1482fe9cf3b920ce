"""`make chaos`: kills, stalls and confuses the real program under load, and prints whether it kept what it promises.

`--seed` decides what happens; a run that broke a promise is repeated by `--runs 1` with the seed that is printed. When
exactly a fault hits is up to the machine, so it may take some repetitions.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.chaos.faults import FAULTS
from benchmarks.chaos.plan import CHANNELS, Plan
from benchmarks.chaos.report import to_row, to_table, to_total
from benchmarks.chaos.run import Result, run


def main() -> None:
    """Do all runs, print the table; exit code 1 where a promise was broken."""
    options = _read_options()
    results = []
    for number in range(options.runs):
        plan = Plan(
            seed=options.seed + number,
            messages=options.messages,
            database=options.database,
            channels=tuple(options.channels),
            per_second=options.per_second,
            faults=tuple(options.faults),
        )
        results.append(_run_in_folder(plan))
        print(to_row(results[-1]), flush=True)
        for line in results[-1].broken:
            print(f"    BROKEN with seed {plan.seed}: {line}", flush=True)
    print()
    print(to_table(results))
    print(to_total(results))
    sys.exit(1 if any(result.broken for result in results) else 0)


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos ARGS=…", description=__doc__)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--messages", type=int, default=500, help="of citizens, in each run")
    parser.add_argument("--seed", type=int, default=1, help="of the first run; each further one has the next")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--channels", nargs="+", choices=CHANNELS, default=list(CHANNELS))
    parser.add_argument("--per-second", type=float, default=40.0, help="messages, as long as nothing stands in the way")
    parser.add_argument("--faults", nargs="+", choices=tuple(FAULTS), default=[], help="only these")
    return parser.parse_args()


def _run_in_folder(plan: Plan) -> Result:
    """A folder of its own, which is kept where a promise was broken."""
    folder = Path(tempfile.mkdtemp(prefix=f"rathausbote-chaos-{plan.seed}-"))
    folder.chmod(0o755)
    is_kept = True
    try:
        result = asyncio.run(run(plan, folder))
        is_kept = bool(result.broken)
    finally:
        if is_kept:
            print(f"    kept for a look: {folder}", flush=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return result


if __name__ == "__main__":
    main()
