"""One linear support vector machine for each label, trained on all cores."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

REST = "~rest"  # sorts behind every id
TOLERANCE = 0.1
LEAST_LABELS = 3
Scores = npt.NDArray[np.float32]


class LinearModel:
    """Scores of all labels for a row of features: above 0 the label fits, below it does not.

    `weights` has the shape (features, labels) in half precision, which costs no accuracy and half of the memory.
    """

    def __init__(self, labels: list[str], weights: npt.NDArray[np.float16], intercepts: Scores) -> None:
        self.labels = labels
        self._weights = weights
        self._intercepts = intercepts

    @classmethod
    def train(
        cls, features: csr_matrix, labels: Sequence[str], *, regularisation: float, balanced: bool = False
    ) -> LinearModel:
        """Learn to tell each label from all others; a core for every share of the labels."""
        wanted, given = sorted(set(labels)), np.array(labels)
        if len(wanted) < LEAST_LABELS:
            raise ValueError(f"a model needs {LEAST_LABELS} labels, there are {len(wanted)}")
        rows = features.astype(np.float64)
        rows.sum_duplicates()  # here once, because scikit-learn would do it in place in each thread
        cores = min(os.cpu_count() or 1, len(wanted) // 2) or 1

        def train_share(share: list[str]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
            seen = np.where(np.isin(given, share), given, REST)
            machine = LinearSVC(C=regularisation, tol=TOLERANCE, class_weight="balanced" if balanced else None)
            machine.fit(rows, seen)
            found = [list(machine.classes_).index(label) for label in share]
            return machine.coef_[found], machine.intercept_[found]

        weights = np.zeros((features.shape[1], len(wanted)), dtype=np.float16)
        intercepts = np.zeros(len(wanted), dtype=np.float32)
        with ThreadPoolExecutor(cores) as pool:
            shares = pool.map(train_share, [wanted[first::cores] for first in range(cores)])
            for first, (coefficients, biases) in enumerate(shares):
                weights[:, first::cores], intercepts[first::cores] = coefficients.T, biases
        return cls(wanted, weights, intercepts)

    def scores(self, row: csr_matrix) -> Scores:
        """Scores of one row, in the order of `labels`."""
        weights = self._weights[row.indices].astype(np.float32)
        return np.asarray(row.data @ weights + self._intercepts, dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write weights, intercepts and labels to one file without pickled objects.

        Compressed here, because Rasa packs models at the slowest level: 25 s for what takes 3 s this way.
        """
        np.savez_compressed(path, weights=self._weights, intercepts=self._intercepts, labels=np.array(self.labels))

    @classmethod
    def load(cls, path: Path) -> LinearModel:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls([str(label) for label in arrays["labels"]], arrays["weights"], arrays["intercepts"])


def to_probabilities(scores: Scores, sharpness: float) -> Scores:
    """Shares that add up to 1; the larger `sharpness`, the more the best score takes."""
    powers = np.exp(sharpness * (scores - scores.max()))
    return np.asarray(powers / powers.sum(), dtype=np.float32)
