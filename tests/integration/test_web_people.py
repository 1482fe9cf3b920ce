"""The citizen's side of a handoff over HTTP, against the whole program: queue, typing, ticket, rating, transcript."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.app import (
    HAND_OFF,
    HOUSEHOLDS,
    Citizen,
    Program,
    StaffClient,
    StubEngine,
    copy_town,
    running,
    stub_engine,
    to_settings,
    until,
)
from tests.integration.test_web_api import error_of, following


@pytest.fixture(scope="module")
def engine() -> Iterator[StubEngine]:
    """An engine that hands over on request."""
    with stub_engine() as engine:
        engine.script["Mensch"] = lambda wanted: {**HAND_OFF, "language": wanted["language"]}
        yield engine


@pytest.fixture(scope="module")
def program(engine: StubEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program with its offices open round the clock."""
    folder = tmp_path_factory.mktemp("open")
    with running(to_settings(folder, project_dir=copy_town(folder), engine_url=engine.url)) as program:
        yield program


@pytest.fixture(scope="module")
def staff(program: Program) -> StaffClient:
    """Somebody at the console."""
    return program.staff()


@pytest.fixture(autouse=True)
def empty_queue(staff: StaffClient) -> Iterator[None]:
    """After each test nobody waits any more."""
    yield
    queue = staff.queue()
    for row in [row for group in queue.values() if isinstance(group, list) for row in group]:
        staff.do("claim", row["id"])
        staff.do("resolve", row["id"], result="answered")


def calls_person(program: Program, language: str = "de") -> Citizen:
    """A citizen who waits for a person."""
    citizen = program.citizen(language)
    citizen.asks("Mensch")
    return citizen


def test_place_in_the_queue_moves_up(program: Program, staff: StaffClient) -> None:
    """Who came first is first; the second moves up when the first is served, and nothing is guessed about the wait."""
    first, second = calls_person(program), calls_person(program)
    places = [citizen.page()["status"]["position"] for citizen in (first, second)]
    with following(second) as stream:
        assert stream.take()["data"]["position"] == 2
        assert staff.do("claim", first.id).is_success
        moved = stream.take_until("status")[-1]["data"]

    assert places == [1, 2]
    assert (moved["status"], moved["position"], moved["estimate_minutes"]) == ("waiting", 1, None)
    assert (first.page()["status"]["position"], first.status) == (None, "live")


def test_usual_wait_is_told_once_five_have_waited(program: Program, staff: StaffClient) -> None:
    """In full minutes, at least one."""
    for _ in range(5):
        assert staff.do("claim", calls_person(program).id).is_success

    assert calls_person(program).page()["status"]["estimate_minutes"] == 1


def test_citizen_who_typed_a_while_can_still_go_back_to_the_bot(program: Program) -> None:
    """The button below the announcement holds, whatever was written meanwhile; afterwards the bot answers."""
    citizen = program.citizen()
    offered = citizen.asks("Mensch")[-1]
    citizen.say("Es geht um meinen Ausweis.")
    citizen.asks("Zurück zum Chatbot", button={"seq": offered["seq"], "index": 0})

    assert offered["purpose"] == "waiting"
    assert citizen.status == "bot"
    assert citizen.asks("Und nun?")[0]["text"] == "Antwort auf: Und nun?"


def test_staff_see_the_citizen_type_and_the_other_way_round(program: Program, staff: StaffClient) -> None:
    """Both ways, on and off; the citizen's sign is not told back to them."""
    citizen = calls_person(program)
    staff.do("claim", citizen.id)

    def is_typing() -> bool:
        return bool(staff.http.get(f"/api/conversations/{citizen.id}").json()["conversation"]["citizen_is_typing"])

    signs = []
    for is_on in (True, False):
        assert citizen.api.post(f"{citizen.path}/typing", json={"is_typing": is_on}).status_code == 204
        signs.append(is_typing())
    with following(citizen) as stream:
        stream.take()
        staff.do("typing", citizen.id, is_typing=True)
        seen = [stream.take_until("status")[-1]["data"]["staff_is_typing"]]
        staff.do("typing", citizen.id, is_typing=False)
        seen.append(stream.take_until("status")[-1]["data"]["staff_is_typing"])

    assert signs == [True, False]
    assert seen == [True, False]


def test_typing_for_the_bot_is_not_kept(program: Program) -> None:
    """While nobody looks, nothing is written down; a wrong body is refused, and too many signs are."""
    citizen = program.citizen()
    answers = [citizen.api.post(f"{citizen.path}/typing", json={"is_typing": True}) for _ in range(61)]
    wrong = program.citizen()

    assert [each.status_code for each in answers] == [204] * 60 + [429]
    for body in ({}, {"is_typing": "perhaps"}, {"is_typing": True, "text": "Geheimnis"}):
        assert error_of(wrong.api.post(f"{wrong.path}/typing", json=body)) == (422, "request_invalid")


