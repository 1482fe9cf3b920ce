"""Turns the editors' files into Rasa training data, so that a new service needs no training file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.domain.services import PublicService
from bot.knowledge.knowledge import Knowledge
from bot.knowledge.loader import load_knowledge

SERVICE = "service"


class FaqImporter(RasaFileImporter):
    """Rasa's own files, and beside them the names, synonyms and example questions of data/faq/.

    Each such example carries the service's id in its metadata. A whole question also trains the intent, that of the
    aspect under which it stands; a mere name trains none.
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
        examples = TrainingData([Message(data=example) for example in training_examples(knowledge)])
        return super().get_nlu_data(language).merge(examples)


def training_examples(knowledge: Knowledge) -> list[dict[str, Any]]:
    """All examples in the order of the files; each `{"text", "metadata": {"service"}}`, questions with "intent"."""
    return [example for service in knowledge.services.values() for example in _examples_of(service)]


def _examples_of(service: PublicService) -> list[dict[str, Any]]:
    names = {
        phrase
        for phrases in (service.name.values(), service.short_name.values(), *service.synonyms.values())
        for phrase in phrases
    }
    about = {METADATA: {SERVICE: service.id}}
    named = [{TEXT: name, **about} for name in sorted(names)]
    return named + [{TEXT: each.text, INTENT: each.aspect.intent, **about} for each in service.examples]
