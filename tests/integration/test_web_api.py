"""The widget's API as a website sees it, over HTTP, against the whole program."""

import contextlib
import json
import re
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.app import (
    HAND_OFF,
    Citizen,
    Json,
    Program,
    StubEngine,
    copy_town,
    running,
    stub_engine,
    to_content,
    to_reply,
    to_settings,
    until,
)

FOREIGN = {"Origin": "https://www.musterstadt.example"}
ROUTES = ("messages", "events", "typing", "transcript")
MESSAGE_KEYS = {
    "seq", "author", "author_name", "text", "language", "buttons", "purpose", "links", "source_title", "source_url", "reviewed_on",
    "created_at", "client_message_id",
}  # fmt: skip
BOT_ANSWERS = {
    "status": "bot", "assignee": None, "ticket": None, "access_code": None, "position": None, "estimate_minutes": None, "staff_is_typing": False,
}  # fmt: skip
FULL_REPLY = to_reply(
    "Der Ausweis kostet:\n- 37,00 Euro\n- 22,80 Euro unter 24",
    buttons=[{"title": "Unterlagen", "payload": '/ask_documents{"service": "personalausweis"}'}],
    links=[{"title": "Termin buchen", "url": "https://termine.musterstadt.example/"}],
    source_title="Stadt Musterstadt, Bürgerbüro",
    source_url="https://www.musterstadt.example/buergerbuero",
    reviewed_on="2026-11-20",
)


@pytest.fixture(scope="module")
def engine() -> Iterator[StubEngine]:
    """An engine that answers by its script."""
    with stub_engine() as engine:
        engine.script["Was kostet der Ausweis?"] = to_content("", replies=[FULL_REPLY])
        engine.script['/ask_documents{"service": "personalausweis"}'] = to_content("Sie brauchen ein Foto.")
        engine.script["Mensch"] = HAND_OFF
        yield engine


