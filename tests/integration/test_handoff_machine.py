"""Random walks through everything that can happen to a conversation, against the real storage.

After each step the invariants of docs/handoff.md are checked. `HANDOFF_STEPS=10000 pytest tests/integration/
test_handoff_machine.py` walks longer.
"""

import os
from datetime import UTC, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from bot.domain.conversations import Conversation, ConversationStatus
from bot.domain.handoffs import Result
from bot.domain.messages import Author, Message
from bot.use_cases.assign_conversation import assign_conversation
from bot.use_cases.citizen_left import citizen_left
from bot.use_cases.claim_conversation import claim_conversation
from bot.use_cases.purge_expired import purge_expired
from bot.use_cases.rate_handoff import COMMENT, NO_COMMENT
from bot.use_cases.receive_message import RETURN_TO_BOT
from bot.use_cases.release_conversation import release_conversation
from bot.use_cases.reply_as_staff import reply_as_staff
from bot.use_cases.resolve_conversation import resolve_conversation
from bot.use_cases.return_to_bot import return_to_bot
from bot.use_cases.snooze_conversation import snooze_conversation
from bot.use_cases.transfer_conversation import Destination, transfer_conversation
from tests.handoff_support import KNOWLEDGE, MONDAY_MORNING, promise
from tests.integration.handoff_town import CITIZENS, MEMBERS, TownHall

STEPS = int(os.environ.get("HANDOFF_STEPS", "600"))
STEPS_OF_A_WALK = 50
RATE = '/rate{"rating": "3"}'
STATES = st.sampled_from(["bot", "waiting", "held", "put off", "ticket", "held ticket", "held two tickets", "rated"])
BUTTONS = st.sampled_from([None, None, None, None, RETURN_TO_BOT, RATE, COMMENT, NO_COMMENT])
SERVICES = st.sampled_from(["personalausweis", "personalausweis", "eheschliessung"])
SOMEBODY = st.sampled_from(["holder", "holder", *MEMBERS])
LONG_AGO = MONDAY_MORNING - timedelta(days=1)


