"""Random walks through everything that can happen to a conversation, against the real storage.

After each step the invariants of docs/handoff.md are checked. `HANDOFF_STEPS=10000 pytest tests/integration/
test_handoff_machine.py` walks longer.
"""

import asyncio
import itertools
import os
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot.domain.conversations import Conversation, ConversationStatus
from bot.domain.handoffs import Result
from bot.domain.messages import Author, Message
from bot.domain.staff import Role, StaffMember
from bot.errors import ConversationNotFound, InvalidTransition, NotAllowed, NotFound
from bot.storage import SqlStorage, open_storage
from bot.use_cases.answer_next import TurnWorker, answer_next
from bot.use_cases.assign_conversation import assign_conversation
from bot.use_cases.citizen_left import citizen_left
from bot.use_cases.claim_conversation import claim_conversation
from bot.use_cases.expire_held import expire_held
from bot.use_cases.expire_waiting import expire_waiting
from bot.use_cases.purge_expired import purge_expired
from bot.use_cases.receive_message import RETURN_TO_BOT, receive_message
from bot.use_cases.release_conversation import release_conversation
from bot.use_cases.reply_as_staff import reply_as_staff
from bot.use_cases.resolve_conversation import resolve_conversation
from bot.use_cases.return_to_bot import return_to_bot
from bot.use_cases.snooze_conversation import snooze_conversation
from bot.use_cases.transfer_conversation import Destination, transfer_conversation
from bot.use_cases.wake_snoozed import wake_snoozed
from tests.fakes import FakeClock, FakeResponses
from tests.handoff_support import KNOWLEDGE, MONDAY_MORNING, ScriptedAssistant, promise, to_handoff_turn, to_turn

STEPS = int(os.environ.get("HANDOFF_STEPS", "600"))
STEPS_OF_A_WALK = 40
REFUSALS = (ConversationNotFound, InvalidTransition, NotAllowed, NotFound)
CITIZENS = ("41", "42")
MEMBERS = ("kaya", "lang", "berg")
T = TypeVar("T")


