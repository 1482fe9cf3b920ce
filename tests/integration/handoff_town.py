"""A town whose citizens and staff do things one after the other against the real storage, for the random walks."""

import asyncio
import itertools
import os
import tempfile
from collections.abc import Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis.stateful import RuleBasedStateMachine

from bot.domain.conversations import Conversation
from bot.domain.handoffs import HandoffRecord
from bot.domain.messages import IncomingMessage, Message
from bot.domain.staff import Role, StaffMember
from bot.errors import ConversationNotFound, InvalidTransition, NotAllowed, NotFound
from bot.ports import Notification
from bot.storage import SqlStorage, open_storage
from bot.use_cases.announce_tickets import announce_tickets
from bot.use_cases.announce_waiting import PATIENCE, announce_waiting
from bot.use_cases.answer_next import TurnWorker, answer_next
from bot.use_cases.escalate_tickets import escalate_tickets
from bot.use_cases.expire_held import expire_held
from bot.use_cases.expire_waiting import expire_waiting
from bot.use_cases.receive_message import receive_message
from bot.use_cases.wake_snoozed import wake_snoozed
from tests.fakes import FakeClock, FakeResponses
from tests.handoff_support import KNOWLEDGE, MONDAY_MORNING, ScriptedAssistant, promise, to_handoff_turn, to_turn

REFUSALS = (ConversationNotFound, InvalidTransition, NotAllowed, NotFound)
CITIZENS = ("41", "42")
MEMBERS = ("kaya", "lang", "berg")
T = TypeVar("T")


