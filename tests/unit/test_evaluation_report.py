"""What is shown and written of an evaluation."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.evaluation import Evaluation, evaluate
from bot.evaluation.labels import to_labels
from bot.evaluation.objects import to_object
from bot.evaluation.picture import draw
from bot.evaluation.report import to_lines

LINES: list[dict[str, Any]] = [
    {"id": "q1", "text": "a", "lang": "de", "services": ["kita"], "aspects": ["fee"]},
    {"id": "q2", "text": "b", "lang": "tr", "services": ["hund"], "aspects": ["fee"]},
    {"id": "o1", "text": "c", "lang": "de", "services": [], "kind": "nonsense"},
    {"id": "d1", "turns": [{"user": "d", "services": ["kita"], "aspects": ["fee"]}]},
]
RESULTS: list[dict[str, Any]] = [
    {"decision": "answer", "service": "kita", "aspect": "fee", "confidence": 0.9, "ms": 5.0},
    {"decision": "answer", "service": "kita", "aspect": "fee", "confidence": 0.7, "ms": 7.0},
    {"decision": "answer", "service": "hund", "aspect": "fee", "confidence": 0.6, "ms": 6.0},
    {"decision": "answer", "service": "kita", "aspect": "fee", "confidence": 0.9, "ms": 9.0},
]


@pytest.fixture
def evaluation() -> Evaluation:
    """One right and one wrong question, an answer out of scope, a right dialogue."""
    return evaluate(to_labels(LINES), RESULTS, {"kita", "hund"})


def test_the_report_names_every_figure(evaluation: Evaluation) -> None:
    """Shares with their counts, then languages, services, kinds, dialogues, bins, confusions and times."""
    text = "\n".join(to_lines(evaluation))

    for words in (
        "right service first              1/2 = 50.0 %",
        "answered at once and right       1/2 = 50.0 %",
        "first or among the buttons       1/2 = 50.0 %",
        "right aspect of those answered   1/1 = 100.0 %",
        "wrong service answered           1/2 = 50.0 %",
        "macro average over services      50.0 %",
        "answered with an entry           1/1 = 100.0 %",
        "turns of dialogues right           1/1 = 100.0 %",
        "whole dialogues right              1/1 = 100.0 %",
        "median 6.0 ms, 95 % below 9.0 ms",
        "answer 4",
    ):
        assert words in text
    for start in ("German ", "other ", "tr ", "nonsense ", "(none) ", "expected calibration error"):
        assert any(line.startswith(start) for line in text.splitlines()), start


def test_as_many_services_are_listed_as_wanted(evaluation: Evaluation) -> None:
    """The worst ones, and none where none is wanted."""
    assert sum(line.startswith("kita ") for line in to_lines(evaluation, worst=1)) == 0
    assert sum(line.startswith("hund ") for line in to_lines(evaluation, worst=1)) == 2  # as a service and as a confusion
    assert not any("worst" in line for line in to_lines(evaluation, worst=0))


def test_nothing_asked_is_no_division_by_zero() -> None:
    """An empty file has a report too."""
    empty = evaluate([], [], set())

    assert to_lines(empty)[0].endswith(" 0")
    assert to_object(empty)["macro_average"] is None


def test_the_object_has_every_figure_and_every_message(evaluation: Evaluation) -> None:
    """It can be written as JSON."""
    content = json.loads(json.dumps(to_object(evaluation)))

    assert content["questions"]["right_first"] == {"count": 1, "total": 2, "share": 0.5}
    assert content["by_service"]["hund"]["wrong_service"]["count"] == 1
    assert content["confusions"] == [
        {"wanted": "hund", "got": "kita", "times": 1},
        {"wanted": "(none)", "got": "hund", "times": 1},
    ]
    assert [(each["id"], each["is_right"]) for each in content["messages"]] == [
        ("q1", True),
        ("q2", False),
        ("o1", False),
        ("d1/1", True),
    ]


@pytest.mark.filterwarnings("ignore::DeprecationWarning:matplotlib")
def test_a_picture_is_drawn_of_what_there_is(evaluation: Evaluation, tmp_path: Path) -> None:
    """A PNG with confusions, and one where nothing was confused or asked."""
    for name, each in (("some", evaluation), ("none", evaluate([], [], set()))):
        draw(each, tmp_path / f"{name}.png")

        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
