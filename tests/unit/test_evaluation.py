"""The figures of `rathausbote evaluate`, on small cases counted by hand."""

from typing import Any

import pytest

from bot.evaluation.evaluation import Evaluation, Times, evaluate
from bot.evaluation.labels import Label
from bot.evaluation.outcomes import Outcome, Share

KNOWN = {"reisepass", "kita", "hund"}


def to_result(decision: str, service: str | None = None, **fields: Any) -> dict[str, Any]:
    """What `ask` gives for a message."""
    return {"decision": decision, "service": service, "aspect": "fee", "options": [], "candidates": [], **fields}


def to_label(*services: str, aspects: tuple[str, ...] = ("fee",), **fields: Any) -> Label:
    """A label with these acceptable services."""
    return Label(id="1", text="…", services=services, aspects=frozenset(aspects if services else ()), **fields)


def rank(*services: str) -> list[dict[str, Any]]:
    """Candidates in this order."""
    return [{"service": service, "score": 0.5} for service in services]


def counts(share: Share) -> tuple[int, int]:
    """How many of how many."""
    return share.count, share.total


def to_evaluation(*pairs: tuple[Label, dict[str, Any]]) -> Evaluation:
    """The evaluation of labels with numbers as ids."""
    numbered = [
        Label(
            str(number),
            *(label.text, label.language, label.services, label.aspects),
            *(label.kind, label.decisions, label.dialogue, label.turn),
        )
        for number, (label, _) in enumerate(pairs, start=1)
    ]
    return evaluate(numbered, [result for _, result in pairs], KNOWN)


def test_each_question_is_counted_on_the_right_side() -> None:
    """Right, half right, wrong, two answers, asked back, not answered, of an office, failed, referred, unknown."""
    label = to_label("reisepass")
    evaluation = to_evaluation(
        (label, to_result("answer", "reisepass")),
        (label, to_result("answer", "reisepass", aspect="documents")),
        (label, to_result("answer", "kita")),
        (label, to_result("answer", "kita", services=["kita", "reisepass"])),
        (label, to_result("clarify", options=["kita", "reisepass"], candidates=rank("kita", "reisepass"))),
        (label, to_result("clarify", options=["reisepass", "kita"], candidates=rank("reisepass", "kita"))),
        (label, to_result("fallback", candidates=rank("reisepass"))),
        (label, to_result("answer", None, office="standesamt")),
        (label, to_result("handoff", candidates=rank("reisepass"))),
        (label, {"error": {"code": "assistant_unavailable", "message": "…"}}),
        (label, to_result("fallback", candidates=rank("reisepass"), referral="jobcenter")),
        (to_label("jagdschein"), to_result("answer", "kita")),
    )
    figures = evaluation.services

    assert figures.first.yes == ("1", "2", "6", "7")
    assert figures.at_once.yes == ("1", "2")
    assert figures.among.yes == ("1", "2", "4", "5", "6", "7")
    assert (figures.aspect.yes, figures.aspect.no) == (("1",), ("2",))
    assert figures.wrong.yes == ("3",)
    assert figures.first.total == 11
    assert len(evaluation.elsewhere) == 1
    assert evaluation.ways() == {
        **{"answer": 5, "clarify": 2, "fallback": 1, "handoff": 1},
        **{"answer of an office": 1, "referral": 1, "error": 1},
    }
    assert evaluation.confusions()["reisepass", "(referral)"] == 1
    assert [each.label.id for each in evaluation.failed] == ["10"]


def test_any_acceptable_service_and_aspect_counts() -> None:
    """The second acceptable service is as right as the first, and so is one of several answered aspects."""
    label = to_label("reisepass", "kita", aspects=("fee", "duration"))
    evaluation = to_evaluation(
        (label, to_result("answer", "kita", aspect="procedure", aspects=["procedure", "duration"])),
        (to_label("hund", aspects=()), to_result("answer", "hund")),
    )

    assert counts(evaluation.services.first) == (2, 2)
    assert counts(evaluation.services.aspect) == (1, 1)  # a label without aspects says nothing about them


def test_out_of_scope_counts_answers_of_entries_by_kind() -> None:
    """An entry's answer is counted, a question back separately; an office, a referral and a refusal are neither."""
    near, far = to_label(kind="near_miss"), to_label(kind="chitchat")
    evaluation = to_evaluation(
        (near, to_result("answer", "kita")),
        (near, to_result("clarify", options=["kita"])),
        (near, to_result("fallback", referral="jobcenter")),
        (far, to_result("answer", None, office="rathaus")),
        (far, to_result("smalltalk")),
    )

    assert counts(evaluation.scope.answered) == (1, 5)
    assert counts(evaluation.scope.asked_back) == (1, 5)
    assert {kind: each.answered.count for kind, each in evaluation.scope_by_kind().items()} == {
        "near_miss": 1,
        "chitchat": 0,
    }
    assert evaluation.confusions() == {("(none)", "kita"): 1}


