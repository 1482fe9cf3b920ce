"""The steps of the console, from the request to what the citizen reads; who may not is told so, and nothing changes."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta

import httpx
import pytest

from bot.domain.conversations import ConversationStatus
from bot.domain.handoffs import Result
from bot.domain.staff import Role
from tests.console_support import MONDAY, Town, brandt, error_of, sign_in

__all__ = ["brandt"]

ANNA = "api/conversations/anna"


@pytest.fixture
async def town() -> Town:
    """Anna waits; Frau Kaya and Herr Brandt work here, Frau Celik leads."""
    town = Town()
    await town.employ("kaya", "Frau Kaya")
    await town.employ("brandt", "Herr Brandt")
    await town.employ("celik", "Frau Celik", role=Role.LEAD)
    await town.start("anna", "Was kostet ein Hund?")
    await town.hand_off("anna", office="buergerbuero", service="hundesteuer")
    return town


@pytest.fixture
async def kaya(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    """Frau Kaya's browser; she holds Anna's conversation."""
    async with aclosing(await sign_in(town, "kaya")) as client:
        await client.post(f"{ANNA}/claim", json={})
        yield client


@pytest.fixture
async def celik(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    """Frau Celik's browser."""
    async with aclosing(await sign_in(town, "celik")) as client:
        yield client


def id_of(town: Town, username: str) -> int:
    """The id of a member."""
    return town.storage.tables.staff[username][0].id


async def last_said(town: Town) -> str:
    """The last thing that Anna reads."""
    return (await town.said("anna"))[-1][1]


async def test_transfer_to_an_open_office_puts_it_into_that_queue(
    kaya: httpx.AsyncClient, brandt: httpx.AsyncClient, town: Town
) -> None:
    """With a note for whoever takes it."""
    moved = await kaya.post(f"{ANNA}/transfer", json={"office_id": "steueramt", "note": "Hund ist versteuert"})
    row = (await brandt.get("api/queue")).json()["waiting"][0]

    assert moved.status_code == 204
    assert (row["id"], row["office_id"]) == ("anna", "steueramt")
    assert [note.text for note in town.storage.tables.notes] == ["Hund ist versteuert"]
    assert await last_said(town) == "utter_transferred"


async def test_transfer_to_a_closed_office_becomes_its_ticket(kaya: httpx.AsyncClient, town: Town) -> None:
    """The registry office opens on Thursday; Anna has a number and is asked nothing twice."""
    await kaya.post(f"{ANNA}/transfer", json={"office_id": "standesamt"})
    (ticket,) = town.storage.tables.tickets.values()

    assert (ticket.office_id, ticket.is_open) == ("standesamt", True)
    assert (await town.get("anna")).status is ConversationStatus.PENDING
    assert await last_said(town) == "utter_transferred_becomes_ticket"


async def test_transfer_to_a_colleague_who_is_there(kaya: httpx.AsyncClient, brandt: httpx.AsyncClient, town: Town) -> None:
    """Not to one whose console is closed."""
    body = {"staff_id": id_of(town, "brandt")}
    refused = await kaya.post(f"{ANNA}/transfer", json=body)
    await brandt.post("api/presence", json={})
    moved = await kaya.post(f"{ANNA}/transfer", json=body)

    assert error_of(refused) == (409, "invalid_transition")
    assert moved.status_code == 204
    assert (await town.get("anna")).assignee_name == "Herr Brandt"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 409),
        ({"office_id": "steueramt", "staff_id": 1}, 409),
        ({"office_id": "nirgendwo"}, 404),
        ({"office_id": "nir\x00gendwo"}, 422),
        ({"staff_id": 999}, 404),
        ({"staff_id": 2**63}, 422),
        ({"office_id": "steueramt", "note": "x" * 50_000}, 413),
    ],
)
async def test_transfer_to_nowhere_is_refused(
    kaya: httpx.AsyncClient, town: Town, body: dict[str, object], status: int
) -> None:
    """She still holds it, and no note is left."""
    refused = await kaya.post(f"{ANNA}/transfer", json=body)

    assert refused.status_code == status
    assert (await town.get("anna")).assignee_name == "Frau Kaya"
    assert town.storage.tables.notes == []


@pytest.mark.usefixtures("kaya")
async def test_only_holder_and_leads_transfer(brandt: httpx.AsyncClient, celik: httpx.AsyncClient, town: Town) -> None:
    """A colleague may not; a lead may."""
    refused = await brandt.post(f"{ANNA}/transfer", json={"office_id": "steueramt"})
    holder = (await town.get("anna")).assignee_name
    moved = await celik.post(f"{ANNA}/transfer", json={"office_id": "steueramt"})

    assert (error_of(refused), holder) == ((403, "not_allowed"), "Frau Kaya")
    assert moved.status_code == 204
    assert (await town.get("anna")).office_id == "steueramt"


@pytest.mark.usefixtures("kaya")
async def test_lead_assigns_and_others_do_not(brandt: httpx.AsyncClient, celik: httpx.AsyncClient, town: Town) -> None:
    """From whoever holds it; an editor can't be given citizens."""
    await town.employ("redaktion", "Redaktion", role=Role.EDITOR)
    body = {"staff_id": id_of(town, "brandt")}
    refused = await brandt.post(f"{ANNA}/assign", json=body)
    to_editor = await celik.post(f"{ANNA}/assign", json={"staff_id": id_of(town, "redaktion")})
    holder = (await town.get("anna")).assignee_name
    assigned = await celik.post(f"{ANNA}/assign", json=body)

    assert error_of(refused) == error_of(to_editor) == (403, "not_allowed")
    assert holder == "Frau Kaya"
    assert assigned.status_code == 204
    assert (await town.get("anna")).assignee_name == "Herr Brandt"


