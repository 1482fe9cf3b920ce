"""E-mails that tell staff of tickets and waiting citizens."""

from bot.notifications.notifier import MailNotifier, SilentNotifier
from bot.notifications.smtp import SmtpOptions

__all__ = ["MailNotifier", "SilentNotifier", "SmtpOptions"]