def test_rating_after_the_end(program: Program, staff: StaffClient) -> None:
    """The five buttons come with the end, one press is thanked for and opens nothing again."""
    citizen = calls_person(program)
    staff.do("claim", citizen.id)
    assert staff.do("resolve", citizen.id, result="answered").is_success
    asked = until(lambda: [m for m in citizen.messages() if m["purpose"] == "rating"])[0]
    thanks = citizen.asks("4", button={"seq": asked["seq"], "index": 3})[0]

    assert [button["title"] for button in asked["buttons"]] == ["1", "2", "3", "4", "5"]
    assert thanks["text"] == program.town.answers.responses.text("utter_thanks_for_rating", "de")
    assert citizen.status == "resolved"


def test_words_with_a_rating_reach_the_team(program: Program, staff: StaffClient, engine: StubEngine) -> None:
    """Asked for by a button, thanked for, read at the console and in the figures; the next message is for the bot."""
    citizen = calls_person(program)
    staff.do("claim", citizen.id)
    staff.do("resolve", citizen.id, result="answered")
    asked = until(lambda: [m for m in citizen.messages() if m["purpose"] == "rating"])[0]
    thanks = citizen.asks("4", button={"seq": asked["seq"], "index": 3})[0]
    question = citizen.asks(thanks["buttons"][0]["title"], button={"seq": thanks["seq"], "index": 0})[0]
    told = citizen.asks("Das ging schnell.")
    seen = len(engine.texts)
    feedback = staff.http.get(f"/api/conversations/{citizen.id}").json()["conversation"]["feedback"]

    text = program.town.answers.responses.text
    assert [button["title"] for button in thanks["buttons"]] == ["Noch etwas dazu sagen"]
    assert question["text"] == text("utter_ask_comment", "de")
    assert [(each["author"], each["text"]) for each in told] == [("system", text("utter_thanks_for_comment", "de"))]
    assert [(each["rating"], each["comment"]) for each in feedback] == [(4, "Das ging schnell.")]
    assert citizen.status == "resolved"
    assert citizen.asks("Noch etwas")[-1]["text"] == "Antwort auf: Noch etwas"
    assert len(engine.texts) == seen + 1


def test_ticket_is_asked_for_by_its_number(engine: StubEngine, tmp_path: Path) -> None:
    """Its own citizen is told how it stands; somebody else is not even told that it exists."""
    town = copy_town(tmp_path, hours="closed")
    with running(to_settings(tmp_path, project_dir=town, engine_url=engine.url)) as program:
        citizen, stranger = program.citizen(), program.citizen()
        number = re.search(r"20\d\d-\d{4}", citizen.asks("Mensch")[-1]["text"])
        assert number is not None
        own = citizen.asks(f"Was ist mit {number[0]}?")[-1]["text"]
        others = stranger.asks(f"Was ist mit {number[0]}?")[-1]["text"]
        nobodys = stranger.asks("Was ist mit 2019-9999?")[-1]["text"]
        ticket = citizen.page()["status"]["ticket"]

    assert ticket == number[0]
    assert number[0] in own
    assert own != others
    assert others.replace(number[0], "X") == nobodys.replace("2019-9999", "X")


