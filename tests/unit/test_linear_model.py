"""N-grams and the linear machines over them: what is saved says the same after loading."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bot.engine.components.linear_model import LinearModel, to_probabilities
from bot.engine.components.ngrams import NgramVectorizer

TEXTS = [
    "was kostet ein reisepass", "reisepass beantragen", "neuer pass", "passport please",
    "kita platz für mein kind", "kindergarten anmelden", "kita gebühren", "kindergarten place",
    "hund anmelden", "hundesteuer bezahlen", "steuer für meinen hund", "dog tax",
]  # fmt: skip
LABELS = ["reisepass"] * 4 + ["kita"] * 4 + ["hundesteuer"] * 4
QUESTIONS = ["wo bekomme ich einen reisepass", "mein hund", "kita", "völlig unbekannte wörter", ""]


def vectorizer() -> NgramVectorizer:
    """One that has learnt the texts."""
    learnt = NgramVectorizer("char_wb", 2, 4)
    learnt.fit(TEXTS)
    return learnt


def trained(labels: list[str] = LABELS, *, balanced: bool = False) -> tuple[NgramVectorizer, LinearModel]:
    """A vectorizer, and a model over its rows."""
    ngrams = NgramVectorizer("char_wb", 2, 4)
    rows = ngrams.fit(TEXTS)
    return ngrams, LinearModel.train(rows, labels, regularisation=1.0, balanced=balanced)


@pytest.mark.parametrize(
    "ngrams",
    [
        NgramVectorizer("char_wb", 2, 5, min_count=2),
        NgramVectorizer("word", 1, 1),
        NgramVectorizer("word", 2, 2),
        NgramVectorizer("char_wb", 1, 4, form="written"),
    ],
    ids=["characters", "words", "pairs", "as written"],
)
def test_ngrams_are_the_same_after_loading(ngrams: NgramVectorizer) -> None:
    """Plain JSON is all that is kept, and other texts get the same rows from it."""
    ngrams.fit(TEXTS)

    loaded = NgramVectorizer.load(json.loads(json.dumps(ngrams.dump(), ensure_ascii=False)))

    before, after = ngrams.transform(QUESTIONS), loaded.transform(QUESTIONS)
    assert before.shape == after.shape
    assert before.dtype == np.float32
    assert np.allclose(before.toarray(), after.toarray(), atol=1e-4)
    assert loaded.dump() == ngrams.dump()


def test_a_row_has_length_one_or_nothing_in_it() -> None:
    """Long and short messages count alike; unknown n-grams count for nothing."""
    rows = vectorizer().transform(["was kostet ein reisepass", "reisepass", "жщ"])

    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1))).ravel()
    assert lengths == pytest.approx([1.0, 1.0, 0.0], abs=1e-5)


def test_folded_umlauts_are_one_and_written_ones_tell_languages_apart() -> None:
    """`Führerschein` and `fuehrerschein` are the same word; only the language needs to see the difference."""
    folded, written = NgramVectorizer("word", 1, 1), NgramVectorizer("word", 1, 1, form="written")
    for each in (folded, written):
        each.fit(["Führerschein", "Gebühr"])

    assert folded.transform(["FUEHRERSCHEIN"]).nnz == 1
    assert written.transform(["führerschein"]).nnz == 1
    assert written.transform(["fuehrerschein"]).nnz == 0


def test_a_model_finds_what_it_has_learnt() -> None:
    """The best score belongs to the label of the example."""
    ngrams, model = trained()

    best = [model.labels[int(np.argmax(model.scores(ngrams.transform([text]))))] for text in TEXTS]

    assert best == LABELS


@pytest.mark.parametrize("balanced", [False, True])
def test_a_model_scores_the_same_after_loading(balanced: bool, tmp_path: Path) -> None:
    """Weights, intercepts and labels survive the file, which holds nothing pickled."""
    ngrams, model = trained(balanced=balanced)
    model.save(tmp_path / "model.npz")

    loaded = LinearModel.load(tmp_path / "model.npz")

    assert loaded.labels == model.labels == sorted(set(LABELS))
    for text in QUESTIONS:
        row = ngrams.transform([text])
        assert np.array_equal(loaded.scores(row), model.scores(row))
    with np.load(tmp_path / "model.npz", allow_pickle=False) as arrays:
        assert {name: arrays[name].dtype.kind for name in arrays} == {"weights": "f", "intercepts": "f", "labels": "U"}


def test_three_labels_suffice_and_two_do_not() -> None:
    """The smallest town has a handful of services; fewer than three labels are no choice and are refused in words."""
    three = trained()[1]

    assert len(three.labels) == 3
    with pytest.raises(ValueError, match="there are 2"):
        trained(["a"] * 6 + ["b"] * 6)


@pytest.mark.parametrize("cores", [1, 2, 3, 16, None])
def test_the_number_of_cores_changes_nothing(cores: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each label is learnt against all others, whichever core does it."""
    labels = [f"label{number % 6}" for number in range(len(TEXTS))]
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    ngrams, expected = trained(labels)
    monkeypatch.setattr("os.cpu_count", lambda: cores)

    model = trained(labels)[1]

    assert model.labels == expected.labels
    for text in TEXTS:
        row = ngrams.transform([text])
        assert int(np.argmax(model.scores(row))) == int(np.argmax(expected.scores(row)))


def test_training_leaves_the_rows_as_they_were() -> None:
    """The same rows are learnt from twice, for the subject and for the intent."""
    rows = vectorizer().transform(TEXTS)
    before = rows.copy()

    LinearModel.train(rows, LABELS, regularisation=1.0)

    assert np.array_equal(rows.toarray(), before.toarray())
    assert rows.dtype == before.dtype


def test_an_empty_row_has_scores() -> None:
    """A message in which nothing is known is scored, evenly and finitely."""
    ngrams, model = trained()

    scores = model.scores(ngrams.transform([""]))

    assert scores.shape == (3,)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("scores", [[0.5, -1.0, -1.2], [0.0, 0.0, 0.0], [-300.0, -301.0, 40.0], [1000.0, 999.0, -1000.0]])
def test_probabilities_add_up_to_one(scores: list[float]) -> None:
    """Whatever the scores are, without an overflow, and in the same order."""
    given = np.array(scores, dtype=np.float32)

    shares = to_probabilities(given, 5.0)

    assert float(shares.sum()) == pytest.approx(1.0, abs=1e-5)
    assert (shares >= 0).all()
    assert int(np.argmax(shares)) == int(np.argmax(given))


def test_the_sharper_the_more_the_best_takes() -> None:
    """`sharpness` is the knob with which scores become probabilities."""
    given = np.array([0.3, 0.1, -0.5], dtype=np.float32)

    shares = [float(to_probabilities(given, sharpness).max()) for sharpness in (0.0, 1.0, 5.0, 20.0)]

    assert shares[0] == pytest.approx(1 / 3, abs=1e-5)
    assert shares == sorted(shares)


def test_half_precision_keeps_the_weights() -> None:
    """A row with a single one in it reads a single weight, exactly as stored."""
    model = LinearModel(["a", "b"], np.array([[0.5, -0.25], [1.0, 2.0]], dtype=np.float16), np.zeros(2, dtype=np.float32))

    scores = model.scores(csr_matrix(np.array([[0.0, 1.0]], dtype=np.float32)))

    assert scores.tolist() == [1.0, 2.0]
    assert scores.dtype == np.float32