@pytest.fixture(scope="module")
def program(engine: StubEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program with the scripted engine, its offices open round the clock."""
    folder = tmp_path_factory.mktemp("program")
    with running(to_settings(folder, project_dir=copy_town(folder), engine_url=engine.url)) as program:
        yield program


@pytest.fixture(scope="module")
def wrong(program: Program) -> Citizen:
    """A citizen who does everything wrong; nothing of it may be stored."""
    return program.citizen()


def error_of(response: httpx.Response) -> tuple[int, str]:
    """Status and code; the body has the one form of errors and nothing else."""
    content = response.json()
    assert content.keys() == {"error"}, content
    assert content["error"].keys() == {"code", "message"}
    assert content["error"]["message"]
    assert response.headers["content-type"] == "application/json"
    return response.status_code, content["error"]["code"]


# What the contract promises


@pytest.mark.parametrize("language", ["de", "en"])
def test_widget_configuration_has_all_words(program: Program, language: str) -> None:
    """Town, title, languages, privacy notice, longest message and all words of the surface, in both languages."""
    answer = program.http.get("/api/v1/widget", params={"lang": language}).json()
    words = program.town.settings.data_dir / "widget.yml"

    assert answer.keys() == {"town", "title", "languages", "privacy_url", "max_length", "texts"}
    assert (answer["town"], answer["languages"], answer["max_length"]) == ("Musterstadt", ["de", "en"], 4000)
    assert answer["texts"]["send"] == {"de": "Nachricht senden", "en": "Send message"}[language]
    assert set(answer["texts"]) == set(re.findall(r"^(\w+):", words.read_text("utf-8"), re.MULTILINE))
    assert error_of(program.http.get("/api/v1/widget", params={"lang": "xx"})) == (422, "request_invalid")


@pytest.mark.parametrize("language", ["tr", "ru", "uk", "ar", "pl", "fr"])
def test_conversation_in_a_language_without_surface(program: Program, language: str) -> None:
    """Greeting and answers are in the language and say so; the words of the surface are German."""
    surface = program.http.get("/api/v1/widget", params={"lang": language}).json()
    citizen = program.citizen(language)
    answer = citizen.asks("Kita?")[0]
    greeting = citizen.messages()[0]

    assert surface["texts"]["send"] == "Nachricht senden"
    assert greeting["text"] == program.town.answers.responses.text("utter_greeting", language)
    assert (greeting["language"], answer["language"]) == (language, language)


@pytest.mark.parametrize(("language", "word"), [("de", "Computerprogramm"), ("en", "computer program")])
def test_first_message_says_that_a_machine_answers(program: Program, language: str, word: str) -> None:
    """The disclosure stands before anything else; the token is needed and only its digest is stored."""
    citizen = program.citizen(language)
    messages = citizen.messages()

    assert [(m["seq"], m["author"]) for m in messages] == [(1, "bot")]
    assert word in messages[0]["text"]
    database = program.town.settings.var_dir / "rathausbote.db"
    token = citizen.api.headers["Authorization"].removeprefix("Bearer ").encode()
    assert not any(token in path.read_bytes() for path in database.parent.glob("rathausbote.db*"))


def test_message_has_the_form_of_the_contract(program: Program) -> None:
    """Every field of a message, buttons without their payloads, links, source and date."""
    citizen = program.citizen()
    seq = citizen.say("Was kostet der Ausweis?", id_="von:mir")
    answer = citizen.hears(after=seq)[0]
    question = citizen.messages()[seq - 1]

    assert question.keys() == answer.keys() == MESSAGE_KEYS
    assert (question["author"], question["client_message_id"], question["language"]) == ("citizen", "von:mir", None)
    assert answer | {"created_at": ""} == {
        **FULL_REPLY, "buttons": [{"title": "Unterlagen"}], "seq": seq + 1, "author": "bot", "author_name": None,
        "created_at": "", "client_message_id": None, "language": "de", "purpose": None,
    }  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)", answer["created_at"])


def test_pressed_button_is_looked_up_on_the_server(program: Program, engine: StubEngine) -> None:
    """The engine gets the payload that belongs to the position; of an unknown button only the text counts."""
    citizen = program.citizen()
    offered = citizen.asks("Was kostet der Ausweis?")[0]
    pressed = citizen.asks("Unterlagen", button={"seq": offered["seq"], "index": 0})[0]
    unknown = citizen.asks("Sonstiges", button={"seq": offered["seq"], "index": 7})[0]

    assert pressed["text"] == "Sie brauchen ein Foto."
    assert unknown["text"] == "Antwort auf: Sonstiges"
    assert [each["payload"] for each in engine.seen[-2:]] == ['/ask_documents{"service": "personalausweis"}', None]


def test_button_of_another_conversation_is_none(program: Program) -> None:
    """Nobody presses buttons that were shown to somebody else."""
    offered = program.citizen().asks("Was kostet der Ausweis?")[0]
    stranger = program.citizen()
    answer = stranger.asks("Unterlagen", button={"seq": offered["seq"] + 20, "index": 0})[0]

    assert answer["text"] == "Antwort auf: Unterlagen"


def test_same_client_message_id_is_stored_and_answered_once(program: Program, engine: StubEngine) -> None:
    """However often it is sent, also when its text was changed; for somebody else the same id is another message."""
    citizen, other = program.citizen(), program.citizen()
    seqs = {citizen.say("einmal bitte", id_="m-1") for _ in range(3)}
    citizen.hears(after=2)
    assert citizen.post("etwas anderes", id_="m-1").json() == {"seq": 2}
    other.asks("einmal bitte")
    assert other.say("auch ich", id_="m-1") == 4

    assert seqs == {2}
    assert [each for each in citizen.texts if "citizen" in each] == ["citizen: einmal bitte"]
    asked = [each["conversation_id"] for each in engine.seen if each["text"] == "einmal bitte"]
    assert sorted(asked) == sorted([citizen.id, other.id])


def test_messages_after_a_number_come_in_order_without_gaps(program: Program) -> None:
    """What came in a burst is answered in order; `after` gives the rest."""
    citizen = program.citizen()
    for number in range(5):
        citizen.say(f"Frage {number}")
    citizen.hears(5, after=1)
    messages = citizen.messages()

    assert [m["seq"] for m in messages] == list(range(1, 12))
    assert [m["text"] for m in messages if m["author"] == "bot"][1:] == [f"Antwort auf: Frage {n}" for n in range(5)]
    assert citizen.messages(after=9) == messages[9:]
    assert citizen.messages(after=2**31 - 1) == []


@pytest.mark.parametrize(
    "text",
    [
        "👍🏽🙏🇩🇪",
        "<script>alert(1)</script><b>fett</b> &amp;",
        "x" * 4_000,
        "{name} %s {{}} /ask_fee",
        "'; DROP TABLE messages; --",
        "Zeile eins\nZeile zwei",
    ],
)
def test_every_readable_text_is_kept_as_it_is(program: Program, text: str) -> None:
    """Emoji, markup, braces and the longest text come back unchanged and get an answer."""
    citizen = program.citizen()
    answer = citizen.asks(text)[0]

    assert citizen.messages()[1]["text"] == text
    assert answer["author"] == "bot"


def test_control_characters_are_dropped(program: Program) -> None:
    """What nobody can read and what turns the direction of writing is not stored."""
    citizen = program.citizen()
    citizen.asks("Wo\x00 ist\x1b[31m \u202edas\u202c Amt?\r\nDanke")

    assert citizen.messages()[1]["text"] == "Wo ist[31m das Amt?\nDanke"


def test_status_follows_the_conversation(program: Program) -> None:
    """`bot`, then `waiting`, and `bot` again after the citizen gave up waiting."""
    citizen = program.citizen()
    assert citizen.page()["status"] == BOT_ANSWERS
    offered = citizen.asks("Mensch")[-1]
    assert citizen.status == "waiting"
    citizen.asks("Zurück zum Chatbot", button={"seq": offered["seq"], "index": 0})

    assert citizen.status == "bot"
    assert citizen.texts[-1].startswith("system: In Ordnung")
    assert citizen.asks("Und nun?")[0]["text"] == "Antwort auf: Und nun?"


# What is refused


WRONG_MESSAGES: list[tuple[Json, int, str]] = [
    ({"client_message_id": "1", "text": ""}, 422, "message_empty"),
    ({"client_message_id": "1", "text": " \n\t "}, 422, "message_empty"),
    ({"client_message_id": "1", "text": "\x00\x1f\u202e"}, 422, "message_empty"),
    ({"client_message_id": "1", "text": "x" * 4_001}, 413, "message_too_long"),
    ({"client_message_id": "1", "text": "x" * 100_000}, 413, "message_too_long"),
    ({"client_message_id": "1", "text": "x" * 300_000}, 413, "body_too_large"),
    ({"client_message_id": "1", "text": 5}, 422, "request_invalid"),
    ({"client_message_id": "1", "text": None}, 422, "request_invalid"),
    ({"client_message_id": "1", "text": ["a"]}, 422, "request_invalid"),
    ({"client_message_id": "1"}, 422, "request_invalid"),
    ({"text": "Hallo"}, 422, "request_invalid"),
    ({"client_message_id": "", "text": "Hallo"}, 422, "request_invalid"),
    ({"client_message_id": "x" * 65, "text": "Hallo"}, 422, "request_invalid"),
    ({"client_message_id": "a\x00b", "text": "Hallo"}, 422, "request_invalid"),
    ({"client_message_id": 7, "text": "Hallo"}, 422, "request_invalid"),
    ({"client_message_id": "1", "text": "Hallo", "button": {"seq": 0, "index": 0}}, 422, "request_invalid"),
    ({"client_message_id": "1", "text": "Hallo", "button": {"seq": 1, "index": -1}}, 422, "request_invalid"),
    ({"client_message_id": "1", "text": "Hallo", "button": {"seq": 2**40, "index": 0}}, 422, "request_invalid"),
    ({"client_message_id": "1", "text": "Hallo", "button": "Ja"}, 422, "request_invalid"),
    ({"client_message_id": "1", "text": "Hallo", "payload": "/request_human"}, 422, "request_invalid"),
    ({"client_message_id": "1", "text": "Hallo", "\ud800": 1}, 422, "request_invalid"),
    ({"client_message_id": "\ud800", "text": "Hallo"}, 422, "request_invalid"),
    ({"client_message_id": "1", "text": "\ud800"}, 422, "message_empty"),
]


@pytest.mark.parametrize(("body", "status", "code"), WRONG_MESSAGES)
def test_wrong_message_is_refused_and_not_stored(wrong: Citizen, body: Json, status: int, code: str) -> None:
    """Each mistake has its status and code, and leaves the conversation as it was."""
    response = wrong.api.post(
        f"{wrong.path}/messages", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )

    assert error_of(response) == (status, code)
    assert len(wrong.messages()) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "request_invalid"),
        (b"{", "malformed_json"),
        (b"\xff\xfe\x00", "malformed_body"),
        (b"[" * 100_000, "malformed_body"),
        (b"9" * 10_000, "malformed_body"),
        (b"[]", "request_invalid"),
        (b'"Hallo"', "request_invalid"),
        (b"null", "request_invalid"),
    ],
)
def test_malformed_body_is_refused(wrong: Citizen, content: bytes, code: str) -> None:
    """What is no JSON object is a mistake of the client, never one of ours."""
    headers = {"Content-Type": "application/json"}
    status, found = error_of(wrong.api.post(f"{wrong.path}/messages", content=content, headers=headers))

    assert (status, found) == (400 if "malformed" in code else 422, code)
    assert len(wrong.messages()) == 1


def test_body_without_length_is_cut_off_as_well(wrong: Citizen) -> None:
    """A body that comes in pieces is refused as soon as it is too large."""

    def pieces() -> Iterator[bytes]:
        for _ in range(400):
            yield b" " * 1_024

    headers = {"Content-Type": "application/json"}
    assert error_of(wrong.api.post(f"{wrong.path}/messages", content=pieces(), headers=headers)) == (413, "body_too_large")
    assert len(wrong.messages()) == 1


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "token_invalid"),
        ("", "token_invalid"),
        ("Bearer", "token_invalid"),
        ("Bearer x", "token_invalid"),
        ("Basic x", "token_invalid"),
    ],
)
def test_wrong_token_opens_nothing(program: Program, wrong: Citizen, header: str | None, code: str) -> None:
    """No route below a conversation works without its own token."""
    headers = {} if header is None else {"Authorization": header}
    url = f"/api/v1{wrong.path}"
    body = {"client_message_id": "1", "text": "Hallo"}

    for response in (
        program.http.post(f"{url}/messages", json=body, headers=headers),
        program.http.get(f"{url}/messages", headers=headers),
        program.http.get(f"{url}/events", headers=headers),
        program.http.post(f"{url}/typing", json={"is_typing": True}, headers=headers),
        program.http.get(f"{url}/transcript", headers=headers),
    ):
        assert error_of(response) == (401, code)
    assert len(wrong.messages()) == 1


def test_token_opens_only_its_own_conversation(program: Program, wrong: Citizen) -> None:
    """With the token of one conversation nobody reads or writes another."""
    stranger = program.citizen()

    assert error_of(stranger.api.get(f"{wrong.path}/messages")) == (401, "token_invalid")
    assert error_of(stranger.api.post(f"{wrong.path}/messages", json={"client_message_id": "1", "text": "x"})) == (
        401,
        "token_invalid",
    )


@pytest.mark.parametrize("id_", ["unknown", "0" * 32, "%00", "%ff%fe", "a%2Fb", "x" * 5_000])
def test_unknown_conversation_is_not_found(wrong: Citizen, id_: str) -> None:
    """Whatever stands in the place of the id."""
    status, code = error_of(wrong.api.get(f"/conversations/{id_}/messages"))

    assert (status, code) in [(404, "conversation_not_found"), (404, "not_found")]
    assert status == 404


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/conversations", (405, "method_not_allowed")),
        ("DELETE", "/conversations", (405, "method_not_allowed")),
        ("PUT", "/widget", (405, "method_not_allowed")),
        ("GET", "/nothing", (404, "not_found")),
        ("GET", "/", (404, "not_found")),
        ("GET", "/../nothing", (404, "not_found")),
        ("POST", "/conversations/x", (404, "not_found")),
    ],
)
def test_wrong_method_and_unknown_path(program: Program, method: str, path: str, expected: tuple[int, str]) -> None:
    """They have the form of all errors, and a wrong method names the right ones."""
    response = program.http.request(method, f"/api/v1{path}")

    assert error_of(response) == expected
    assert ("allow" in response.headers) == (expected[0] == 405)


@pytest.mark.parametrize(
    "body",
    [{"language": "xx"}, {"language": "de-AT"}, {"language": 1}, {"language": None}, {"language": "de", "name": "Kim"}],
)
def test_conversation_is_not_started_by_a_wrong_request(program: Program, body: Json) -> None:
    """Nothing is created."""
    before = count_conversations(program)

    assert error_of(program.http.post("/api/v1/conversations", json=body)) == (422, "request_invalid")
    assert count_conversations(program) == before


@pytest.mark.parametrize("after", ["-1", "x", "1.5", str(2**31), ""])
def test_wrong_number_is_refused(wrong: Citizen, after: str) -> None:
    """`after` is a number that a conversation can have."""
    assert error_of(wrong.api.get(f"{wrong.path}/messages?after={after}")) == (422, "request_invalid")


def test_errors_never_repeat_what_was_sent(wrong: Citizen) -> None:
    """What a citizen wrote stands in no error message."""
    for body in (
        {"client_message_id": "1", "text": {"Geheimnis": 1}},
        {"client_message_id": "1", "text": "x", "Geheimnis": 1},
    ):
        assert "Geheimnis" not in wrong.api.post(f"{wrong.path}/messages", json=body).text


def count_conversations(program: Program) -> int:
    """How many are stored."""
    with contextlib.closing(sqlite3.connect(program.town.settings.var_dir / "rathausbote.db")) as database:
        count: int = database.execute("SELECT count(*) FROM conversations").fetchone()[0]
    return count


# Rate limit


def test_too_many_requests_are_told_when_to_come_back(engine: StubEngine, tmp_path: Path) -> None:
    """The 41st message within a minute is refused with the seconds to wait, others are still served, nothing is stored."""
    with running(to_settings(tmp_path, engine_url=engine.url)) as program:
        citizen, other = program.citizen(), program.citizen()
        for number in range(40):
            assert citizen.post("", id_=str(number)).status_code == 422
        refused = citizen.post("Hallo")
        stored = citizen.messages()
        assert other.say("Hallo") == 2
        starts = [program.http.post("/api/v1/conversations", json={"language": "de"}) for _ in range(31)]

    assert error_of(refused) == (429, "too_many_requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert len(stored) == 1
    assert [each.status_code for each in starts] == [201] * 30 + [429]
    assert 0 < int(starts[-1].headers["Retry-After"]) <= 60


# Other origins


def test_other_origins_may_use_the_api_without_cookies(program: Program, wrong: Citizen) -> None:
    """A town's website on another origin is allowed, also for errors; cookies are never allowed."""
    asked = {
        **FOREIGN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    preflight = program.http.options(f"/api/v1{wrong.path}/messages", headers=asked)
    refused = wrong.api.post(f"{wrong.path}/messages", json={"client_message_id": "1", "text": ""}, headers=FOREIGN)

    assert preflight.status_code == 200
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    for response in (preflight, refused, program.http.get("/api/v1/widget", headers=FOREIGN)):
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers
        assert "set-cookie" not in response.headers
    assert "retry-after" in refused.headers["access-control-expose-headers"].lower()


def test_origins_can_be_limited(tmp_path: Path) -> None:
    """With BOT_WIDGET_ORIGINS no other website reads an answer; too large bodies are told to the allowed one."""
    with running(to_settings(tmp_path, widget_origins="https://www.musterstadt.example, https://b.example")) as program:
        allowed = program.http.get("/api/v1/widget", headers=FOREIGN)
        foreign = program.http.get("/api/v1/widget", headers={"Origin": "https://evil.example"})
        large = program.http.post("/api/v1/conversations", content=b"x" * 300_000, headers=FOREIGN)

    assert allowed.headers["access-control-allow-origin"] == FOREIGN["Origin"]
    assert "access-control-allow-origin" not in foreign.headers
    assert error_of(large) == (413, "body_too_large")
    assert large.headers["access-control-allow-origin"] == FOREIGN["Origin"]


def test_openapi_describes_every_route(program: Program) -> None:
    """Who builds another widget finds the contract at a fixed address."""
    description = program.http.get("/api/v1/openapi.json").json()
    here = "/conversations/{conversation_id}"

    assert description["openapi"].startswith("3.")
    assert set(description["paths"]) == {
        "/widget",
        "/conversations",
        "/conversations/reopen",
        *(f"{here}/{each}" for each in ROUTES),
    }
    assert description["servers"] == [{"url": "/api/v1"}]
    assert set(description["components"]["schemas"]["MessageView"]["properties"]) == MESSAGE_KEYS


# Server-sent events


class Events:
    """Reads a stream of events."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()

    def take(self) -> dict[str, Any]:
        """The next event; its data as JSON."""
        event: dict[str, Any] = {}
        for line in self._lines:
            if not line and event:
                return event
            if line and not line.startswith(":"):
                key, _, value = line.partition(": ")
                event[key] = json.loads(value) if key == "data" else value
        raise AssertionError("the stream ended")

    def take_until(self, *wanted: object) -> list[dict[str, Any]]:
        """Events up to the message with this text, or the event with this name."""
        events = []
        while True:
            events.append(event := self.take())
            if event["event"] in wanted or (event["event"] == "message" and event["data"]["text"] in wanted):
                return events


@contextlib.contextmanager
def following(citizen: Citizen, after: bytes | None = None) -> Iterator[Events]:
    """The citizen's stream within the block."""
    headers = {} if after is None else {b"Last-Event-ID": after}
    with citizen.api.stream("GET", f"{citizen.path}/events", headers=headers, timeout=5) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        yield Events(response)


def test_stream_begins_with_the_status_and_shows_every_message_once(program: Program, engine: StubEngine) -> None:
    """Status, history, the citizen's own message, typing on and off, the answer; each message under its number."""
    citizen = program.citizen()
    engine.released.clear()
    with following(citizen) as stream:
        first = [stream.take(), stream.take()]
        citizen.say("Hallo")
        typing = stream.take_until("typing")
        engine.released.set()
        rest = stream.take_until("typing")

    assert first[0] == {"event": "status", "data": BOT_ANSWERS}
    assert (first[1]["event"], first[1]["id"]) == ("message", "1")
    assert typing[-1]["data"] == {"author": "bot", "active": True}
    assert rest[-1]["data"] == {"author": "bot", "active": False}
    seen = [event for event in [*first, *typing, *rest] if event["event"] == "message"]
    assert [(int(event["id"]), event["data"]["seq"]) for event in seen] == [(1, 1), (2, 2), (3, 3)]
    assert [event["data"] for event in seen] == citizen.messages()


@pytest.mark.parametrize(
    ("after", "first"), [("1", 2), ("2", 3), ("0", 1), (None, 1), ("x", 1), ("-5", 1), ("9" * 30, 1), ("²", 1)]
)
def test_stream_resumes_after_the_last_event(talked: Citizen, after: str | None, first: int) -> None:
    """After a cut nothing is missing and nothing comes twice; nonsense counts as the beginning."""
    with following(talked, None if after is None else after.encode()) as stream:
        status, message = stream.take(), stream.take()

    assert status["event"] == "status"
    assert int(message["id"]) == first


@pytest.fixture(scope="module")
def talked(program: Program) -> Citizen:
    """A citizen who has asked two questions."""
    citizen = program.citizen()
    citizen.asks("eins")
    citizen.asks("zwei")
    return citizen


def test_stream_tells_when_a_person_is_called(program: Program) -> None:
    """The change of status comes before the sentences about it, so that the widget never shows both at odds."""
    citizen = program.citizen()
    with following(citizen) as stream:
        stream.take()
        citizen.say("Mensch")
        stream.take_until("status")

    assert citizen.status == "waiting"


def test_two_tabs_see_the_same(program: Program) -> None:
    """Both streams of one conversation show each message."""
    citizen = program.citizen()
    with following(citizen) as left, following(citizen) as right:
        citizen.say("Hallo")
        seen = [
            [event["data"] for event in tab.take_until("Antwort auf: Hallo") if event["event"] == "message"]
            for tab in (left, right)
        ]

    assert seen[0] == seen[1] == citizen.messages()


def test_conversation_is_followed_at_five_places_at_most(program: Program) -> None:
    """The sixth is told to wait, other conversations are not; a place that is left is free again."""
    citizen, other = program.citizen(), program.citizen()
    with contextlib.ExitStack() as tabs:
        streams = [tabs.enter_context(following(citizen)) for _ in range(5)]
        assert all(stream.take() for stream in streams)
        refused = citizen.api.get(f"{citizen.path}/events")
        with following(other) as stream:
            stream.take()

    assert error_of(refused) == (429, "too_many_requests")
    assert refused.headers["retry-after"] == "10"

    def is_followed() -> bool:
        try:
            with following(citizen) as stream:
                return bool(stream.take())
        except AssertionError:
            return False

    assert until(is_followed)


def test_new_conversations_are_counted_for_a_whole_ipv6_network(program: Program) -> None:
    """Whoever has 2^64 addresses is still one source; the next network is another."""

    def start(address: str) -> int:
        headers = {"X-Forwarded-For": address}
        return program.http.post("/api/v1/conversations", json={}, headers=headers).status_code

    household = [start(f"2001:db8:1:2:{number:x}::1") for number in range(1, 32)]

    assert household == [201] * 30 + [429]
    assert start("2001:db8:1:3::1") == 201


def test_reader_that_goes_away_leaves_nothing_behind(program: Program) -> None:
    """A closed stream ends its subscription on the server."""
    citizen = program.citizen()
    hub = program.town.storage.events
    with following(citizen) as stream:
        stream.take()
        assert citizen.id in hub._of_one
    until(lambda: citizen.id not in hub._of_one)


# Raw connections


def test_half_a_request_holds_up_nobody(program: Program, wrong: Citizen) -> None:
    """A client that stops in the middle of its body does not keep others waiting."""
    host, port = program.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"POST /api/v1/conversations HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{")

        assert len(wrong.messages()) == 1
