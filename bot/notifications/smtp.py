"""The one door to the mail server."""

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal

import aiosmtplib

from bot.errors import DeliveryFailed, DeliveryRefused

TIMEOUT_SECONDS = 20.0
FIRST_PERMANENT = 500


@dataclass(frozen=True, slots=True)
class SmtpOptions:
    """Which server takes the mails, and as whom; `certificates` is a file of the authorities to trust besides none."""

    host: str
    port: int
    sender: str
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = ""
    certificates: str | None = None


async def send_mail(mail: EmailMessage, options: SmtpOptions) -> None:
    """Hand the mail to the server; raises DeliveryFailed where trying again may help, else DeliveryRefused."""
    try:
        await aiosmtplib.send(
            mail,
            hostname=options.host,
            port=options.port,
            username=options.username or None,
            password=options.password or None,
            use_tls=options.security == "tls",
            start_tls=options.security == "starttls",
            cert_bundle=options.certificates,
            local_hostname=options.sender.rpartition("@")[2],
            timeout=TIMEOUT_SECONDS,
        )
    except aiosmtplib.SMTPRecipientsRefused as e:
        raise _to_error(max((each.code for each in e.recipients), default=0)) from None
    except aiosmtplib.SMTPResponseException as e:
        raise _to_error(e.code) from None
    except (aiosmtplib.SMTPException, OSError) as e:
        raise DeliveryFailed(f"the mail server does not take mails: {type(e).__name__}") from None
    except ValueError:
        raise DeliveryRefused("the mail has an address that is none") from None


def _to_error(code: int) -> DeliveryFailed | DeliveryRefused:
    if code >= FIRST_PERMANENT:
        return DeliveryRefused(f"the mail server refuses the mail: {code}")
    return DeliveryFailed(f"the mail server does not take the mail now: {code}")
