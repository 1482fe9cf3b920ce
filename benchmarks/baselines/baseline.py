"""What every baseline can do, and how its ranking becomes an object like that of `rathausbote ask`."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from benchmarks.baselines.examples import NONE, Examples

OFFERED = 3
RANKED = 10
Scores = npt.NDArray[np.float32]
Ranking = Sequence[tuple[str, float]]


class Baseline(Protocol):
    """Understands texts. `explanation` says what it is and when it answers, `seconds` how long it took to train.

    `has_confidence`: its scores are of 0..1 and can be compared with shares.
    """

    name: str
    explanation: str
    has_confidence: bool
    seconds: float

    def ask(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """An object a text."""


class NearestExample:
    """Ranks services by the best score of any of their examples, and answers from `threshold` on."""

    name: str
    explanation: str
    has_confidence: bool
    threshold: float

    def __init__(self, examples: Examples) -> None:
        started = time.perf_counter()
        self._names = sorted(set(examples.labels))
        numbers = {name: number for number, name in enumerate(self._names)}
        self._numbers = np.array([numbers[label] for label in examples.labels])
        self._learn(examples)
        self.seconds = time.perf_counter() - started

    def ask(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """An object a text, each timed by itself."""
        return [self._ask(text) for text in texts]

    def _ask(self, text: str) -> dict[str, Any]:
        started = time.perf_counter()
        ranking = self._rank(text)
        milliseconds = 1000 * (time.perf_counter() - started)
        accepted = bool(ranking) and ranking[0][1] >= self.threshold
        return to_result(ranking, is_answered=accepted, milliseconds=milliseconds)

    def _rank(self, text: str) -> Ranking:
        best = np.zeros(len(self._names), dtype=np.float32)
        np.maximum.at(best, self._numbers, self._score(text))
        order = np.argsort(-best, kind="stable")[:RANKED]
        return [(self._names[position], float(best[position])) for position in order if best[position] > 0]

    def _learn(self, examples: Examples) -> None:
        raise NotImplementedError

    def _score(self, text: str) -> Scores:
        """A score for each example; 0 or less: nothing in common."""
        raise NotImplementedError


def to_result(ranking: Ranking, *, is_answered: bool, milliseconds: float) -> dict[str, Any]:
    """The object of a message; where `none` comes first, nothing is answered. The best three count as its buttons."""
    services = [(name, score) for name, score in ranking if name != NONE]
    first = ranking[0] if ranking else (NONE, 0.0)
    is_answered = is_answered and first[0] != NONE
    candidates: list[Mapping[str, object]] = [{"service": name, "score": score} for name, score in services]
    return {
        "decision": "answer" if is_answered else "fallback",
        "aspect": None,
        "service": first[0] if is_answered else None,
        "confidence": first[1],
        "candidates": candidates,
        "options": [name for name, _ in services[:OFFERED]],
        "ms": round(milliseconds, 2),
    }
