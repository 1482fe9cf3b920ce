"""What the console tells a team: who is there, who looks at what, notes, search, suggestions, figures."""

from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest

from bot.domain.handoffs import HandoffRecord, Result
from bot.domain.messages import Author
from bot.domain.staff import PRESENT_FOR, Role
from tests.console_support import MONDAY, Town, brandt, error_of, kaya, sign_in

__all__ = ["brandt", "kaya"]

ANNA = "api/conversations/anna"


@pytest.fixture
async def town() -> Town:
    """Anna waits at the tax office, where Frau Kaya works; Herr Brandt leads the general office."""
    town = Town()
    await town.employ("kaya", "Frau Kaya", offices=("steueramt",))
    await town.employ("brandt", "Herr Brandt", role=Role.LEAD)
    await town.start("anna", "Was kostet ein Hund?", language="en")
    await town.hand_off("anna", office="steueramt", service="hundesteuer")
    return town


async def read(client: httpx.AsyncClient, id_: str = "anna") -> dict[str, object]:
    """The conversation as this browser is told."""
    conversation: dict[str, object] = (await client.get(f"api/conversations/{id_}")).json()["conversation"]
    return conversation


async def change(town: Town, id_: str, step: str, **values: object) -> None:
    """Let a step of a conversation happen."""
    async with town.storage.begin() as unit:
        conversation = await unit.get_conversation(id_)
        getattr(conversation, step)(**values)
        await unit.save_conversation(conversation)
        await unit.commit()


async def end_handoff(town: Town, id_: str, result: Result = Result.ANSWERED) -> None:
    """The last handoff of the conversation is over, and so is the conversation."""
    await change(town, id_, "resolve")
    async with town.storage.begin() as unit:
        record = await unit.find_handoff(id_)
        assert record
        await unit.save_handoff(record.end(result, at=town.clock()))
        await unit.commit()


async def test_session_tells_whom_and_what_there_is(brandt: httpx.AsyncClient) -> None:
    """Role, offices with whether they are open, colleagues, canned responses in every language, and the results."""
    session = (await brandt.get("api/session", headers={"Accept-Language": "en"})).json()

    assert (session["role"], session["is_away"]) == ("lead", False)
    assert [(office["id"], office["is_open"]) for office in session["offices"]] == [
        ("buergerbuero", True),
        ("steueramt", True),
        ("standesamt", False),
        ("kfz_zulassung", True),
    ]
    assert [(each["name"], each["is_available"], each["offices"]) for each in session["colleagues"]] == [
        ("Frau Kaya", False, ["steueramt"])
    ]
    assert session["canned_responses"][0] == {
        "short_code": "gruss",
        "title": "Greeting",
        "content": "Guten Tag, mein Name ist {name}, {office}.",
        "contents": {
            "de": "Guten Tag, mein Name ist {name}, {office}.",
            "en": "Hello, my name is {name}, {office}.",
        },
    }
    assert session["results"] == ["answered", "forwarded", "citizen_left", "not_possible", "spam"]


async def test_editor_is_told_of_no_citizen_and_no_colleague(town: Town) -> None:
    """An editor signs in and sees nothing of conversations."""
    await town.employ("redaktion", "Redaktion", role=Role.EDITOR)
    async with aclosing(await sign_in(town, "redaktion")) as editor:
        session = (await editor.get("api/session")).json()
        refused = [await editor.get(path) for path in ("api/queue", ANNA, "api/search?q=Hund", "api/figures", "events")]

    assert (session["role"], session["colleagues"], session["offices"]) == ("editor", [], [])
    assert {error_of(each) for each in refused} == {(403, "not_allowed")}


async def test_colleague_is_there_while_their_console_is_open(
    kaya: httpx.AsyncClient, brandt: httpx.AsyncClient, town: Town
) -> None:
    """Each sign of life counts for a minute and a half; whoever says so is away."""

    async def is_there() -> object:
        return (await brandt.get("api/session")).json()["colleagues"][0]["is_available"]

    await kaya.post("api/presence", json={})
    present = await is_there()
    away = (await kaya.post("api/presence", json={"is_away": True})).json()["is_away"]
    gone_for_lunch = await is_there()
    await kaya.post("api/presence", json={"is_away": False})
    town.clock.advance(PRESENT_FOR + timedelta(seconds=1))

    assert (present, away, gone_for_lunch, await is_there()) == (True, True, False, False)


async def test_list_says_whose_team_is_asked(kaya: httpx.AsyncClient, brandt: httpx.AsyncClient) -> None:
    """The team of the office if it has one; only the own team's waiting citizens ask for attention."""
    own, others = (await kaya.get("api/queue")).json(), (await brandt.get("api/queue")).json()

    row = own["waiting"][0]
    assert (row["office_id"], row["team_id"], row["is_own_team"]) == ("steueramt", "steueramt", True)
    assert others["waiting"][0]["is_own_team"] is False
    assert (own["attention"], others["attention"]) == (1, 0)


