"""Staff pass conversations on: to the queue, a colleague, another office, to later; and what the citizen reads."""

from datetime import timedelta

import pytest

from bot.domain.conversations import ConversationStatus
from bot.domain.handoffs import HandoffRecord, Result
from bot.domain.staff import Role, StaffMember
from bot.errors import InvalidTransition, NotAllowed, NotFound
from bot.ports import Notification
from bot.use_cases.add_note import add_note
from bot.use_cases.announce_tickets import announce_tickets
from bot.use_cases.assign_conversation import assign_conversation
from bot.use_cases.claim_conversation import claim_conversation
from bot.use_cases.escalate_tickets import escalate_tickets
from bot.use_cases.release_conversation import release_conversation
from bot.use_cases.resolve_conversation import resolve_conversation
from bot.use_cases.return_to_bot import return_to_bot
from bot.use_cases.snooze_conversation import snooze_conversation
from bot.use_cases.transfer_conversation import Destination, transfer_conversation
from bot.use_cases.wake_snoozed import wake_snoozed
from tests.handoff_support import KNOWLEDGE, MONDAY_MORNING, Desk, berlin, promise, to_handoff_turn, to_turn


class Team(Desk):
    """A citizen who asked for a person; Frau Kaya, Herr Lang and the lead, Frau Berg."""

    async def employ(self, username: str, role: Role = Role.STAFF, *, is_here: bool = True) -> StaffMember:
        """A member of the staff whose console is open."""
        async with self.storage.begin() as unit:
            member = await unit.add_staff(username=username, display_name=username.title(), password_hash="x")
            await unit.set_staff_duties(username, role=role, email=f"{username}@musterstadt.example", offices=())
            if is_here:
                await unit.note_presence(member.id, at=self.clock())
            await unit.commit()
            return next(each for each in await unit.list_staff() if each.id == member.id)

    @property
    def id(self) -> str:
        """The conversation's."""
        return self.conversation().id

    @property
    def record(self) -> HandoffRecord:
        """The last handoff."""
        return self.storage.tables.handoffs[-1]

    async def claim(self, member: StaffMember) -> None:
        """Take it."""
        await claim_conversation(self.id, staff=member, storage=self.storage, responses=self.responses, now=self.clock)

    async def transfer(self, member: StaffMember, *, note: str | None = None, **to: object) -> None:
        """Pass it on."""
        await transfer_conversation(
            self.id, staff=member, to=Destination(**to), note=note, storage=self.storage, responses=self.responses,  # type: ignore[arg-type]
            knowledge=KNOWLEDGE, promise=promise, now=self.clock,
        )  # fmt: skip

    async def snooze(self, member: StaffMember, hours: float) -> None:
        """Put it off."""
        await snooze_conversation(
            self.id, staff=member, until=self.clock() + timedelta(hours=hours), storage=self.storage,
            responses=self.responses, promise=promise, now=self.clock,
        )  # fmt: skip

    async def wake(self) -> int:
        """One look at what was put off."""
        return await wake_snoozed(
            storage=self.storage, responses=self.responses, knowledge=KNOWLEDGE, promise=promise, now=self.clock
        )

    async def resolve(self, member: StaffMember, result: Result = Result.ANSWERED) -> None:
        """End it."""
        await resolve_conversation(
            self.id, staff=member, result=result, storage=self.storage, responses=self.responses, now=self.clock
        )


class Letterbox:
    """A `Notifier` that keeps what it was given."""

    def __init__(self) -> None:
        self.notifications: list[Notification] = []

    async def notify(self, notification: Notification) -> None:
        """Keep it."""
        self.notifications.append(notification)


@pytest.fixture
async def team() -> Team:
    """A citizen waits."""
    desk = Team(to_handoff_turn(), at=MONDAY_MORNING)
    await desk.ask("Mensch bitte")
    return desk


async def test_record_tells_when_a_person_was_asked_for_came_and_answered(team: Team) -> None:
    """From the queue to the end, in one record."""
    kaya = await team.employ("kaya")
    asked = team.clock()
    team.clock.advance(timedelta(minutes=3))
    await team.claim(kaya)
    team.clock.advance(timedelta(minutes=2))
    await team.resolve(kaya)

    record = team.record
    assert (record.requested_at, record.wait, record.staff_id) == (asked, timedelta(minutes=3), kaya.id)
    assert (record.ended_at, record.result) == (team.clock(), Result.ANSWERED)
    assert len(team.storage.tables.handoffs) == 1


