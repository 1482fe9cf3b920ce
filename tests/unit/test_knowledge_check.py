"""What `rathausbote check` says of the editors' files: each mistake on its line, and the rest goes on working."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.errors import KnowledgeError
from bot.knowledge.findings import Finding
from bot.knowledge.loader import load_knowledge, read_knowledge
from tests.engine_process import PROJECT_DIR

DATA = PROJECT_DIR / "data"
FAQ = "faq/personalausweis.yml"
OFFICE = "offices/standesamt.yml"
REFERRAL = "referrals/finanzamt.yml"
GENERAL_OFFICE = "offices/buergerbuero.yml"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the town's files that a test may spoil."""
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path / "data"


def edit(path: Path, old: str, new: str) -> int:
    """Replace what occurs at least once and give the number of the first line that changed."""
    before = path.read_text(encoding="utf-8")
    assert old in before, f"{old!r} does not occur in {path}"
    path.write_text(before.replace(old, new, 1), encoding="utf-8")
    return before[: before.index(old)].count("\n") + 1


def findings_of(data: Path) -> list[Finding]:
    """Everything that is found."""
    return read_knowledge(data)[1]


def test_the_town_has_no_findings() -> None:
    """Every file under data/ that is delivered loads as it is."""
    knowledge, findings = read_knowledge(DATA)

    assert findings == []
    assert knowledge is not None
    assert set(knowledge.services) == {path.stem for path in DATA.glob("faq/*.yml")}
    assert set(knowledge.offices) == {path.stem for path in DATA.glob("offices/*.yml")}
    assert set(knowledge.referrals) == {path.stem for path in DATA.glob("referrals/*.yml")}


def _spoil_syntax(data: Path) -> tuple[str, int, str]:
    line = edit(data / FAQ, "office: buergerbuero", 'office: "buergerbuero')
    last = (data / FAQ).read_text(encoding="utf-8").count("\n")
    assert line < last
    return FAQ, -1, "yaml_syntax"


def _spoil_tab(data: Path) -> tuple[str, int, str]:
    return FAQ, edit(data / FAQ, "  procedure:", "\tprocedure:"), "yaml_syntax"


def _unknown_field(data: Path) -> tuple[str, int, str]:
    return FAQ, edit(data / FAQ, "owner: buergerbuero", "besitzer: x\nowner: buergerbuero"), "extra_forbidden"


def _unknown_field_in_depth(data: Path) -> tuple[str, int, str]:
    line = edit(data / OFFICE, "address:\n", "address:\n  hausnummer: 3\n")
    return OFFICE, line + 1, "extra_forbidden"


def _missing_source(data: Path) -> tuple[str, int, str]:
    edit(data / FAQ, "source:", "# source:")
    return FAQ, 1, "missing"


def _incomplete_source(data: Path) -> tuple[str, int, str]:
    path = data / FAQ
    line = path.read_text(encoding="utf-8").splitlines().index(_line_of(path, "source:")) + 1
    edit(path, _line_of(path, "source:"), 'source: {title: "Bundesministerium"}')
    return FAQ, line, "missing"


def _wrong_date(data: Path) -> tuple[str, int, str]:
    return FAQ, edit(data / FAQ, "reviewed_on: 2026-", "reviewed_on: 20.11.2026-"), "date_from_datetime_parsing"


def _duplicate_synonym(data: Path) -> tuple[str, int, str]:
    path = data / "faq/reisepass.yml"
    edit(path, "  de: [", "  de: [PERSO, ")
    return "faq/reisepass.yml", _number_of(path, "  de: [PERSO"), "duplicate_synonym"


def _synonym_of_a_referral_is_a_services(data: Path) -> tuple[str, int, str]:
    path = data / REFERRAL
    edit(path, "  de: [", "  de: [PERSO, ")
    return REFERRAL, _number_of(path, "  de: [PERSO"), "duplicate_synonym"


