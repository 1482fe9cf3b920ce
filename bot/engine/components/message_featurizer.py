"""What the classifiers see of a message: n-grams of characters and words, and its meaning, in one row."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack

from bot.engine.components.ngrams import NgramVectorizer
from bot.engine.components.trained_component import TrainedComponent
from bot.engine.encoder.sentence_encoder import Vectors, encode_all, load_encoder

ROW = "MessageFeaturizer.row"
MEANING = "MessageFeaturizer.meaning"


class RowFeatures(Features):
    """Rasa's features with a fingerprint that takes microseconds: of each example of a training it asks several times."""

    def fingerprint(self) -> str:
        """Hash over the numbers."""
        numbers = self.features
        if isinstance(numbers, csr_matrix):
            return sha256(numbers.indices.tobytes() + numbers.data.tobytes()).hexdigest()
        return sha256(numbers.tobytes()).hexdigest()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class MessageFeaturizer(TrainedComponent):
    """Adds a row and a meaning to each message.

    The meaning is the sentence vector, cut from 384 numbers to the directions in which the examples differ most, as a
    unit vector. The row is sparse: n-grams first, then the strongest of these directions.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Weights of the parts beside character n-grams of 2 to 5, which count 1; measured in docs/understanding.md."""
        return {"words_weight": 0.5, "vector_weight": 0.7, "row_directions": 64, "directions": 192}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._ngrams = [
            (NgramVectorizer("char_wb", 2, 5, min_count=2), 1.0),
            (NgramVectorizer("word", 1, 1), config["words_weight"]),
            (NgramVectorizer("word", 2, 2, min_count=2), config["words_weight"]),
        ]
        self._center: Vectors = np.zeros(0, dtype=np.float32)
        self._directions: Vectors = np.zeros((0, 0), dtype=np.float32)
        self._length = 1.0

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the n-grams and the centre of all sentence vectors, which otherwise crowd on one side."""
        texts = _texts(training_data.training_examples)
        for vectorizer, _ in self._ngrams:
            vectorizer.fit(texts)
        vectors = encode_all(tuple(texts))
        self._center = vectors.mean(axis=0)
        centred = vectors - self._center
        _, directions = np.linalg.eigh(centred.T @ centred)  # in rising order
        self._directions = np.ascontiguousarray(directions[:, : -self._config["directions"] - 1 : -1])
        self._length = float(np.linalg.norm(centred, axis=1).mean())
        return self._store()

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
        meanings = (vectors - self._center) @ self._directions
        rows = self._rows(texts, meanings)
        meanings /= np.maximum(np.linalg.norm(meanings, axis=1, keepdims=True), 1e-9)
        for number, message in enumerate(messages):
            message.add_features(RowFeatures(rows[number], FEATURE_TYPE_SENTENCE, TEXT, ROW))
            message.add_features(RowFeatures(meanings[number], FEATURE_TYPE_SENTENCE, TEXT, MEANING))

    def _rows(self, texts: list[str], meanings: Vectors) -> csr_matrix:
        parts = [vectorizer.transform(texts) * weight for vectorizer, weight in self._ngrams]
        strongest = meanings[:, : self._config["row_directions"]] * (self._config["vector_weight"] / self._length)
        return hstack([*parts, csr_matrix(strongest)], format="csr", dtype=np.float32)

    def _write(self, folder: Path) -> None:
        content = [vectorizer.dump() for vectorizer, _ in self._ngrams]
        (folder / "ngrams.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        np.savez(folder / "vectors.npz", center=self._center, directions=self._directions, length=self._length)

    def _read(self, folder: Path) -> None:
        content = json.loads((folder / "ngrams.json").read_text(encoding="utf-8"))
        with np.load(folder / "vectors.npz", allow_pickle=False) as arrays:
            self._center, self._directions, self._length = (
                arrays["center"],
                arrays["directions"],
                float(arrays["length"]),
            )
        weights = [weight for _, weight in self._ngrams]
        self._ngrams = list(zip(map(NgramVectorizer.load, content), weights, strict=True))


def row_of(message: Message) -> csr_matrix:
    """The row that the featurizer made of a message, shape (1, features)."""
    return next(each.features for each in message.features if each.origin == ROW)


def meaning_of(message: Message) -> Vectors:
    """The unit vector of its meaning, shape (directions,)."""
    return np.asarray(next(each.features for each in message.features if each.origin == MEANING))


def _texts(messages: list[Message]) -> list[str]:
    return [message.get(TEXT) for message in messages if message.get(TEXT)]
