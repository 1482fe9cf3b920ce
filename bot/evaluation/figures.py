"""The figures by which understanding is steered, and whether one of them got worse than it was accepted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.evaluation.evaluation import Evaluation
from bot.evaluation.outcomes import Outcome, Share, to_percent

TOLERANCE = 0.01
TOLERATED_MESSAGES = 3
"""Two trainings from the same examples differ in a few answers, because the machines learn side by side."""
SHOWN_QUESTIONS = 10
SHOWN_CHARACTERS = 100
GERMAN = "right_service_german"
OTHER_LANGUAGES = "right_service_other_languages"
AMONG = "right_service_first_or_among_buttons"
ASPECT = "right_aspect"
OUT_OF_SCOPE = "out_of_scope_answered_with_an_entry"
TURNS = "dialogue_turns_right"
CALIBRATION = "expected_calibration_error"
LESS_IS_BETTER = frozenset({OUT_OF_SCOPE, CALIBRATION})


@dataclass(frozen=True, slots=True)
class Figure:
    """A value of 0..1, None where there was nothing to measure, and the ids of the messages that make it worse.

    `total` counts the messages; 0 where the value is no share of messages.
    """

    value: float | None
    wrong: tuple[str, ...] = ()
    total: int = 0

    @property
    def tolerance(self) -> float:
        """How much worse it may get: a point, of few messages so many of them."""
        return max(TOLERANCE, TOLERATED_MESSAGES / self.total) if self.total else TOLERANCE


def to_figures(evaluation: Evaluation) -> dict[str, Figure]:
    """The figures by name."""
    answered = evaluation.scope.answered
    return {
        GERMAN: _to_figure(evaluation.of_german(True).first),
        OTHER_LANGUAGES: _to_figure(evaluation.of_german(False).first),
        AMONG: _to_figure(evaluation.services.among),
        ASPECT: _to_figure(evaluation.services.aspect),
        OUT_OF_SCOPE: Figure(answered.value, answered.yes, answered.total),
        TURNS: _to_figure(evaluation.right_turns),
        CALIBRATION: Figure(evaluation.calibration.error),
    }


def _to_figure(share: Share) -> Figure:
    return Figure(share.value, share.no, share.total)


def to_accepted(evaluations: Mapping[str, Evaluation]) -> dict[str, Any]:
    """What is kept of the figures, by set and name."""
    return {
        name: {
            figure: {"value": round(each.value, 4), "wrong": sorted(each.wrong)}
            for figure, each in to_figures(evaluation).items()
            if each.value is not None
        }
        for name, evaluation in evaluations.items()
    }


def find_losses(accepted: Mapping[str, Any], evaluation: Evaluation) -> list[str]:
    """A paragraph for each figure of one set that is worse than its accepted value by more than its tolerance."""
    figures = to_figures(evaluation)
    outcomes = {each.label.id: each for each in evaluation.outcomes}
    return [
        _to_paragraph(name, before, figures[name], outcomes)
        for name, before in accepted.items()
        if _is_loss(name, before["value"], figures[name])
    ]


def _is_loss(name: str, before: float, after: Figure) -> bool:
    if after.value is None:
        return True
    loss = after.value - before if name in LESS_IS_BETTER else before - after.value
    return round(loss, 4) > round(after.tolerance, 4)


def _to_paragraph(name: str, before: Mapping[str, Any], after: Figure, outcomes: Mapping[str, Outcome]) -> str:
    newly = [id_ for id_ in after.wrong if id_ not in before["wrong"]]
    lines = [f"{name}: {to_percent(before['value'])} before, {to_percent(after.value)} now"]
    lines += [f"  {_describe(outcomes[id_])}" for id_ in newly[:SHOWN_QUESTIONS]]
    if len(newly) > SHOWN_QUESTIONS:
        lines.append(f"  … and {len(newly) - SHOWN_QUESTIONS} more")
    return "\n".join(lines)


def _describe(outcome: Outcome) -> str:
    label, result = outcome.label, outcome.result
    text = label.text if len(label.text) <= SHOWN_CHARACTERS else f"{label.text[:SHOWN_CHARACTERS]}…"
    wanted = [*label.services, *sorted(label.aspects), *sorted(label.decisions)] or ["no entry"]
    aspects = result.get("aspects") or [result.get("aspect")]
    got = [outcome.way, outcome.first, *aspects]
    return f"{label.id} “{text}” wants {', '.join(wanted)}; got {', '.join(each for each in got if each)}"