class Town(RuleBasedStateMachine):
    """Two citizens on Telegram, two members and a lead, and time that passes."""

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

    @initialize()
    def open_town_hall(self) -> None:
        """The accounts."""

        async def employ() -> None:
            await self.storage.upgrade()
            async with self.storage.begin() as unit:
                for name in MEMBERS:
                    await unit.add_staff(username=self.username(name), display_name=name, password_hash="x")
                    role = Role.LEAD if name == "berg" else Role.STAFF
                    await unit.set_staff_duties(self.username(name), role=role, email=None, offices=())
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

    def conversation_id(self, citizen: str) -> str:
        """Of the citizen, or one that does not exist."""
        found = self.run(self._conversation(citizen))
        return found.id if found else "nobody"

    # citizens

    @rule(
        citizen=st.sampled_from(CITIZENS), payload=st.sampled_from([None, None, None, RETURN_TO_BOT, '/rate{"rating": "3"}'])
    )
    def citizen_writes(self, citizen: str, payload: str | None) -> None:
        """A message, or a button of the system."""
        from bot.domain.messages import IncomingMessage

        number = next(self.numbers)
        message = IncomingMessage(
            "telegram", self.address(citizen), f"{self.prefix}:{number}", f"Nachricht {number}", payload=payload
        )
        self.run(receive_message(message, storage=self.storage, responses=self.responses, now=self.clock))

    @rule(citizen=st.sampled_from(CITIZENS))
    def citizen_blocks_the_bot(self, citizen: str) -> None:
        """On Telegram."""
        self.run(citizen_left("telegram", self.address(citizen), storage=self.storage, now=self.clock))

    # the bot

    @rule(wants_person=st.booleans())
    def bot_works(self, wants_person: bool) -> None:
        """Answers all that waits, or calls a person for it."""
        self.assistant.answers = [to_handoff_turn() if wants_person else to_turn()]
        worker = TurnWorker("w", self.storage, self.assistant, self.responses, KNOWLEDGE, promise, self.clock)
        while self.run(answer_next(worker)):
            pass

    # staff

    @rule(citizen=st.sampled_from(CITIZENS), name=st.sampled_from(MEMBERS))
    def claims(self, citizen: str, name: str) -> None:
        """A member takes it, if nobody has it."""
        self.attempt(
            claim_conversation(
                self.conversation_id(citizen), staff=self.run(self._member(name)), storage=self.storage,
                responses=self.responses, now=self.clock,
            )
        )  # fmt: skip

    @rule(citizen=st.sampled_from(CITIZENS), name=st.sampled_from(MEMBERS))
    def replies(self, citizen: str, name: str) -> None:
        """Only the holder can."""
        self.attempt(
            reply_as_staff(
                self.conversation_id(citizen), "Guten Tag", staff=self.run(self._member(name)),
                client_message_id=str(next(self.numbers)), storage=self.storage, now=self.clock,
            )
        )  # fmt: skip

    @rule(citizen=st.sampled_from(CITIZENS), name=st.sampled_from(MEMBERS), result=st.sampled_from(list(Result)))
    def resolves(self, citizen: str, name: str, result: Result) -> None:
        """The holder ends it."""
        self.attempt(
            resolve_conversation(
                self.conversation_id(citizen), staff=self.run(self._member(name)), result=result,
                storage=self.storage, responses=self.responses, now=self.clock,
            )
        )  # fmt: skip

    @rule(citizen=st.sampled_from(CITIZENS), name=st.sampled_from(MEMBERS), to_bot=st.booleans())
    def gives_back(self, citizen: str, name: str, to_bot: bool) -> None:
        """To the bot or to the queue."""
        step = return_to_bot if to_bot else release_conversation
        self.attempt(
            step(
                self.conversation_id(citizen), staff=self.run(self._member(name)), storage=self.storage,
                responses=self.responses, now=self.clock,
            )
        )  # fmt: skip

    @rule(
        citizen=st.sampled_from(CITIZENS),
        name=st.sampled_from(MEMBERS),
        office=st.sampled_from([None, "buergerbuero", "standesamt", "nowhere"]),
        colleague=st.sampled_from(MEMBERS),
        note=st.sampled_from([None, "bitte"]),
    )
    def transfers(self, citizen: str, name: str, office: str | None, colleague: str, note: str | None) -> None:
        """To an office, open or closed, or to a colleague, there or not."""
        to = Destination(office_id=office) if office else Destination(staff_id=self.run(self._member(colleague)).id)
        self.attempt(
            transfer_conversation(
                self.conversation_id(citizen), staff=self.run(self._member(name)), to=to, note=note,
                storage=self.storage, responses=self.responses, knowledge=KNOWLEDGE, promise=promise, now=self.clock,
            )
        )  # fmt: skip

    @rule(citizen=st.sampled_from(CITIZENS), lead=st.sampled_from(MEMBERS), name=st.sampled_from(MEMBERS))
    def assigns(self, citizen: str, lead: str, name: str) -> None:
        """Only a lead may, and only to somebody who may sign in."""
        self.attempt(
            assign_conversation(
                self.conversation_id(citizen), lead=self.run(self._member(lead)),
                staff_id=self.run(self._member(name)).id, storage=self.storage, responses=self.responses, now=self.clock,
            )
        )  # fmt: skip

    @rule(citizen=st.sampled_from(CITIZENS), name=st.sampled_from(MEMBERS), minutes=st.integers(-5, 600))
    def snoozes(self, citizen: str, name: str, minutes: int) -> None:
        """The holder puts it off."""
        self.attempt(
            snooze_conversation(
                self.conversation_id(citizen), staff=self.run(self._member(name)),
                until=self.clock() + timedelta(minutes=minutes), storage=self.storage, responses=self.responses,
                promise=promise, now=self.clock,
            )
        )  # fmt: skip

    @rule(name=st.sampled_from(MEMBERS), is_active=st.booleans(), is_here=st.booleans())
    def account_changes(self, name: str, is_active: bool, is_here: bool) -> None:
        """Switched on or off; a console that gives a sign of life."""

        async def change() -> None:
            member = await self._member(name)
            async with self.storage.begin() as unit:
                await unit.set_staff_active(member.username, is_active)
                if is_here:
                    await unit.note_presence(member.id, at=self.clock())
                await unit.commit()

        self.run(change())

    # time

    @rule(minutes=st.sampled_from([1, 9, 31, 120, 900]))
    def time_passes(self, minutes: int) -> None:
        """Offices close and open, waits grow long."""
        self.clock.advance(timedelta(minutes=minutes))

    @rule()
    def rules_are_looked_at(self) -> None:
        """What every web process does every few seconds."""
        common: dict[str, Any] = {
            "storage": self.storage, "responses": self.responses, "knowledge": KNOWLEDGE, "promise": promise,
            "now": self.clock,
        }  # fmt: skip
        self.run(expire_waiting(longest_wait=timedelta(minutes=10), **common))
        self.run(expire_held(longest_silence=timedelta(minutes=30), **common))
        self.run(wake_snoozed(**common))

    @rule()
    def old_conversations_are_erased(self) -> None:
        """After the retention, but nothing that is with people or has an open ticket."""
        before = {each: self.run(self._conversation(each)) for each in CITIZENS}
        self.run(purge_expired(storage=self.storage, retention_days=1, now=self.clock))
        for citizen, conversation in before.items():
            if conversation is not None and conversation.is_with_people:
                assert self.run(self._conversation(citizen)) is not None

    # what always holds

    @invariant()
    def everything_is_in_order(self) -> None:
        """The invariants of docs/handoff.md for each conversation."""
        for citizen in CITIZENS:
            conversation = self.run(self._conversation(citizen))
            if conversation is not None:
                self.run(self._check(conversation))

    async def _check(self, conversation: Conversation) -> None:
        async with self.storage.begin(read_only=True) as unit:
            messages = await unit.list_messages(conversation.id)
            tickets = await unit.list_open_tickets(conversation.id)
            record = await unit.find_handoff(conversation.id)
            awaiting = await unit.find_awaiting(conversation.id)
            listed = {entry.conversation.id for entry in await unit.list_queue()}
        is_with_people = conversation.is_with_people
        assert conversation.is_waiting + conversation.is_held + conversation.is_snoozed == is_with_people
        assert (conversation.waiting_since is not None) == conversation.is_waiting
        assert (conversation.assignee_id is not None) == (is_with_people and not conversation.is_waiting)
        assert (conversation.snoozed_until is not None) == conversation.is_snoozed
        assert (conversation.id in listed) == (is_with_people or bool(tickets)), "in nobody's list"
        assert (record is not None and record.ended_at is None) == is_with_people, "one open record while with people"
        assert len({ticket.office_id for ticket in tickets}) == len(tickets)
        assert [message.seq for message in messages] == list(range(1, len(messages) + 1))
        self._check_silence(conversation, messages)
        if not is_with_people and awaiting is None:
            assert _is_answered(messages, has_ticket=bool(tickets), status=conversation.status)

    def _check_silence(self, conversation: Conversation, messages: list[Message]) -> None:
        """While people have it, the bot says nothing that is not about the handoff itself."""
        if not conversation.is_with_people:
            self.silent_since.pop(conversation.id, None)
            return
        since = self.silent_since.setdefault(conversation.id, len(messages))
        assert [m.text for m in messages[since:] if m.author is Author.BOT] == [], "the bot spoke while people have it"


def _is_answered(messages: list[Message], *, has_ticket: bool, status: ConversationStatus) -> bool:
    """The citizen's last message has something after it, or a ticket keeps it."""
    return not messages or messages[-1].author is not Author.CITIZEN or has_ticket or status is ConversationStatus.RESOLVED


def _walk(machine: type[Town]) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=max(1, STEPS // STEPS_OF_A_WALK),
            stateful_step_count=STEPS_OF_A_WALK,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize="HANDOFF_STEPS" not in os.environ,
            database=None,
        ),
    )


def test_random_walks_on_sqlite() -> None:
    """Whatever happens in whatever order, no invariant breaks."""
    _walk(Town)


@pytest.mark.skipif(STEPS > 1000, reason="the long walk is for SQLite")
def test_random_walks_on_postgresql(postgres_url: str) -> None:
    """The same on the other database, over and over in one."""
    _walk(type("TownOnPostgres", (Town,), {"url": postgres_url}))