async def test_released_conversation_waits_for_the_next_colleague(team: Team) -> None:
    """The citizen is told; nobody but the holder may do it."""
    kaya, lang = await team.employ("kaya"), await team.employ("lang")
    await team.claim(kaya)
    with pytest.raises(InvalidTransition):
        await release_conversation(team.id, staff=lang, storage=team.storage, responses=team.responses, now=team.clock)
    await release_conversation(team.id, staff=kaya, storage=team.storage, responses=team.responses, now=team.clock)

    assert team.conversation().is_waiting
    assert team.bot_texts()[-1] == "utter_back_in_queue"
    await team.claim(lang)
    assert team.conversation().assignee_id == lang.id


async def test_transfer_to_an_open_office_waits_there(team: Team) -> None:
    """With a note that only staff read, and a record of its own."""
    team.clock.moment = berlin(26, "14:30")
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.transfer(kaya, office_id="standesamt", note="Bitte die Urkunde suchen.")

    conversation = team.conversation()
    assert (conversation.is_waiting, conversation.office_id) == (True, "standesamt")
    assert team.bot_texts()[-1] == "utter_transferred"
    assert [each.result for each in team.storage.tables.handoffs] == [Result.FORWARDED, None]
    assert [note.text for note in team.storage.tables.notes] == ["Bitte die Urkunde suchen."]
    assert "Urkunde" not in " ".join(team.bot_texts())


async def test_transfer_to_a_closed_office_is_a_ticket_at_once(team: Team) -> None:
    """Nobody is asked twice, and the bot answers meanwhile."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.transfer(kaya, office_id="standesamt")

    (ticket,) = team.tickets
    assert (ticket.office_id, ticket.question) == ("standesamt", "Mensch bitte")
    assert team.bot_texts()[-1] == "utter_transferred_becomes_ticket"
    assert team.values_of("utter_transferred_becomes_ticket")["number"] == ticket.number
    assert team.status() is ConversationStatus.PENDING
    assert team.record.result is Result.BECAME_TICKET


async def test_transfer_to_a_colleague_who_is_there(team: Team) -> None:
    """The colleague holds it; one who is not there can't be given anything."""
    kaya, lang = await team.employ("kaya"), await team.employ("lang")
    gone = await team.employ("gone", is_here=False)
    await team.claim(kaya)
    with pytest.raises(InvalidTransition):
        await team.transfer(kaya, staff_id=gone.id)
    assert team.conversation().assignee_id == kaya.id
    await team.transfer(kaya, staff_id=lang.id)

    assert team.conversation().assignee_id == lang.id
    assert team.bot_texts()[-1] == "utter_staff_joined"


@pytest.mark.parametrize("to", [{}, {"office_id": "standesamt", "staff_id": 1}, {"office_id": "nowhere"}, {"staff_id": 99}])
async def test_transfer_to_nowhere_changes_nothing(team: Team, to: dict[str, object]) -> None:
    """One destination that exists, or none of it happened."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    with pytest.raises((InvalidTransition, NotFound)):
        await team.transfer(kaya, note="x", **to)

    assert team.conversation().assignee_id == kaya.id
    assert team.storage.tables.notes == []


async def test_only_holder_and_lead_pass_on(team: Team) -> None:
    """A colleague may not, an editor may not even claim."""
    kaya, lang = await team.employ("kaya"), await team.employ("lang")
    lead, editor = await team.employ("berg", Role.LEAD), await team.employ("edith", Role.EDITOR)
    await team.claim(kaya)
    with pytest.raises(NotAllowed):
        await team.transfer(lang, office_id="standesamt")
    with pytest.raises(NotAllowed):
        await team.claim(editor)
    with pytest.raises(NotAllowed):
        await assign(team, lang, lang)

    await assign(team, lead, lang)
    assert team.conversation().assignee_id == lang.id
    with pytest.raises(NotAllowed):
        await assign(team, lead, editor)


async def assign(team: Team, lead: StaffMember, member: StaffMember) -> None:
    """Give it to a member."""
    await assign_conversation(
        team.id, lead=lead, staff_id=member.id, storage=team.storage, responses=team.responses, now=team.clock
    )


async def test_snoozed_conversation_comes_back_at_its_moment(team: Team) -> None:
    """The bot stays silent until then, and the same person has it."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.snooze(kaya, 2)
    assert team.status() is ConversationStatus.SNOOZED
    assert team.bot_texts()[-1] == "utter_snoozed"
    team.clock.advance(timedelta(hours=2) - timedelta(seconds=1))
    assert await team.wake() == 0
    team.clock.advance(timedelta(seconds=1))

    assert await team.wake() == 1
    assert (team.conversation().is_held, team.conversation().assignee_id) == (True, kaya.id)


