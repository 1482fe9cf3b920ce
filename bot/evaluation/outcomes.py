"""What came of one labelled message, and whether it was right."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.referrals import REFERRAL_PREFIX
from bot.domain.turns import Decision
from bot.evaluation.labels import Label

ERROR = "error"
REFERRAL = "referral"
OFFICE = "answer of an office"
GUESSING = (Decision.CLARIFY, Decision.FALLBACK)
INSTEAD_OF_AN_ANSWER = frozenset({Decision.HANDOFF.value, Decision.CLARIFY.value})


@dataclass(frozen=True, slots=True)
class Outcome:
    """A label and the object that `rathausbote ask --jsonl` gives for its message."""

    label: Label
    result: Mapping[str, Any]

    @property
    def decision(self) -> str:
        """How the message was dealt with, `error` where it was not."""
        return str(self.result.get("decision", ERROR))

    @property
    def answered(self) -> tuple[str, ...]:
        """Services that were answered, first one first; an office's answer or a referral is none of a service."""
        if self.decision != Decision.ANSWER:
            return ()
        services = self.result.get("services") or [self.result.get("service")]
        return tuple(each for each in services if each and not each.startswith(REFERRAL_PREFIX))

    @property
    def way(self) -> str:
        """The decision, or `referral` to somebody else, or `answer of an office`."""
        if self.result.get("referral"):
            return REFERRAL
        return OFFICE if self.decision == Decision.ANSWER and not self.answered else self.decision

    @property
    def offered(self) -> frozenset[str]:
        """Services among the buttons."""
        return frozenset(self.result.get("options") or [])

    @property
    def first(self) -> str | None:
        """The answered service, or the best candidate where it was asked back or no answer found.

        None where the citizen was sent to another authority, whatever the candidates were.
        """
        if self.way not in GUESSING:
            return self.answered[0] if self.answered else None
        candidates = self.result.get("candidates") or []
        return candidates[0]["service"] if candidates else next(iter(self.result.get("options") or []), None)

    @property
    def confidence(self) -> float | None:
        """0..1 where a service was answered or asked for, else None."""
        if not self.answered and self.decision != Decision.CLARIFY:
            return None
        value = self.result.get("confidence")
        return None if value is None else float(value)

    @property
    def milliseconds(self) -> float | None:
        """Time of the turn, None where it failed."""
        return None if self.decision == ERROR else self.result.get("ms")

    @property
    def is_first(self) -> bool:
        """Whether the right service came first."""
        return self.first in self.label.services

    @property
    def is_among(self) -> bool:
        """Whether the right service came first, was answered too, or stood among the buttons."""
        return self.is_first or bool(self.offered.union(self.answered).intersection(self.label.services))

    @property
    def is_answered_right(self) -> bool:
        """Whether the right service was answered without asking back."""
        return bool(self.answered) and self.is_first

    @property
    def is_answered_wrong(self) -> bool:
        """Whether services were answered and none was right; out of scope every one is wrong."""
        return bool(self.answered) and not set(self.answered).intersection(self.label.services)

    @property
    def is_asked_back(self) -> bool:
        """Whether choices were given instead of an answer."""
        return self.decision == Decision.CLARIFY

    @property
    def is_aspect_right(self) -> bool:
        """Whether an acceptable aspect was answered; a label without aspects accepts each."""
        aspects = self.result.get("aspects") or [self.result.get("aspect")]
        return not self.label.aspects or bool(self.label.aspects.intersection(aspects))

    @property
    def is_turn_right(self) -> bool:
        """Whether a turn of a dialogue went as its label wants it."""
        if not self._is_decision_right:
            return False
        if self.decision == Decision.ANSWER and self.label.services:
            return self.is_answered_right and self.is_aspect_right
        return self.decision != Decision.CLARIFY or not self.label.services or self.is_among_buttons

    @property
    def is_among_buttons(self) -> bool:
        """Whether an acceptable service can be chosen."""
        return bool(self.offered.intersection(self.label.services))

    @property
    def _is_decision_right(self) -> bool:
        wanted = self.label.decisions
        if not wanted and not self.label.services:
            return self.decision != ERROR and not self.answered
        if not wanted:
            return self.decision == Decision.ANSWER or (self.decision == Decision.CLARIFY and len(self.label.services) > 1)
        if Decision.FALLBACK in wanted and not self.label.services:
            wanted |= INSTEAD_OF_AN_ANSWER
        return self.decision in wanted


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many messages, by their ids."""

    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()

    @classmethod
    def of(cls, outcomes: Iterable[Outcome], is_so: Callable[[Outcome], bool]) -> "Share":
        """The share of those for which it is so."""
        yes: list[str] = []
        no: list[str] = []
        for each in outcomes:
            (yes if is_so(each) else no).append(each.label.id)
        return cls(tuple(yes), tuple(no))

    @property
    def count(self) -> int:
        """For how many it is so."""
        return len(self.yes)

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.yes) + len(self.no)

    @property
    def value(self) -> float | None:
        """0..1, or None of nothing."""
        return self.count / self.total if self.total else None

    def __str__(self) -> str:
        return f"{self.count}/{self.total} = {to_percent(self.value)}" if self.total else "none of this kind"


def to_percent(value: float | None) -> str:
    """`92.8 %`, or a dash where there is nothing."""
    return "–" if value is None else f"{100 * value:.1f} %"
