"""The town's standard sentences as the bot reads them from domain.yml."""

from pathlib import Path

import pytest

from bot.domain.messages import Button
from bot.errors import KnowledgeError
from bot.knowledge.responses import DomainResponses

DOMAIN = """
version: "3.1"
responses:
  utter_greet:
  - condition:
    - {type: slot, name: language, value: en}
    text: "Hello {name}"
  - text: "Guten Tag {name}"
    buttons:
    - title: "Ausweis"
      payload: '/name_service{{"service": "personalausweis"}}'
  utter_only_german:
  - text: "Nur Deutsch"
  utter_only_english:
  - condition:
    - {type: slot, name: language, value: en}
    text: "English only"
"""


@pytest.fixture
def responses(tmp_path: Path) -> DomainResponses:
    """Three responses."""
    (tmp_path / "domain.yml").write_text(DOMAIN, encoding="utf-8")
    return DomainResponses.load(tmp_path / "domain.yml")


def test_a_language_has_its_own_words(responses: DomainResponses) -> None:
    """A variation with the condition of a language is that language's text."""
    assert responses.text("utter_greet", "en", name="Ada") == "Hello Ada"
    assert responses.text("utter_greet", "de", name="Ada") == "Guten Tag Ada"


@pytest.mark.parametrize("language", ["de", "en", "tr", ""])
def test_german_stands_in_for_a_language_without_words(responses: DomainResponses, language: str) -> None:
    """Nobody gets nothing because a translation is missing."""
    assert responses.text("utter_only_german", language) == "Nur Deutsch"


def test_doubled_braces_become_one(responses: DomainResponses) -> None:
    """Payloads are written as Rasa wants them and come out as what Rasa reads."""
    reply = responses.reply("utter_greet", "de", name="Ada")

    assert reply.buttons == (Button("Ausweis", '/name_service{"service": "personalausweis"}'),)


def test_a_value_with_braces_stays_as_it_is(responses: DomainResponses) -> None:
    """What is filled in is never read as a template."""
    assert responses.text("utter_greet", "de", name="{service}") == "Guten Tag {service}"


def test_mistakes_of_the_caller_are_loud(responses: DomainResponses) -> None:
    """An unknown key, a missing value and a response without a German text are errors, not empty messages."""
    for call in (
        lambda: responses.reply("utter_unknown", "de"),
        lambda: responses.reply("utter_greet", "de"),
        lambda: responses.reply("utter_only_english", "de"),
    ):
        with pytest.raises(KeyError):
            call()


def test_a_domain_without_responses_is_named(tmp_path: Path) -> None:
    """The operator reads which file lacks what."""
    (tmp_path / "domain.yml").write_text("intents: []\n", encoding="utf-8")

    with pytest.raises(KnowledgeError, match=r"domain\.yml:1: missing: .*responses"):
        DomainResponses.load(tmp_path / "domain.yml")
