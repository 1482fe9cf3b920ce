"""Turns the editors' files into Rasa training data, so that a new service needs no training file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.domain.services import PublicService
from bot.knowledge.aspects import AspectWords
from bot.knowledge.knowledge import Knowledge
from bot.knowledge.loader import load_knowledge

SERVICE = "service"
NAME_SERVICE = "name_service"


class FaqImporter(RasaFileImporter):
    """Rasa's own files, and beside them the names, synonyms and example questions of data/faq/.

    Each such example carries the service's id in its metadata. A whole question also trains the intent (the aspect
    that its words name, else `name_service`); a mere name trains none.
    """

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(config_file, domain_path, training_data_paths)
        self._data_dir = Path(config_file or "config.yml").resolve().parent / "data"

    def get_nlu_data(self, language: str | None = "de") -> TrainingData:
        """The examples of data/nlu/ and of all services; raises KnowledgeError where nothing can be used."""
        knowledge = load_knowledge(self._data_dir)
        words = AspectWords.load(self._data_dir / "aspects.yml")
        examples = TrainingData([Message(data=example) for example in training_examples(knowledge, words)])
        return super().get_nlu_data(language).merge(examples)


def training_examples(knowledge: Knowledge, words: AspectWords) -> list[dict[str, Any]]:
    """All examples in the order of the files; each `{"text", "metadata": {"service"}}`, questions with "intent"."""
    return [example for service in knowledge.services.values() for example in _examples_of(service, words)]


def _examples_of(service: PublicService, words: AspectWords) -> list[dict[str, Any]]:
    names = {
        phrase
        for phrases in (service.name.values(), service.short_name.values(), *service.synonyms.values())
        for phrase in phrases
    }
    questions = [question for phrases in service.examples.values() for question in phrases]
    named = [{TEXT: name, METADATA: {SERVICE: service.id}} for name in sorted(names)]
    return named + [_example(service, question, _intent_of(question, words)) for question in questions]


def _intent_of(question: str, words: AspectWords) -> str:
    aspect = words.find_aspect(question)
    return aspect.intent if aspect else NAME_SERVICE


def _example(service: PublicService, text: str, intent: str) -> dict[str, Any]:
    return {TEXT: text, INTENT: intent, METADATA: {SERVICE: service.id}}
