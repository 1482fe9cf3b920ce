"""`make bench`: how fast this system and a default Rasa server answer, on this machine, with the same questions.

The first time Rasa's default pipeline is trained, which takes some minutes and is kept in models/baselines.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from benchmarks.baselines.examples import load_examples
from benchmarks.documents import Place
from benchmarks.labelled_sets import ROOT
from benchmarks.speed import rasa_default
from benchmarks.speed.crowd import measure_crowd
from benchmarks.speed.load import Load, System, run_clients
from benchmarks.speed.picture import draw
from benchmarks.speed.questions import all_different, all_questions, realistic
from benchmarks.speed.report import Measured, to_comparison, to_crowd
from benchmarks.speed.serving import DATABASES, Served, default_rasa, rathausbote
from bot.knowledge.loader import load_knowledge

MIXES = {"all-different": all_different, "realistic": realistic}
WARM_UP_SECONDS = 3.0
VERSUS = Place(ROOT / "docs" / "performance.md", "make bench ARGS=--write")
CROWD = Place(ROOT / "docs" / "performance.md", "make bench ARGS='--crowd --write'")
PICTURE = ROOT / "docs" / "images" / "latency.png"


def main() -> None:
    """Measure, print, and write where that is wanted."""
    options = _read_options()
    place = CROWD if options.crowd else VERSUS
    if options.write:
        place.check()
    with tempfile.TemporaryDirectory(prefix="rathausbote-speed-") as name:
        content = asyncio.run(_crowd(options, Path(name)) if options.crowd else _versus(options, Path(name)))
    print(content)
    if options.write:
        place.write(content)


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="each measurement; 300 by default with --crowd")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=list(DATABASES))
    parser.add_argument("--without-rasa", action="store_true", help="only this system")
    parser.add_argument("--crowd", action="store_true", help="1,000 open widgets and a stalled engine instead")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md, with a picture")
    return parser.parse_args()


async def _versus(options: argparse.Namespace, folder: Path) -> str:
    measured = []
    for database in options.databases:
        async with rathausbote(folder / database, database) as served:
            measured.append(await _measure(f"Rathausbote, {database}", served, options))
    if not options.without_rasa:
        examples = load_examples(load_knowledge(ROOT / "data"), ROOT / "data" / "nlu")
        project = rasa_default.train(examples, ROOT / "models" / "baselines")
        async with default_rasa(project, folder / "rasa") as served:
            measured.append(await _measure("default Rasa", served, options))
    if options.write:
        draw(measured, PICTURE)
    return to_comparison(measured)


async def _measure(name: str, served: Served, options: argparse.Namespace) -> Measured:
    questions = all_questions()
    loads: dict[str, list[Load]] = {}
    for mix, ask in MIXES.items():
        asked = ask(questions)
        await _warm_up(served.system)
        loads[mix] = [await run_clients(served.system, count, asked, options.seconds) for count in options.clients]
        for load in loads[mix]:
            print(f"{name}, {mix}, {load.clients}: {load.per_second:.1f}/s, {load.errors} errors", flush=True)
    return Measured(name, served.first_answer, served.resident(), loads)


async def _warm_up(system: System) -> None:
    await run_clients(system, 1, iter(["hallo", "Perso weg", "was kostet das", "Danke"] * 1000), WARM_UP_SECONDS)


async def _crowd(options: argparse.Namespace, folder: Path) -> str:
    seconds = options.seconds if options.seconds != 15.0 else 300.0
    measured = [await measure_crowd(folder / each, each, seconds, all_questions()) for each in options.databases]
    return to_crowd(measured)


if __name__ == "__main__":
    begun = time.monotonic()
    main()
    print(f"took {time.monotonic() - begun:.0f} s")