async def test_citizen_who_writes_wakes_it(team: Team) -> None:
    """The bot says nothing, the person reads it."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.snooze(kaya, 2)

    assert await team.ask("Noch etwas") == []
    assert team.conversation().is_held
    assert len(team.assistant.asked) == 1


async def test_snoozed_conversation_of_somebody_who_has_gone_goes_to_the_team(team: Team) -> None:
    """Not only at its moment: nobody would look after it until then."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.snooze(kaya, 20)
    async with team.storage.begin() as unit:
        await unit.set_staff_active("kaya", False)
        await unit.commit()

    assert await team.wake() == 1
    assert team.conversation().is_waiting


@pytest.mark.parametrize("hours", [0, -1, 24 * 31])
async def test_snoozing_into_the_past_or_for_ever_is_refused(team: Team, hours: float) -> None:
    """The conversation stays with its person."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    with pytest.raises(InvalidTransition):
        await team.snooze(kaya, hours)

    assert team.conversation().is_held


async def test_rating_is_kept_and_reopens_nothing(team: Team) -> None:
    """A button of the question at the end; a later one replaces it, an invalid one changes nothing."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.resolve(kaya)
    assert team.bot_texts()[-2:] == ["utter_staff_resolved", "utter_ask_rating"]
    for payload in ('/rate{"rating": "2"}', '/rate{"rating": "4"}', '/rate{"rating": "9"}', "/rate", "/rate{]"):
        await team.write("4", payload=payload)

    assert team.record.rating == 4
    assert team.status() is ConversationStatus.RESOLVED
    assert team.bot_texts()[-1] == "utter_thanks_for_rating"


async def test_who_was_not_helped_is_not_asked(team: Team) -> None:
    """Spam and what was not possible end without the question."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.resolve(kaya, Result.SPAM)

    assert team.bot_texts()[-1] == "utter_staff_resolved"


async def test_returned_conversation_is_the_bots(team: Team) -> None:
    """The record says so; the next handoff has its own."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await return_to_bot(team.id, staff=kaya, storage=team.storage, responses=team.responses, now=team.clock)
    assert team.record.result is Result.RETURNED
    await team.ask("Doch wieder ein Mensch")

    assert [each.result for each in team.storage.tables.handoffs] == [Result.RETURNED, None]


async def test_ticket_status_is_told_by_number() -> None:
    """Open with its promise, overdue, closed; of another's number nothing is said."""
    team = Team(to_handoff_turn(), to_turn(), at=berlin(22, "20:00"))
    await team.ask("Mensch bitte")
    (ticket,) = team.tickets
    assert await team.ask(f"Was ist mit {ticket.number}?") == ["utter_ticket_status_open"]
    assert await team.ask("Und 2026-9999?") == ["utter_ticket_unknown"]
    assert await team.ask(f"{ticket.number}", address="43") == ["utter_ticket_unknown"]
    team.clock.moment = ticket.due_at
    assert await team.ask(ticket.number) == ["utter_ticket_status_overdue"]
    async with team.storage.begin() as unit:
        await unit.close_ticket(ticket.number, at=team.clock())
        await unit.commit()

    assert await team.ask(ticket.number) == ["utter_ticket_status_closed"]
    assert len(team.assistant.asked) == 1


async def test_team_is_told_of_a_ticket_and_once_before_the_promise_is_missed() -> None:
    """By e-mail to each member with an address; no word of the citizen is in it."""
    team, letterbox = Team(to_handoff_turn(), at=berlin(22, "20:00")), Letterbox()
    await team.employ("kaya")
    await team.ask("Geheimnis")
    (ticket,) = team.tickets

    async def tell() -> list[str]:
        known = len(letterbox.notifications)
        await announce_tickets(storage=team.storage, knowledge=KNOWLEDGE, notifier=letterbox, now=team.clock)
        await escalate_tickets(storage=team.storage, knowledge=KNOWLEDGE, notifier=letterbox, now=team.clock)
        return [each.kind for each in letterbox.notifications[known:]]

    assert await tell() == ["ticket"]
    assert await tell() == []
    team.clock.moment = ticket.due_at - timedelta(minutes=90)
    assert await tell() == ["escalation"]
    assert await tell() == []
    assert {each.to for each in letterbox.notifications} == {("kaya@musterstadt.example",)}
    assert all(each.ticket is not None and each.ticket.number == ticket.number for each in letterbox.notifications)


async def test_note_is_for_staff_alone(team: Team) -> None:
    """It is stored with its author and not among the messages."""
    kaya = await team.employ("kaya")
    before = len(team.messages())
    note = await add_note(team.id, " Ruft morgen an. ", staff=kaya, storage=team.storage, now=team.clock)

    assert (note.text, note.author_name) == ("Ruft morgen an.", "Kaya")
    assert len(team.messages()) == before