async def test_list_shows_what_is_put_off_and_what_is_about_to_be_late(kaya: httpx.AsyncClient, town: Town) -> None:
    """A snoozed conversation stands in a group of its own with its moment; an escalated ticket is marked."""
    member = town.storage.tables.staff["kaya"][0]
    await change(town, "anna", "claim", staff_id=member.id, staff_name="Frau Kaya", at=town.clock())
    await change(town, "anna", "snooze", until=MONDAY + timedelta(hours=2))
    await town.start("berta", "Frage")
    number = await town.open_ticket("berta", "Frage", office="steueramt", service=None, due_in=timedelta(hours=3))
    async with town.storage.begin() as unit:
        await unit.escalate_ticket(number, at=town.clock())
        await unit.commit()
    queue = (await kaya.get("api/queue")).json()

    assert [(row["id"], row["state"], row["snoozed_until"]) for row in queue["snoozed"]] == [
        ("anna", "snoozed", "2026-11-23T11:12:00Z")
    ]
    assert [(row["id"], row["is_escalated"], row["due_at"]) for row in queue["tickets"]] == [
        ("berta", True, "2026-11-23T12:12:00Z")
    ]


async def test_what_a_colleague_has_put_off_is_the_colleagues(brandt: httpx.AsyncClient, town: Town) -> None:
    """It stays in somebody's list."""
    member = town.storage.tables.staff["kaya"][0]
    await change(town, "anna", "claim", staff_id=member.id, staff_name="Frau Kaya", at=town.clock())
    await change(town, "anna", "snooze", until=MONDAY + timedelta(hours=2))
    queue = (await brandt.get("api/queue")).json()

    assert [row["assignee"]["name"] for row in queue["colleagues"]] == ["Frau Kaya"]


async def test_steps_are_offered_to_whom_they_are_allowed(kaya: httpx.AsyncClient, brandt: httpx.AsyncClient) -> None:
    """Before, while and after somebody holds it, for a member and for a lead."""
    waiting = [(await read(client))["may"] for client in (kaya, brandt)]
    await kaya.post(f"{ANNA}/claim", json={})
    held = [(await read(client))["may"] for client in (kaya, brandt)]

    assert waiting == [["claim", "note"], ["claim", "assign", "transfer", "note"]]
    assert held == [
        ["reply", "resolve", "return", "release", "transfer", "snooze", "note"],
        ["claim", "assign", "transfer", "note"],
    ]


async def test_placeholders_are_filled_in_the_citizens_language(kaya: httpx.AsyncClient, town: Town) -> None:
    """The office as the citizen knows it; what is not known is nothing."""
    placeholders = (await read(kaya))["placeholders"]

    assert placeholders == {
        "office": "Steueramt (en)",
        "ticket": None,
        "name": "Frau Kaya",
        "town": "Stadt Musterstadt",
        "phone": "02599 123-100",
    }


async def test_note_is_read_by_colleagues_only(kaya: httpx.AsyncClient, brandt: httpx.AsyncClient, town: Town) -> None:
    """It stands beside the messages, never among them."""
    before = await town.said("anna")
    added = await kaya.post(f"{ANNA}/notes", json={"text": "  <b>Rückruf</b> versprochen "})
    notes = (await read(brandt))["notes"]

    assert added.status_code == 201
    assert notes == [added.json()["note"]]
    assert {key: added.json()["note"][key] for key in ("author", "text", "created_at")} == {
        "author": "Frau Kaya",
        "text": "<b>Rückruf</b> versprochen",
        "created_at": "2026-11-23T09:12:00Z",
    }
    assert await town.said("anna") == before


@pytest.mark.parametrize(("text", "status"), [("", 422), (" \n ", 422), ("x" * 50_000, 413), ("x" * 70_000, 422)])
async def test_note_that_can_not_be_kept_is_refused(kaya: httpx.AsyncClient, town: Town, text: str, status: int) -> None:
    """Empty ones and pasted books; nothing is stored."""
    refused = await kaya.post(f"{ANNA}/notes", json={"text": text})

    assert refused.status_code == status
    assert town.storage.tables.notes == []


async def test_console_shows_who_else_has_it_open(kaya: httpx.AsyncClient, brandt: httpx.AsyncClient, town: Town) -> None:
    """Others, not oneself; until they close it, or their browser is no longer heard of."""
    await kaya.post(f"{ANNA}/viewing", json={"is_open": True})
    seen = [(await read(client))["viewers"] for client in (kaya, brandt)]
    await kaya.post(f"{ANNA}/viewing", json={"is_open": False})
    closed = (await read(brandt))["viewers"]
    await kaya.post(f"{ANNA}/viewing", json={"is_open": True})
    town.clock.advance(PRESENT_FOR + timedelta(seconds=1))

    assert seen == [[], [{"id": town.storage.tables.staff["kaya"][0].id, "name": "Frau Kaya"}]]
    assert closed == (await read(brandt))["viewers"] == []


