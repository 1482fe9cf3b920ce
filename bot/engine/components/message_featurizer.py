"""What the classifiers see of a message: n-grams of characters and words, and its meaning, in one row."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack

from bot.engine.components.ngrams import NgramVectorizer
from bot.engine.encoder.sentence_encoder import Vectors, encode_all, load_encoder

ORIGIN = "MessageFeaturizer"


class RowFeatures(Features):
    """Rasa's features with a fingerprint that takes microseconds: of each example of a training it asks several times."""

    def fingerprint(self) -> str:
        """Hash over the numbers of the row."""
        return sha256(self.features.indices.tobytes() + self.features.data.tobytes()).hexdigest()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class MessageFeaturizer(GraphComponent):
    """Adds one sparse sentence feature to each message: n-grams first, then what the sentence vector says.

    Of the 384 numbers of the vector those directions are kept in which the examples differ most.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Weights of the parts beside character n-grams of 2 to 5, which count 1; measured in docs/understanding.md."""
        return {"words_weight": 0.5, "vector_weight": 0.7, "directions": 64}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._ngrams = [
            (NgramVectorizer("char_wb", 2, 5, min_count=2), 1.0),
            (NgramVectorizer("word", 1, 1), config["words_weight"]),
            (NgramVectorizer("word", 2, 2, min_count=2), config["words_weight"]),
        ]
        self._center: Vectors = np.zeros(0, dtype=np.float32)
        self._directions: Vectors = np.zeros((0, 0), dtype=np.float32)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageFeaturizer:
        """Make an untrained component."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the n-grams and the centre of all sentence vectors, which otherwise crowd on one side."""
        texts = _texts(training_data.training_examples)
        for vectorizer, _ in self._ngrams:
            vectorizer.fit(texts)
        vectors = encode_all(tuple(texts))
        self._center = vectors.mean(axis=0)
        centred = vectors - self._center
        _, directions = np.linalg.eigh(centred.T @ centred)  # in rising order
        scale = np.linalg.norm(centred, axis=1).mean()
        self._directions = np.ascontiguousarray(directions[:, : -self._config["directions"] - 1 : -1]) / scale
        self._persist()
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the features to all examples that have a text."""
        messages = [message for message in training_data.training_examples if message.get(TEXT)]
        texts = _texts(messages)
        self._add(messages, texts, encode_all(tuple(texts)))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the features to the messages of a turn."""
        written = [message for message in messages if message.get(TEXT)]
        texts = _texts(written)
        self._add(written, texts, load_encoder().encode(texts))
        return messages

    def _add(self, messages: list[Message], texts: list[str], vectors: Vectors) -> None:
        if not messages:
            return
        rows = self._rows(texts, vectors)
        for number, message in enumerate(messages):
            message.add_features(RowFeatures(rows[number], FEATURE_TYPE_SENTENCE, TEXT, ORIGIN))

    def _rows(self, texts: list[str], vectors: Vectors) -> csr_matrix:
        parts = [vectorizer.transform(texts) * weight for vectorizer, weight in self._ngrams]
        meaning = (vectors - self._center) @ self._directions * self._config["vector_weight"]
        return hstack([*parts, csr_matrix(meaning)], format="csr", dtype=np.float32)

    def _persist(self) -> None:
        content = [vectorizer.dump() for vectorizer, _ in self._ngrams]
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "ngrams.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
            np.savez(folder / "vectors.npz", center=self._center, directions=self._directions)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MessageFeaturizer:
        """Read a trained component."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            content = json.loads((folder / "ngrams.json").read_text(encoding="utf-8"))
            with np.load(folder / "vectors.npz", allow_pickle=False) as arrays:
                component._center, component._directions = arrays["center"], arrays["directions"]
        weights = [weight for _, weight in component._ngrams]
        component._ngrams = list(zip(map(NgramVectorizer.load, content), weights, strict=True))
        return component


def features_of(message: Message) -> csr_matrix:
    """The row that the featurizer made of a message, shape (1, features)."""
    return next(each.features for each in message.features if each.origin == ORIGIN)


def _texts(messages: list[Message]) -> list[str]:
    return [message.get(TEXT) for message in messages if message.get(TEXT)]
