"""What staff do, on the real databases: one winner however many claim, one message of two clicks."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.conversations import Conversation
from bot.domain.handoffs import HandoffRecord, Result, Ticket
from bot.domain.messages import Author
from bot.domain.staff import StaffMember
from bot.errors import InvalidTransition, SignInFailed
from bot.storage import SqlStorage
from bot.use_cases.add_staff import add_staff
from bot.use_cases.bearer_token import to_token_hash
from bot.use_cases.claim_conversation import claim_conversation
from bot.use_cases.reply_as_staff import reply_as_staff
from bot.use_cases.resolve_conversation import resolve_conversation
from bot.use_cases.sign_in import sign_in
from tests.fakes import FakeClock, FakeResponses

MEMBERS, RACES, LONGEST_SECONDS = 20, 100, 120
CLOCK = FakeClock(datetime(2026, 11, 23, 9, 12, tzinfo=UTC))


async def employ(storage: SqlStorage, username: str) -> StaffMember:
    """Add a member and sign them in."""
    password = await add_staff(username, username.title(), storage=storage)
    token = await sign_in(username, password, storage=storage, now=CLOCK)
    async with storage.begin(read_only=True) as unit:
        member = await unit.find_session(to_token_hash(token), now=CLOCK())
    assert member is not None
    return member


async def claim(storage: SqlStorage, member: StaffMember) -> None:
    """Claim Anna's conversation."""
    await claim_conversation("anna", staff=member, storage=storage, responses=FakeResponses(), now=CLOCK)


async def reply(storage: SqlStorage, member: StaffMember) -> int:
    """Send the same answer; the message's number."""
    sent = await reply_as_staff("anna", "Guten Tag", staff=member, client_message_id="m1", storage=storage, now=CLOCK)
    return sent.seq


@pytest.mark.parametrize("username", ["ka\x00ya", "kaya\ud800", "k" * 100_000, "", "kaya'; --"])
async def test_name_that_can_be_none_is_refused_like_a_wrong_one(storage: SqlStorage, username: str):
    """The database is not asked for what it may not even take."""
    await employ(storage, "kaya")

    with pytest.raises(SignInFailed):
        await sign_in(username, "correct horse battery", storage=storage, now=CLOCK)


@pytest.fixture
async def anna(storage: SqlStorage) -> None:
    """Anna waits with a ticket."""
    conversation = Conversation("anna", "telegram", "4711", CLOCK())
    conversation.hand_off(at=CLOCK(), reason="citizen_asked", office_id="buergerbuero", service_id=None)
    async with storage.begin() as unit:
        await unit.add_conversation(conversation)
        number = await unit.next_ticket_number(at=CLOCK())
        due = CLOCK() + timedelta(hours=8)
        await unit.add_ticket(Ticket(number, "anna", "buergerbuero", None, "citizen_asked", "Hallo?", CLOCK(), due))
        await unit.add_handoff(HandoffRecord("anna", "buergerbuero", "citizen_asked", CLOCK()))
        await unit.commit()


@pytest.mark.usefixtures("anna")
async def test_staff_answer_on_a_real_database(storage: SqlStorage) -> None:
    """Two claim at once and one wins; two clicks are one message; the end closes the ticket and empties the queue."""
    members = [await employ(storage, "kaya"), await employ(storage, "brandt")]
    claims = await asyncio.gather(*(claim(storage, member) for member in members), return_exceptions=True)
    winner = members[claims.index(None)]
    numbers = await asyncio.gather(reply(storage, winner), reply(storage, winner))
    await resolve_conversation(
        "anna", staff=winner, result=Result.ANSWERED, storage=storage, responses=FakeResponses(), now=CLOCK
    )

    assert [type(result) for result in claims if result] == [InvalidTransition]
    assert len(set(numbers)) == 1
    async with storage.begin(read_only=True) as unit:
        record = await unit.find_handoff("anna")
        assert record
        assert (record.staff_id, record.result) == (winner.id, Result.ANSWERED)
        said = [(message.author, message.text) for message in await unit.list_messages("anna")]
        assert (await unit.list_queue(), await unit.find_open_ticket("anna")) == ([], None)
    assert said == [
        (Author.SYSTEM, "utter_staff_joined"),
        (Author.STAFF, "Guten Tag"),
        (Author.SYSTEM, "utter_staff_resolved"),
        (Author.SYSTEM, "utter_ask_rating"),
    ]


async def add_waiting(storage: SqlStorage, ids: list[str]) -> None:
    """Conversations in the live queue."""
    async with storage.begin() as unit:
        for id_ in ids:
            conversation = Conversation(id_, "web", id_, CLOCK())
            conversation.hand_off(at=CLOCK(), reason="citizen_asked", office_id="buergerbuero", service_id=None)
            await unit.add_conversation(conversation)
            await unit.add_handoff(HandoffRecord(id_, "buergerbuero", "citizen_asked", CLOCK()))
        await unit.commit()


async def add_members(storage: SqlStorage, count: int) -> list[StaffMember]:
    """So many staff members."""
    async with storage.begin() as unit:
        members = [
            await unit.add_staff(username=f"member-{number}", display_name=f"Person {number}", password_hash="h")
            for number in range(count)
        ]
        await unit.commit()
    return members


async def test_of_twenty_who_claim_at_once_one_wins_every_time(storage: SqlStorage, other_storage: SqlStorage) -> None:
    """A hundred times over, from two processes: the others are told, and the citizen reads one name, the holder's."""
    members = await add_members(storage, MEMBERS)
    ids = [f"conversation-{number}" for number in range(RACES)]
    await add_waiting(storage, ids)
    responses = FakeResponses({"utter_staff_joined": {"de": "{name}"}})

    async def claim(number: int, id_: str) -> None:
        used = (storage, other_storage)[number % 2]
        await claim_conversation(id_, staff=members[number], storage=used, responses=responses, now=CLOCK)

    async with asyncio.timeout(LONGEST_SECONDS):
        for id_ in ids:
            results = await asyncio.gather(*(claim(number, id_) for number in range(MEMBERS)), return_exceptions=True)
            winners = [members[number] for number, result in enumerate(results) if result is None]
            assert len(winners) == 1
            assert {type(result) for result in results if result is not None} == {InvalidTransition}
            async with storage.begin(read_only=True) as unit:
                conversation, record = await unit.get_conversation(id_), await unit.find_handoff(id_)
                assert [message.text for message in await unit.list_messages(id_)] == [winners[0].display_name]
            assert conversation.assignee_id == winners[0].id
            assert record
            assert record.staff_id == winners[0].id