class TownHall(RuleBasedStateMachine):
    """Two citizens on Telegram, two members and a lead; what the rules of the machine are made of."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.storage: SqlStorage = open_storage(self.url or f"sqlite:///{Path(self.folder.name)}/town.db")
        self.clock = FakeClock(MONDAY_MORNING)
        self.responses = FakeResponses()
        self.assistant = ScriptedAssistant(to_turn())
        self.numbers = itertools.count()
        self.prefix = f"{id(self)}-{os.urandom(4).hex()}"
        self.silent_since: dict[str, int] = {}
        self.mails: list[Notification] = []
        self.announced: set[tuple[int | None, datetime]] = set()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it in the machine's own loop."""
        return self.loop.run_until_complete(work)

    def attempt(self, work: Coroutine[Any, Any, object]) -> bool:
        """Do it, or see it refused, which must change nothing; whether it was done."""
        before = self.run(self._snapshot())
        try:
            self.run(work)
        except REFUSALS:
            assert self.run(self._snapshot()) == before, "a refused step has changed something"
            return False
        return True

    def attempt_as(
        self, member: StaffMember, citizen: str, work: Coroutine[Any, Any, object], *, may_take: bool = False
    ) -> None:
        """The same for a step of the holder, or with `may_take` of anybody where nobody holds it."""
        conversation = self.run(self._conversation(citizen))
        holder = conversation.assignee_id if conversation else None
        is_done = self.attempt(work)
        assert not is_done or holder == member.id or (may_take and holder is None), "somebody else holds it"

    async def _snapshot(self) -> list[Any]:
        async with self.storage.begin(read_only=True) as unit:
            conversations = [await unit.find_by_address("telegram", self.address(each)) for each in CITIZENS]
            known = [each for each in conversations if each is not None]
            messages = [await unit.list_messages(each.id) for each in known]
            records = [await unit.find_handoff(each.id) for each in known]
            return [known, messages, records]

    def address(self, citizen: str) -> str:
        """Own ones for each walk, because walks may share a database."""
        return f"{self.prefix}-{citizen}"

    def username(self, name: str) -> str:
        """Own ones for each walk."""
        return f"{name}{self.prefix}"[:60].lower()

    def open_town_hall(self) -> None:
        """The accounts."""

        async def employ() -> None:
            await self.storage.upgrade()
            async with self.storage.begin() as unit:
                for name in MEMBERS:
                    await unit.add_staff(username=self.username(name), display_name=name, password_hash="x")
                    role = Role.LEAD if name == "berg" else Role.STAFF
                    await unit.set_staff_duties(
                        self.username(name), role=role, email=f"{name}@musterstadt.example", offices=()
                    )
                await unit.commit()

        self.run(employ())

    def teardown(self) -> None:
        """Close everything."""
        self.run(self.storage.close())
        self.loop.close()
        self.folder.cleanup()

    # what is looked up

    async def _member(self, name: str) -> StaffMember:
        async with self.storage.begin(read_only=True) as unit:
            found = await unit.find_staff(self.username(name))
        assert found is not None
        return found[0]

    async def _conversation(self, citizen: str) -> Conversation | None:
        async with self.storage.begin(read_only=True) as unit:
            return await unit.find_by_address("telegram", self.address(citizen))

    async def _messages(self, conversation_id: str) -> list[Message]:
        async with self.storage.begin(read_only=True) as unit:
            return await unit.list_messages(conversation_id)

    async def _record(self, conversation_id: str) -> HandoffRecord | None:
        async with self.storage.begin(read_only=True) as unit:
            return await unit.find_handoff(conversation_id)

    def conversation_id(self, citizen: str) -> str:
        """Of the citizen, or one that does not exist."""
        found = self.run(self._conversation(citizen))
        return found.id if found else "nobody"

    def somebody(self, name: str, citizen: str) -> StaffMember:
        """The member, or the one who holds the citizen's conversation if there is one."""
        conversation = self.run(self._conversation(citizen))
        holder = conversation.assignee_name if conversation else None
        return self.run(self._member((holder or MEMBERS[0]) if name == "holder" else name))

    # what the rules consist of

    def write(self, citizen: str, text: str = "Nachricht", *, payload: str | None = None) -> Message:
        """A citizen's message is handed in, twice, as channels do."""
        number = next(self.numbers)
        message = IncomingMessage(
            "telegram", self.address(citizen), f"{self.prefix}:{number}", f"{text} {number}", payload=payload
        )
        stored = self.run(receive_message(message, storage=self.storage, responses=self.responses, now=self.clock))
        after = self.run(self._snapshot())
        again = self.run(receive_message(message, storage=self.storage, responses=self.responses, now=self.clock))
        assert (again, self.run(self._snapshot())) == (stored, after), "a message counts twice"
        conversation = self.run(self._conversation(citizen))
        assert conversation is not None
        assert not conversation.is_snoozed, "the citizen's words wait for the moment"
        return stored

    def work(self, *, wants_person: bool, service: str = "personalausweis") -> None:
        """The bot answers, or calls a person, until nothing waits."""
        self.assistant.answers = [to_handoff_turn(service=service) if wants_person else to_turn()]
        worker = TurnWorker("w", self.storage, self.assistant, self.responses, KNOWLEDGE, promise, self.clock)
        while self.run(answer_next(worker)):
            pass

    def look(self) -> None:
        """What every web process does every few seconds, and what must be true after it."""
        common: dict[str, Any] = {
            "storage": self.storage, "responses": self.responses, "knowledge": KNOWLEDGE, "promise": promise,
            "now": self.clock,
        }  # fmt: skip
        self.run(expire_waiting(longest_wait=timedelta(minutes=10), **common))
        self.run(expire_held(longest_silence=timedelta(minutes=30), **common))
        self.run(wake_snoozed(**common))
        letters: dict[str, Any] = {"storage": self.storage, "knowledge": KNOWLEDGE, "notifier": self, "now": self.clock}
        self.run(announce_tickets(**letters))
        self.run(announce_waiting(**letters))
        self.run(escalate_tickets(**letters))
        for citizen in CITIZENS:
            conversation = self.run(self._conversation(citizen))
            if conversation is not None:
                self.run(self._check_looked_after(conversation))

    async def _check_looked_after(self, conversation: Conversation) -> None:
        """Nobody is left to an office that is closed, to a person who has gone, or beyond a moment."""
        office = KNOWLEDGE.competent_office(None, conversation.office_id)
        async with self.storage.begin(read_only=True) as unit:
            staff = await unit.list_staff()
            tickets = await unit.list_open_tickets(conversation.id)
            record = await unit.find_handoff(conversation.id)
        active = {member.id for member in staff if member.is_active}
        available = {member.id for member in staff if member.is_available(self.clock())}
        since = conversation.waiting_since
        if since is not None and record is not None and (record.id, since) not in self.announced and available != active:
            assert available, "nobody is there, and nobody was told"
            assert self.clock() - since < PATIENCE, "waits too long without a word to the team"
        assert not conversation.is_waiting or office.opening_hours.is_open(self.clock()), "waits at a closed door"
        assert conversation.assignee_id is None or conversation.assignee_id in active, "left to somebody who has gone"
        assert conversation.snoozed_until is None or conversation.snoozed_until > self.clock(), "not woken"
        assert all(ticket.escalated_at for ticket in tickets if ticket.due_at <= self.clock()), "missed without a word"

    async def notify(self, notification: Notification) -> None:
        """The town hall is its own `Notifier`."""
        self.mails.append(notification)
        if notification.kind == "waiting":
            record = await self._record(notification.conversation_id)
            async with self.storage.begin(read_only=True) as unit:
                conversation = await unit.get_conversation(notification.conversation_id)
            assert record is not None
            assert conversation.waiting_since is not None
            wait = (record.id, conversation.waiting_since)
            assert wait not in self.announced, "told twice"
            self.announced.add(wait)
