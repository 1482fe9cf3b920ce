"""When a model is trained: once for the same training data, and again when that changes, not when an answer does."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.engine.fingerprint import model_fingerprint, model_path
from tests.engine_process import MODELS_DIR, PROJECT_DIR, copy_project, train

REFERRAL = "data/referrals/finanzamt.yml"


def edit(path: Path, old: str, new: str) -> None:
    """Replace what must occur in the file."""
    before = path.read_text(encoding="utf-8")
    assert old in before, f"{old!r} does not occur in {path}"
    path.write_text(before.replace(old, new, 1), encoding="utf-8")


def answer_text(project: Path) -> None:
    edit(project / "data/faq/personalausweis.yml", "46,00 €", "52,00 €")


def response_text(project: Path) -> None:
    edit(project / "domain.yml", "Gern geschehen.", "Sehr gern.")


def review_date(project: Path) -> None:
    edit(project / "data/faq/personalausweis.yml", "reviewed_on: 2026-", "reviewed_on: 2025-")


def office_hours(project: Path) -> None:
    edit(project / "data/offices/buergerbuero.yml", 'saturday: ["09:00-12:00"]', 'saturday: ["09:00-13:00"]')


def closing_day(project: Path) -> None:
    edit(project / "data/closures.yml", 'every: "12-31"', 'every: "12-30"')


def referral_text(project: Path) -> None:
    edit(project / REFERRAL, 'text:\n  de: "', 'text:\n  de: "Übrigens: ')


def ambiguous_word(project: Path) -> None:
    edit(project / "data/ambiguous.yml", "  - words: [ausweis, ", "  - words: [ausweis, plastikkarte, ")


def collection_day(project: Path) -> None:
    edit(project / "data/responsibilities.yml", "montags, alle zwei Wochen", "dienstags, alle zwei Wochen")


def street_of_a_district(project: Path) -> None:
    edit(project / "data/areas.yml", "      - Badstraße\n", "      - Badstraße\n      - Neue Badstraße\n")


def question_of_a_test(project: Path) -> None:
    edit(project / "data/faq/personalausweis.yml", "was muss ich als rentnerin für", "was muss ich als rentner für")


def referral_example(project: Path) -> None:
    edit(project / REFERRAL, "examples:\n  de:\n", "examples:\n  de:\n    - wer kümmert sich um meine lohnsteuerkarte\n")


def fewer_referrals(project: Path) -> None:
    (project / REFERRAL).unlink()


def example_question(project: Path) -> None:
    edit(project / "data/faq/personalausweis.yml", "was kost ein neuer ausweis", "was zahl ich für so an ausweis")


def new_synonym(project: Path) -> None:
    edit(project / "data/faq/personalausweis.yml", "  de: [Perso, ", "  de: [Perso, Plastikausweis, ")


def new_service(project: Path) -> None:
    target = project / "data/faq/jagdschein.yml"
    shutil.copy(project / "data/faq/kita.yml", target)
    edit(target, "id: kita", "id: jagdschein")


def dialogue_example(project: Path) -> None:
    edit(project / "data/nlu/dialogue.yml", "- moin", "- moin moin")


def pipeline(project: Path) -> None:
    linker = "  - name: bot.engine.components.service_linker.ServiceLinker\n"
    edit(project / "config.yml", linker, f"{linker}    regularisation: 0.7\n")


def new_intent(project: Path) -> None:
    edit(project / "domain.yml", "- greet:\n", "- cheer\n- greet:\n")


NOTHING_TO_LEARN = [
    answer_text,
    response_text,
    review_date,
    office_hours,
    closing_day,
    referral_text,
    ambiguous_word,
    collection_day,
    street_of_a_district,
    question_of_a_test,
]
SOMETHING_TO_LEARN = [
    example_question,
    new_synonym,
    new_service,
    dialogue_example,
    referral_example,
    fewer_referrals,
    pipeline,
    new_intent,
]


@pytest.fixture(scope="module")
def before() -> str:
    """The fingerprint of the project as it is."""
    return model_fingerprint(PROJECT_DIR)


@pytest.mark.parametrize("change", NOTHING_TO_LEARN)
def test_an_edited_answer_needs_no_training(change: Callable[[Path], None], before: str, tmp_path: Path) -> None:
    """The model knows questions, not answers: editors' daily work never waits for a training."""
    project = copy_project(tmp_path)
    change(project)

    assert model_fingerprint(project) == before


@pytest.mark.parametrize("change", SOMETHING_TO_LEARN)
def test_edited_training_data_is_another_model(change: Callable[[Path], None], before: str, tmp_path: Path) -> None:
    """What is learnt from is part of the fingerprint."""
    project = copy_project(tmp_path)
    change(project)

    assert model_fingerprint(project) != before


@pytest.mark.parametrize("name", ["importer.py", "service_linker.py", "message_featurizer.py", "conversion.py", "text.py"])
def test_code_that_shapes_a_model_is_part_of_its_name(name: str, before: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that reads words in another way does not go on with the model of the one before."""
    read_text = Path.read_text

    def read_changed(path: Path, encoding: str | None = None) -> str:
        return read_text(path, encoding=encoding) + ("# changed" if path.name == name else "")

    monkeypatch.setattr(Path, "read_text", read_changed)

    assert model_fingerprint(PROJECT_DIR) != before


def test_the_folder_is_no_part_of_the_fingerprint(before: str, tmp_path: Path) -> None:
    """A model that was trained elsewhere fits the same files here."""
    assert model_fingerprint(copy_project(tmp_path)) == before


@pytest.mark.engine
def test_the_second_start_trains_nothing(trained_model: Path) -> None:
    """The model of the present files is used as it lies there."""
    before = trained_model.stat().st_mtime_ns

    again = train(PROJECT_DIR, MODELS_DIR)

    assert again == trained_model == model_path(PROJECT_DIR, MODELS_DIR)
    assert trained_model.stat().st_mtime_ns == before


@pytest.mark.engine
def test_a_changed_answer_is_given_by_the_old_model(trained_model: Path, tmp_path: Path) -> None:
    """The model file's name says the same before and after: today's answer comes with yesterday's model."""
    project = copy_project(tmp_path)
    answer_text(project)

    assert model_path(project, MODELS_DIR) == trained_model
