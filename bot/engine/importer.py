"""Turns the editors' files into Rasa training data, so that a new service needs no training file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.domain.referrals import Referral
from bot.domain.services import LocalizedText, PublicService
from bot.knowledge.knowledge import Knowledge
from bot.knowledge.loader import load_knowledge

SUBJECT = "subject"
NO_SUBJECT = ""
LANGUAGE = "language"
NAME_INTENT = "name_service"
OUT_OF_SCOPE = "out_of_scope"


class Example(Message):
    """A message that is cheap to copy and to compare: Rasa does both with each example some thirty times.

    Its text, intent and metadata are never changed; a copy gets features of its own.
    """

    def set(self, prop: str, info: Any, add_to_output: bool = False) -> None:
        """Set a property; what it has already does not make its fingerprint unknown."""
        if add_to_output or self.data.get(prop) != info:
            super().set(prop, info, add_to_output)

    def __deepcopy__(self, memo: dict[int, Any]) -> Example:
        """A copy that shares what is never changed."""
        copied = Example(self.data, set(self.output_properties), self.time, list(self.features))
        copied._cached_fingerprint = self._cached_fingerprint
        return copied


class FaqImporter(RasaFileImporter):
    """Rasa's own files, and beside them the names, synonyms and example questions of data/faq/ and data/referrals/.

    The metadata of such an example say what it is about (SUBJECT) and in which language it is (LANGUAGE). A question
    also trains the intent, that of the aspect under which it stands.
    """

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(config_file, domain_path, training_data_paths)
        self._nlu_data: TrainingData | None = None
        self._domain_path = Path(domain_path or "domain.yml")
        self._data_dir = Path(config_file or "config.yml").resolve().parent / "data"

    def get_domain(self) -> Domain:
        """The domain with the sentences of one language, which is what Rasa's own tools show.

        A model is read faster without the others; the engine takes all sentences from today's file.
        """
        domain = yaml.load(self._domain_path.read_bytes(), Loader=yaml.CSafeLoader)
        domain["responses"] = {
            name: [each for each in variations if "condition" not in each]
            for name, variations in domain["responses"].items()
        }
        return Domain.from_dict(domain)

    def get_nlu_data(self, language: str | None = "de") -> TrainingData:
        """The examples of data/nlu/ and of the editors' files; raises KnowledgeError where nothing can be used.

        Rasa asks several times for the same; it is made once.
        """
        if self._nlu_data is None:
            written = super().get_nlu_data(language)
            examples = [message.data for message in written.training_examples]
            examples += training_examples(load_knowledge(self._data_dir))
            self._nlu_data = TrainingData(
                [Example(data) for data in examples],
                written.entity_synonyms, written.regex_features, written.lookup_tables, written.responses,
            )  # fmt: skip
        return self._nlu_data


def training_examples(knowledge: Knowledge) -> list[dict[str, Any]]:
    """All examples in the order of the files, each as the data of a Rasa message."""
    services = [example for service in knowledge.services.values() for example in _examples_of_service(service)]
    referrals = [example for referral in knowledge.referrals.values() for example in _examples_of_referral(referral)]
    return services + referrals


def _examples_of_service(service: PublicService) -> list[dict[str, Any]]:
    named = [
        _to_example(name, NAME_INTENT, service.id, language)
        for names in (_to_phrases(service.name), _to_phrases(service.short_name), service.synonyms)
        for language, phrases in names.items()
        for name in phrases
    ]
    return named + [_to_example(each.text, each.aspect.intent, service.id, each.language) for each in service.examples]


def _examples_of_referral(referral: Referral) -> list[dict[str, Any]]:
    return [
        _to_example(text, OUT_OF_SCOPE, referral.subject, language)
        for texts in (_to_phrases(referral.name), referral.synonyms, referral.examples)
        for language, phrases in texts.items()
        for text in phrases
    ]


def _to_phrases(text: LocalizedText) -> Mapping[str, tuple[str, ...]]:
    """A text by language as phrases by language."""
    return {language: (phrase,) for language, phrase in text.items()}


def _to_example(text: str, intent: str, subject: str, language: str) -> dict[str, Any]:
    return {TEXT: text, INTENT: intent, METADATA: {SUBJECT: subject, LANGUAGE: language}}