def _unknown_owner_of_a_referral(data: Path) -> tuple[str, int, str]:
    line = _number_of(data / REFERRAL, "owner:")
    edit(data / REFERRAL, _line_of(data / REFERRAL, "owner:"), "owner: hausmeister")
    return REFERRAL, line, "unknown_office"


def _referral_without_a_text(data: Path) -> tuple[str, int, str]:
    edit(data / REFERRAL, "\ntext:", "\nwortlaut:")
    return REFERRAL, 1, "missing"


def _ambiguous_word_for_a_service_that_is_gone(data: Path) -> tuple[str, int, str]:
    return (
        "ambiguous.yml",
        edit(data / "ambiguous.yml", "services: [personalausweis,", "services: [gibt_es_nicht,"),
        "unknown_service",
    )


def _unknown_office(data: Path) -> tuple[str, int, str]:
    return FAQ, edit(data / FAQ, "\noffice: buergerbuero", "\noffice: buergeramt") + 1, "unknown_office"


def _unknown_owner(data: Path) -> tuple[str, int, str]:
    return FAQ, edit(data / FAQ, "owner: buergerbuero", "owner: hausmeister"), "unknown_office"


def _unknown_related(data: Path) -> tuple[str, int, str]:
    return FAQ, edit(data / FAQ, "related: [", "related: [gibt_es_nicht, "), "unknown_service"


def _other_id(data: Path) -> tuple[str, int, str]:
    return FAQ, edit(data / FAQ, "id: personalausweis\n", "id: ausweis\n"), "id_differs"


def _unknown_aspect(data: Path) -> tuple[str, int, str]:
    return FAQ, edit(data / FAQ, "  fee:\n", "  kosten:\n"), "enum"


def _duplicate_field(data: Path) -> tuple[str, int, str]:
    line = edit(data / FAQ, "\nowner: buergerbuero", "\noffice: standesamt\nowner: buergerbuero")
    return FAQ, line + 1, "duplicate_key"


def _not_utf8(data: Path) -> tuple[str, int, str]:
    (data / FAQ).write_bytes((data / FAQ).read_text(encoding="utf-8").encode("latin-1", "replace"))
    return FAQ, 1, "encoding"


def _wrong_hours(data: Path) -> tuple[str, int, str]:
    line = edit(data / GENERAL_OFFICE, "  monday: [", '  monday: ["12:00-08:00", ')
    return GENERAL_OFFICE, line, "value_error"


def _insecure_link(data: Path) -> tuple[str, int, str]:
    return OFFICE, edit(data / OFFICE, "website: https://", "website: http://"), "string_pattern_mismatch"


def _wrong_closure(data: Path) -> tuple[str, int, str]:
    return "closures.yml", edit(data / "closures.yml", 'every: "12-24"', 'every: "24.12."'), "closure_invalid"


def _wrong_state(data: Path) -> tuple[str, int, str]:
    return "municipality.yml", edit(data / "municipality.yml", "state: NW", "state: XX"), "unknown_state_or_zone"


def _unknown_general_office(data: Path) -> tuple[str, int, str]:
    edit(data / "municipality.yml", "general_office: buergerbuero", "general_office: pforte")
    return "municipality.yml", 1, "unknown_office"


def _missing_file(data: Path) -> tuple[str, int, str]:
    (data / "closures.yml").unlink()
    return "closures.yml", 1, "missing_file"


def _empty_folder(data: Path) -> tuple[str, int, str]:
    shutil.rmtree(data / "faq")
    (data / "faq").mkdir()
    return "faq", 1, "missing_files"


def _append(path: Path, text: str) -> int:
    before = path.read_text(encoding="utf-8")
    path.write_text(before + text, encoding="utf-8")
    return before.count("\n") + 1


def _refers_to_itself(data: Path) -> tuple[str, int, str]:
    return FAQ, _append(data / FAQ, "foo: &a [*a]\n"), "too_deep"


