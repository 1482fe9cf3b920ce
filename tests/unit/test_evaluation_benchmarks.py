"""The tables of `make evaluate` and what the baselines learn and answer, without an engine."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.baselines.baseline import NearestExample, Scores, to_result
from benchmarks.baselines.examples import NONE, Examples, load_examples
from benchmarks.documents import END, Place
from benchmarks.labelled_sets import LabelledSet, entries_set
from benchmarks.tables import Column, to_table
from bot.evaluation import figures
from bot.evaluation.evaluation import evaluate
from bot.knowledge.loader import load_knowledge
from tests.engine_process import PROJECT_DIR

LABELLED = LabelledSet(
    "own",
    "The project's own questions",
    (
        {"id": "q1", "text": "a", "lang": "de", "services": ["kita"], "aspects": ["fee"]},
        {"id": "o1", "text": "b", "lang": "de", "services": [], "kind": "nonsense"},
    ),
)


class SharedLetters(NearestExample):
    """Scores by the share of letters in common."""

    name = "letters"
    explanation = "letters in common"
    has_confidence = True
    threshold = 0.5

    def _learn(self, examples: Examples) -> None:
        self._sets = [set(text) for text in examples.texts]

    def _score(self, text: str) -> Scores:
        return np.array([len(each & set(text)) / len(each | set(text)) for each in self._sets], dtype=np.float32)


def test_the_best_example_decides_and_none_refuses() -> None:
    """An answer from the threshold on; below, and where `none` is nearest, a fallback with the ranking of services."""
    examples = Examples(("abc", "xyz", "xy", "klm"), ("kita", "hund", "hund", NONE))
    right, none, weak, nothing = SharedLetters(examples).ask(["abcd", "klm", "azz", "qqq"])

    assert (right["decision"], right["service"], right["confidence"]) == ("answer", "kita", 0.75)
    assert (none["decision"], none["service"], none["options"]) == ("fallback", None, [])
    assert (weak["decision"], [each["service"] for each in weak["candidates"]]) == ("fallback", ["hund", "kita"])
    assert (nothing["decision"], nothing["candidates"]) == ("fallback", [])


def test_the_best_three_services_count_as_buttons() -> None:
    """`none` is no button."""
    ranking = [("a", 0.9), (NONE, 0.8), ("b", 0.7), ("c", 0.6), ("d", 0.5)]

    assert to_result(ranking, is_answered=True, milliseconds=1.0)["options"] == ["a", "b", "c"]


def test_baselines_learn_what_the_editors_wrote_and_never_a_test() -> None:
    """Names, synonyms and examples of every service, and what is out of scope as `none`."""
    knowledge = load_knowledge(PROJECT_DIR / "data")
    examples = load_examples(knowledge, PROJECT_DIR / "data" / "nlu")
    service = next(each for each in knowledge.services.values() if each.tests and each.examples)
    written = {*service.name.values(), *service.short_name.values(), *(each.text for each in service.examples)}
    written.update(phrase for phrases in service.synonyms.values() for phrase in phrases)
    learnt = {text for text, label in zip(examples.texts, examples.labels, strict=True) if label == service.id}

    assert set(examples.labels) == {*knowledge.services, NONE}
    assert learnt == {" ".join(text.split()) for text in written}
    assert "wie wird das wetter morgen" in examples.texts


def test_the_tests_of_the_entries_become_labels() -> None:
    """Service, aspect and language as they stand in the file."""
    knowledge = load_knowledge(PROJECT_DIR / "data")
    labels = entries_set(knowledge).labels
    service = next(each for each in knowledge.services.values() if each.tests)

    label = next(each for each in labels if each.id == f"{service.id}#1")
    assert (label.services, label.text) == ((service.id,), service.tests[0].text)
    assert label.aspects == {service.tests[0].aspect.value}


def test_a_table_shows_goals_and_leaves_out_what_can_not_be_asked() -> None:
    """Bold where the goal is reached, a dash where there is no figure."""
    results = [
        {"decision": "answer", "service": "kita", "aspect": "fee", "confidence": 1.0, "ms": 5.0},
        {"decision": "answer", "service": "kita", "aspect": "fee", "confidence": 0.5, "ms": 5.0},
    ]
    evaluation = evaluate(LABELLED.labels, results, {"kita"})
    columns = [Column("Rathausbote", evaluation, 60.0), Column("other", evaluation, 120.0, frozenset({figures.ASPECT}))]

    text = to_table(LABELLED, columns)

    assert "1 questions, 1 messages out of scope.\n" in text
    assert "| right service first, German | ≥ 92 % | **100.0 %** | **100.0 %** |" in text
    assert "| right aspect, where the service was answered right | ≥ 90 % | **100.0 %** | – |" in text
    assert "| out of scope answered with an entry | ≤ 3 % | 100.0 % | 100.0 % |" in text
    assert "| expected calibration error | ≤ 0.05 | 0.250 | 0.250 |" in text
    assert "| understanding, median / 95 % | ≤ 12 / 25 ms | **5.0 / 5.0 ms** |" in text
    assert "| training from nothing | ≤ 90 s | **60 s** | 120 s |" in text


def test_only_what_stands_between_the_marks_is_replaced(tmp_path: Path) -> None:
    """The text around the tables stays; a document without marks is refused and stays as it is."""
    document = tmp_path / "understanding.md"
    place = Place(document, "make evaluate")
    begin = "<!-- figures: `make evaluate` -->"
    document.write_text(f"before\n{begin}\nold\n{END}\nafter\n{END}\n", encoding="utf-8")

    place.check()
    place.write("new")

    assert document.read_text(encoding="utf-8") == f"before\n{begin}\nnew\n{END}\nafter\n{END}\n"
    document.write_text("nothing", encoding="utf-8")
    with pytest.raises(SystemExit, match="needs these two lines"):
        place.check()
    assert document.read_text(encoding="utf-8") == "nothing"
