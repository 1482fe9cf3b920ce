"""How a notification reads as an e-mail; nothing that a citizen wrote is in it."""

from datetime import datetime, tzinfo
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from functools import cache
from pathlib import Path
from typing import Any

from bot.knowledge.yaml_file import YamlFile
from bot.ports import Notification

TEXTS = Path(__file__).parent / "mails.yml"


def to_mail(notification: Notification, *, sender: str, console_url: str, zone: tzinfo, at: datetime) -> EmailMessage:
    """The mail to all who are to be told; the promised moment is spelled out on the town's clock."""
    texts = _load_texts()[notification.kind]
    ticket = notification.ticket
    values = {
        "number": ticket.number if ticket else "",
        "office": " ".join(notification.office_name.split()),
        "due": f"{ticket.due_at.astimezone(zone):%d.%m.%Y, %H:%M}" if ticket else "",
        "link": f"{console_url}#/{notification.conversation_id}",
    }
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, ", ".join(notification.to)
    mail["Subject"] = texts["subject"].format_map(values)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(texts["text"].format_map(values))
    return mail


@cache
def _load_texts() -> Any:
    return YamlFile(TEXTS).content
