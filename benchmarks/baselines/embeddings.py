"""Only sentence vectors: the example with the closest meaning."""

import json
import time
from pathlib import Path

import numpy as np

from benchmarks.baselines.baseline import NearestExample, Scores
from benchmarks.baselines.examples import Examples
from bot.engine.encoder.conversion import ensure_converted
from bot.engine.encoder.sentence_encoder import SentenceEncoder, Vectors


class EmbeddingBaseline(NearestExample):
    """The encoder of the pipeline and the cosine, nothing learnt; vectors of examples are kept in `folder`."""

    name = "e5 only"
    explanation = "the example with the highest cosine of multilingual-e5-small, always answered unless it is none's"
    has_confidence = True
    threshold = 0.0

    def __init__(self, examples: Examples, folder: Path) -> None:
        self._encoder = SentenceEncoder(ensure_converted(folder.parent))
        self._folder = folder
        super().__init__(examples)
        self.seconds = json.loads(self._path(examples).with_suffix(".json").read_text(encoding="utf-8"))["seconds"]

    def _learn(self, examples: Examples) -> None:
        path = self._path(examples)
        self._vectors: Vectors = np.load(path) if path.exists() else self._encode(examples, path)

    def _encode(self, examples: Examples, path: Path) -> Vectors:
        started = time.perf_counter()
        vectors = self._encoder.encode(list(examples.texts))
        path.parent.mkdir(parents=True, exist_ok=True)
        seconds = round(time.perf_counter() - started, 1)
        path.with_suffix(".json").write_text(json.dumps({"seconds": seconds}), encoding="utf-8")
        np.save(path, vectors)
        return vectors

    def _path(self, examples: Examples) -> Path:
        return self._folder / f"e5-{examples.fingerprint()}.npy"

    def _score(self, text: str) -> Scores:
        return np.asarray(self._vectors @ self._encoder.encode([text])[0])
