"""The labelled sets that understanding is measured with, and asking them."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.asking import Asker, ask_all, read_questions
from bot.evaluation.evaluation import Evaluation, evaluate
from bot.evaluation.labels import Label, to_labels
from bot.knowledge.knowledge import Knowledge

ROOT = Path(__file__).resolve().parent.parent
OWN_FOLDER = ROOT / "tests" / "evaluation"
CITIZENS_FOLDER = ROOT.parent / "shared" / "eval"
ACCEPTED_PATH = OWN_FOLDER / "baseline_figures.json"
QUESTIONS, OUT_OF_SCOPE, DIALOGUES = "questions.jsonl", "out_of_scope.jsonl", "dialogues.jsonl"
OWN, ENTRIES = "own", "entries"


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Lines of JSONL files that are measured together; `title` is for a person."""

    name: str
    title: str
    lines: tuple[Mapping[str, Any], ...]

    @property
    def labels(self) -> list[Label]:
        """A label for each message."""
        return to_labels(self.lines)


def available_sets() -> list[LabelledSet]:
    """The project's own set, the one held out, and that of citizens' questions, as far as their files are there."""
    found = [
        _read_set(OWN, "The project's own questions", OWN_FOLDER, (QUESTIONS, OUT_OF_SCOPE, DIALOGUES)),
        _read_set("held_out", "Held-out questions", OWN_FOLDER / "held_out", (QUESTIONS, OUT_OF_SCOPE, DIALOGUES)),
        _read_set("citizens", "Questions collected elsewhere", CITIZENS_FOLDER, ("citizen_questions.jsonl", OUT_OF_SCOPE)),
    ]
    return [each for each in found if each.lines]


def own_set() -> LabelledSet:
    """The set by which the project is steered."""
    return _read_set(OWN, "The project's own questions", OWN_FOLDER, (QUESTIONS, OUT_OF_SCOPE, DIALOGUES))


def entries_set(knowledge: Knowledge) -> LabelledSet:
    """The questions that editors wrote beneath `tests:` of their entries."""
    lines = tuple(
        {
            "id": f"{service.id}#{number}",
            "text": test.text,
            "lang": test.language,
            "services": [service.id],
            "aspects": [test.aspect.value],
        }
        for service in knowledge.services.values()
        for number, test in enumerate(service.tests, start=1)
    )
    return LabelledSet(ENTRIES, "Tests of the entries", lines)


def _read_set(name: str, title: str, folder: Path, files: Iterable[str]) -> LabelledSet:
    paths = [folder / file for file in files if (folder / file).exists()]
    return LabelledSet(name, title, tuple(line for path in paths for line in read_questions(path)))


async def ask_set(asker: Asker, labelled: LabelledSet, knowledge: Knowledge) -> Evaluation:
    """Ask one message after the other and evaluate what comes."""
    questions = [{**line, "id": f"{labelled.name}-{number}"} for number, line in enumerate(labelled.lines, start=1)]
    results = [each async for each in ask_all(asker, questions)]
    return evaluate(labelled.labels, results, knowledge.services)


async def ask_sets_at_once(asker: Asker, sets: Iterable[LabelledSet], knowledge: Knowledge) -> dict[str, Evaluation]:
    """Ask several sets side by side, which is faster and makes no difference but in the times."""
    named = {each.name: each for each in sets}
    evaluations = await asyncio.gather(*(ask_set(asker, each, knowledge) for each in named.values()))
    return dict(zip(named, evaluations, strict=True))
