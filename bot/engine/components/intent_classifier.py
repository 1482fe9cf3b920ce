"""What a message wants: one of the aspects of a service, or a dialogue act."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import vstack

from bot.domain.services import Aspect
from bot.engine.components.linear_model import LinearModel, Scores, to_probabilities
from bot.engine.components.message_featurizer import row_of
from bot.engine.components.service_linker import LIKENESS
from bot.engine.components.service_linker import RANKING as SUBJECT_RANKING
from bot.engine.components.trained_component import TrainedComponent
from bot.engine.importer import NO_SUBJECT

RANKING_LENGTH = 6
PLAINLY_ABOUT = 0.6
ASPECTS = frozenset(aspect.intent for aspect in Aspect)
EMERGENCY = "emergency"
SURE_EMERGENCY = 0.95
POSSIBLE_EMERGENCY = 0.25
SMALL_TALK = frozenset({"greet", "thank", "goodbye", "help", "bot_challenge", "insult", "chitchat", "affirm", "deny"})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(TrainedComponent, IntentClassifier):
    """A linear machine for each intent; rare intents count as much as frequent ones.

    Stands behind the linker: a message that is plainly about a service is no small talk.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`sharpness` turns scores into probabilities; `likeness_weight`: of the nearest examples (docs/understanding.md)."""
        return {"sharpness": 5.0, "regularisation": 0.3, "likeness_weight": 8.0}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._model: LinearModel | None = None

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every example that has an intent."""
        examples = [each for each in training_data.training_examples if each.get(TEXT) and each.get(INTENT)]
        features = vstack([row_of(example) for example in examples], format="csr")
        intents = [example.get(INTENT) for example in examples]
        regularisation = self._config["regularisation"]
        self._model = LinearModel.train(features, intents, regularisation=regularisation, balanced=True)
        return self._store()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent and the ranking of the likeliest ones."""
        for message in messages:
            if message.get(TEXT):
                self._classify(message)
        return messages

    def _classify(self, message: Message) -> None:
        assert self._model is not None
        probabilities = to_probabilities(self._model.scores(row_of(message)), self._config["sharpness"])
        self._weigh_aspects(probabilities, message)
        if _is_plainly_about_something(message):
            talk = [number for number, label in enumerate(self._model.labels) if label in SMALL_TALK]
            probabilities[talk] = 0.0
        if EMERGENCY in self._model.labels:
            _weigh_emergency(probabilities, self._model.labels.index(EMERGENCY), message)
        order = np.argsort(-probabilities)[:RANKING_LENGTH]
        ranking = [{"name": self._model.labels[i], "confidence": round(float(probabilities[i]), 4)} for i in order]
        message.set("intent", ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)

    def _weigh_aspects(self, probabilities: Scores, message: Message) -> None:
        """Share what all aspects have together anew: the nearer the examples of one are, among those of the likeliest subject.

        `gebühr antrag klasse b` sounds like a form; beside other questions about driving licences it asks for the fee.
        """
        assert self._model is not None
        likeness = message.get(LIKENESS) or {}
        aspects = [place for place, label in enumerate(self._model.labels) if label in ASPECTS]
        if _is_about_nothing(message) or not likeness:
            return
        near = np.array([likeness.get(self._model.labels[place], 0.0) for place in aspects])
        weighed = probabilities[aspects] * np.exp(self._config["likeness_weight"] * (near - near.max()))
        probabilities[aspects] = weighed * (probabilities[aspects].sum() / max(weighed.sum(), 1e-9))

    def _read(self, folder: Path) -> None:
        self._model = LinearModel.load(folder / "intents.npz")

    def _write(self, folder: Path) -> None:
        assert self._model is not None
        self._model.save(folder / "intents.npz")


def _is_plainly_about_something(message: Message) -> bool:
    """`nachbar hört nachts laut musik` is no chat about music where the linker knows the matter."""
    best = next(iter(message.get(SUBJECT_RANKING) or []), None)
    return best is not None and best["subject"] != NO_SUBJECT and best["score"] >= PLAINLY_ABOUT


def _is_about_nothing(message: Message) -> bool:
    best = next(iter(message.get(SUBJECT_RANKING) or []), None)
    return best is None or best["subject"] == NO_SUBJECT


def _weigh_emergency(probabilities: Scores, place: int, message: Message) -> None:
    """`tonne stinkt zum himmel` is none where the linker knows the matter; where it knows none, the mere chance counts."""
    if probabilities[place] < SURE_EMERGENCY and _is_plainly_about_something(message):
        probabilities[place] = 0.0
    elif probabilities[place] >= POSSIBLE_EMERGENCY and _is_about_nothing(message):
        probabilities[place] = max(probabilities[place], probabilities.max() + 1e-4)
