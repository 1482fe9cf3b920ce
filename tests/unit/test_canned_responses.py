"""Canned responses: what `rathausbote check` says of them, and what staff get."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.domain.languages import LANGUAGES
from bot.knowledge.canned_responses import CannedResponse, read_canned_responses
from bot.knowledge.findings import Draft
from tests.engine_process import PROJECT_DIR

DELIVERED = PROJECT_DIR / "data/canned_responses.yml"
GOOD = """\
canned_responses:
  - short_code: gruss
    title: {de: Begrüßung}
    content: {de: "Guten Tag, {name}, {office}, {town}, {phone}, {ticket}", en: "Hello {{name}}"}
"""


def read(folder: Path, content: str) -> tuple[tuple[CannedResponse, ...], list[tuple[int, str]]]:
    """The usable ones, and line and code of each finding."""
    path = folder / "canned_responses.yml"
    path.write_text(content, encoding="utf-8")
    draft = Draft()
    return read_canned_responses(draft, path), [(each.line, each.code) for each in draft.findings]


def test_delivered_ones_can_be_used() -> None:
    """Every title in both languages of the surface, every text at least in German and English."""
    draft = Draft()
    found = read_canned_responses(draft, DELIVERED)

    assert draft.findings == []
    assert len(found) >= 5
    for each in found:
        assert set(each.title) == {"de", "en"}
        assert {"de", "en"} <= set(each.content) <= set(LANGUAGES)


def test_placeholders_are_taken_as_they_are(tmp_path: Path) -> None:
    """All five, and doubled braces."""
    found, findings = read(tmp_path, GOOD)

    assert findings == []
    assert [each.short_code for each in found] == ["gruss"]


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("{name}", "{citizen}", (4, "unknown_placeholder")),
        ("{name}", "{name.real}", (4, "unknown_placeholder")),
        ("{name}", "{name!r}", (4, "unknown_placeholder")),
        ("{name}", "{}", (4, "unknown_placeholder")),
        ("{name}", "{name", (4, "unknown_placeholder")),
        ("{{name}}", "{amt}", (4, "unknown_placeholder")),
        ("short_code: gruss", "short_code: Großer Gruß", (2, "string_pattern_mismatch")),
        ("title: {de: Begrüßung}", "title: {en: Greeting}", (3, "missing")),
        ("title: {de: Begrüßung}", f"title: {{de: {'x' * 61}}}", (3, "string_too_long")),
        ("    title: {de: Begrüßung}\n", "", (2, "missing")),
        ("    title", "    farbe: rot\n    title", (3, "extra_forbidden")),
    ],
)
def test_mistake_is_named_on_its_line(tmp_path: Path, old: str, new: str, finding: tuple[int, str]) -> None:
    """And the entry is not offered, so that no citizen reads a brace."""
    assert old in GOOD

    assert read(tmp_path, GOOD.replace(old, new, 1)) == ((), [finding])


def test_second_of_the_same_name_is_left_out(tmp_path: Path) -> None:
    """Whoever types it gets one text; the mistake silences no other entry."""
    twice = GOOD + GOOD.partition("\n")[2].replace("Begrüßung", "Anders")
    found, findings = read(tmp_path, twice)

    assert [each.title["de"] for each in found] == ["Begrüßung"]
    assert findings == [(5, "duplicate_short_code")]


def test_town_needs_none(tmp_path: Path) -> None:
    """Without the file there are none, and nothing is wrong."""
    draft = Draft()

    assert (read_canned_responses(draft, tmp_path / "canned_responses.yml"), draft.findings) == ((), [])


def test_check_reports_them(tmp_path: Path) -> None:
    """Path, line, code and what to do, with exit code 1."""
    data = tmp_path / "data"
    shutil.copytree(PROJECT_DIR / "data", data)
    path = data / "canned_responses.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("unter {phone}", "unter {telefon}", 1), encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(data)])

    assert result.exit_code == 1
    assert "canned_responses.yml:" in result.output
    assert "unknown_placeholder: Der Platzhalter „{telefon}“ ist unbekannt. Erlaubt: {office}" in result.output
