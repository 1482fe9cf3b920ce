"""All settings, read once from the environment or `.env`; docs/configuration.md describes the same list."""

import os
import re
from pathlib import Path
from tempfile import gettempdir
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")


class Settings(BaseSettings):
    """Frozen settings of one process."""

    model_config = SettingsConfigDict(env_prefix="BOT_", env_file=".env", frozen=True, extra="ignore")

    project_dir: Path = Field(default=PROJECT_ROOT, description="Folder with config.yml, domain.yml and data/.")
    var_dir: Path = Field(default=PROJECT_ROOT / "var", description="Folder for everything written at run time.")
    database_url: str = Field(
        default="", description="SQLite or PostgreSQL address; empty means SQLite in the folder for run-time files."
    )
    host: str = Field(default="127.0.0.1", description="Address the web process listens on; 0.0.0.0 for all.")
    port: int = Field(default=8080, ge=1, le=65535, description="Port the web process listens on.")
    public_url: str = Field(default="", description="Address under which citizens reach the web process, with https.")
    widget_origins: str = Field(
        default="*", description="Origins of the websites that may embed the widget, separated by commas; * for any."
    )
    state: str = Field(default="", description="Bundesland, e.g. NW; empty means the one in data/municipality.yml.")
    timezone: str = Field(default="", description="Time zone; empty means the one in data/municipality.yml.")
    engine_url: str = Field(
        default="", description="Address of engines on other machines; empty starts one here and supervises it."
    )
    turn_timeout: float = Field(
        default=5.0, gt=0, description="Seconds after which the degraded answerer takes over a turn of the engine."
    )
    live_wait_minutes: int = Field(
        default=10, ge=1, description="Minutes after which a waiting conversation that nobody claims becomes a ticket."
    )
    held_silence_minutes: int = Field(
        default=30,
        ge=1,
        description="Minutes after which a citizen whom the person in charge leaves without an answer gets a colleague or a ticket.",
    )
    approval_below: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Confidence (0 to 1) below which an answer waits for a person's approval within office hours; 0: never.",
    )
    retention_days: int = Field(default=30, ge=1, description="Days after the last message until a conversation is deleted.")
    telegram_token: SecretStr = Field(default=SecretStr(""), description="Token of the Telegram bot; empty: no Telegram.")
    telegram_base_url: str = Field(default="", description="Address of a local Bot API server; empty: Telegram's own.")
    telegram_mode: Literal["polling", "webhook"] = Field(
        default="polling", description="polling asks Telegram for messages, webhook lets Telegram call us."
    )
    telegram_webhook_secret: SecretStr = Field(
        default=SecretStr(""), description="Secret (16 to 256 of A-Z a-z 0-9 _ -) that Telegram sends with each call."
    )
    smtp_host: str = Field(default="", description="Mail server for notifications to staff; empty: no e-mail.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="starttls, tls from the first byte, or none (on this machine only)."
    )
    smtp_username: str = Field(default="", description="User name at the mail server; empty: without signing in.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password at the mail server.")
    smtp_sender: str = Field(default="", description="Address from which notifications come; needed with a mail server.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least severity logged.")
    log_format: Literal["text", "json"] = Field(default="text", description="Form of the log lines.")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:", "postgresql:", "postgres:", "postgresql+", "sqlite+")):
            raise ValueError("use sqlite:///path or postgresql://user:password@host/name")
        return value

    @field_validator("engine_url")
    @classmethod
    def _engines_have_addresses(cls, value: str) -> str:
        urls = _split(value)
        if value.strip() and not urls:
            raise ValueError("use http://host:port, several separated by commas")
        for number, url in enumerate(urls, start=1):
            if not _is_address(url):
                raise ValueError(f"use http://host:port, several separated by commas; number {number} is none")
        return value

    @model_validator(mode="after")
    def _webhook_is_complete(self) -> "Settings":
        if self.telegram_mode == "webhook" and self.telegram_token.get_secret_value():
            if not _SECRET.fullmatch(self.telegram_webhook_secret.get_secret_value()):
                raise ValueError(
                    "webhook mode needs BOT_TELEGRAM_WEBHOOK_SECRET with 16 to 256 characters out of A-Z a-z 0-9 _ -"
                )
            if not self.public_url.startswith("https://") and not self.telegram_base_url:
                raise ValueError("webhook mode needs BOT_PUBLIC_URL with https://")
        return self

    @model_validator(mode="after")
    def _mail_is_complete(self) -> "Settings":
        if not self.smtp_host:
            return self
        if not _ADDRESS.fullmatch(self.smtp_sender):
            raise ValueError("BOT_SMTP_HOST needs BOT_SMTP_SENDER with an address such as rathausbote@musterstadt.example")
        if bool(self.smtp_username) != bool(self.smtp_password.get_secret_value()):
            raise ValueError("BOT_SMTP_USERNAME and BOT_SMTP_PASSWORD belong together: set both or neither")
        if self.smtp_username and self.smtp_security == "none":
            raise ValueError("BOT_SMTP_PASSWORD is not sent without encryption: set BOT_SMTP_SECURITY to starttls or tls")
        return self

    @property
    def data_dir(self) -> Path:
        """The editors' files."""
        return self.project_dir / "data"

    @property
    def models_dir(self) -> Path:
        """Trained models, one file a fingerprint."""
        return self.project_dir / "models"

    @property
    def database_address(self) -> str:
        """The database address with the default filled in."""
        return self.database_url or f"sqlite:///{self.var_dir / 'rathausbote.db'}"

    @property
    def engine_urls(self) -> list[str]:
        """Addresses of the engines on other machines, without a slash at the end; none where one is started here."""
        return _split(self.engine_url)

    @property
    def engine_socket(self) -> Path:
        """Socket of the supervised engine, in a folder that only this user may enter.

        It lies among the temporary files where the path would exceed the 107 bytes of a socket's name.
        """
        path = self.var_dir / "run" / f"engine-{self.port}.sock"
        return path if len(str(path)) < 100 else Path(gettempdir()) / f"rathausbote-{os.getuid()}" / path.name

    @property
    def base_url(self) -> str:
        """Where a browser on this machine, or the public, finds the web process."""
        return self.public_url.rstrip("/") or f"http://localhost:{self.port}"


def _split(urls: str) -> list[str]:
    return [url.strip().rstrip("/") for url in urls.split(",") if url.strip()]


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or re.search(r"\s", url))
    return parts.scheme in ("http", "https") and bool(parts.hostname) and has_port and is_plain


def load_settings(**overrides: object) -> Settings:
    """Read the settings; SettingsError names each wrong one as its environment variable."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as e:
        problems = [
            f"BOT_{str(error['loc'][0]).upper()}: {error['msg']}" if error["loc"] else str(error["msg"])
            for error in e.errors(include_input=False)
        ]
        raise SettingsError("; ".join(problems)) from None
