"""Measures how well messages are understood, beside the goals and beside four usual ways of understanding.

Takes some minutes, and the first time about an hour more for the training of Rasa's default pipeline, which is kept.
"""

import argparse
import asyncio
import json
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from benchmarks.baselines.baseline import Baseline
from benchmarks.baselines.diet import DietBaseline
from benchmarks.baselines.embeddings import EmbeddingBaseline
from benchmarks.baselines.examples import load_examples
from benchmarks.baselines.fuzzy import FuzzyBaseline
from benchmarks.baselines.keywords import KeywordBaseline
from benchmarks.labelled_sets import (
    ACCEPTED_PATH,
    LabelledSet,
    ask_set,
    ask_sets_at_once,
    available_sets,
    entries_set,
    own_set,
)
from benchmarks.measuring import engine_on_one_core, measure_training, this_on_one_core
from benchmarks.tables import PICTURE, PLACE, Column, to_notes, to_table
from bot.asking import open_asker
from bot.evaluation import figures
from bot.evaluation.evaluation import Evaluation, evaluate
from bot.evaluation.picture import draw
from bot.knowledge.answers import Answers
from bot.main import load_answers
from bot.settings import Settings, load_settings

MONDAY = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001 - on the town's clock, whose zone is filled in


def main() -> None:
    """Read the arguments and do what they ask."""
    arguments = parse_arguments()
    if arguments.write:
        PLACE.check()
    settings = load_settings(engine_url="")
    answers = load_answers(settings)
    if arguments.accept:
        accept(settings, answers)
        return
    seconds = None if arguments.skip_training else measure_training()
    sets = available_sets()
    own = asyncio.run(ask_engine(settings, answers, sets))
    baselines = load_baselines(settings, answers, with_diet=not arguments.skip_diet, retrain=arguments.retrain)
    for name, evaluation in own.items():
        if evaluation.failed:
            tell(f"!!! {len(evaluation.failed)} messages of the set {name} got no answer at all !!!")
    columns = {each.name: [Column("Rathausbote", own[each.name], seconds)] for each in sets}
    for baseline in baselines:
        tell(f"asking {baseline.name} …")
        for each in sets:
            columns[each.name].append(ask_baseline(baseline, each, answers))
    tables = [to_table(each, columns[each.name]) for each in sets]
    content = "\n".join([*tables, to_notes(f"{each.name}: {each.explanation}" for each in baselines)])
    print(content)
    if arguments.write:
        PLACE.write(content)
        draw(own[sets[0].name], PICTURE)


def parse_arguments() -> argparse.Namespace:
    """What is to be measured, and where it goes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/understanding.md, with a picture")
    parser.add_argument("--accept", action="store_true", help="only keep the figures below which no later change may fall")
    parser.add_argument("--skip-diet", action="store_true", help="leave Rasa's default pipeline out")
    parser.add_argument("--skip-training", action="store_true", help="do not measure how long a training takes")
    parser.add_argument("--retrain", action="store_true", help="train Rasa's default pipeline even if that is there")
    return parser.parse_args()


async def ask_engine(settings: Settings, answers: Answers, sets: list[LabelledSet]) -> dict[str, Evaluation]:
    """Ask all sets of one engine, which has a core for itself."""
    async with open_asker(settings, answers, to_moment(answers), tell) as asker:
        with engine_on_one_core():
            return {each.name: await ask_set(asker, each, answers.knowledge) for each in sets}


def accept(settings: Settings, answers: Answers) -> None:
    """Write the present figures as those that later changes are compared with."""

    async def ask() -> dict[str, Evaluation]:
        async with open_asker(settings, answers, to_moment(answers), tell) as asker:
            return await ask_sets_at_once(asker, [own_set(), entries_set(answers.knowledge)], answers.knowledge)

    evaluations = asyncio.run(ask())
    if failed := [each.label.id for evaluation in evaluations.values() for each in evaluation.failed]:
        raise SystemExit(f"nothing accepted: {len(failed)} messages got no answer at all, first {failed[0]}")
    accepted = figures.to_accepted(evaluations)
    ACCEPTED_PATH.write_text(json.dumps(accepted, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for name, values in accepted.items():
        for figure, each in values.items():
            print(f"{name:10} {figure:40} {each['value']:.4f}")


def load_baselines(settings: Settings, answers: Answers, *, with_diet: bool, retrain: bool) -> list[Baseline]:
    """All baselines, trained where they are not yet."""
    examples = load_examples(answers.knowledge, settings.data_dir / "nlu")
    folder = settings.models_dir / "baselines"
    tell(f"training the baselines with {len(examples.texts)} examples …")
    light: list[Baseline] = [FuzzyBaseline(examples), KeywordBaseline(examples), EmbeddingBaseline(examples, folder)]
    return [DietBaseline(examples, folder, retrain=retrain), *light] if with_diet else light


def ask_baseline(baseline: Baseline, labelled: LabelledSet, answers: Answers) -> Column:
    """What a baseline makes of the single messages of a set."""
    labels = [label for label in labelled.labels if not label.turn]
    with this_on_one_core():
        results = baseline.ask([label.text for label in labels])
    unasked = {figures.ASPECT, figures.TURNS} | (set() if baseline.has_confidence else {figures.CALIBRATION})
    evaluation = evaluate(labels, results, answers.knowledge.services)
    return Column(baseline.name, evaluation, baseline.seconds, frozenset(unasked))


def to_moment(answers: Answers) -> datetime:
    """A Monday morning with open offices."""
    return MONDAY.replace(tzinfo=ZoneInfo(answers.knowledge.municipality.timezone))


def tell(line: str) -> None:
    """Say on standard error what takes a while."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
