"""E-mails to staff, taken by a real mail server on this machine."""

import asyncio
import email
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from bot.domain.handoffs import HandoffRecord
from bot.domain.staff import Role
from bot.notifications import MailNotifier, SilentNotifier, SmtpOptions
from bot.ports import Clock, Notification
from bot.storage import SqlStorage
from bot.use_cases.announce_tickets import announce_tickets
from bot.use_cases.announce_waiting import announce_waiting
from tests.fakes import FakeClock
from tests.handoff_support import KNOWLEDGE
from tests.integration.storage_steps import NOW, ticket
from tests.integration.storage_steps import start as begin

HOST = "127.0.0.1"
ZONE = ZoneInfo("Europe/Berlin")
TICKET = replace(ticket("2026-0042", "c1", due_at=NOW + timedelta(hours=3)), question="Was kostet <mein> Hund?")
NOTIFICATION = Notification(
    kind="ticket",
    to=("kaya@musterstadt.example", "brandt@musterstadt.example"),
    conversation_id="c1",
    ticket=TICKET,
    office_name="Steueramt",
)
Start = Callable[..., Awaitable["MailServer"]]


class MailServer:
    """Keeps what it takes; `answers` are given to the first mails instead of taking them."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.users: list[bytes] = []
        self.attempts = 0
        self.port = 0
        self._server: asyncio.Server | None = None

    async def open(self, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None) -> None:
        """Listen on a free port, encrypted from the first byte or from STARTTLS on."""

        def protocol() -> SMTP:
            return SMTP(
                self,
                hostname="localhost",
                tls_context=starttls,
                require_starttls=starttls is not None,
                authenticator=self._authenticate,
            )

        self._server = await asyncio.get_running_loop().create_server(protocol, HOST, self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more."""
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take the mail, or answer as told."""
        self.attempts += 1
        if self.answers:
            return self.answers.pop(0)
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"

    def _authenticate(self, *arguments: Any) -> AuthResult:
        credentials = arguments[-1]
        assert isinstance(credentials, LoginPassword)
        is_right = credentials.password == b"secret"
        if is_right:
            self.users.append(credentials.login)
        return AuthResult(success=is_right, handled=False)


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts mail servers, and stops them in the end."""
    servers: list[MailServer] = []

    async def start_one(*answers: str, **options: Any) -> MailServer:
        servers.append(MailServer(*answers))
        await servers[-1].open(**options)
        return servers[-1]

    yield start_one
    for each in servers:
        await each.close()


@pytest.fixture
def certificate(tmp_path: Path) -> SimpleNamespace:
    """A certificate that nobody has signed, for this machine."""
    key, file = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run(
        [*command, "-addext", f"subjectAltName=IP:{HOST}", "-keyout", key, "-out", file], check=True, capture_output=True
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file, key)
    return SimpleNamespace(file=str(file), context=context)


def to_notifier(server: MailServer, now: Clock | None = None, **options: Any) -> MailNotifier:
    """A notifier that waits a moment only before it tries again."""
    values = {"host": HOST, "port": server.port, "sender": "rathausbote@musterstadt.example", "security": "none", **options}
    return MailNotifier(
        SmtpOptions(**values),
        console_url="https://chat.musterstadt.example/console",
        zone=ZONE,
        now=now or FakeClock(NOW),
        pauses=(0.01, 0.01, 0.01),
    )


async def run_until(notifier: MailNotifier, is_done: Callable[[], bool], *notifications: Notification) -> None:
    """Notify, and let the notifier run until something holds, at most ten seconds."""
    task = asyncio.create_task(notifier.run())
    try:
        for each in notifications:
            await notifier.notify(each)
        async with asyncio.timeout(10):
            while not is_done():  # noqa: ASYNC110 - what is waited for is in the hands of another task
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_team_is_told_of_a_ticket(start: Start) -> None:
    """Number, office, promised moment on the town's clock and a link; no word of the citizen."""
    server = await start()
    await run_until(to_notifier(server), lambda: bool(server.mails), NOTIFICATION)

    (mail,) = server.mails
    text = mail.get_content()
    assert mail["Subject"] == "Neues Ticket 2026-0042: Steueramt"
    assert mail["From"] == "rathausbote@musterstadt.example"
    assert server.recipients == [["kaya@musterstadt.example", "brandt@musterstadt.example"]]
    assert "23.11.2026, 13:30" in text
    assert "https://chat.musterstadt.example/console#/c1" in text
    assert "Hund" not in mail.as_string()
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("kind", "subject"),
    [("escalation", "Ticket 2026-0042 läuft ab: Steueramt"), ("waiting", "Jemand wartet: Steueramt")],
)
async def test_each_occasion_has_its_own_words(start: Start, kind: str, subject: str) -> None:
    """A ticket that is about to be late, and somebody who waits without a ticket."""
    server = await start()
    notification = replace(NOTIFICATION, kind=kind, ticket=None if kind == "waiting" else TICKET)
    await run_until(to_notifier(server), lambda: bool(server.mails), notification)

    assert server.mails[0]["Subject"] == subject
    assert "{" not in server.mails[0].get_content()


