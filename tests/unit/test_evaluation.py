"""The accuracy figures of `rathausbote evaluate`."""

from bot.evaluation import Score

KNOWN = {"reisepass", "kita"}


def to_result(decision: str, service: str | None = None, **fields: object) -> dict[str, object]:
    """What `ask` gives for a question."""
    return {"decision": decision, "service": service, "aspect": "fee", "options": [], "candidates": [], **fields}


def test_each_question_is_counted_once_and_on_the_right_side() -> None:
    """Right, half right, wrong, asked back, not answered, of an unknown service, out of scope, failed."""
    score = Score()
    label = {"services": ["reisepass"], "aspects": ["fee"]}
    score.add(label, to_result("answer", "reisepass"), KNOWN)
    score.add(label, to_result("answer", "reisepass", aspect="documents"), KNOWN)
    score.add(label, to_result("answer", "kita"), KNOWN)
    score.add(label, to_result("clarify", options=["kita", "reisepass"]), KNOWN)
    score.add(label, to_result("clarify", options=["kita"]), KNOWN)
    score.add(label, to_result("fallback", candidates=[{"service": "reisepass", "score": 0.2}]), KNOWN)
    score.add({"services": ["jagdschein"]}, to_result("fallback"), KNOWN)
    score.add({"services": []}, to_result("fallback"), KNOWN)
    score.add({"services": []}, to_result("answer", "kita"), KNOWN)
    score.add(label, {"error": {"code": "assistant_unavailable", "message": "…"}}, KNOWN)

    assert (score.in_scope, score.answered_right, score.aspect_right, score.answered_wrong) == (7, 2, 1, 1)
    assert (score.asked_back_right, score.among_first) == (1, 3)
    assert (score.unknown_service, score.out_of_scope, score.refused) == (1, 2, 1)
    assert score.decisions["error"] == 1


def test_no_questions_are_no_division_by_zero() -> None:
    """An empty file has figures too."""
    assert any("no such question" in line for line in Score().to_lines())
