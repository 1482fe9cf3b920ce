"""Labelled messages: what a right understanding of each would be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.services import Aspect
from bot.domain.turns import Decision
from bot.errors import RathausboteError

GERMAN = frozenset({"de", "bar", "gsw", "nds"})
NO_LANGUAGE = "unknown"
NO_KIND = "unknown"


class LabelsInvalid(RathausboteError):
    """A label can't be used; the message names it."""

    code = "labels_invalid"


@dataclass(frozen=True, slots=True)
class Label:
    """What is right for one message: acceptable services, best first, and aspects; no services: out of scope.

    A turn of a dialogue has its number, from 1, and the id of its dialogue; `decisions` are the acceptable ones
    where the label names any.
    """

    id: str
    text: str
    language: str = NO_LANGUAGE
    services: tuple[str, ...] = ()
    aspects: frozenset[str] = frozenset()
    kind: str = NO_KIND
    decisions: frozenset[str] = frozenset()
    dialogue: str | None = None
    turn: int = 0

    @property
    def is_german(self) -> bool:
        """Whether it is German or one of its dialects, such as `de-bar`."""
        return self.language.split("-")[0] in GERMAN


def to_labels(lines: Iterable[Mapping[str, Any]]) -> list[Label]:
    """The labels of the objects of JSONL files, one a message, in the order in which they are asked."""
    labels: list[Label] = []
    for number, line in enumerate(lines, start=1):
        id_ = str(line.get("id", number))
        if "turns" not in line:
            labels.append(_to_label(line, id_=id_, text=line["text"]))
            continue
        labels += [
            _to_label(each, id_=f"{id_}/{turn}", text=each["user"], dialogue=id_, turn=turn)
            for turn, each in enumerate(line["turns"], start=1)
        ]
    return labels


def _to_label(content: Mapping[str, Any], *, id_: str, text: str, dialogue: str | None = None, turn: int = 0) -> Label:
    decision = content.get("decision") or []
    return Label(
        id=id_,
        text=text,
        language=content.get("lang") or NO_LANGUAGE,
        services=_read_names(content.get("services"), id_, "services"),
        aspects=frozenset(_read_names(content.get("aspects"), id_, "aspects", known=[each.value for each in Aspect])),
        kind=content.get("kind") or NO_KIND,
        decisions=frozenset(
            _read_names(
                [decision] if isinstance(decision, str) else decision,
                id_,
                "decision",
                known=[each.value for each in Decision],
            )
        ),
        dialogue=dialogue,
        turn=turn,
    )


def _read_names(value: object, id_: str, field: str, *, known: Iterable[str] | None = None) -> tuple[str, ...]:
    names = value or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise LabelsInvalid(f"{id_}: {field} must be a list of words")
    unknown = sorted(set(names).difference(known)) if known is not None else []
    if unknown:
        raise LabelsInvalid(f"{id_}: {field} has the unknown {', '.join(unknown)}")
    return tuple(names)
