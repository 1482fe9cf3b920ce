"""How near a message comes to the most similar example of each label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float32]


class NearestExamples:
    """Unit vectors of all examples, shape (examples, directions), those of a label side by side from `starts[label]`.

    On disk they have half precision; the processor reckons with single precision, so they are kept in that.
    """

    def __init__(self, vectors: npt.NDArray[np.float16], starts: npt.NDArray[np.int64]) -> None:
        self._vectors = vectors.astype(np.float32)
        self._ends = np.append(starts, len(vectors))

    @classmethod
    def train(cls, vectors: Numbers, labels: Sequence[str], order: Sequence[str]) -> NearestExamples:
        """Keep the vectors; `order` has each label once, in the order in which scores are given."""
        places = {label: place for place, label in enumerate(order)}
        numbers = np.array([places[label] for label in labels])
        sorting = np.argsort(numbers, kind="stable")
        return cls(vectors[sorting].astype(np.float16), np.searchsorted(numbers[sorting], np.arange(len(order))))

    def scores(self, vector: Numbers, places: npt.NDArray[np.int64]) -> Numbers:
        """Largest cosine to an example of each of these labels, named by their places in the order, shape (places,)."""
        examples = [self._vectors[self._ends[place] : self._ends[place + 1]] for place in places]
        return np.array([(each @ vector).max() for each in examples], dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write vectors and starts to one file without pickled objects."""
        np.savez(path, vectors=self._vectors.astype(np.float16), starts=self._ends[:-1])

    @classmethod
    def load(cls, path: Path) -> NearestExamples:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(arrays["vectors"], arrays["starts"])
