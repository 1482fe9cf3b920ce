"""The same text is understood once."""

from collections.abc import Iterator

import pytest

from bot.engine.meanings import Meaning, Meanings


class Model:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def parse(self, texts: list[str]) -> Iterator[Meaning]:
        """A meaning for each text."""
        self.asked.append(texts)
        return ({"text": text, "intent": {"name": text.upper()}, "entities": []} for text in texts)


@pytest.fixture
def model() -> Model:
    """A model."""
    return Model()


def test_only_new_texts_are_parsed_and_those_in_one_run(model: Model) -> None:
    """Each text gets its own meaning, in the order asked, also where one stands twice."""
    meanings = Meanings(model.parse)
    meanings.find(["a", "b"])

    found = meanings.find(["c", "b", "d", "c"])

    assert [(each["text"], each["intent"]["name"]) for each in found] == [("c", "C"), ("b", "B"), ("d", "D"), ("c", "C")]
    assert model.asked == [["a", "b"], ["c", "d"]]
    assert meanings.find(["d"])[0]["text"] == "d"
    assert len(model.asked) == 2


def test_what_is_kept_is_not_changed_by_who_uses_it(model: Model) -> None:
    """Rasa adds entities to what it was given."""
    meanings = Meanings(model.parse)
    meanings.find(["a"])[0]["entities"].append({"entity": "x"})

    assert meanings.find(["a"])[0]["entities"] == []


def test_the_longest_unused_is_forgotten_and_no_text_is_kept(model: Model) -> None:
    """Memory has a bound, and what a citizen wrote is not in it."""
    meanings = Meanings(model.parse, kept=2)
    for text in ("geheim eins", "geheim zwei", "geheim eins", "geheim drei"):
        meanings.find([text])
    meanings.find(["geheim eins"])
    meanings.find(["geheim zwei"])

    assert model.asked == [["geheim eins"], ["geheim zwei"], ["geheim drei"], ["geheim zwei"]]
    assert "geheim" not in str(vars(meanings)["_kept"])


def test_odd_texts_have_meanings_too(model: Model) -> None:
    """Half of a surrogate pair can't be encoded."""
    assert Meanings(model.parse).find(["\ud83d", ""])[0]["text"] == "\ud83d"