@pytest.fixture(scope="module")
def closed(engine: StubEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program at night: whoever asks for a person gets a ticket."""
    folder = tmp_path_factory.mktemp("closed")
    with running(to_settings(folder, project_dir=copy_town(folder, hours="closed"), engine_url=engine.url)) as program:
        yield program


def reopen(program: Program, ticket: str, access_code: str) -> httpx.Response:
    """Somebody comes with number and code, from a network of their own."""
    home = {"X-Forwarded-For": f"2001:db8:{next(HOUSEHOLDS):x}::1"}
    body = {"ticket": ticket, "access_code": access_code}
    return program.http.post("/api/v1/conversations/reopen", json=body, headers=home)


def test_answer_is_read_the_next_day_on_another_device(closed: Program) -> None:
    """Number and code give the conversation with all that was said since; the first browser is out."""
    citizen = closed.citizen()
    citizen.asks("Mensch")
    status = citizen.page()["status"]
    clerk = closed.staff("mueller", "Herr Müller")
    clerk.do("claim", citizen.id)
    clerk.reply(citizen.id, "Ihr Ausweis ist fertig.")
    assert clerk.do("resolve", citizen.id, result="answered").is_success
    opened = reopen(closed, status["ticket"].replace("-0", "-"), status["access_code"].lower().replace("-", " "))
    token = {"Authorization": f"Bearer {opened.json()['token']}"}
    page = closed.http.get(f"/api/v1/conversations/{opened.json()['id']}/messages", params={"after": 0}, headers=token)

    assert (opened.status_code, opened.json()["id"]) == (200, citizen.id)
    assert "Ihr Ausweis ist fertig." in [message["text"] for message in page.json()["messages"]]
    assert page.json()["status"]["access_code"] is None
    assert error_of(citizen.api.get(f"{citizen.path}/messages")) == (401, "token_invalid")


def test_code_is_told_to_the_citizen_only(closed: Program) -> None:
    """It is in the status and in the file to keep; no message and nothing of the console holds it."""
    citizen = closed.citizen()
    citizen.asks("Mensch")
    status = citizen.page()["status"]
    clerk = closed.staff("schulz", "Frau Schulz")
    paths = ("/api/queue", f"/api/conversations/{citizen.id}", f"/api/search?q={status['ticket']}")
    seen = "".join(clerk.http.get(path).text for path in paths)
    file = citizen.api.get(f"{citizen.path}/transcript").text

    assert re.fullmatch(r"(?:[2-9A-Z]{4}-){2}[2-9A-Z]{4}", status["access_code"])
    assert status["ticket"] in seen
    assert status["access_code"] not in seen
    assert "access_code" not in seen
    assert f"Ihre Anfrage {status['ticket']}: Mit dieser Nummer und dem Code {status['access_code']} " in file
    assert status["access_code"] not in str(citizen.messages())


def test_wrong_number_and_wrong_code_are_told_alike(closed: Program) -> None:
    """Nobody learns from the answer which tickets exist; the right code still works afterwards."""
    citizen = closed.citizen()
    citizen.asks("Mensch")
    status = citizen.page()["status"]
    wrong = [
        reopen(closed, status["ticket"], "AAAA-BBBB-CCCC"),
        reopen(closed, "2019-9999", status["access_code"]),
        reopen(closed, "keine", status["access_code"]),
        reopen(closed, "", ""),
    ]

    assert {error_of(each) for each in wrong} == {(404, "ticket_not_found")}
    assert len({each.text for each in wrong}) == 1
    assert citizen.status == "bot"
    assert reopen(closed, status["ticket"], status["access_code"]).status_code == 200
    for body in ({}, {"ticket": "1"}, {"ticket": "1", "access_code": "x" * 65}, {"ticket": 1, "access_code": None}):
        assert error_of(closed.http.post("/api/v1/conversations/reopen", json=body)) == (422, "request_invalid")


def test_guessing_is_slow(closed: Program) -> None:
    """Five attempts in ten minutes from one network, whatever they are; thirty for one ticket from everywhere."""
    citizen = closed.citizen()
    citizen.asks("Mensch")
    status = citizen.page()["status"]
    body = {"ticket": "2019-1234", "access_code": status["access_code"]}
    home = {"X-Forwarded-For": "2001:db8:ffff::1"}
    one = [closed.http.post("/api/v1/conversations/reopen", json=body, headers=home) for _ in range(6)]
    many = [reopen(closed, status["ticket"], "AAAA-BBBB-CCCC") for _ in range(30)]
    last = reopen(closed, status["ticket"], status["access_code"])

    assert [each.status_code for each in one] == [404] * 5 + [429]
    assert 0 < int(one[-1].headers["Retry-After"]) <= 600
    assert [each.status_code for each in many] == [404] * 30
    assert error_of(last) == (429, "too_many_requests")
    assert citizen.status == "bot"


@pytest.mark.parametrize(
    ("language", "you", "person"), [("de", "Sie", "ein Mensch"), ("en", "You", "a person"), ("tr", "Siz", "bir insan")]
)
def test_transcript_is_a_text_file(program: Program, staff: StaffClient, language: str, you: str, person: str) -> None:
    """Everything that was said, by whom and when, in the citizen's language; nothing that only the server knows."""
    citizen = calls_person(program, language)
    staff.do("claim", citizen.id)
    staff.reply(citizen.id, "Ä <b>öü</b> 👍")
    response = citizen.api.get(f"{citizen.path}/transcript", params={"format": "txt"})
    text = response.content.decode("utf-8-sig")

    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="rathausbote-20\d\d-\d\d-\d\d\.txt"', response.headers["content-disposition"])
    assert response.headers["cache-control"] == "no-store"
    assert f"] {you}:\nMensch\n" in text
    assert re.search(rf"\] Frau Kaya \(.*{person}\):\nÄ <b>öü</b> 👍\n", text)
    assert all(message["text"] in text for message in citizen.messages())
    assert "/return_to_bot" not in text


def test_transcript_that_is_not_given(program: Program, engine: StubEngine) -> None:
    """Other forms do not exist, and it is not made without end."""
    citizen = program.citizen()
    wrong = citizen.api.get(f"{citizen.path}/transcript", params={"format": "pdf"})
    answers = [citizen.api.get(f"{citizen.path}/transcript") for _ in range(11)]

    assert error_of(wrong) == (422, "request_invalid")
    assert [each.status_code for each in answers] == [200] * 10 + [429]
