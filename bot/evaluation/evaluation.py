"""All figures over labelled messages and what came of them."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

from bot.evaluation.calibration import Calibration
from bot.evaluation.labels import Label
from bot.evaluation.outcomes import ERROR, Outcome, Share

NOTHING = "(none)"


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """How questions about services were understood; `aspect` counts those that were answered right."""

    first: Share
    at_once: Share
    among: Share
    aspect: Share
    wrong: Share

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> "ServiceFigures":
        """The figures over these questions."""
        return cls(
            first=Share.of(outcomes, lambda each: each.is_first),
            at_once=Share.of(outcomes, lambda each: each.is_answered_right),
            among=Share.of(outcomes, lambda each: each.is_among),
            aspect=Share.of(
                (each for each in outcomes if each.is_answered_right and each.label.aspects),
                lambda each: each.is_aspect_right,
            ),
            wrong=Share.of(outcomes, lambda each: each.is_answered_wrong),
        )


@dataclass(frozen=True, slots=True)
class ScopeFigures:
    """How messages out of scope were dealt with: `answered` with an entry, or `asked_back`."""

    answered: Share
    asked_back: Share

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> "ScopeFigures":
        """The figures over these messages."""
        return cls(
            answered=Share.of(outcomes, lambda each: bool(each.answered)),
            asked_back=Share.of(outcomes, lambda each: each.is_asked_back),
        )


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of one understanding over `count` messages."""

    count: int
    median: float | None
    p95: float | None

    @classmethod
    def of(cls, milliseconds: Iterable[float]) -> "Times":
        """Median and 95th percentile by the nearest rank."""
        ordered = sorted(milliseconds)
        if not ordered:
            return cls(0, None, None)
        return cls(len(ordered), ordered[_rank(len(ordered), 0.5)], ordered[_rank(len(ordered), 0.95)])


@dataclass(frozen=True)
class Evaluation:
    """Questions about services, messages out of scope and turns of dialogues, each with its figures.

    `elsewhere` are questions about services of which there is no entry; they are in no figure.
    """

    asked: tuple[Outcome, ...]
    out_of_scope: tuple[Outcome, ...]
    turns: tuple[Outcome, ...]
    elsewhere: tuple[Outcome, ...] = ()

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """All messages."""
        return self.asked + self.out_of_scope + self.turns + self.elsewhere

    @cached_property
    def services(self) -> ServiceFigures:
        """Over all questions about a service."""
        return ServiceFigures.of(self.asked)

    @cached_property
    def scope(self) -> ScopeFigures:
        """Over all messages out of scope."""
        return ScopeFigures.of(self.out_of_scope)

    def by_language(self) -> dict[str, ServiceFigures]:
        """By language, the most frequent one first."""
        return {key: ServiceFigures.of(each) for key, each in _grouped(self.asked, lambda o: o.label.language).items()}

    def of_german(self, is_german: bool) -> ServiceFigures:
        """Over the German questions, or over all others."""
        return ServiceFigures.of([each for each in self.asked if each.label.is_german is is_german])

    def scope_by_kind(self) -> dict[str, ScopeFigures]:
        """By kind of message out of scope, the most frequent one first."""
        return {key: ScopeFigures.of(each) for key, each in _grouped(self.out_of_scope, lambda o: o.label.kind).items()}

    def scope_by_language(self) -> dict[str, ScopeFigures]:
        """By language, the most frequent one first."""
        return {key: ScopeFigures.of(each) for key, each in _grouped(self.out_of_scope, lambda o: o.label.language).items()}

    def by_service(self) -> dict[str, ServiceFigures]:
        """By the service that fits best, the worst one first."""
        found = {key: ServiceFigures.of(each) for key, each in _grouped(self.asked, lambda o: o.label.services[0]).items()}
        return dict(sorted(found.items(), key=lambda item: (item[1].first.value or 0.0, -item[1].first.total, item[0])))

    @property
    def macro_average(self) -> float | None:
        """The mean over services of the share of questions with the right service first."""
        shares = [figures.first.value or 0.0 for figures in self.by_service().values()]
        return fmean(shares) if shares else None

    @cached_property
    def calibration(self) -> Calibration:
        """Over single messages: in a dialogue a service is also answered because it was talked about before."""
        return Calibration.of(self.asked + self.out_of_scope)

    @property
    def times(self) -> Times:
        """Over all messages that were dealt with."""
        return Times.of(ms for each in self.outcomes if (ms := each.milliseconds) is not None)

    @cached_property
    def right_turns(self) -> Share:
        """Turns of dialogues that went as they should."""
        return Share.of(self.turns, lambda each: each.is_turn_right)

    @property
    def right_dialogues(self) -> Share:
        """Dialogues of which every turn went as it should."""
        dialogues = _grouped(self.turns, lambda each: each.label.dialogue or "")
        right = {id_: all(each.is_turn_right for each in turns) for id_, turns in dialogues.items()}
        return Share(tuple(id_ for id_ in right if right[id_]), tuple(id_ for id_ in right if not right[id_]))

    def confusions(self) -> Counter[tuple[str, str]]:
        """Pairs of the wanted and the wrong service; instead of one also `(none)` or what was done in brackets."""
        pairs = [(each.label.services[0], each.first or f"({each.way})") for each in self.asked if not each.is_first]
        pairs += [(NOTHING, each.answered[0]) for each in self.out_of_scope if each.answered]
        return Counter(pairs)

    def ways(self) -> Counter[str]:
        """How many messages were dealt with in which way."""
        return Counter(each.way for each in self.outcomes)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Messages that were not dealt with at all."""
        return tuple(each for each in self.outcomes if each.decision == ERROR)


def evaluate(labels: Iterable[Label], results: Iterable[Mapping[str, Any]], known: Collection[str]) -> Evaluation:
    """Put each label and its result together; `known` are the ids of the services that there are."""
    asked: list[Outcome] = []
    out_of_scope: list[Outcome] = []
    turns: list[Outcome] = []
    elsewhere: list[Outcome] = []
    for label, result in zip(labels, results, strict=True):
        if label.turn:
            group = turns
        elif not label.services:
            group = out_of_scope
        else:
            group = asked if set(label.services).intersection(known) else elsewhere
        group.append(Outcome(label, result))
    return Evaluation(tuple(asked), tuple(out_of_scope), tuple(turns), tuple(elsewhere))


def _grouped(outcomes: Iterable[Outcome], key: Callable[[Outcome], str]) -> dict[str, list[Outcome]]:
    groups: dict[str, list[Outcome]] = {}
    for each in outcomes:
        groups.setdefault(key(each), []).append(each)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))


def _rank(count: int, share: float) -> int:
    """Position of a percentile by the nearest rank."""
    return math.ceil(count * share) - 1