async def test_typing_is_shown_for_a_moment(kaya: httpx.AsyncClient, town: Town) -> None:
    """The citizen's as long as it is fresh; only the holder's is passed on."""
    refused = await kaya.post(f"{ANNA}/typing", json={"is_typing": True})
    await kaya.post(f"{ANNA}/claim", json={})
    passed_on = await kaya.post(f"{ANNA}/typing", json={"is_typing": True})
    async with town.storage.begin() as unit:
        await unit.note_typing("anna", Author.CITIZEN, at=town.clock())
        await unit.commit()
    fresh = (await read(kaya))["citizen_is_typing"]
    town.clock.advance(timedelta(seconds=9))

    assert error_of(refused) == (409, "invalid_transition")
    assert passed_on.status_code == 204
    assert town.storage.tables.typing["anna", Author.STAFF] == MONDAY
    assert (fresh, (await read(kaya))["citizen_is_typing"]) == (True, False)


async def test_suggestions_come_with_names_and_sources(kaya: httpx.AsyncClient, town: Town) -> None:
    """What could be sent; asking for it writes nothing."""
    before = town.storage.commits
    suggestions = (await kaya.get(f"{ANNA}/suggestions", headers={"Accept-Language": "de"})).json()["suggestions"]

    assert suggestions == [
        {
            "text": "Der Personalausweis kostet 37 Euro.",
            "service": "Personalausweis",
            "aspect": "fee",
            "score": 0.62,
            "source_title": "Stadt Musterstadt",
            "source_url": "https://www.musterstadt.example/",
        }
    ]
    assert town.storage.commits == before


async def test_search_finds_what_people_were_asked_for(kaya: httpx.AsyncClient, town: Town) -> None:
    """Also what is over; never a conversation that only the bot had."""
    await town.start("carla", "Was kostet ein Hund?")
    await end_handoff(town, "anna")
    rows = (await kaya.get("api/search", params={"q": "hUND"})).json()["rows"]

    assert [(row["id"], row["state"], row["last_text"]) for row in rows] == [("anna", "resolved", "Was kostet ein Hund?")]


@pytest.mark.parametrize(("step", "state"), [("resolve", "resolved"), ("return", "returned")])
async def test_what_is_over_still_says_what_it_was_about(kaya: httpx.AsyncClient, step: str, state: str) -> None:
    """Office, service and reason of the last handoff, in the open conversation and among what is found."""
    await kaya.post(f"{ANNA}/claim", json={})
    await kaya.post(f"{ANNA}/{step}", json={"result": "answered"})
    shown = (await kaya.get(ANNA, headers={"Accept-Language": "de"})).json()["conversation"]
    found = (await kaya.get("api/search?q=kostet", headers={"Accept-Language": "de"})).json()["rows"][0]

    for each in (shown, found):
        told = (each["state"], each["office"], each["service"], each["reason"], each["is_own_team"])
        assert told == (state, "Steueramt", "Hundesteuer", "citizen_asked", True)


async def test_row_of_a_ticket_speaks_of_that_ticket(kaya: httpx.AsyncClient, town: Town) -> None:
    """Number, question, office and service belong together, whatever the citizen asked another office since."""
    await town.start("berta", "Frage")
    due = timedelta(hours=3)
    await town.open_ticket("berta", "Was kostet ein Hund?", office="steueramt", service="hundesteuer", due_in=due)
    await change(town, "berta", "note_handoff", reason="bot_failed", office_id="standesamt", service_id="eheschliessung")
    row = (await kaya.get("api/queue", headers={"Accept-Language": "de"})).json()["tickets"][0]

    assert (row["office"], row["service"], row["ticket"]["question"]) == ("Steueramt", "Hundesteuer", "Was kostet ein Hund?")


@pytest.mark.parametrize(
    ("q", "status"), [("", 422), ("  ", 422), ("\x00", 422), ("x" * 201, 422), ("%", 200), ("H\x00und", 200)]
)
async def test_search_takes_whatever_is_typed(kaya: httpx.AsyncClient, q: str, status: int) -> None:
    """Nothing that a database could stumble over reaches it."""
    assert (await kaya.get("api/search", params={"q": q})).status_code == status