async def test_name_with_a_line_break_writes_no_header(start: Start) -> None:
    """An editor's slip is no way to send to somebody else."""
    server = await start()
    notification = replace(NOTIFICATION, office_name="Steueramt\r\nBcc: spy@example.org")
    await run_until(to_notifier(server), lambda: bool(server.mails), notification)

    assert server.mails[0]["Bcc"] is None
    assert server.mails[0]["Subject"] == "Neues Ticket 2026-0042: Steueramt Bcc: spy@example.org"


async def test_server_that_is_busy_is_tried_again(start: Start) -> None:
    """The mail arrives once."""
    server = await start("451 try again later", "421 too busy")
    await run_until(to_notifier(server), lambda: bool(server.mails), NOTIFICATION)
    await asyncio.sleep(0.05)

    assert (server.attempts, len(server.mails)) == (3, 1)


async def test_mail_that_is_refused_keeps_no_other_waiting(start: Start) -> None:
    """It is given up at once, and said in the log without an address."""
    server = await start("550 no such mailbox")
    later = replace(NOTIFICATION, kind="escalation")
    await run_until(to_notifier(server), lambda: bool(server.mails), NOTIFICATION, later)
    await asyncio.sleep(0.05)

    assert server.attempts == 2
    assert len(server.mails) == 1


