"""The gate: which figures count as worse than accepted, and what is said of them."""

from typing import Any

import pytest

from bot.evaluation.evaluation import Evaluation, evaluate
from bot.evaluation.figures import (
    AMONG,
    ASPECT,
    CALIBRATION,
    GERMAN,
    OTHER_LANGUAGES,
    OUT_OF_SCOPE,
    TURNS,
    find_losses,
    to_accepted,
    to_figures,
)
from bot.evaluation.labels import to_labels

ALL = {GERMAN, OTHER_LANGUAGES, AMONG, ASPECT, OUT_OF_SCOPE, TURNS, CALIBRATION}


def to_evaluation(*, right: int, wrong: int, answered: int = 0, refused: int = 0) -> Evaluation:
    """German questions and messages out of scope, with right and wrong answers in this order."""
    lines: list[dict[str, Any]] = [
        {"id": f"q{n}", "text": f"Frage {n}", "lang": "de", "services": ["kita"], "aspects": ["fee"]}
        for n in range(right + wrong)
    ]
    lines += [{"id": f"o{n}", "text": f"Unsinn {n}", "lang": "de"} for n in range(answered + refused)]
    services = ["kita"] * right + ["hund"] * wrong + ["hund"] * answered
    results: list[dict[str, Any]] = [{"decision": "answer", "service": each, "aspect": "fee"} for each in services]
    results += [{"decision": "fallback"}] * refused
    return evaluate(to_labels(lines), results, {"kita", "hund"})


def find(before: Evaluation, after: Evaluation) -> dict[str, str]:
    """What is said of each figure that got worse."""
    return {text.split(":")[0]: text for text in find_losses(to_accepted({"own": before})["own"], after)}


def test_every_figure_has_a_name_and_those_without_messages_are_not_accepted() -> None:
    """What was never asked can't get worse."""
    evaluation = to_evaluation(right=1, wrong=0)

    assert set(to_figures(evaluation)) == ALL
    assert set(to_accepted({"own": evaluation})["own"]) == {GERMAN, AMONG, ASPECT}


def test_one_point_is_tolerated_and_more_is_not() -> None:
    """Exactly a point is still accepted."""
    before = to_evaluation(right=380, wrong=20)

    assert find(before, to_evaluation(right=376, wrong=24)) == {}
    assert set(find(before, to_evaluation(right=375, wrong=25))) == {GERMAN, AMONG}
    assert find(before, to_evaluation(right=400, wrong=0)) == {}


def test_of_few_messages_three_are_tolerated() -> None:
    """One of eighty is more than a point, and chance."""
    before = to_evaluation(right=78, wrong=2)

    assert find(before, to_evaluation(right=75, wrong=5)) == {}
    assert set(find(before, to_evaluation(right=74, wrong=6))) == {GERMAN, AMONG}


def test_where_less_is_better_more_is_a_loss() -> None:
    """Answers out of scope may not become more than tolerated, but fewer."""
    before = to_evaluation(right=1, wrong=0, answered=2, refused=98)

    assert find(before, to_evaluation(right=1, wrong=0, answered=5, refused=95)) == {}
    assert set(find(before, to_evaluation(right=1, wrong=0, answered=6, refused=94))) == {OUT_OF_SCOPE}
    assert find(before, to_evaluation(right=1, wrong=0, answered=0, refused=100)) == {}


def test_a_loss_says_before_after_and_ten_newly_wrong_questions() -> None:
    """Questions that were wrong before are no news."""
    text = find(to_evaluation(right=19, wrong=1), to_evaluation(right=5, wrong=15))[GERMAN]
    lines = text.splitlines()

    assert lines[0] == f"{GERMAN}: 95.0 % before, 25.0 % now"
    assert lines[1].strip() == "q5 “Frage 5” wants kita, fee; got answer, hund, fee"
    assert len(lines) == 12
    assert lines[-1].strip() == "… and 4 more"
    assert "q19" not in text


def test_a_figure_that_can_not_be_measured_any_more_is_a_loss() -> None:
    """An emptied file of questions must not pass."""
    assert OUT_OF_SCOPE in find(to_evaluation(right=1, wrong=0, refused=5), to_evaluation(right=1, wrong=0))


@pytest.mark.parametrize("loss", [0.02, -0.02])
def test_a_worse_calibration_is_a_loss(loss: float) -> None:
    """More than 0.01 further from what confidences promise."""
    accepted = {CALIBRATION: {"value": 0.5 - loss, "wrong": []}}
    evaluation = evaluate(
        to_labels([{"id": "q", "text": "a", "services": ["kita"]}]),
        [{"decision": "answer", "service": "kita", "confidence": 0.5}],
        {"kita"},
    )

    assert bool(find_losses(accepted, evaluation)) is (loss > 0)