async def test_what_only_the_bot_has_is_not_assigned(celik: httpx.AsyncClient, town: Town) -> None:
    """It counts as not there, for leads too."""
    await town.start("carla", "Wann ist offen?")
    refused = await celik.post("api/conversations/carla/assign", json={"staff_id": id_of(town, "brandt")})

    assert error_of(refused) == (404, "conversation_not_found")
    assert (await town.get("carla")).assignee_id is None


async def test_released_conversation_waits_again(kaya: httpx.AsyncClient, town: Town) -> None:
    """For the team, and Anna knows."""
    released = await kaya.post(f"{ANNA}/release")

    assert released.status_code == 204
    assert (await town.get("anna")).is_waiting
    assert await last_said(town) == "utter_back_in_queue"


async def test_snoozed_conversation_is_taken_up_again(kaya: httpx.AsyncClient, town: Town) -> None:
    """Until a moment with its zone; its person may take it up before."""
    until = MONDAY + timedelta(hours=3)
    snoozed = await kaya.post(f"{ANNA}/snooze", json={"until": until.isoformat()})
    put_off = await town.get("anna")
    await kaya.post(f"{ANNA}/claim", json={})

    assert (snoozed.status_code, put_off.snoozed_until) == (204, until)
    assert (await town.get("anna")).is_held


@pytest.mark.parametrize(
    ("until", "status"),
    [
        (MONDAY.isoformat(), 409),
        ((MONDAY + timedelta(days=60)).isoformat(), 409),
        ("2026-11-23T14:00:00", 422),
        ("morgen", 422),
        ("9999-12-31T23:59:59-14:00", 409),
    ],
)
async def test_moment_that_makes_no_sense_is_refused(kaya: httpx.AsyncClient, town: Town, until: str, status: int) -> None:
    """Past, too far, without a zone, or no moment at all."""
    refused = await kaya.post(f"{ANNA}/snooze", json={"until": until})

    assert refused.status_code == status
    assert (await town.get("anna")).is_held


@pytest.mark.parametrize("result", ["answered", "forwarded", "citizen_left", "not_possible", "spam"])
async def test_end_has_a_result(kaya: httpx.AsyncClient, town: Town, result: str) -> None:
    """What came of it is kept for the figures."""
    ended = await kaya.post(f"{ANNA}/resolve", json={"result": result})

    assert ended.status_code == 204
    assert (await town.get("anna")).status is ConversationStatus.RESOLVED
    assert [record.result for record in town.storage.tables.handoffs] == [Result(result)]
    assert (await last_said(town) == "utter_ask_rating") is (result in ("answered", "forwarded"))


@pytest.mark.parametrize("result", ["returned", "became_ticket", "great", "", None])
async def test_result_that_is_not_for_people_to_choose_is_refused(
    kaya: httpx.AsyncClient, town: Town, result: str | None
) -> None:
    """She still holds it."""
    refused = await kaya.post(f"{ANNA}/resolve", json={"result": result})

    assert refused.status_code == 422
    assert (await town.get("anna")).is_held


@pytest.mark.parametrize("step", ["replies", "resolve", "return", "release", "snooze", "typing"])
async def test_step_that_comes_too_late_changes_nothing(kaya: httpx.AsyncClient, town: Town, step: str) -> None:
    """Two tabs: in one it is over, in the other work goes on."""
    await kaya.post(f"{ANNA}/resolve", json={"result": "answered"})
    before, commits = await town.said("anna"), town.storage.commits
    body = {
        "text": "Noch etwas", "client_message_id": "m1", "result": "spam", "is_typing": True,
        "until": (MONDAY + timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    late = await kaya.post(f"{ANNA}/{step}", json=body)

    assert error_of(late) == (409, "invalid_transition")
    assert (await town.said("anna"), town.storage.commits) == (before, commits)


async def test_erased_conversation_is_gone_for_every_step(kaya: httpx.AsyncClient, town: Town) -> None:
    """Whoever still has it open is told that it is not there any more."""
    await kaya.post(f"{ANNA}/resolve", json={"result": "answered"})
    async with town.storage.begin() as unit:
        await unit.purge_conversations(before=town.clock() + timedelta(days=1))
        await unit.commit()
    body = {
        "text": "Noch etwas", "client_message_id": "m1", "result": "spam", "is_typing": True, "is_open": True,
        "until": (MONDAY + timedelta(hours=1)).isoformat(), "office_id": "steueramt",
    }  # fmt: skip
    steps = ("claim", "replies", "resolve", "return", "release", "transfer", "snooze", "notes", "viewing", "typing")
    answers = [await kaya.post(f"{ANNA}/{step}", json=body) for step in steps]

    assert {error_of(each) for each in answers} == {(404, "conversation_not_found")}


async def test_pasted_book_is_refused_and_the_draft_can_be_shortened(kaya: httpx.AsyncClient, town: Town) -> None:
    """50,000 characters are no answer; what is refused is not remembered under its id."""
    refused = await kaya.post(f"{ANNA}/replies", json={"client_message_id": "m1", "text": "x" * 50_000})
    sent = await kaya.post(f"{ANNA}/replies", json={"client_message_id": "m1", "text": "<b>kurz</b>"})

    assert error_of(refused) == (413, "message_too_long")
    assert sent.json()["message"]["text"] == "<b>kurz</b>"
    assert await last_said(town) == "<b>kurz</b>"
