"""Reading labels from the lines of JSONL files."""

from typing import Any

import pytest

from bot.evaluation.labels import Label, LabelsInvalid, to_labels


def test_questions_and_dialogues_give_a_label_a_message_in_order() -> None:
    """Single questions and dialogues may be mixed; a turn has an id of its own."""
    labels = to_labels(
        [
            {"id": "q1", "text": "a", "lang": "tr", "services": ["kita", "hund"], "aspects": ["fee"]},
            {"text": "b", "kind": "nonsense"},
            {"id": "d1", "turns": [{"user": "c", "services": ["kita"]}, {"user": "d", "decision": "smalltalk"}]},
        ]
    )

    assert labels == [
        Label("q1", "a", "tr", ("kita", "hund"), frozenset({"fee"})),
        Label("2", "b", kind="nonsense"),
        Label("d1/1", "c", services=("kita",), dialogue="d1", turn=1),
        Label("d1/2", "d", decisions=frozenset({"smalltalk"}), dialogue="d1", turn=2),
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"services": "kita"}, "q1: services must be a list"),
        ({"services": [1]}, "q1: services must be a list"),
        ({"aspects": ["price"]}, "q1: aspects has the unknown price"),
        ({"decision": "refuse"}, "q1: decision has the unknown refuse"),
    ],
)
def test_a_label_that_could_never_be_met_is_named(fields: dict[str, Any], words: str) -> None:
    """A mistyped aspect would count as a mistake of the assistant for ever."""
    with pytest.raises(LabelsInvalid, match=words):
        to_labels([{"id": "q1", "text": "a", **fields}])


def test_several_decisions_may_be_acceptable() -> None:
    """A list where one word would be too narrow."""
    (label,) = to_labels([{"turns": [{"user": "a", "decision": ["smalltalk", "handoff"]}]}])

    assert label.decisions == {"smalltalk", "handoff"}
