"""What the operator decides about the Telegram channel."""

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from bot.errors import SettingsError

WEBHOOK_PATH = "/telegram/webhook"
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")


@dataclass(frozen=True, slots=True)
class TelegramOptions:
    """Settings of the channel; `base_url` names a Bot API server other than Telegram's own, times are in seconds.

    `patience` is how long a call may take. Raises SettingsError where webhook mode lacks its address or secret.
    """

    token: str = field(repr=False)
    base_url: str | None = None
    mode: Literal["polling", "webhook"] = "polling"
    webhook_secret: str | None = field(default=None, repr=False)
    public_url: str | None = None
    poll_seconds: int = 25
    patience: float = 20.0

    def __post_init__(self) -> None:
        if not self.token.strip():
            raise SettingsError("BOT_TELEGRAM_TOKEN is empty: enter the token that @BotFather gave you")
        if self.mode == "webhook":
            self._check_webhook()

    @property
    def webhook_url(self) -> str | None:
        """Where Telegram delivers updates, or None as long as no public address is set."""
        return self.public_url.rstrip("/") + WEBHOOK_PATH if self.public_url else None

    def _check_webhook(self) -> None:
        if not _SECRET.fullmatch(self.webhook_secret or ""):
            raise SettingsError("BOT_TELEGRAM_WEBHOOK_SECRET needs 16 to 256 characters out of A-Z a-z 0-9 _ -")
        scheme = urlsplit(self.public_url or "").scheme
        if scheme != "https" and not (scheme == "http" and self.base_url):
            raise SettingsError("BOT_PUBLIC_URL needs an https:// address, Telegram delivers updates to no other")
