"""What `rathausbote evaluate --json` writes: every figure, and what came of every message."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.evaluation.evaluation import Evaluation, ScopeFigures, ServiceFigures
from bot.evaluation.outcomes import Outcome, Share


def to_object(evaluation: Evaluation) -> dict[str, Any]:
    """The evaluation as a JSON object; shares are 0..1, times milliseconds."""
    calibration = evaluation.calibration
    return {
        "questions": _services(evaluation.services),
        "macro_average": evaluation.macro_average,
        "by_language_group": {
            "german": _services(evaluation.of_german(True)),
            "other": _services(evaluation.of_german(False)),
        },
        "by_language": _each(evaluation.by_language()),
        "by_service": _each(evaluation.by_service()),
        "out_of_scope": _scope(evaluation.scope),
        "out_of_scope_by_kind": {name: _scope(each) for name, each in evaluation.scope_by_kind().items()},
        "out_of_scope_by_language": {name: _scope(each) for name, each in evaluation.scope_by_language().items()},
        "dialogues": {"turns": _share(evaluation.right_turns), "whole": _share(evaluation.right_dialogues)},
        "calibration": {
            "error": calibration.error,
            "messages": calibration.count,
            "bins": [asdict(each) for each in calibration.bins],
        },
        "milliseconds": asdict(evaluation.times),
        "confusions": [
            {"wanted": wanted, "got": got, "times": count} for (wanted, got), count in evaluation.confusions().most_common()
        ],
        "decisions": dict(evaluation.ways().most_common()),
        "without_entry": len(evaluation.elsewhere),
        "messages": [_message(each) for each in evaluation.outcomes],
    }


def _each(groups: Mapping[str, ServiceFigures]) -> dict[str, Any]:
    return {name: _services(figures) for name, figures in groups.items()}


def _services(figures: ServiceFigures) -> dict[str, Any]:
    return {
        "right_first": _share(figures.first),
        "answered_at_once": _share(figures.at_once),
        "first_or_among_buttons": _share(figures.among),
        "right_aspect": _share(figures.aspect),
        "wrong_service": _share(figures.wrong),
    }


def _scope(figures: ScopeFigures) -> dict[str, Any]:
    return {"answered_with_entry": _share(figures.answered), "asked_back": _share(figures.asked_back)}


def _share(share: Share) -> dict[str, Any]:
    return {"count": share.count, "total": share.total, "share": share.value}


def _message(outcome: Outcome) -> dict[str, Any]:
    label, result = outcome.label, outcome.result
    content = {
        "id": label.id,
        "language": label.language,
        "services": list(label.services),
        "aspects": sorted(label.aspects),
        "decision": outcome.way,
        "first": outcome.first,
        "answered": list(outcome.answered),
        "options": sorted(outcome.offered),
        "answered_aspects": result.get("aspects") or [each for each in [result.get("aspect")] if each],
        "confidence": result.get("confidence"),
        "ms": outcome.milliseconds,
    }
    if label.turn:
        return {**content, "wanted_decisions": sorted(label.decisions), "is_right": outcome.is_turn_right}
    if not label.services:
        return {**content, "kind": label.kind, "is_right": not outcome.answered}
    return {
        **content,
        "is_right": outcome.is_first,
        "is_aspect_right": outcome.is_answered_right and outcome.is_aspect_right,
    }
