"""Links a message to the service, referral or office it is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import vstack

from bot.engine.components.linear_model import LinearModel, to_probabilities
from bot.engine.components.message_featurizer import features_of
from bot.engine.importer import NO_SUBJECT, SUBJECT
from bot.knowledge.keyword_search import KeywordSearch, office_search
from bot.knowledge.loader import load_knowledge

RANKING = "subject_ranking"
RANKING_LENGTH = 6
ABOUT_ANYTHING = frozenset({"ask_case_status", "request_human"})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ServiceLinker(GraphComponent, EntityExtractorMixin):
    """Sets `subject_ranking`: [{"subject", "score" 0..1}], best first, and the entities `service` and `office`.

    A subject is the id of a service, `referral:` with the id of a referral, or empty for a message about neither.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`threshold`: least score of an entity; `sharpness` turns scores into probabilities (docs/understanding.md)."""
        return {"threshold": 0.4, "sharpness": 6.0, "regularisation": 1.0, "data_dir": "data"}

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that must be installed."""
        return ["sklearn", "rapidfuzz"]

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model: LinearModel | None = None
        self._offices: KeywordSearch | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ServiceLinker:
        """Make an untrained component."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every example that says what it is about, be it nothing.

        Who asks for a person or for the state of an own case may be about anything: that teaches nothing here.
        """
        examples = [
            each
            for each in training_data.training_examples
            if each.get(TEXT) and (SUBJECT in (each.get(METADATA) or {}) or each.get(INTENT) not in ABOUT_ANYTHING)
        ]
        subjects = [(example.get(METADATA) or {}).get(SUBJECT, NO_SUBJECT) for example in examples]
        features = vstack([features_of(example) for example in examples], format="csr")
        self._model = LinearModel.train(features, subjects, regularisation=self._config["regularisation"])
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder / "linker.npz")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Rank the subjects of each message and set the entities."""
        for message in messages:
            if message.get(TEXT):
                self._link(message, message.get(TEXT))
        return messages

    def _link(self, message: Message, text: str) -> None:
        assert self._model is not None
        probabilities = to_probabilities(self._model.scores(features_of(message)), self._config["sharpness"])
        order = np.argsort(-probabilities)[:RANKING_LENGTH]
        ranking = [{"subject": self._model.labels[i], "score": round(float(probabilities[i]), 4)} for i in order]
        message.set(RANKING, ranking, add_to_output=True)
        entities: list[dict[str, Any]] = []
        best = ranking[0]
        if best["subject"] and ":" not in best["subject"] and best["score"] >= self._config["threshold"]:
            entities.append(_entity("service", best["subject"], text, best["score"]))
        offices = self._office_search().find(text)
        if offices:
            entities.append(_entity("office", offices[0].id, text, offices[0].score / 100))
        found = [*message.get(ENTITIES, []), *self.add_extractor_name(entities)]
        message.set(ENTITIES, found, add_to_output=True)

    def _office_search(self) -> KeywordSearch:
        if self._offices is None:
            knowledge = load_knowledge(Path(self._config["data_dir"]).resolve())
            self._offices = office_search(knowledge.offices.values())
        return self._offices

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ServiceLinker:
        """Read a trained component."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._model = LinearModel.load(folder / "linker.npz")
        return component


def _entity(kind: str, value: str, text: str, confidence: float) -> dict[str, Any]:
    return {
        "entity": kind,
        "value": value,
        "start": 0,
        "end": len(text),
        "confidence_entity": round(float(confidence), 4),
    }
