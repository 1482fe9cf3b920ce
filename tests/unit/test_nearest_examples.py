"""Scores by the most similar example."""

from pathlib import Path

import numpy as np
import pytest

from bot.engine.components.nearest_examples import NearestExamples

VECTORS = np.array([[1, 0], [0, 1], [0.6, 0.8], [-1, 0]], dtype=np.float32)
LABELS = ["pass", "kita", "pass", "hund"]
KINDS = ["fee", "fee", "form", "fee"]
ORDER = ["hund", "kita", "pass"]


def test_the_most_similar_example_of_each_label_counts() -> None:
    """Cosines in the order of the labels, whatever the order of the examples."""
    nearest = NearestExamples.train(VECTORS, LABELS, KINDS, ORDER)

    assert np.allclose(
        nearest.scores(np.array([0.6, 0.8], dtype=np.float32), np.array([0, 1, 2])), [-0.6, 0.8, 1.0], atol=1e-3
    )


def test_only_the_labels_asked_for_are_looked_at() -> None:
    """In the order in which they are asked for."""
    nearest = NearestExamples.train(VECTORS, LABELS, KINDS, ORDER)

    assert np.allclose(nearest.scores(np.array([0.6, 0.8], dtype=np.float32), np.array([2, 0])), [1.0, -0.6], atol=1e-3)


def test_nearest_of_each_kind_within_a_label() -> None:
    """Examples of other labels don't count, and a kind that the label does not have is missing."""
    nearest = NearestExamples.train(VECTORS, LABELS, KINDS, ORDER)

    found = nearest.scores_of_kinds(np.array([0.6, 0.8], dtype=np.float32), ORDER.index("pass"))

    assert found == {"fee": pytest.approx(0.6, abs=1e-3), "form": pytest.approx(1.0, abs=1e-3)}
    assert set(nearest.scores_of_kinds(VECTORS[0], ORDER.index("hund"))) == {"fee"}


def test_scores_are_the_same_after_loading(tmp_path: Path) -> None:
    """Half precision on disk changes nothing that matters."""
    nearest = NearestExamples.train(VECTORS, LABELS, KINDS, ORDER)
    nearest.save(tmp_path / "nearest.npz")

    loaded = NearestExamples.load(tmp_path / "nearest.npz")

    question, places = np.array([0.28, 0.96], dtype=np.float32), np.arange(3)
    assert np.allclose(loaded.scores(question, places), nearest.scores(question, places), atol=1e-3)
    assert loaded.scores_of_kinds(question, 2).keys() == nearest.scores_of_kinds(question, 2).keys()
