"""Accuracy figures for a labelled file of questions."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

ANSWERING = ("answer", "clarify")
FIRST = 3


@dataclass(slots=True)
class Score:
    """Counts over questions that a service of the knowledge should answer, and over those that none should."""

    in_scope: int = 0
    answered_right: int = 0
    answered_wrong: int = 0
    aspect_right: int = 0
    asked_back_right: int = 0
    among_first: int = 0
    unknown_service: int = 0
    out_of_scope: int = 0
    refused: int = 0
    decisions: Counter[str] = field(default_factory=Counter)

    def add(self, label: Mapping[str, Any], result: Mapping[str, Any], known: Iterable[str]) -> None:
        """Count one question: `services` and `aspects` of the label are acceptable ones."""
        self.decisions[result.get("decision", "error")] += 1
        wanted = set(label.get("services") or [])
        if not wanted:
            self.out_of_scope += 1
            self.refused += result.get("decision") not in ANSWERING
        elif not wanted.intersection(known):
            self.unknown_service += 1
        else:
            self._add_in_scope(wanted, set(label.get("aspects") or []), result)

    def _add_in_scope(self, wanted: set[str], aspects: set[str], result: Mapping[str, Any]) -> None:
        self.in_scope += 1
        decision = result.get("decision")
        right = result.get("service") in wanted
        self.answered_right += decision == "answer" and right
        self.answered_wrong += decision == "answer" and not right
        self.aspect_right += decision == "answer" and right and (not aspects or result.get("aspect") in aspects)
        self.asked_back_right += decision == "clarify" and bool(wanted.intersection(result.get("options", [])))
        first = [each["service"] for each in result.get("candidates", [])[:FIRST]]
        self.among_first += bool(wanted.intersection(first)) or right

    def to_lines(self) -> list[str]:
        """The figures, a line each."""
        return [
            f"questions about a known service  {self.in_scope}",
            f"  right service answered         {_share(self.answered_right, self.in_scope)}",
            f"  right service and aspect       {_share(self.aspect_right, self.in_scope)}",
            f"  asked back with the right one  {_share(self.asked_back_right, self.in_scope)}",
            f"  right one among the first {FIRST}    {_share(self.among_first, self.in_scope)}",
            f"  wrong service answered         {_share(self.answered_wrong, self.in_scope)}",
            f"questions about other services   {self.unknown_service} (no entry in data/faq, not counted above)",
            f"questions out of scope           {self.out_of_scope}",
            f"  not answered by an entry       {_share(self.refused, self.out_of_scope)}",
            f"decisions                        {dict(self.decisions.most_common())}",
        ]


def _share(count: int, total: int) -> str:
    return f"{count}/{total} = {100 * count / total:.1f} %" if total else "no such question"
