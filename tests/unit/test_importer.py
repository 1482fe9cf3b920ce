"""Examples that Rasa copies and compares many times."""

import copy
import warnings
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def importer() -> ModuleType:
    """The importer's module; Rasa warns while it is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from bot.engine import importer as module
    return module


def test_a_copy_of_an_example_is_equal_and_has_features_of_its_own(importer: ModuleType) -> None:
    """What is added to the copy is not added to the example."""
    example = importer.Example({"text": "neuer pass", "intent": "ask_procedure", "metadata": {"subject": "reisepass"}})

    copied = copy.deepcopy(example)
    assert copied == example
    assert hash(copied) == hash(example)
    copied.set("entities", [])

    assert example.get("entities") is None
    assert copied != example


def test_an_example_is_known_by_all_that_it_says(importer: ModuleType) -> None:
    """The same text under another service is another example."""
    one = importer.Example({"text": "neuer pass", "metadata": {"subject": "reisepass"}})
    other = importer.Example({"text": "neuer pass", "metadata": {"subject": "kinderausweis"}})

    assert one != other
    before = one.fingerprint()
    one.set("text", "neuer pass")
    assert one.fingerprint() == before
    one.set("text", "alter pass")
    assert one.fingerprint() != before
