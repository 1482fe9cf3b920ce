"""How near a message comes to the most similar example of each label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]


class NearestExamples:
    """Unit vectors of all examples, shape (examples, directions), those of a label side by side from `starts[label]`.

    Each example also is of a kind, its intent. On disk the vectors have half precision; the processor reckons with
    single precision, so they are kept in that.
    """

    def __init__(self, vectors: npt.NDArray[np.float16], starts: Places, kinds: Places, kind_names: list[str]) -> None:
        self._vectors = vectors.astype(np.float32)
        self._ends = np.append(starts, len(vectors))
        self._kinds = kinds
        self._kind_names = kind_names

    @classmethod
    def train(cls, vectors: Numbers, labels: Sequence[str], kinds: Sequence[str], order: Sequence[str]) -> NearestExamples:
        """Keep the vectors; `order` has each label once, in the order in which scores are given."""
        places = {label: place for place, label in enumerate(order)}
        numbers = np.array([places[label] for label in labels])
        sorting = np.argsort(numbers, kind="stable")
        names, of_examples = np.unique(np.array(kinds), return_inverse=True)
        starts = np.searchsorted(numbers[sorting], np.arange(len(order)))
        return cls(vectors[sorting].astype(np.float16), starts, of_examples[sorting], [str(name) for name in names])

    def scores(self, vector: Numbers, places: Places) -> Numbers:
        """Largest cosine to an example of each of these labels, named by their places in the order, shape (places,)."""
        return np.array([(self._vectors[self._of(place)] @ vector).max() for place in places], dtype=np.float32)

    def scores_of_kinds(self, vector: Numbers, place: int) -> dict[str, float]:
        """Largest cosine to an example of each kind that the label at this place has."""
        cosines, kinds = self._vectors[self._of(place)] @ vector, self._kinds[self._of(place)]
        return {self._kind_names[kind]: float(cosines[kinds == kind].max()) for kind in np.unique(kinds)}

    def _of(self, place: int) -> slice:
        return slice(self._ends[place], self._ends[place + 1])

    def save(self, path: Path) -> None:
        """Write everything to one file without pickled objects."""
        np.savez(
            path,
            vectors=self._vectors.astype(np.float16),
            starts=self._ends[:-1],
            kinds=self._kinds,
            kind_names=np.array(self._kind_names),
        )

    @classmethod
    def load(cls, path: Path) -> NearestExamples:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            names = [str(name) for name in arrays["kind_names"]]
            return cls(arrays["vectors"], arrays["starts"], arrays["kinds"], names)
