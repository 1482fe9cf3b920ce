"""Whether the channel works, and what the operator can do where it does not."""

import logging
from dataclasses import dataclass
from enum import StrEnum

from telegram.error import Conflict, InvalidToken, TelegramError

logger = logging.getLogger(__name__)


class HealthState(StrEnum):
    """What the channel is doing or suffering from."""

    STARTING = "starting"
    OK = "ok"
    TOKEN_REJECTED = "token_rejected"  # noqa: S105 - the name of a state
    CONFLICT = "conflict"
    UNREACHABLE = "unreachable"
    NOT_STORED = "not_stored"
    NOT_DELIVERED = "not_delivered"
    STOPPED = "stopped"


HINTS = {
    HealthState.STARTING: "",
    HealthState.OK: "",
    HealthState.TOKEN_REJECTED: "Telegram rejects the token. Compare BOT_TELEGRAM_TOKEN with what @BotFather shows, "
    "and check BOT_TELEGRAM_BASE_URL if you set it; then restart.",
    HealthState.CONFLICT: "Somebody else receives this bot's updates. Stop the other process that polls with the same "
    "token (only one may), or remove the webhook that is set: call deleteWebhook, or set BOT_TELEGRAM_MODE=webhook.",
    HealthState.UNREACHABLE: "The Bot API does not answer. Check that this machine reaches api.telegram.org "
    "(or BOT_TELEGRAM_BASE_URL); it is tried again.",
    HealthState.NOT_STORED: "An update could not be stored and is not acknowledged. Check the database; it is tried again.",
    HealthState.NOT_DELIVERED: "Telegram fails to deliver updates. Check that BOT_PUBLIC_URL reaches this machine from the "
    "internet, with a valid certificate, on port 443, 80, 88 or 8443.",
    HealthState.STOPPED: "",
}


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """State of the channel; `hint` tells the operator what to do and is empty while all is well."""

    state: HealthState

    @property
    def is_ok(self) -> bool:
        """Whether citizens reach the bot."""
        return self.state is HealthState.OK

    @property
    def hint(self) -> str:
        """What to do about it."""
        return HINTS[self.state]


class HealthMonitor:
    """Remembers the state and logs each change of it once."""

    def __init__(self) -> None:
        self.health = ChannelHealth(HealthState.STARTING)

    def note(self, state: HealthState) -> None:
        """Take over a state."""
        if state is self.health.state:
            return
        self.health = ChannelHealth(state)
        if self.health.hint:
            logger.error("telegram channel: %s. %s", state.value, self.health.hint)
        else:
            logger.info("telegram channel: %s", state.value)

    def note_error(self, error: Exception) -> None:
        """Take over the state that an error stands for."""
        self.note(_state_of(error))


def _state_of(error: Exception) -> HealthState:
    if isinstance(error, InvalidToken):
        return HealthState.TOKEN_REJECTED
    if isinstance(error, Conflict):
        return HealthState.CONFLICT
    return HealthState.UNREACHABLE if isinstance(error, TelegramError) else HealthState.NOT_STORED
