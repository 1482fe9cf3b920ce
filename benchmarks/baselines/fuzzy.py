"""Only rapidfuzz: the most similar example."""

import numpy as np
from rapidfuzz import fuzz, process

from benchmarks.baselines.baseline import NearestExample, Scores
from benchmarks.baselines.examples import Examples
from bot.knowledge.text import to_words


class FuzzyBaseline(NearestExample):
    """`fuzz.token_set_ratio` over folded words: twice as often right here as `WRatio`, and six times as fast."""

    name = "rapidfuzz"
    explanation = "the most similar name, synonym or example by `token_set_ratio`, answered from 80 of 100"
    has_confidence = True
    threshold = 0.8

    def _learn(self, examples: Examples) -> None:
        self._texts = [" ".join(to_words(text)) for text in examples.texts]

    def _score(self, text: str) -> Scores:
        scores = process.cdist([" ".join(to_words(text))], self._texts, scorer=fuzz.token_set_ratio, dtype=np.float32)
        return np.asarray(scores[0] / 100)
