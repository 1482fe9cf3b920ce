"""Stores a character n-gram vectorizer as plain JSON, because a pickle in a model file could run code."""

from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer


def dump_vectorizer(vectorizer: TfidfVectorizer) -> dict[str, Any]:
    """The n-grams in the order of their columns, and the weight of each."""
    terms = sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.__getitem__)
    return {"terms": terms, "idf": [float(weight) for weight in vectorizer.idf_], "range": vectorizer.ngram_range}


def load_vectorizer(content: dict[str, Any]) -> TfidfVectorizer:
    """The vectorizer as it was when it was dumped."""
    vocabulary = {term: column for column, term in enumerate(content["terms"])}
    vectorizer = TfidfVectorizer(
        analyzer="char_wb", ngram_range=tuple(content["range"]), sublinear_tf=True, vocabulary=vocabulary
    )
    vectorizer.idf_ = np.array(content["idf"])
    return vectorizer
