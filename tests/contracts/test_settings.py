"""Every setting is documented, and nothing is documented that is no setting."""

import re

import pytest

from bot.settings import Settings
from tests.engine_process import PROJECT_DIR

ROWS = re.findall(
    r"^\| `(BOT_[A-Z_]+)` \| (.*?) \| (.*?) \|$", (PROJECT_DIR / "docs/configuration.md").read_text(), re.MULTILINE
)
NAMES = {f"BOT_{name.upper()}" for name in Settings.model_fields}


def test_the_table_names_every_setting_once() -> None:
    """docs/configuration.md and bot/settings.py list the same."""
    assert sorted(name for name, _, _ in ROWS) == sorted(NAMES)


@pytest.mark.parametrize(("name", "default"), [(name, default) for name, default, _ in ROWS])
def test_a_default_is_the_one_that_holds(name: str, default: str) -> None:
    """The default in the table is the default in the code, as far as it is a plain value."""
    value = Settings.model_fields[name.removeprefix("BOT_").lower()].get_default()
    written = re.fullmatch(r"`([^`]*)`", default)

    if written and name not in ("BOT_PROJECT_DIR", "BOT_VAR_DIR"):
        assert str(value) == written[1]
    elif default == "empty":
        plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        assert plain == ""


def test_every_setting_is_described() -> None:
    """`description` stands beside each field for whoever reads the code."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_example_file_names_every_setting() -> None:
    """`.env.example` is a list to copy from: the same names, no more."""
    example = (PROJECT_DIR / ".env.example").read_text(encoding="utf-8")

    assert set(re.findall(r"^#? ?(BOT_[A-Z_]+)=", example, re.MULTILINE)) == NAMES


def test_the_compose_file_uses_only_settings_that_exist() -> None:
    """A mistyped variable in compose.yml would silently do nothing."""
    compose = (PROJECT_DIR / "compose.yml").read_text(encoding="utf-8")

    assert set(re.findall(r"\bBOT_[A-Z_]+\b", compose)) <= NAMES
