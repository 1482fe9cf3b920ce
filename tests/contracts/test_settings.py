"""Every setting is documented, and nothing is documented that is no setting."""

import re

import pytest

from bot.channels.telegram import TelegramOptions
from bot.errors import SettingsError
from bot.settings import Settings, load_settings
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


@pytest.mark.parametrize(
    ("value", "urls"),
    [
        ("", []),
        ("http://10.0.0.5:8081", ["http://10.0.0.5:8081"]),
        (" https://engine.example/ , http://[fd00::1]:8081 ,", ["https://engine.example", "http://[fd00::1]:8081"]),
        ("http://engine_1:8081/rathausbote/", ["http://engine_1:8081/rathausbote"]),
    ],
)
def test_addresses_of_engines_are_split_in_one_place(value: str, urls: list[str]) -> None:
    """Commas, spaces and a slash at the end are a matter of the settings alone."""
    assert load_settings(engine_url=value).engine_urls == urls


@pytest.mark.parametrize(
    "value",
    [
        "10.0.0.5:8081", "engine", "http://", "http://:8081", "http://engine:port", "http://engine:0", "http://engine:70000",
        "ftp://engine:8081", "http://[::1", "http://a b", "http://engine:8081?x=1", "http://a:8081;http://b:8081", ",", "http://good:8081,bad",
        "http://geheim:wort@engine:x",
    ],
)  # fmt: skip
def test_an_address_that_is_none_ends_the_start(value: str) -> None:
    """A typing mistake is named at once, and not found out by every citizen; what may be a password is not shown."""
    with pytest.raises(SettingsError, match=r"BOT_ENGINE_URL: .*http://host:port") as error:
        load_settings(engine_url=value)

    assert "geheim" not in str(error.value)


@pytest.mark.parametrize(
    ("secret", "is_right"),
    [("", False), ("a" * 15, False), ("a" * 16, True), ("aZ0_-" * 51, True), ("a" * 257, False), ("geheim geheim geheim", False),
     ("geheim-geheim-geheim!", False), ("größe" * 4, False), ("a" * 16 + "\n", False)],
)  # fmt: skip
def test_the_webhook_secret_has_one_rule(secret: str, is_right: bool) -> None:
    """Settings and channel take the same secrets, so that nothing fails after the start."""
    wanted = {"mode": "webhook", "public_url": "https://bot.example"}

    def settings() -> object:
        return load_settings(
            telegram_token="1:a",
            telegram_mode="webhook",
            public_url="https://bot.example",
            telegram_webhook_secret=secret,
        )

    def options() -> object:
        return TelegramOptions("1:a", webhook_secret=secret, **wanted)  # type: ignore[arg-type]

    for accept in (settings, options):
        if is_right:
            assert accept()
        else:
            with pytest.raises(SettingsError, match=r"BOT_TELEGRAM_WEBHOOK_SECRET .*16 to 256"):
                accept()