async def test_server_that_never_comes_is_given_up(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    """After the last try; whoever notifies has noticed nothing, and no address is in the log."""
    server = await start()
    notifier = to_notifier(server)
    await server.close()
    with caplog.at_level("WARNING"):
        await run_until(notifier, lambda: "notification given up" in caplog.text, NOTIFICATION)

    assert "kaya@" not in caplog.text


@pytest.mark.parametrize(("minutes", "sent"), [(15, 1), (16, 0)])
async def test_mail_that_comes_too_late_is_not_sent(
    start: Start, caplog: pytest.LogCaptureFixture, minutes: int, sent: int
) -> None:
    """Nobody is called to a citizen who was served while the server was away."""
    server = await start("451 try again later")
    notifier = to_notifier(server, lambda: NOW + timedelta(minutes=minutes if server.attempts else 0))
    waiting = replace(NOTIFICATION, kind="waiting", ticket=None, good_until=NOW + timedelta(minutes=15))
    with caplog.at_level("INFO"):
        await run_until(notifier, lambda: bool(server.mails) or "notification expired" in caplog.text, waiting)

    assert (server.attempts, len(server.mails)) == (1 + sent, sent)


async def test_mail_goes_out_before_the_process_ends(start: Start) -> None:
    """What was queued when the loop is cancelled is still sent."""
    server = await start()
    notifier = to_notifier(server)
    task = asyncio.create_task(notifier.run())
    await asyncio.sleep(0)
    await notifier.notify(NOTIFICATION)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert len(server.mails) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_password_travels_encrypted(start: Start, certificate: SimpleNamespace, security: str) -> None:
    """Either way of encryption, to a server whose certificate is trusted."""
    server = await start(**{security: certificate.context})
    options = {"security": security, "username": "bot", "password": "secret", "certificates": certificate.file}
    if security == "tls":
        del options["username"], options["password"]
    await run_until(to_notifier(server, **options), lambda: bool(server.mails), NOTIFICATION)

    assert len(server.mails) == 1
    assert server.users == ([] if security == "tls" else [b"bot"])


async def test_server_with_a_foreign_certificate_gets_nothing(
    start: Start, certificate: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither mail nor password."""
    server = await start(starttls=certificate.context)
    notifier = to_notifier(server, security="starttls", username="bot", password="secret")
    with caplog.at_level("WARNING"):
        await run_until(notifier, lambda: "given up" in caplog.text, NOTIFICATION)

    assert (server.attempts, server.users) == (0, [])


async def test_wrong_password_is_said_in_the_log(
    start: Start, certificate: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    """Trying again does not help, so it is not done; the password is not shown."""
    server = await start(starttls=certificate.context)
    options = {"security": "starttls", "username": "bot", "password": "guessed", "certificates": certificate.file}
    with caplog.at_level("ERROR"):
        await run_until(to_notifier(server, **options), lambda: "given up" in caplog.text, NOTIFICATION)

    assert "535" in caplog.text
    assert "guessed" not in caplog.text


async def test_nobody_to_tell_is_no_mail(start: Start) -> None:
    """A team without addresses, and a town without a mail server."""
    server = await start()
    await SilentNotifier().notify(NOTIFICATION)
    await run_until(to_notifier(server), lambda: bool(server.mails), replace(NOTIFICATION, to=()), NOTIFICATION)

    assert server.attempts == 1


async def test_team_is_told_once_of_each_ticket(storage: SqlStorage, start: Start) -> None:
    """From the database to the mailbox: the members of the office's team who have an address, and nobody twice."""
    server = await start()
    notifier = to_notifier(server)
    await begin(storage, "c1")
    await employ(storage)
    async with storage.begin() as unit:
        await unit.add_ticket(replace(TICKET, office_id="standesamt"))
        await unit.commit()

    async def announce() -> int:
        return await announce_tickets(storage=storage, knowledge=KNOWLEDGE, notifier=notifier, now=FakeClock(NOW))

    counts = [await announce(), await announce()]
    await run_until(notifier, lambda: bool(server.mails))

    assert counts == [1, 0]
    assert server.recipients == [["kaya@musterstadt.example"]]
    assert server.mails[0]["Subject"] == "Neues Ticket 2026-0042: Standesamt"


async def test_absent_members_are_told_once_of_who_waits(storage: SqlStorage, start: Start) -> None:
    """From the queue to the mailbox: not to who is at the console, and once, however many processes look."""
    server = await start()
    notifier = to_notifier(server)
    await begin(storage, "c1")
    await employ(storage)
    async with storage.begin() as unit:
        lang = await unit.add_staff(username="lang", display_name="lang", password_hash="h")
        await unit.set_staff_duties("lang", role=Role.STAFF, email="lang@musterstadt.example", offices=("standesamt",))
        conversation = await unit.get_conversation("c1")
        conversation.hand_off(at=NOW, reason="citizen_asked", office_id="standesamt", service_id=None)
        await unit.save_conversation(conversation)
        await unit.add_handoff(HandoffRecord("c1", "standesamt", "citizen_asked", NOW))
        await unit.note_presence(lang.id, at=NOW + timedelta(minutes=2))
        await unit.commit()

    async def look(seconds: float) -> int:
        clock = FakeClock(NOW + timedelta(seconds=seconds))
        return await announce_waiting(storage=storage, knowledge=KNOWLEDGE, notifier=notifier, now=clock)

    counts = [await look(119), *await asyncio.gather(look(121), look(121)), await look(600)]
    await run_until(notifier, lambda: bool(server.mails))

    assert (counts[0], sorted(counts[1:3]), counts[3]) == (0, [0, 1], 0)
    assert server.recipients == [["kaya@musterstadt.example"]]
    assert server.mails[0]["Subject"] == "Jemand wartet: Standesamt"
    assert "https://chat.musterstadt.example/console#/c1" in server.mails[0].get_content()


async def employ(storage: SqlStorage) -> None:
    """Two members with an address, one of them of the registry office, and one without."""
    async with storage.begin() as unit:
        for username, email, offices in (
            ("kaya", "kaya@musterstadt.example", ("buergerbuero", "standesamt")),
            ("brandt", "brandt@musterstadt.example", ("buergerbuero",)),
            ("celik", None, ("standesamt",)),
        ):
            await unit.add_staff(username=username, display_name=username, password_hash="h")
            await unit.set_staff_duties(username, role=Role.STAFF, email=email, offices=offices)
        await unit.commit()
