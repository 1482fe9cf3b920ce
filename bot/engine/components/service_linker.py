"""Links a message to the service, referral or office it is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import vstack

from bot.engine.components.linear_model import LinearModel, Scores, to_probabilities
from bot.engine.components.message_featurizer import meaning_of, row_of
from bot.engine.components.nearest_examples import NearestExamples
from bot.engine.components.trained_component import TrainedComponent
from bot.engine.importer import NO_SUBJECT, SUBJECT
from bot.knowledge.keyword_search import KeywordSearch, office_search
from bot.knowledge.loader import shared_knowledge

RANKING = "subject_ranking"
LIKENESS = "likeness_to_intents"
RANKING_LENGTH = 12
LOOKED_AT = 24
ABOUT_ANYTHING = {"about": "anything"}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ServiceLinker(TrainedComponent, EntityExtractorMixin):
    """Sets `subject_ranking`: [{"subject", "score" 0..1}], best first, and the entities `service` and `office`.

    Also LIKENESS, for the classifier behind it: by intent the cosine to the nearest example of the likeliest subject.

    A subject is the id of a service, `referral:` with the id of a referral, or empty for a message about neither.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`threshold`: least score of an entity; `nearest_weight`: of the nearest example beside the linear model's score.

        `sharpness` turns scores into probabilities (docs/understanding.md).
        """
        return {
            "threshold": 0.4, "sharpness": 6.0, "regularisation": 1.0, "nearest_weight": 2.0, "data_dir": "data"
        }  # fmt: skip

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that must be installed."""
        return ["sklearn", "rapidfuzz"]

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._model: LinearModel | None = None
        self._nearest: NearestExamples | None = None
        self._offices: KeywordSearch | None = None

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every example that says what it is about, be it nothing.

        Where an intent's metadata say `about: anything`, its examples teach nothing here: who asks for a person or for
        the state of an own case may be about anything.
        """
        examples = [each for each in training_data.training_examples if each.get(TEXT) and not _is_about_anything(each)]
        subjects = [(example.get(METADATA) or {}).get(SUBJECT, NO_SUBJECT) for example in examples]
        features = vstack([row_of(example) for example in examples], format="csr")
        self._model = LinearModel.train(features, subjects, regularisation=self._config["regularisation"])
        meanings = np.stack([meaning_of(example) for example in examples])
        intents = [example.get(INTENT) or "" for example in examples]
        self._nearest = NearestExamples.train(meanings, subjects, intents, self._model.labels)
        return self._store()

    def process(self, messages: list[Message]) -> list[Message]:
        """Rank the subjects of each message and set the entities."""
        for message in messages:
            if message.get(TEXT):
                self._link(message, message.get(TEXT))
        return messages

    def _link(self, message: Message, text: str) -> None:
        assert self._model is not None
        assert self._nearest is not None
        probabilities = to_probabilities(self._scores(message), self._config["sharpness"])
        order = np.argsort(-probabilities)[:RANKING_LENGTH]
        ranking = [{"subject": self._model.labels[i], "score": round(float(probabilities[i]), 4)} for i in order]
        message.set(RANKING, ranking, add_to_output=True)
        message.set(LIKENESS, self._nearest.scores_of_kinds(meaning_of(message), order[0]))
        entities: list[dict[str, Any]] = []
        best = ranking[0]
        if best["subject"] and ":" not in best["subject"] and best["score"] >= self._config["threshold"]:
            entities.append(_entity("service", best["subject"], text, best["score"]))
        offices = self._office_search().find(text)
        if offices:
            entities.append(_entity("office", offices[0].id, text, offices[0].score / 100))
        found = [*message.get(ENTITIES, []), *self.add_extractor_name(entities)]
        message.set(ENTITIES, found, add_to_output=True)

    def _scores(self, message: Message) -> Scores:
        """The linear model's scores plus those of the nearest examples, which are looked for among the best labels only.

        The other labels get the least of them: that takes a sixth of the time and changes no order that matters.
        """
        assert self._model is not None
        assert self._nearest is not None
        scores = self._model.scores(row_of(message))
        best = np.argsort(-scores)[:LOOKED_AT]
        near = self._nearest.scores(meaning_of(message), best)
        bonus = np.full(len(scores), near.min(), dtype=np.float32)
        bonus[best] = near
        return np.asarray(scores + bonus * self._config["nearest_weight"], dtype=np.float32)

    def _office_search(self) -> KeywordSearch:
        if self._offices is None:
            knowledge = shared_knowledge(Path(self._config["data_dir"]).resolve())
            self._offices = office_search(knowledge.offices.values())
        return self._offices

    def _read(self, folder: Path) -> None:
        self._model = LinearModel.load(folder / "linker.npz")
        self._nearest = NearestExamples.load(folder / "nearest.npz")

    def _write(self, folder: Path) -> None:
        assert self._model is not None
        assert self._nearest is not None
        self._model.save(folder / "linker.npz")
        self._nearest.save(folder / "nearest.npz")


def _entity(kind: str, value: str, text: str, confidence: float) -> dict[str, Any]:
    return {
        "entity": kind,
        "value": value,
        "start": 0,
        "end": len(text),
        "confidence_entity": round(float(confidence), 4),
    }


def _is_about_anything(example: Message) -> bool:
    return (example.get(METADATA) or {}).get(INTENT) == ABOUT_ANYTHING
