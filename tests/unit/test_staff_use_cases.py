"""What staff do: sign in and out, claim, answer, resolve, give back to the bot."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.domain.conversations import ConversationStatus
from bot.domain.messages import Author
from bot.domain.staff import StaffMember
from bot.errors import (
    ConversationNotFound,
    InvalidTransition,
    MessageEmpty,
    MessageTooLong,
    SignInFailed,
    StaffInvalid,
    UsernameTaken,
)
from bot.passwords import READABLE
from bot.use_cases.add_staff import add_staff
from bot.use_cases.bearer_token import to_token_hash
from bot.use_cases.claim_conversation import claim_conversation
from bot.use_cases.reply_as_staff import reply_as_staff
from bot.use_cases.resolve_conversation import resolve_conversation
from bot.use_cases.return_to_bot import return_to_bot
from bot.use_cases.sign_in import sign_in
from bot.use_cases.sign_out import sign_out
from tests.console_support import PASSWORD, Town

KAYA = StaffMember(1, "kaya", "Frau Kaya")
BRANDT = StaffMember(2, "brandt", "Herr Brandt")


@pytest.fixture
async def town() -> Town:
    """Anna waits for a person about her identity card."""
    town = Town()
    await town.start("anna", "Mein Perso ist weg")
    await town.hand_off("anna", office="buergerbuero", service="personalausweis")
    return town


async def claim(town: Town, staff: StaffMember = KAYA, *, instead_of: int | None = None) -> None:
    """Claim Anna's conversation."""
    await claim_conversation(
        "anna", staff=staff, storage=town.storage, responses=town.responses, now=town.clock, instead_of=instead_of
    )


async def reply(town: Town, text: str = "Guten Tag", staff: StaffMember = KAYA, id_: str = "m1") -> int:
    """Answer Anna; the message's number."""
    message = await reply_as_staff("anna", text, staff=staff, client_message_id=id_, storage=town.storage, now=town.clock)
    return message.seq


async def test_claim_gives_the_conversation_to_the_member_and_tells_the_citizen(town: Town) -> None:
    """The citizen reads who answers now, in their own language."""
    await claim(town)

    conversation = await town.get("anna")
    assert (conversation.is_held, conversation.assignee_name, conversation.waiting_since) == (True, "Frau Kaya", None)
    assert (await town.said("anna"))[-1] == (Author.SYSTEM, "utter_staff_joined")
    assert town.responses.asked == [("utter_staff_joined", "de", {"name": "Frau Kaya"})]


async def test_claiming_twice_tells_the_citizen_once(town: Town) -> None:
    """A double click changes nothing."""
    await claim(town)
    before = await town.said("anna")

    await claim(town)

    assert await town.said("anna") == before


async def test_of_two_claims_at_once_one_wins(town: Town) -> None:
    """The other is refused and leaves no trace."""
    results = await asyncio.gather(claim(town, KAYA), claim(town, BRANDT), return_exceptions=True)

    assert [type(result) for result in results] == [type(None), InvalidTransition]
    assert (await town.get("anna")).assignee_id == KAYA.id
    assert [text for _, text in await town.said("anna")].count("utter_staff_joined") == 1


async def test_conversation_of_a_colleague_is_taken_only_knowingly(town: Town) -> None:
    """It names whom it is taken from; what the handoff was about is kept."""
    await claim(town)
    with pytest.raises(InvalidTransition):
        await claim(town, BRANDT, instead_of=99)
    assert (await town.get("anna")).assignee_id == KAYA.id

    await claim(town, BRANDT, instead_of=KAYA.id)

    conversation = await town.get("anna")
    assert (conversation.assignee_id, conversation.service_id, conversation.handoff_reason) == (
        BRANDT.id,
        "personalausweis",
        "citizen_asked",
    )


