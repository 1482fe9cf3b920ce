"""Weighted n-grams of characters or words, kept as plain JSON because a pickle in a model file could run code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.knowledge.text import fold


def as_written(text: str) -> str:
    """Lower case only: umlauts and accents tell languages apart."""
    return text.lower()


WORD = r"\w+"
FORMS: dict[str, Callable[[str], str]] = {"folded": fold, "written": as_written}


class NgramVectorizer:
    """TF-IDF of n-grams: rows of length 1, float32. `form` says how a text is written before: folded or written."""

    def __init__(self, analyzer: str, shortest: int, longest: int, *, min_count: int = 1, form: str = "folded") -> None:
        self._settings = {
            "analyzer": analyzer, "shortest": shortest, "longest": longest, "min_count": min_count, "form": form
        }  # fmt: skip
        self._form = FORMS[form]
        self._vectorizer = self._make()

    def fit(self, texts: list[str]) -> csr_matrix:
        """Learn the n-grams of these texts; their rows."""
        return self._vectorizer.fit_transform([self._form(text) for text in texts])

    def transform(self, texts: list[str]) -> csr_matrix:
        """Rows of other texts, in which unknown n-grams count for nothing."""
        return self._vectorizer.transform([self._form(text) for text in texts])

    def dump(self) -> dict[str, Any]:
        """The settings, the n-grams in the order of their columns, and the weight of each."""
        vocabulary = self._vectorizer.vocabulary_
        terms = sorted(vocabulary, key=vocabulary.__getitem__)
        return {"settings": self._settings, "terms": terms, "idf": [round(float(w), 5) for w in self._vectorizer.idf_]}

    @classmethod
    def load(cls, content: dict[str, Any]) -> NgramVectorizer:
        """The vectorizer as it was when it was dumped."""
        vectorizer = cls(**content["settings"])
        vectorizer._vectorizer = vectorizer._make({term: column for column, term in enumerate(content["terms"])})
        vectorizer._vectorizer.idf_ = np.array(content["idf"], dtype=np.float32)
        return vectorizer

    def _make(self, vocabulary: dict[str, int] | None = None) -> TfidfVectorizer:
        settings = self._settings
        return TfidfVectorizer(
            analyzer=settings["analyzer"],
            ngram_range=(settings["shortest"], settings["longest"]),
            min_df=settings["min_count"],
            token_pattern=WORD,
            lowercase=False,
            sublinear_tf=True,
            dtype=np.float32,
            vocabulary=vocabulary,
        )
