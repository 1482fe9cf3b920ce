"""Links a message to the service or office it is about: trained classifier, nearest example and keywords together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.engine.components.sentence_encoder import Vectors, encode
from bot.engine.components.vocabulary import dump_vectorizer, load_vectorizer
from bot.engine.importer import SERVICE
from bot.knowledge.keyword_search import Hit, KeywordSearch, office_search, service_search
from bot.knowledge.loader import load_knowledge
from bot.knowledge.text import fold

NO_SERVICE = ""
RANKING = "service_ranking"
RANKING_LENGTH = 5
CERTAIN_KEYWORD = 90.0
UNLIKE = 0.5


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ServiceLinker(GraphComponent, EntityExtractorMixin):
    """Sets the entities `service` and `office`, and `service_ranking`: [{"service", "score" 0..1}], best first."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`threshold`: least score of an entity; the weights of the three signals add up to 1.

        A service of which no example is as similar (cosine) as `least_similarity` and no keyword is found counts half.
        """
        return {
            "threshold": 0.45,
            "classifier_weight": 0.7,
            "nearest_weight": 0.1,
            "keyword_weight": 0.2,
            "least_similarity": 0.5,
            "regularisation": 20.0,
            "data_dir": "data",
        }

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that must be installed."""
        return ["sklearn", "rapidfuzz"]

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._labels: list[str] = []
        self._vectorizer: TfidfVectorizer | None = None
        self._weights: Vectors = np.zeros((0, 0), dtype=np.float32)
        self._intercepts: Vectors = np.zeros(0, dtype=np.float32)
        self._examples: Vectors = np.zeros((0, 0), dtype=np.float32)
        self._example_labels: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._services: KeywordSearch | None = None
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
        """Learn from every example: those with a service in their metadata, the others as being about none."""
        examples = [each for each in training_data.training_examples if each.get(TEXT) and self._teaches(each)]
        texts = [example.get(TEXT) for example in examples]
        services = [(example.get(METADATA) or {}).get(SERVICE, NO_SERVICE) for example in examples]
        self._labels = sorted(set(services))
        self._vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)
        lexical = self._vectorizer.fit_transform([fold(text) for text in texts])
        self._examples = encode(texts)
        features = hstack([lexical, csr_matrix(self._examples)]).tocsr()
        model = LogisticRegression(
            C=self._config["regularisation"], solver="liblinear", class_weight="balanced", random_state=0
        ).fit(features, services)
        self._weights, self._intercepts = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
        self._example_labels = np.array([self._labels.index(service) for service in services])
        self._persist()
        return self._resource

    def _teaches(self, example: Message) -> bool:
        """Rasa's own examples stand for `about no service`, unless they name one all the same."""
        if (example.get(METADATA) or {}).get(SERVICE):
            return True
        services, _ = self._searches()
        return not any(hit.score >= CERTAIN_KEYWORD for hit in services.find(example.get(TEXT)))

    def process(self, messages: list[Message]) -> list[Message]:
        """Rank the services for each message and set the entities that reach the threshold."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                self._link(message, text)
        return messages

    def _link(self, message: Message, text: str) -> None:
        services, offices = self._searches()
        hits = services.find(text)
        scores = self.score(text, hits)
        order = np.argsort(-scores)[:RANKING_LENGTH]
        ranking = [{"service": self._labels[i], "score": round(float(scores[i]), 4)} for i in order]
        message.set(RANKING, ranking, add_to_output=True)
        entities = list(message.get(ENTITIES, []))
        best = ranking[0]
        if best["service"] != NO_SERVICE and best["score"] >= self._config["threshold"]:
            entities.append(_entity("service", best["service"], text, best["score"]))
        office_hits = offices.find(text)
        if office_hits:
            entities.append(_entity("office", office_hits[0].id, text, office_hits[0].score / 100))
        message.set(ENTITIES, self.add_extractor_name(entities), add_to_output=True)

    def score(self, text: str, hits: list[Hit]) -> Vectors:
        """Score 0..1 of each label for a text; `hits` are the keywords found in it."""
        vector = encode([text])[0]
        assert self._vectorizer is not None
        lexical = self._vectorizer.transform([fold(text)]).toarray()[0]
        logits = self._weights @ np.concatenate([lexical.astype(np.float32), vector]) + self._intercepts
        classifier = 1 / (1 + np.exp(-logits))
        classifier /= classifier.sum()
        nearest = np.zeros(len(self._labels), dtype=np.float32)
        np.maximum.at(nearest, self._example_labels, np.clip(self._examples @ vector, 0, 1))
        keyword = np.zeros(len(self._labels), dtype=np.float32)
        for hit in hits:
            if hit.id in self._labels:
                keyword[self._labels.index(hit.id)] = hit.score / 100
        if not hits:
            keyword[self._labels.index(NO_SERVICE)] = 0.5
        config = self._config
        combined = (
            config["classifier_weight"] * classifier
            + config["nearest_weight"] * nearest
            + config["keyword_weight"] * keyword
        )
        unlike = (nearest < config["least_similarity"]) & (keyword == 0)
        return np.where(unlike, combined * UNLIKE, combined).astype(np.float32)

    def _searches(self) -> tuple[KeywordSearch, KeywordSearch]:
        if self._services is None or self._offices is None:
            knowledge = load_knowledge(Path(self._config["data_dir"]).resolve())
            self._services = service_search(knowledge.services.values())
            self._offices = office_search(knowledge.offices.values())
        return self._services, self._offices

    def _persist(self) -> None:
        assert self._vectorizer is not None
        with self._model_storage.write_to(self._resource) as folder:
            np.savez(
                folder / "linker.npz",
                weights=self._weights,
                intercepts=self._intercepts,
                examples=self._examples,
                example_labels=self._example_labels,
            )
            content = {"labels": self._labels, "vectorizer": dump_vectorizer(self._vectorizer)}
            (folder / "linker.json").write_text(json.dumps(content), encoding="utf-8")

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
            content = json.loads((folder / "linker.json").read_text(encoding="utf-8"))
            with np.load(folder / "linker.npz", allow_pickle=False) as arrays:
                component._weights, component._intercepts = arrays["weights"], arrays["intercepts"]
                component._examples, component._example_labels = arrays["examples"], arrays["example_labels"]
        component._labels = content["labels"]
        component._vectorizer = load_vectorizer(content["vectorizer"])
        return component


def _entity(kind: str, value: str, text: str, confidence: float) -> dict[str, Any]:
    return {
        "entity": kind,
        "value": value,
        "start": 0,
        "end": len(text),
        "confidence_entity": round(float(confidence), 4),
    }