async def test_ticket_of_a_citizen_whom_the_bot_answers_can_be_claimed() -> None:
    """A promise is kept in the same chat, long after office hours; resolving it closes the ticket."""
    town = Town()
    await town.start("anna", "Was kostet die Hundesteuer?")
    await town.open_ticket("anna", "Was kostet das?", office="steueramt", service="hundesteuer", due_in=timedelta(hours=8))
    town.clock.advance(timedelta(hours=14))

    await claim(town)
    await reply(town, "96 Euro im Jahr.")
    await resolve_conversation("anna", staff=KAYA, storage=town.storage, responses=town.responses, now=town.clock)

    assert (Author.STAFF, "96 Euro im Jahr.") in await town.said("anna")
    assert [ticket.closed_at for ticket in town.storage.tables.tickets.values()] == [town.clock()]


@pytest.mark.parametrize("end", [resolve_conversation, return_to_bot])
async def test_end_of_a_conversation_closes_every_ticket(end: Callable[..., Awaitable[None]]) -> None:
    """A citizen who was promised answers by two offices is not listed any more once a person is done."""
    town = Town()
    await town.start("anna", "Was kostet die Hundesteuer?")
    for office in ("steueramt", "standesamt"):
        await town.open_ticket("anna", "Frage", office=office, service=None, due_in=timedelta(hours=8))
    await claim(town)

    await end("anna", staff=KAYA, storage=town.storage, responses=town.responses, now=town.clock)

    assert [ticket.is_open for ticket in town.storage.tables.tickets.values()] == [False, False]
    async with town.storage.begin(read_only=True) as unit:
        assert await unit.list_queue() == []


async def test_reply_is_sent_once_however_often_it_is_asked_for(town: Town) -> None:
    """The same id gives the same message, even after the conversation has been resolved."""
    await claim(town)
    first = await reply(town)
    again = await reply(town)
    await resolve_conversation("anna", staff=KAYA, storage=town.storage, responses=town.responses, now=town.clock)
    late = await reply(town)

    assert first == again == late
    assert [author for author, _ in await town.said("anna")].count(Author.STAFF) == 1


async def test_ids_of_two_members_do_not_meet(town: Town) -> None:
    """The same client id from another member is another message."""
    await claim(town)
    await reply(town, "von Kaya")
    await claim(town, BRANDT, instead_of=KAYA.id)

    await reply(town, "von Brandt", BRANDT)

    assert [text for author, text in await town.said("anna") if author is Author.STAFF] == ["von Kaya", "von Brandt"]


async def test_only_the_holder_answers_resolves_and_returns(town: Town) -> None:
    """Anybody else is refused and nothing is written."""
    await claim(town)
    before, commits = await town.said("anna"), town.storage.commits

    with pytest.raises(InvalidTransition):
        await reply(town, staff=BRANDT)
    with pytest.raises(InvalidTransition):
        await resolve_conversation("anna", staff=BRANDT, storage=town.storage, responses=town.responses, now=town.clock)
    with pytest.raises(InvalidTransition):
        await return_to_bot("anna", staff=BRANDT, storage=town.storage, responses=town.responses, now=town.clock)

    assert (await town.said("anna"), town.storage.commits) == (before, commits)


@pytest.mark.parametrize(("text", "error"), [("  \n", MessageEmpty), ("x" * 4001, MessageTooLong)])
async def test_unusable_reply_is_refused(town: Town, text: str, error: type[Exception]) -> None:
    """Empty and endless texts never reach a citizen."""
    await claim(town)
    before = await town.said("anna")

    with pytest.raises(error):
        await reply(town, text)

    assert await town.said("anna") == before


async def test_return_to_bot_lets_the_bot_answer_again(town: Town) -> None:
    """The citizen is told, and nothing of the handoff remains."""
    await claim(town)

    await return_to_bot("anna", staff=KAYA, storage=town.storage, responses=town.responses, now=town.clock)

    conversation = await town.get("anna")
    assert (conversation.status, conversation.assignee_id) == (ConversationStatus.PENDING, None)
    assert (await town.said("anna"))[-1] == (Author.SYSTEM, "utter_returned_to_bot")


