"""Words that stand for several services: the editors' table, and when it is asked."""

from pathlib import Path

import pytest

from bot.knowledge.ambiguous import NO_AMBIGUOUS_WORDS, AmbiguousWords, read_ambiguous
from bot.knowledge.findings import Draft
from bot.knowledge.loader import load_knowledge
from tests.engine_process import PROJECT_DIR

KNOWLEDGE = load_knowledge(PROJECT_DIR / "data")
SERVICES = {"personalausweis", "reisepass", "anmeldung", "hundesteuer"}
TABLE = """
ignored: [ich, brauche, bitte, "guten tag"]
words:
  - words: [Ausweis, papiere, "ID-Dokument", документы]
    services: [personalausweis, reisepass]
  - words: ["mich anmelden", anmelden]
    services: [anmeldung, hundesteuer]
"""


def read(folder: Path, content: str | bytes | None = TABLE) -> tuple[AmbiguousWords, Draft]:
    """The table of a file with this content, or of none, and what is wrong with it."""
    path, draft = folder / "ambiguous.yml", Draft()
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_ambiguous(draft, path, SERVICES), draft


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("Ausweis", ("personalausweis", "reisepass")),
        ("AUSWEIS!!!", ("personalausweis", "reisepass")),
        ("Guten Tag, ich brauche bitte Papiere.", ("personalausweis", "reisepass")),
        ("id-dokument", ("personalausweis", "reisepass")),
        ("Документы?", ("personalausweis", "reisepass")),
        ("ich brauche anmelden", ("anmeldung", "hundesteuer")),
        ("mich anmelden", ("anmeldung", "hundesteuer")),
        ("was kostet ein Ausweis", ()),
        ("Ausweis verloren", ()),
        ("Ausweise", ()),
        ("ich brauche bitte", ()),
        ("", ()),
        ("???", ()),
    ],
)
def test_a_message_of_one_ambiguous_word_has_its_services(text: str, services: tuple[str, ...], tmp_path: Path) -> None:
    """Polite words don't count; every word beyond is something to go by, and then the table is silent."""
    words, draft = read(tmp_path)

    assert words.find(text) == services
    assert draft.findings == []


def test_an_unknown_service_is_a_finding_and_is_not_offered(tmp_path: Path) -> None:
    """The editor reads which one and on which line; the others of the word are offered all the same."""
    content = TABLE.replace("[personalausweis, reisepass]", "[personalausweis, abgeschafft, reisepass]")
    words, draft = read(tmp_path, content)

    assert words.find("ausweis") == ("personalausweis", "reisepass")
    assert [(finding.line, finding.code) for finding in draft.findings] == [(5, "unknown_service")]
    assert "abgeschafft" in draft.findings[0].message


def test_a_word_for_one_service_only_is_not_asked_about(tmp_path: Path) -> None:
    """Where all but one of its services are gone there is nothing to choose."""
    content = TABLE.replace("[personalausweis, reisepass]", "[personalausweis, abgeschafft]")
    words, _ = read(tmp_path, content)

    assert words.find("ausweis") == ()
    assert words.find("anmelden") == ("anmeldung", "hundesteuer")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("words: [", "yaml_syntax"),
        (TABLE.encode("utf-16"), "encoding"),
        (TABLE.replace("ignored", "ignoriert"), "extra_forbidden"),
        (TABLE.replace("services: [anmeldung, hundesteuer]", "services: [anmeldung]"), "too_short"),
        (TABLE.replace("[anmeldung, hundesteuer]", f"[{', '.join(sorted(SERVICES))}, anmeldung]"), "too_long"),
        (TABLE.replace('words: ["mich anmelden", anmelden]', "words: []"), "too_short"),
        ("ignored: []\n", "missing"),
    ],
    ids=["syntax", "encoding", "field", "one service", "five services", "no words", "no table"],
)
def test_a_broken_file_is_a_finding_and_no_ambiguous_word(content: str | bytes, code: str, tmp_path: Path) -> None:
    """The bot goes on without the table."""
    words, draft = read(tmp_path, content)

    assert words == NO_AMBIGUOUS_WORDS
    assert code in [finding.code for finding in draft.findings]
    assert {finding.path for finding in draft.findings} == {tmp_path / "ambiguous.yml"}


@pytest.mark.parametrize(
    ("services", "message"),
    [("[anmeldung]", "zu wenige Einträge: mindestens 2."), (f"[{', '.join(['anmeldung'] * 5)}]", "höchstens 4.")],
)
def test_a_wrong_number_of_services_is_said_in_german(services: str, message: str, tmp_path: Path) -> None:
    """The editor reads how many services a word may stand for."""
    _, draft = read(tmp_path, TABLE.replace("[anmeldung, hundesteuer]", services))

    assert [finding.message.endswith(message) for finding in draft.findings] == [True]


def test_a_town_without_the_file_has_no_ambiguous_words(tmp_path: Path) -> None:
    """The file is an extra and its absence no mistake."""
    words, draft = read(tmp_path, None)

    assert (words, draft.findings) == (NO_AMBIGUOUS_WORDS, [])
    assert words.find("Ausweis") == ()


@pytest.mark.parametrize("phrase", KNOWLEDGE.ambiguous.services, ids=" ".join)
def test_the_town_offers_two_to_four_services_for_each_word(phrase: tuple[str, ...]) -> None:
    """Each word of the delivered table leads to a choice of services that exist, each offered once."""
    offered = KNOWLEDGE.find_ambiguous(" ".join(phrase))

    assert 2 <= len(set(offered)) == len(offered) <= 4
    assert set(offered) <= set(KNOWLEDGE.services)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("die erste", "personalausweis"),
        ("Nr. 2", "reisepass"),
        ("das Dritte bitte", "kinderausweis"),
        ("letzteres", "kinderausweis"),
        ("the second one", "reisepass"),
        ("втору", None),
        ("die vierte", None),
        ("den zweiten wohnsitz", None),
        ("", None),
    ],
)
def test_one_of_the_offered_services_is_chosen_by_its_place(text: str, chosen: str | None) -> None:
    """Who types instead of pressing a button is understood; a place that is not there, or more words, choose nothing."""
    assert KNOWLEDGE.ambiguous.choose(text, ("personalausweis", "reisepass", "kinderausweis")) == chosen


def test_nothing_is_chosen_where_nothing_was_offered() -> None:
    """A number alone is no choice."""
    assert KNOWLEDGE.ambiguous.choose("1", ()) is None
