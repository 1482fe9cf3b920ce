"""The JSON behind the console: queue, conversations, steps, and the stream of changes."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from bot.console.event_stream import event_stream
from bot.domain.messages import Author
from tests.console_support import Town, brandt, error_of, kaya
from tests.fakes import InMemoryEvents

__all__ = ["brandt", "kaya"]

STEPS = ("claim", "replies", "resolve", "return")


@pytest.fixture
async def town() -> Town:
    """Anna waits, Berta has a ticket, Carla talks to the bot only; Frau Kaya and Herr Brandt work here."""
    town = Town()
    await town.employ("kaya", "Frau Kaya")
    await town.employ("brandt", "Herr Brandt")
    await town.start("anna", "Mein Perso ist weg")
    await town.ask_back("anna", ("personalausweis", 0.46), ("reisepass", 0.41))
    await town.hand_off("anna", office="buergerbuero", service="personalausweis")
    await town.start("berta", "Was kostet die Hundesteuer?", language="en", channel="telegram")
    due = timedelta(hours=3)
    await town.open_ticket("berta", "Was kostet das?", office="steueramt", service="hundesteuer", due_in=due)
    await town.start("carla", "Wann ist offen?")
    return town


async def test_queue_groups_what_staff_have_to_do(kaya: httpx.AsyncClient, brandt: httpx.AsyncClient) -> None:
    """Waiting, mine, colleagues', tickets; what the bot does alone is nobody's business."""
    before = (await kaya.get("api/queue")).json()
    await kaya.post("api/conversations/anna/claim", json={})
    mine, theirs = (await kaya.get("api/queue")).json(), (await brandt.get("api/queue")).json()

    groups = ("waiting", "mine", "colleagues", "tickets")
    assert [[row["id"] for row in before[group]] for group in groups] == [["anna"], [], [], ["berta"]]
    assert [[row["id"] for row in mine[group]] for group in groups] == [[], ["anna"], [], ["berta"]]
    assert [[row["id"] for row in theirs[group]] for group in groups] == [[], [], ["anna"], ["berta"]]
    assert (before["attention"], mine["attention"], theirs["attention"]) == (1, 1, 0)


async def test_row_tells_everything_that_the_list_shows(kaya: httpx.AsyncClient) -> None:
    """Ticket with number and due time, office and service by name, language, channel."""
    row = (await kaya.get("api/queue", headers={"Accept-Language": "de"})).json()["tickets"][0]

    assert (row["service"], row["ticket"]["office"], row["language"], row["channel"]) == (
        "Hundesteuer",
        "Steueramt",
        "en",
        "telegram",
    )
    assert row["ticket"]["due_at"] == "2026-11-23T12:12:00Z"
    assert (row["state"], row["unread"]) == ("bot", 1)


async def test_conversation_tells_what_the_bot_was_unsure_of(kaya: httpx.AsyncClient) -> None:
    """Names and scores of the candidates, never a payload; `after` gives only what is new."""
    whole = (await kaya.get("api/conversations/anna")).json()
    rest = (await kaya.get("api/conversations/anna?after=2")).json()

    assert whole["messages"][2]["guesses"] == [
        {"name": "Personalausweis", "score": 0.46},
        {"name": "Reisepass", "score": 0.41},
    ]
    assert "payload" not in str(whole)
    assert [message["seq"] for message in rest["messages"]] == [3]


async def test_conversation_that_was_not_handed_over_is_not_for_staff(kaya: httpx.AsyncClient, town: Town) -> None:
    """Who talks to the bot only is neither read nor taken, and looks as if it did not exist."""
    read = await kaya.get("api/conversations/carla")
    claimed = await kaya.post("api/conversations/carla/claim", json={})

    assert error_of(read) == error_of(claimed) == (404, "conversation_not_found")
    assert (await town.get("carla")).assignee_id is None


@pytest.mark.parametrize("id_", ["an%00na", "anna%0A", "%C3%A4", "a" * 65])
async def test_id_that_can_be_none_is_not_found(kaya: httpx.AsyncClient, id_: str) -> None:
    """What no id looks like never reaches a database, which may not even take it; every route says 404."""
    body = {"text": "Guten Tag", "client_message_id": "m1"}
    answers = [await kaya.get(f"api/conversations/{id_}")]
    answers += [await kaya.post(f"api/conversations/{id_}/{step}", json=body) for step in STEPS]

    assert [error_of(each) for each in answers] == [(404, "conversation_not_found")] * 5


@pytest.mark.parametrize("after", ["-1", "2147483648", "9223372036854775808", "x"])
async def test_number_that_no_message_has_is_refused(kaya: httpx.AsyncClient, after: str) -> None:
    """Before it reaches a database whose column is smaller."""
    assert (await kaya.get(f"api/conversations/anna?after={after}")).status_code == 422


@pytest.mark.parametrize("client_message_id", ["", "m\x001", "m\n1", "m" * 65])
async def test_message_id_that_can_not_be_stored_is_refused(kaya: httpx.AsyncClient, client_message_id: str) -> None:
    """Nothing is sent."""
    await kaya.post("api/conversations/anna/claim", json={})
    body = {"text": "Guten Tag", "client_message_id": client_message_id}

    assert (await kaya.post("api/conversations/anna/replies", json=body)).status_code == 422


async def test_second_claim_is_a_conflict(kaya: httpx.AsyncClient, brandt: httpx.AsyncClient, town: Town) -> None:
    """409, and the first keeps it."""
    first = await kaya.post("api/conversations/anna/claim", json={})
    second = await brandt.post("api/conversations/anna/claim", json={})

    assert first.status_code == 204
    assert error_of(second) == (409, "invalid_transition")
    assert (await town.get("anna")).assignee_name == "Frau Kaya"


async def test_reply_twice_is_one_message(kaya: httpx.AsyncClient, town: Town) -> None:
    """The same id gives the same answer."""
    await kaya.post("api/conversations/anna/claim", json={})
    body = {"client_message_id": "m1", "text": "Guten Tag"}
    first = await kaya.post("api/conversations/anna/replies", json=body)
    again = await kaya.post("api/conversations/anna/replies", json=body)

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert (first.status_code, first.json()["message"]["author_name"]) == (201, "Frau Kaya")
    assert [author for author, _ in await town.said("anna")].count(Author.STAFF) == 1


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("headers", [{"X-CSRF-Token": "wrong"}, {"X-CSRF-Token": "é"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_step_without_proof_of_origin_is_refused(
    kaya: httpx.AsyncClient, town: Town, step: str, headers: dict[str, str]
) -> None:
    """A foreign page that has the cookie sent along changes nothing."""
    before = town.storage.commits
    response = await kaya.post(
        f"api/conversations/anna/{step}",
        json={"client_message_id": "m1", "text": "x"},
        headers=httpx.Headers(headers, encoding="latin-1"),
    )

    assert error_of(response) == (403, "not_allowed")
    assert town.storage.commits == before


async def test_token_of_another_session_does_not_count(
    kaya: httpx.AsyncClient, brandt: httpx.AsyncClient, town: Town
) -> None:
    """The token belongs to one session."""
    headers = {"X-CSRF-Token": brandt.headers["X-CSRF-Token"]}
    response = await kaya.post("api/conversations/anna/claim", json={}, headers=headers)

    assert error_of(response) == (403, "not_allowed")
    assert (await town.get("anna")).assignee_id is None


async def test_member_who_was_switched_off_is_out_at_once(kaya: httpx.AsyncClient, town: Town) -> None:
    """No session outlives the permission."""
    async with town.storage.begin() as unit:
        await unit.set_staff_active("kaya", active=False)
        await unit.commit()

    assert error_of(await kaya.get("api/queue")) == (401, "token_invalid")


async def test_stream_names_each_changed_conversation_and_nothing_else() -> None:
    """First `ready`, then ids; a conversation that changed twice before it was read comes once."""
    events = InMemoryEvents()
    stream = event_stream(events, is_signed_in=lambda: _answer(True), heartbeat=60)
    assert await anext(stream) == "event: ready\ndata: {}\n\n"

    await events.publish(["anna", "berta"])
    await events.publish(["anna"])

    assert [await anext(stream), await anext(stream)] == [
        'event: conversation\ndata: {"id": "anna"}\n\n',
        'event: conversation\ndata: {"id": "berta"}\n\n',
    ]
    await stream.aclose()
    assert events.subscribers == 0


async def test_stream_shows_life_and_ends_with_the_session() -> None:
    """A ping while nothing happens; whoever is signed out gets nothing more, however much happens."""
    events = InMemoryEvents()
    answers = iter([True, False])
    stream = event_stream(events, is_signed_in=lambda: _answer(next(answers)), heartbeat=0.01)
    ready, ping = await anext(stream), await anext(stream)
    await asyncio.sleep(0.02)
    await events.publish(["anna"])

    assert [ready, ping, *[event async for event in stream]] == [
        f"event: {name}\ndata: {{}}\n\n" for name in ("ready", "ping", "signed_out")
    ]
    assert events.subscribers == 0


async def _answer(value: bool) -> bool:
    return value


async def test_names_that_the_editors_removed_do_not_break_the_list(kaya: httpx.AsyncClient, town: Town) -> None:
    """A ticket outlives the record of its office."""
    await town.start("dora", "Frage")
    await town.hand_off("dora", office="abgeschafft")

    assert (await kaya.get("api/queue")).json()["waiting"][1]["office"] == "abgeschafft"
