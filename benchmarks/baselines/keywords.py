"""Only BM25: the example that shares the rarest words."""

import bm25s
import numpy as np

from benchmarks.baselines.baseline import NearestExample, Scores
from benchmarks.baselines.examples import Examples
from bot.knowledge.text import to_words


class KeywordBaseline(NearestExample):
    """BM25 (Lucene's variant, k1 1.5, b 0.75) over folded words."""

    name = "BM25"
    explanation = "the best example by BM25 (`bm25s` as it comes), answered wherever a word is shared"
    has_confidence = False
    threshold = 0.0

    def _learn(self, examples: Examples) -> None:
        self._index = bm25s.BM25()
        self._index.index([to_words(text) for text in examples.texts], show_progress=False)

    def _score(self, text: str) -> Scores:
        known = [word for word in to_words(text) if word in self._index.vocab_dict]
        if not known:
            return np.zeros(len(self._numbers), dtype=np.float32)
        return np.asarray(self._index.get_scores(known), dtype=np.float32)
