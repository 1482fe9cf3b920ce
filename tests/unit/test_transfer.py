"""A conversation goes to another office or to a colleague, and what the citizen reads."""

import pytest

from bot.domain.conversations import ConversationStatus
from bot.domain.handoffs import Result
from bot.domain.staff import Role
from bot.errors import InvalidTransition, NotAllowed, NotFound
from tests.handoff_support import berlin, to_handoff_turn
from tests.team_support import Team, to_waiting_team


@pytest.fixture
async def team() -> Team:
    """A citizen waits."""
    return await to_waiting_team()


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


@pytest.mark.parametrize(("before", "after"), [("personalausweis", None), ("eheschliessung", "eheschliessung")])
async def test_service_is_kept_only_where_the_new_office_is_competent(team: Team, before: str, after: str | None) -> None:
    """Or the row at the registry office would still speak of an identity card."""
    team.clock.moment = berlin(26, "14:30")
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.change("move_to", office_id="buergerbuero", service_id=before)
    await team.transfer(kaya, office_id="standesamt")

    assert (team.conversation().service_id, team.record.service_id) == (after, after)


async def test_transfer_to_a_closed_office_is_a_ticket_at_once(team: Team) -> None:
    """Nobody is asked twice, and the bot answers meanwhile."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    await team.transfer(kaya, office_id="standesamt")

    (ticket,) = team.tickets
    assert (ticket.office_id, ticket.service_id, ticket.question) == ("standesamt", None, "Mensch bitte")
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
        await team.assign(lang, lang)

    await team.assign(lead, lang)
    assert team.conversation().assignee_id == lang.id
    with pytest.raises(NotAllowed):
        await team.assign(lead, editor)


async def test_giving_it_to_its_holder_says_nothing(team: Team) -> None:
    """Neither by the holder nor by a lead: the citizen reads who it is once."""
    kaya, lead = await team.employ("kaya"), await team.employ("berg", Role.LEAD)
    await team.claim(kaya)
    said = team.bot_texts()
    await team.transfer(kaya, staff_id=kaya.id)
    await team.assign(lead, kaya)

    assert team.bot_texts() == said
    assert team.conversation().assignee_id == kaya.id


async def test_lead_gives_what_waits_and_what_was_put_off(team: Team) -> None:
    """Whoever has it, or nobody; the member need not be there."""
    kaya, lang = await team.employ("kaya"), await team.employ("lang", is_here=False)
    lead = await team.employ("berg", Role.LEAD)
    await team.assign(lead, kaya)
    assert team.conversation().assignee_id == kaya.id
    await team.snooze(kaya, 2)
    await team.assign(lead, lang)

    assert (team.conversation().is_held, team.conversation().assignee_id) == (True, lang.id)
    assert len(team.storage.tables.handoffs) == 1


async def test_office_that_never_opens_is_given_nothing(team: Team) -> None:
    """Nobody would ever answer there, and nothing could be promised."""
    kaya = await team.employ("kaya")
    await team.claim(kaya)
    with pytest.raises(InvalidTransition):
        await team.transfer(kaya, office_id="fundbuero", note="x")

    assert team.conversation().assignee_id == kaya.id
    assert (team.tickets, team.storage.tables.notes) == ([], [])


async def to_held_ticket(hour: str) -> Team:
    """A ticket of the Bürgerbüro from Wednesday night, which Frau Kaya claimed on Thursday."""
    team = Team(to_handoff_turn(), at=berlin(25, "20:00"))
    await team.ask("Mensch bitte")
    team.clock.moment = berlin(26, hour)
    await team.claim(await team.employ("kaya"))
    return team


async def test_ticket_goes_along_to_a_closed_office() -> None:
    """The citizen keeps the number and reads the new office's promise; there is no second ticket."""
    team = await to_held_ticket("09:00")
    (before,) = team.tickets
    await team.transfer(team.members["kaya"], office_id="standesamt")

    (ticket,) = team.tickets
    assert (ticket.number, ticket.office_id, ticket.is_open) == (before.number, "standesamt", True)
    assert (before.service_id, ticket.service_id) == ("personalausweis", None)
    assert ticket.due_at > before.due_at
    assert team.bot_texts()[-1] == "utter_transferred_becomes_ticket"
    assert team.values_of("utter_transferred_becomes_ticket")["number"] == before.number


async def test_ticket_goes_along_to_an_open_office() -> None:
    """What was promised to the citizen still holds."""
    team = await to_held_ticket("14:30")
    (before,) = team.tickets
    await team.transfer(team.members["kaya"], office_id="standesamt")

    (ticket,) = team.tickets
    assert (ticket.number, ticket.office_id, ticket.due_at) == (before.number, "standesamt", before.due_at)
    assert team.bot_texts()[-1] == "utter_transferred"


async def test_office_that_has_a_ticket_keeps_one() -> None:
    """Two of the same conversation at one office would be answered twice."""
    team = Team(to_handoff_turn(service="eheschliessung"), to_handoff_turn(), at=berlin(25, "20:00"))
    await team.ask("Heiraten")
    await team.ask("Ausweis")
    team.clock.moment = berlin(26, "09:00")
    await team.claim(await team.employ("kaya"))
    await team.transfer(team.members["kaya"], office_id="standesamt")

    assert [(each.office_id, each.is_open) for each in team.tickets] == [("standesamt", True), ("buergerbuero", False)]
    assert team.values_of("utter_transferred_becomes_ticket")["number"] == team.tickets[0].number
