"""Whether a confidence of 0.8 is right in eight of ten cases."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.evaluation.outcomes import Outcome

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Messages with a confidence from `low` to `high`; confidence and share of right ones are means over them."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Ten bins of equal width; empty ones are left out."""

    bins: tuple[Bin, ...] = ()

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> "Calibration":
        """The bins over all messages to which a service was answered, or that were asked back."""
        members: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
        for each in outcomes:
            if (confidence := each.confidence) is not None:
                position = min(max(int(confidence * BINS), 0), BINS - 1)
                members[position].append((confidence, each.is_first))
        return cls(tuple(_to_bin(position, bin_) for position, bin_ in enumerate(members) if bin_))

    @property
    def count(self) -> int:
        """Messages in all bins."""
        return sum(each.count for each in self.bins)

    @property
    def error(self) -> float | None:
        """Expected calibration error, 0..1: the mean distance between confidence and share of right ones."""
        if not self.bins:
            return None
        return sum(each.count * abs(each.right - each.confidence) for each in self.bins) / self.count


def _to_bin(position: int, members: list[tuple[float, bool]]) -> Bin:
    count = len(members)
    confidence = sum(confidence for confidence, _ in members) / count
    right = sum(is_right for _, is_right in members) / count
    return Bin(position / BINS, (position + 1) / BINS, count, confidence, right)
