"""The gate of understanding: no figure falls below what was last accepted.

`.venv/bin/python benchmarks/understanding.py --accept` accepts the present figures.
"""

import asyncio
import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from benchmarks.labelled_sets import ACCEPTED_PATH, ENTRIES, OWN, ask_sets_at_once, entries_set, own_set
from bot.asking import Asker
from bot.evaluation.evaluation import Evaluation
from bot.evaluation.figures import AMONG, ASPECT, GERMAN, OTHER_LANGUAGES, find_losses, to_figures
from bot.evaluation.outcomes import to_percent
from bot.knowledge.answers import Answers
from bot.knowledge.loader import load_knowledge
from tests.engine_process import PROJECT_DIR, EngineProcess

pytestmark = pytest.mark.engine
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
HOW_TO_ACCEPT = "accept with: .venv/bin/python benchmarks/understanding.py --accept"
LEAST_OF_ENTRIES = 0.9


@pytest.fixture(scope="module")
def evaluations(engine: EngineProcess) -> dict[str, Evaluation]:
    """The project's own set and the tests of all entries, asked of the real engine."""
    answers = Answers.load(PROJECT_DIR, load_knowledge(PROJECT_DIR / "data"))

    async def ask() -> dict[str, Evaluation]:
        client = engine.client()
        try:
            sets = [own_set(), entries_set(answers.knowledge)]
            return await ask_sets_at_once(Asker(client, answers, MONDAY), sets, answers.knowledge)
        finally:
            await client.close()

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def accepted() -> dict[str, Any]:
    """The figures that were last accepted."""
    assert ACCEPTED_PATH.exists(), f"{ACCEPTED_PATH.name} is missing; {HOW_TO_ACCEPT}"
    content: dict[str, Any] = json.loads(ACCEPTED_PATH.read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize("name", [OWN, ENTRIES])
def test_no_figure_is_worse_than_accepted(name: str, evaluations: dict[str, Evaluation], accepted: dict[str, Any]) -> None:
    """Who changes examples, pipeline or decision sees what got worse, with the questions that it concerns."""
    losses = find_losses(accepted[name], evaluations[name])

    assert not losses, "\n".join(["", *losses, f"Where this is wanted, {HOW_TO_ACCEPT}"])


@pytest.mark.parametrize("figure", [GERMAN, OTHER_LANGUAGES, AMONG, ASPECT])
def test_nine_of_ten_tests_of_the_entries_are_right(figure: str, evaluations: dict[str, Evaluation]) -> None:
    """What editors wrote beneath `tests:` is understood as they want it."""
    found = to_figures(evaluations[ENTRIES])[figure]

    assert found.value is not None
    assert found.value >= LEAST_OF_ENTRIES, f"{to_percent(found.value)}, wrong: {', '.join(found.wrong)}"


def test_everything_was_answered(evaluations: dict[str, Evaluation]) -> None:
    """An engine that fails on a message would otherwise only lower a figure a little."""
    failed = [each.label.id for evaluation in evaluations.values() for each in evaluation.failed]

    assert failed == []