def test_languages_are_grouped_and_dialects_are_german() -> None:
    """German with its dialects on one side, all others on the other."""
    right = to_result("answer", "kita")
    evaluation = to_evaluation(
        *((to_label("kita", language=language), right) for language in ("de", "de-bar", "gsw", "tr", "uk"))
    )

    assert evaluation.of_german(True).first.total == 3
    assert evaluation.of_german(False).first.total == 2
    assert set(evaluation.by_language()) == {"de", "de-bar", "gsw", "tr", "uk"}


def test_the_macro_average_weighs_services_alike() -> None:
    """Three questions about one service count as much as one about another; the worst service comes first."""
    evaluation = to_evaluation(
        *((to_label("kita"), to_result("answer", "kita")) for _ in range(3)),
        (to_label("hund", "kita"), to_result("answer", "reisepass")),
    )

    assert evaluation.macro_average == 0.5
    assert list(evaluation.by_service()) == ["hund", "kita"]
    assert evaluation.confusions() == {("hund", "reisepass"): 1}


def test_the_calibration_error_is_the_mean_distance_over_ten_bins() -> None:
    """Two at 0.9 of which one is right, one right at 0.3 that was asked back; what claims no service is left out."""
    label = to_label("kita")
    evaluation = to_evaluation(
        (label, to_result("answer", "kita", confidence=0.9)),
        (label, to_result("answer", "hund", confidence=0.9)),
        (label, to_result("clarify", candidates=rank("kita", "hund"), confidence=0.3)),
        (label, to_result("fallback", candidates=rank("kita"), confidence=0.6)),
        (label, to_result("answer", None, office="rathaus", confidence=0.7)),
        (to_label(), to_result("answer", "kita", confidence=1.0)),
    )
    bins = evaluation.calibration.bins

    assert [(each.low, each.count, each.right) for each in bins] == [(0.3, 1, 1.0), (0.9, 3, pytest.approx(1 / 3))]
    assert evaluation.calibration.error == pytest.approx((0.7 + abs(1 - 2.8)) / 4)


def test_times_are_median_and_nearest_rank() -> None:
    """Of twenty times the nineteenth is the 95th percentile; turns that failed have none."""
    assert Times.of([20.0]) == Times(1, 20.0, 20.0)
    assert Times.of(float(n) for n in range(20, 0, -1)) == Times(20, 10.0, 19.0)
    assert to_evaluation((to_label(), {"error": {}}), (to_label(), to_result("smalltalk", ms=4.0))).times.count == 1


@pytest.mark.parametrize(
    ("label", "result", "is_right"),
    [
        (to_label("kita"), to_result("answer", "kita"), True),
        (to_label("kita"), to_result("answer", "kita", aspect="documents"), False),
        (to_label("kita"), to_result("answer", "hund"), False),
        (to_label("kita"), to_result("clarify", options=["kita"]), False),
        (to_label("kita"), to_result("fallback", candidates=rank("kita")), False),
        (to_label("kita", "hund"), to_result("clarify", options=["hund"]), True),
        (to_label("kita", "hund"), to_result("clarify", options=["reisepass"]), False),
        (to_label("kita", "hund", decisions=frozenset({"clarify"})), to_result("clarify", options=["hund"]), True),
        (to_label("kita", "hund", decisions=frozenset({"clarify"})), to_result("clarify", options=["reisepass"]), False),
        (to_label("kita", "hund", decisions=frozenset({"clarify"})), to_result("answer", "kita"), False),
        (to_label("kita", decisions=frozenset({"answer"})), to_result("answer", "hund"), False),
        (to_label(decisions=frozenset({"fallback"})), to_result("fallback"), True),
        (to_label(decisions=frozenset({"fallback"})), to_result("handoff"), True),
        (to_label(decisions=frozenset({"fallback"})), to_result("clarify", options=["kita"]), True),
        (to_label(decisions=frozenset({"fallback"})), to_result("smalltalk"), False),
        (to_label(decisions=frozenset({"fallback"})), to_result("answer", "kita"), False),
        (to_label(decisions=frozenset({"smalltalk"})), to_result("smalltalk"), True),
        (to_label(decisions=frozenset({"smalltalk"})), to_result("handoff"), False),
        (to_label(decisions=frozenset({"smalltalk", "handoff"})), to_result("handoff"), True),
        (to_label(decisions=frozenset({"handoff"})), to_result("smalltalk"), False),
        (to_label(), to_result("fallback"), True),
        (to_label(), to_result("answer", "kita"), False),
        (to_label(), {"error": {}}, False),
    ],
)
def test_a_turn_is_right_when_it_went_as_labelled(label: Label, result: dict[str, Any], is_right: bool) -> None:
    """By its decision where one is labelled, else by service and aspect."""
    assert Outcome(label, result).is_turn_right is is_right


def test_a_dialogue_is_right_when_all_its_turns_are() -> None:
    """Turns count for themselves, and are no questions of any other figure."""
    right, wrong = to_result("answer", "kita"), to_result("answer", "hund")
    evaluation = to_evaluation(
        (to_label("kita", dialogue="a", turn=1), right),
        (to_label("kita", dialogue="a", turn=2), wrong),
        (to_label("kita", dialogue="b", turn=1), right),
    )

    assert counts(evaluation.right_turns) == (2, 3)
    assert evaluation.right_dialogues == Share(("b",), ("a",))
    assert evaluation.asked == ()
    assert evaluation.calibration.error is None
