"""Recognises in which of the town's languages a message is written, from the examples in data/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.components.linear_model import LinearModel
from bot.engine.components.ngrams import NgramVectorizer
from bot.engine.components.trained_component import TrainedComponent
from bot.engine.importer import LANGUAGE


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LanguageIdentifier(TrainedComponent, EntityExtractorMixin):
    """Sets the entity `language` (ISO 639-1) where the words show it; a name or a number alone shows nothing."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`margin`: by how much the best language must be ahead of the second one."""
        return {"margin": 0.8, "regularisation": 1.0}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._ngrams = NgramVectorizer("char_wb", 1, 4, min_count=2, form="written")
        self._model: LinearModel | None = None

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples whose file says in which language they are."""
        examples = [each for each in training_data.training_examples if (each.get(METADATA) or {}).get(LANGUAGE)]
        rows = self._ngrams.fit([example.get(TEXT) for example in examples])
        languages = [example.get(METADATA)[LANGUAGE] for example in examples]
        self._model = LinearModel.train(rows, languages, regularisation=self._config["regularisation"], balanced=True)
        return self._store()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the entity where one language is clearly ahead."""
        for message in messages:
            language = self._find_language(message.get(TEXT) or "")
            if language is not None:
                entity = {"entity": "language", "value": language, "start": 0, "end": len(message.get(TEXT))}
                entities = [*message.get(ENTITIES, []), *self.add_extractor_name([entity])]
                message.set(ENTITIES, entities, add_to_output=True)
        return messages

    def _find_language(self, text: str) -> str | None:
        assert self._model is not None
        scores = self._model.scores(self._ngrams.transform([text]))
        second, best = np.argsort(scores)[-2:]
        return self._model.labels[best] if scores[best] - scores[second] >= self._config["margin"] else None

    def _read(self, folder: Path) -> None:
        self._model = LinearModel.load(folder / "languages.npz")
        self._ngrams = NgramVectorizer.load(json.loads((folder / "ngrams.json").read_text(encoding="utf-8")))

    def _write(self, folder: Path) -> None:
        assert self._model is not None
        self._model.save(folder / "languages.npz")
        (folder / "ngrams.json").write_text(json.dumps(self._ngrams.dump(), ensure_ascii=False), encoding="utf-8")