def _nested_deeply(data: Path) -> tuple[str, int, str]:
    return FAQ, _append(data / FAQ, f"foo: {'[' * 200}{']' * 200}\n"), "too_deep"


def _nested_beyond_the_parser(data: Path) -> tuple[str, int, str]:
    return FAQ, _append(data / FAQ, f"foo: {'[' * 200_000}\n"), "too_deep"


def _grows_by_references(data: Path) -> tuple[str, int, str]:
    levels = [f"  - &l{number} [{', '.join([f'*l{number - 1}'] * 10)}]" for number in range(1, 9)]
    _append(data / FAQ, "\n".join(["foo:", "  - &l0 [1]", *levels, ""]))
    return FAQ, (data / FAQ).read_text(encoding="utf-8").count("\n") - 8, "too_deep"


def _impossible_value(data: Path) -> tuple[str, int, str]:
    _append(data / FAQ, "foo: !!bool vielleicht\n")
    return FAQ, 1, "yaml_syntax"


def _folder_instead_of_a_file(data: Path) -> tuple[str, int, str]:
    (data / "faq/ordner.yml").mkdir()
    return "faq/ordner.yml", 1, "unreadable"


def _link_in_a_circle(data: Path) -> tuple[str, int, str]:
    (data / "faq/kreis.yml").symlink_to("kreis.yml")
    return "faq/kreis.yml", 1, "unreadable"


def _line_of(path: Path, start: str) -> str:
    return next(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith(start))


def _number_of(path: Path, start: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.startswith(start))


MISTAKES: list[Callable[[Path], tuple[str, int, str]]] = [
    _spoil_tab,
    _unknown_field,
    _unknown_field_in_depth,
    _missing_source,
    _incomplete_source,
    _wrong_date,
    _duplicate_synonym,
    _synonym_of_a_referral_is_a_services,
    _unknown_owner_of_a_referral,
    _referral_without_a_text,
    _ambiguous_word_for_a_service_that_is_gone,
    _unknown_office,
    _unknown_owner,
    _unknown_related,
    _other_id,
    _unknown_aspect,
    _duplicate_field,
    _not_utf8,
    _wrong_hours,
    _insecure_link,
    _wrong_closure,
    _wrong_state,
    _unknown_general_office,
    _missing_file,
    _empty_folder,
    _refers_to_itself,
    _nested_deeply,
    _nested_beyond_the_parser,
    _grows_by_references,
    _impossible_value,
    _folder_instead_of_a_file,
    _link_in_a_circle,
]