class Town(TownHall):
    """What can happen, in any order, and what holds after each step."""

    @initialize(states=st.tuples(STATES, STATES))
    def begin(self, states: tuple[str, str]) -> None:
        """Each citizen anywhere, so that short walks get far."""
        self.open_town_hall()
        self.clock.moment = MONDAY_MORNING - timedelta(hours=14)
        begun = list(zip(CITIZENS, states, strict=True))
        for citizen, state in begun:
            if "two" in state:
                self.citizen_asks_for_a_person(citizen, "eheschliessung")
            if "ticket" in state:
                self.citizen_asks_for_a_person(citizen, "personalausweis")
        self.clock.moment = MONDAY_MORNING
        for citizen, state in begun:
            if state in ("waiting", "held", "put off", "rated"):
                self.citizen_asks_for_a_person(citizen, "personalausweis")
            if "held" in state or state in ("put off", "rated"):
                self.claims(citizen, "kaya")
            if state == "rated":
                self.resolves(citizen, "kaya", Result.ANSWERED)
                self.write(citizen, payload=RATE)
            if state == "put off":
                self.snoozes(citizen, "kaya", 60)

    # citizens

    @rule(citizen=st.sampled_from(CITIZENS), service=SERVICES)
    def citizen_asks_for_a_person(self, citizen: str, service: str) -> None:
        """And gets into the queue or a ticket, unless people have the conversation."""
        self.write(citizen)
        self.work(wants_person=True, service=service)

    @rule(citizen=st.sampled_from(CITIZENS), payload=BUTTONS)
    def citizen_writes(self, citizen: str, payload: str | None) -> None:
        """A message, or a button of the system."""
        self.write(citizen, payload=payload)

    @rule(
        citizen=st.sampled_from(CITIZENS),
        is_rated=st.booleans(),
        before=st.sampled_from(["nothing", "nothing", "cancels", "another button", "too late"]),
    )
    def citizen_comments(self, citizen: str, is_rated: bool, before: str) -> None:
        """Words are a comment where they follow the question for it, in time, on a handoff that is over and rated."""
        if is_rated:
            self.write(citizen, payload=RATE)
        self.write(citizen, payload=COMMENT)
        id_ = self.conversation_id(citizen)
        record = self.run(self._record(id_))
        is_asked = record is not None and record.ended_at is not None and record.rating is not None
        if before == "too late":
            self.clock.advance(timedelta(minutes=16))
        elif before != "nothing":
            self.write(citizen, payload=NO_COMMENT if before == "cancels" else RETURN_TO_BOT)
        conversation = self.run(self._conversation(citizen))
        words = self.write(citizen, "Das ging schnell").text
        record = self.run(self._record(id_))
        is_kept = record is not None and record.comment == words
        assert is_kept == (is_asked and before == "nothing")
        if is_kept:
            assert conversation is not None
            assert self.run(self._conversation(citizen)).status is conversation.status, "a comment reopens nothing"  # type: ignore[union-attr]
            self.write(citizen, "Noch eine Frage")
            assert self.run(self._record(id_)) == record, "the question became a comment"

    @rule(citizen=st.sampled_from(CITIZENS), number=st.integers(1, 4))
    def citizen_asks_for_a_ticket(self, citizen: str, number: int) -> None:
        """Of their own, of another's or one that does not exist."""
        self.write(citizen, f"Was ist mit 2026-{number:04}? Das frage ich zum Mal")
        self.work(wants_person=False)

    @rule(citizen=st.sampled_from(CITIZENS))
    def citizen_blocks_the_bot(self, citizen: str) -> None:
        """On Telegram."""
        self.run(citizen_left("telegram", self.address(citizen), storage=self.storage, now=self.clock))

    # the bot

    @rule(wants_person=st.booleans())
    def bot_works(self, wants_person: bool) -> None:
        """Answers all that waits, or calls a person for it."""
        self.work(wants_person=wants_person)

    # staff

    @rule(citizen=st.sampled_from(CITIZENS), name=SOMEBODY)
    def claims(self, citizen: str, name: str) -> None:
        """A member takes it, if nobody has it."""
        member = self.somebody(name, citizen)
        self.attempt_as(
            member, citizen,
            claim_conversation(
                self.conversation_id(citizen), staff=member, storage=self.storage,
                responses=self.responses, now=self.clock,
            ),
            may_take=True,
        )  # fmt: skip

    @rule(citizen=st.sampled_from(CITIZENS), name=st.sampled_from(MEMBERS), holder=SOMEBODY)
    def takes_over(self, citizen: str, name: str, holder: str) -> None:
        """From a colleague, knowingly; refused where that colleague does not hold it any more."""
        self.attempt(
            claim_conversation(
                self.conversation_id(citizen), staff=self.run(self._member(name)), storage=self.storage,
                responses=self.responses, now=self.clock, instead_of=self.somebody(holder, citizen).id,
            ),
        )  # fmt: skip

    @rule(citizen=st.sampled_from(CITIZENS), name=SOMEBODY)
    def replies(self, citizen: str, name: str) -> None:
        """Only the holder can."""
        member = self.somebody(name, citizen)
        self.attempt_as(
            member, citizen,
            reply_as_staff(
                self.conversation_id(citizen), "Guten Tag", staff=member,
                client_message_id=str(next(self.numbers)), storage=self.storage, now=self.clock,
            ),
        )  # fmt: skip

    @rule(citizen=st.sampled_from(CITIZENS), name=SOMEBODY, result=st.sampled_from(list(Result)))
    def resolves(self, citizen: str, name: str, result: Result) -> None:
        """The holder ends it."""
        member = self.somebody(name, citizen)
        self.attempt_as(
            member, citizen,
            resolve_conversation(
                self.conversation_id(citizen), staff=member, result=result,
                storage=self.storage, responses=self.responses, now=self.clock,
            ),
        )  # fmt: skip

    @rule(citizen=st.sampled_from(CITIZENS), name=SOMEBODY, to_bot=st.booleans())
    def gives_back(self, citizen: str, name: str, to_bot: bool) -> None:
        """To the bot or to the queue."""
        member = self.somebody(name, citizen)
        id_, common = (
            self.conversation_id(citizen),
            {"storage": self.storage, "responses": self.responses, "now": self.clock},
        )
        if to_bot:
            self.attempt_as(member, citizen, return_to_bot(id_, staff=member, **common))
            return
        before = self.run(self._messages(id_))
        self.attempt_as(
            member, citizen, release_conversation(id_, staff=member, knowledge=KNOWLEDGE, promise=promise, **common)
        )
        said = self.run(self._messages(id_))[len(before) :]
        assert len(said) <= 1, "told twice"
        conversation = self.run(self._conversation(citizen))
        if said and conversation is not None:
            office = KNOWLEDGE.competent_office(None, conversation.office_id)
            assert conversation.is_waiting == office.opening_hours.is_open(self.clock()), "waits for a closed office"

    @rule(
        citizen=st.sampled_from(CITIZENS),
        name=SOMEBODY,
        office=st.sampled_from([None, "buergerbuero", "standesamt", "nowhere"]),
        colleague=st.sampled_from(MEMBERS),
        note=st.sampled_from([None, "bitte"]),
    )
    def transfers(self, citizen: str, name: str, office: str | None, colleague: str, note: str | None) -> None:
        """To an office, open or closed, or to a colleague, there or not."""
        to = Destination(office_id=office) if office else Destination(staff_id=self.run(self._member(colleague)).id)
        self.attempt(
            transfer_conversation(
                self.conversation_id(citizen), staff=self.somebody(name, citizen), to=to, note=note,
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

    @rule(citizen=st.sampled_from(CITIZENS), name=SOMEBODY, minutes=st.integers(-5, 600))
    def snoozes(self, citizen: str, name: str, minutes: int) -> None:
        """The holder puts it off."""
        member = self.somebody(name, citizen)
        self.attempt_as(
            member, citizen,
            snooze_conversation(
                self.conversation_id(citizen), staff=member,
                until=self.clock() + timedelta(minutes=minutes), storage=self.storage, responses=self.responses,
                promise=promise, now=self.clock,
            ),
        )  # fmt: skip

    @rule(citizen=st.sampled_from(CITIZENS))
    def holder_leaves_the_town_hall(self, citizen: str) -> None:
        """Whoever has the conversation may not sign in any more."""
        member = self.somebody("holder", citizen)

        async def switch_off() -> None:
            async with self.storage.begin() as unit:
                await unit.set_staff_active(member.username, False)
                await unit.commit()

        self.run(switch_off())
        self.look()

    @rule(
        name=st.sampled_from(MEMBERS),
        is_active=st.sampled_from([True, True, True, False]),
        is_away=st.sampled_from([None, False, False, True]),
    )
    def account_changes(self, name: str, is_active: bool, is_away: bool | None) -> None:
        """Switched on or off; a console that gives a sign of life and says whether its person is away, or none."""

        async def change() -> None:
            member = await self._member(name)
            async with self.storage.begin() as unit:
                await unit.set_staff_active(member.username, is_active)
                if is_away is not None:
                    await unit.note_presence(member.id, at=self.clock(), is_away=is_away)
                await unit.commit()

        self.run(change())

    # time

    @rule(minutes=st.sampled_from([1, 9, 31, 120, 900, 4000]))
    def time_passes(self, minutes: int) -> None:
        """Offices close and open, waits grow long, and every web process looks what is due."""
        self.clock.advance(timedelta(minutes=minutes))
        self.look()

    @rule(citizen=st.sampled_from(CITIZENS))
    def office_closes_on_a_citizen(self, citizen: str) -> None:
        """Who asked five minutes before must not wait through the break."""
        closes_at = KNOWLEDGE.general_office.opening_hours.closes_at(self.clock())
        if closes_at is not None:
            self.clock.moment = max(self.clock(), closes_at.astimezone(UTC) - timedelta(minutes=5))
        self.citizen_asks_for_a_person(citizen, "personalausweis")
        self.clock.advance(timedelta(minutes=6))
        self.look()

    @rule()
    def rules_are_looked_at(self) -> None:
        """What was just switched or said may be due at once."""
        self.look()

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
            records = [each for each in await unit.list_handoffs(since=LONG_AGO) if each.conversation_id == conversation.id]
            awaiting = await unit.find_awaiting(conversation.id)
            listed = {entry.conversation.id for entry in await unit.list_queue()}
        is_with_people = conversation.is_with_people
        assert conversation.is_waiting + conversation.is_held + conversation.is_snoozed == is_with_people
        assert (conversation.waiting_since is not None) == conversation.is_waiting
        assert (conversation.assignee_id is not None) == (is_with_people and not conversation.is_waiting)
        assert (conversation.snoozed_until is not None) == conversation.is_snoozed
        assert (conversation.id in listed) == (is_with_people or bool(tickets)), "in nobody's list"
        open_records = [each for each in records if each.ended_at is None]
        assert len(open_records) == is_with_people, "one open record while with people"
        assert all(each.staff_id == conversation.assignee_id for each in open_records if conversation.assignee_id)
        assert len({ticket.office_id for ticket in tickets}) == len(tickets)
        assert [message.seq for message in messages] == list(range(1, len(messages) + 1))
        self._check_silence(conversation, messages)
        assert all(_is_thanked_for(each.comment, messages) for each in records if each.comment is not None)
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


def _is_thanked_for(comment: str, messages: list[Message]) -> bool:
    """The comment is what the citizen typed, and its answer is the thanks."""
    place = next(number for number, each in enumerate(messages) if each.text == comment)
    thanks = messages[place + 1]
    return messages[place].payload is None and (thanks.author, thanks.text) == (Author.SYSTEM, "utter_thanks_for_comment")


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