async def test_unknown_conversation_is_not_found(town: Town) -> None:
    """An id that does not exist is said to be so."""
    with pytest.raises(ConversationNotFound):
        await claim_conversation("nobody", staff=KAYA, storage=town.storage, responses=town.responses, now=town.clock)

    assert town.responses.asked == []


async def test_sign_in_starts_a_session_of_ten_hours() -> None:
    """The token opens the session until it has expired; only its SHA-256 is stored."""
    town = Town()
    member = await town.employ("kaya", "Frau Kaya")

    token = await sign_in(" KAYA ", PASSWORD, storage=town.storage, now=town.clock)

    assert list(town.storage.tables.sessions) == [to_token_hash(token)]
    town.clock.advance(timedelta(hours=9, minutes=59))
    async with town.storage.begin(read_only=True) as unit:
        assert await unit.find_session(to_token_hash(token), now=town.clock()) == member
    town.clock.advance(timedelta(minutes=1))
    async with town.storage.begin(read_only=True) as unit:
        assert await unit.find_session(to_token_hash(token), now=town.clock()) is None


@pytest.mark.parametrize(("username", "password"), [("kaya", "wrong password"), ("nobody", PASSWORD), ("brandt", PASSWORD)])
async def test_sign_in_says_nothing_about_what_was_wrong(username: str, password: str) -> None:
    """A wrong password, an unknown name and a member who was switched off look the same."""
    town = Town()
    await town.employ("kaya", "Frau Kaya")
    await town.employ("brandt", "Herr Brandt")
    async with town.storage.begin() as unit:
        await unit.set_staff_active("brandt", active=False)
        await unit.commit()

    with pytest.raises(SignInFailed, match="username and password do not belong together"):
        await sign_in(username, password, storage=town.storage, now=town.clock)

    assert town.storage.tables.sessions == {}


async def test_sign_out_ends_the_session() -> None:
    """The token opens nothing any more."""
    town = Town()
    await town.employ("kaya", "Frau Kaya")
    token = await sign_in("kaya", PASSWORD, storage=town.storage, now=town.clock)

    await sign_out(token, storage=town.storage)

    assert town.storage.tables.sessions == {}


async def test_added_member_gets_a_readable_password_that_is_not_stored() -> None:
    """Twenty characters that nobody confuses on the phone; stored is an argon2id hash."""
    town = Town()

    password = await add_staff("Kaya", "  Frau   Kaya ", storage=town.storage)

    member, password_hash = town.storage.tables.staff["kaya"]
    assert (len(password), set(password) <= set(READABLE)) == (20, True)
    assert (member.display_name, password_hash.startswith("$argon2id$")) == ("Frau Kaya", True)
    assert await sign_in("kaya", password, storage=town.storage, now=town.clock)


@pytest.mark.parametrize(
    ("username", "display_name", "password"),
    [("", "Frau Kaya", None), ("ka ya", "Frau Kaya", None), ("kaya", " ", None), ("kaya", "Frau Kaya", "elf letters")],
)
async def test_unusable_member_is_refused(username: str, display_name: str, password: str | None) -> None:
    """Bad names and passwords under twelve characters add nobody."""
    town = Town()

    with pytest.raises(StaffInvalid):
        await add_staff(username, display_name, storage=town.storage, password=password)

    assert town.storage.tables.staff == {}


async def test_username_is_given_once() -> None:
    """The second of two equal names is refused, the first keeps the password."""
    town = Town()
    await town.employ("kaya", "Frau Kaya")
    before = town.storage.tables.staff["kaya"]

    with pytest.raises(UsernameTaken):
        await add_staff("KAYA", "Jemand anders", storage=town.storage)

    assert town.storage.tables.staff["kaya"] == before