@pytest.mark.parametrize("spoil", MISTAKES, ids=lambda spoil: spoil.__name__.strip("_"))
def test_a_mistake_is_named_with_its_line(
    spoil: Callable[[Path], tuple[str, int, str]], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`check` ends with 1 and prints `path:line: code: message`, the path from where the editor stands."""
    path, line, code = spoil(data)
    monkeypatch.chdir(data.parent)

    result = CliRunner().invoke(app, ["check", "data"])

    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    matching = [each for each in lines if each.startswith(f"data/{path}:{line}: {code}: ")]
    assert len(matching) == 1, lines
    assert matching[0].removeprefix(f"data/{path}:{line}: {code}: ").strip().endswith((".", ")"))


def test_an_open_quotation_mark_is_reported_where_the_parser_gives_up(data: Path) -> None:
    """A missing quotation mark swallows the lines that follow; the file is still named, once, as no valid YAML."""
    path, _, code = _spoil_syntax(data)

    found = [finding for finding in findings_of(data) if finding.path == data / path]

    assert [finding.code for finding in found] == [code]


def test_a_day_that_does_not_exist_is_a_finding(data: Path) -> None:
    """`2026-02-30` looks like a date to YAML and is none."""
    line = edit(data / FAQ, "reviewed_on: 2026-", "reviewed_on: 2026-02-30  # ")

    found = [(finding.path, finding.line) for finding in findings_of(data)]

    assert found == [(data / FAQ, line)]


def test_without_a_mistake_check_says_nothing(data: Path) -> None:
    """No output, exit code 0: what a script wants to see."""
    result = CliRunner().invoke(app, ["check", str(data)])

    assert (result.exit_code, result.stdout) == (0, "")


def test_check_knows_no_folder_that_does_not_exist(tmp_path: Path) -> None:
    """A mistyped folder is not taken for a folder without mistakes."""
    result = CliRunner().invoke(app, ["check", str(tmp_path / "dtaa")])

    assert result.exit_code != 0


def test_all_mistakes_are_reported_at_once(data: Path) -> None:
    """An editor sees the mistakes of all files in one go, in the order of files and lines."""
    edit(data / FAQ, "owner: buergerbuero", "owner: hausmeister")
    edit(data / FAQ, "related: [", "related: [gibt_es_nicht, ")
    edit(data / "faq/kita.yml", "source:", "quelle:")

    found = findings_of(data)

    assert [(finding.path.name, finding.code) for finding in found if finding.path.name == "personalausweis.yml"] == [
        ("personalausweis.yml", "unknown_office"),
        ("personalausweis.yml", "unknown_service"),
    ]
    assert {finding.code for finding in found if finding.path.name == "kita.yml"} == {"missing", "extra_forbidden"}
    assert found == sorted(found)


def test_a_broken_entry_silences_no_other(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One service with a mistake is left out and logged; all others are answered."""
    complete = set(load_knowledge(data).services)
    edit(data / FAQ, "source:", "# source:")

    knowledge = load_knowledge(data)

    assert set(knowledge.services) == complete - {"personalausweis"}
    assert "personalausweis.yml:1: missing" in caplog.text


def test_a_broken_referral_silences_no_other(data: Path) -> None:
    """Without its text a referral is left out; services and all other referrals stay."""
    complete = load_knowledge(data)
    edit(data / REFERRAL, "\ntext:", "\nwortlaut:")

    knowledge = load_knowledge(data)

    assert set(knowledge.referrals) == set(complete.referrals) - {"finanzamt"}
    assert set(knowledge.services) == set(complete.services)


def test_a_town_needs_no_referrals_and_no_ambiguous_words(data: Path) -> None:
    """Both are extras: without them there is no finding, and services are answered."""
    shutil.rmtree(data / "referrals")
    (data / "ambiguous.yml").unlink()

    knowledge, findings = read_knowledge(data)

    assert findings == []
    assert knowledge is not None
    assert (dict(knowledge.referrals), knowledge.find_ambiguous("Ausweis")) == ({}, ())
    assert "personalausweis" in knowledge.services


def test_a_broken_office_takes_only_its_services_along(data: Path) -> None:
    """Without its office a service can't say who is responsible; services of other offices stay."""
    complete = load_knowledge(data).services
    edit(data / OFFICE, "phone:", "telefon:")

    knowledge = load_knowledge(data)

    assert "standesamt" not in knowledge.offices
    assert set(knowledge.services) == {id_ for id_, service in complete.items() if service.office != "standesamt"}


def test_a_mistake_that_keeps_an_entry_usable_keeps_it(data: Path) -> None:
    """A duplicate synonym or an unknown related entry is reported, and the service is answered all the same."""
    edit(data / FAQ, "related: [", "related: [gibt_es_nicht, ")

    assert "personalausweis" in load_knowledge(data).services


@pytest.mark.parametrize("spoil", [_wrong_state, _unknown_general_office, _empty_folder, _missing_file])
def test_what_leaves_nothing_to_say_is_an_error(spoil: Callable[[Path], tuple[str, int, str]], data: Path) -> None:
    """Without the town itself, its calendar or a single service the bot does not start, and says where to look."""
    path, line, code = spoil(data)

    with pytest.raises(KnowledgeError, match=rf"{path}:{line}: {code}: "):
        load_knowledge(data)