async def test_what_the_bot_is_told_afterwards_is_not_for_staff(kaya: httpx.AsyncClient, town: Town) -> None:
    """Once people have done their part, staff read and find that, and nothing of what follows; nor can they take it."""
    await end_handoff(town, "anna")
    town.clock.advance(timedelta(minutes=1))
    await change(town, "anna", "reopen")
    await town.write("anna", "Etwas ganz anderes")
    whole = (await kaya.get(ANNA)).json()
    claimed = await kaya.post(f"{ANNA}/claim", json={})
    found = [(await kaya.get("api/search", params={"q": q})).json()["rows"] for q in ("anderes", "kostet")]

    assert [[row["id"] for row in rows] for rows in found] == [[], ["anna"]]
    assert [message["text"] for message in whole["messages"]][1:] == ["Was kostet ein Hund?"]
    assert whole["conversation"]["may"] == ["note"]
    assert error_of(claimed) == (404, "conversation_not_found")
    assert (await town.get("anna")).assignee_id is None


async def test_figures_count_waits_results_and_ratings(brandt: httpx.AsyncClient, town: Town) -> None:
    """For the lead's team: medians in seconds, every result, the mean rating; what is too old does not count."""
    staff_id = town.storage.tables.staff["kaya"][0].id
    await add_records(town, "buergerbuero", staff_id, waits=(10, 20, 60))
    await add_records(town, "buergerbuero", staff_id, waits=(900,), at=MONDAY - timedelta(days=31))
    figures = (await brandt.get("api/figures")).json()

    assert figures["all"]["handoffs"] == 3
    assert figures["offices"][0]["median_wait_seconds"] == 20
    assert figures["offices"][0]["median_first_reply_seconds"] == 25
    assert figures["offices"][0]["results"]["answered"] == 3
    assert (figures["offices"][0]["mean_rating"], figures["offices"][0]["ratings"]) == (4.0, 3)
    assert [(each["name"], each["handoffs"]) for each in figures["staff"]] == [("Frau Kaya", 3)]


async def test_leads_see_their_team_and_administrators_everything(brandt: httpx.AsyncClient, town: Town) -> None:
    """Anna asked another office than Herr Brandt's."""
    await town.employ("leitung", "Leitung", role=Role.ADMIN)
    async with aclosing(await sign_in(town, "leitung")) as admin:
        of_all = (await admin.get("api/figures?days=1")).json()

    assert [each["id"] for each in of_all["offices"]] == ["steueramt"]
    assert (await brandt.get("api/figures")).json()["offices"] == []


async def test_lead_reads_the_last_words_of_citizens(brandt: httpx.AsyncClient, town: Town) -> None:
    """Of the own team, the latest first and at most twenty; neither who answered nor what was not commented."""
    staff_id = town.storage.tables.staff["kaya"][0].id
    await add_records(town, "buergerbuero", staff_id, waits=tuple(range(1, 26)))
    await add_records(town, "steueramt", staff_id, waits=(40,))
    records = town.storage.tables.handoffs
    records[:] = [replace(each, comment=f"Nr. {each.wait.seconds}") if each.wait else each for each in records]
    comments = (await brandt.get("api/figures")).json()["comments"]

    assert [each["comment"] for each in comments] == [f"Nr. {number}" for number in range(25, 5, -1)]
    assert comments[0] == {
        "conversation_id": "buergerbuero-24-25",
        "office": "Bürgerbüro",
        "ended_at": "2026-11-23T10:12:25Z",
        "rating": 4,
        "comment": "Nr. 25",
    }


async def test_staff_read_what_the_citizen_said_of_earlier_handoffs(kaya: httpx.AsyncClient, town: Town) -> None:
    """Also while people have the conversation again; what was not rated is not listed."""
    first = next(each for each in town.storage.tables.handoffs if each.conversation_id == "anna")
    earlier = (
        replace(first, id=town.storage.tables.next_id()).end(Result.ANSWERED, at=MONDAY).rate(2).comment_on("Zu langsam")
    )
    town.storage.tables.handoffs[:] = [earlier, first]

    feedback = (await read(kaya))["feedback"]
    assert isinstance(feedback, list)
    assert [(each["rating"], each["comment"], each["ended_at"]) for each in feedback] == [
        (2, "Zu langsam", MONDAY.isoformat().replace("+00:00", "Z"))
    ]


async def add_records(town: Town, office: str, staff_id: int, *, waits: tuple[int, ...], at: datetime = MONDAY) -> None:
    """Handoffs that are over: claimed after so many seconds, answered five seconds later, rated with four."""
    for number, wait in enumerate(waits):
        id_ = f"{office}-{number}-{wait}"
        await town.start(id_)
        claimed = at + timedelta(seconds=wait)
        record = HandoffRecord(id_, office, "citizen_asked", at).claim(staff_id=staff_id, at=claimed)
        record = record.reply(at=claimed + timedelta(seconds=5)).end(Result.ANSWERED, at=claimed + timedelta(hours=1))
        async with town.storage.begin() as unit:
            await unit.add_handoff(replace(record, rating=4))
            await unit.commit()
