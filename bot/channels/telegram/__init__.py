"""Telegram: updates become incoming messages, the outbox's messages become chat messages; the only door to telegram."""

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.health import ChannelHealth, HealthState
from bot.channels.telegram.options import TelegramOptions

__all__ = ["ChannelHealth", "HealthState", "TelegramChannel", "TelegramOptions"]
