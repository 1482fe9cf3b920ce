"""Telegram and the whole program: a citizen in a chat, the bot, staff at the console, faults on the way."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.integration.app import (
    HAND_OFF,
    Json,
    Program,
    StaffClient,
    StubEngine,
    copy_town,
    running,
    stub_engine,
    to_content,
    to_reply,
    to_settings,
    until,
)
from tests.telegram_stand_in import Fault
from tests.telegram_stand_in.fixtures import stand_in
from tests.telegram_stand_in.state import TOKEN, StandIn

__all__ = ["stand_in"]

KIM = 42
SECRET = "geheim-genug-16-Zeichen"
LABEL = "Chatbot (automatische Antwort):"
FEE = '/ask_fee{"service": "personalausweis"}'
ANSWER = to_reply(
    "Verlust bitte melden.",
    buttons=[{"title": "Gebühren", "payload": FEE}],
    links=[{"title": "Termin buchen", "url": "https://termine.musterstadt.example/"}],
    source_title="Stadt Musterstadt",
    source_url="https://www.musterstadt.example/",
    reviewed_on="2026-11-20",
)


@pytest.fixture
def engine() -> Iterator[StubEngine]:
    """An engine that answers by its script."""
    with stub_engine() as engine:
        engine.script |= {
            "Perso weg": to_content("", replies=[ANSWER]),
            "Lost my ID": to_content("", replies=[{**ANSWER, "text": "Please report it."}], language="en"),
            FEE: to_content("Der Ausweis kostet 46 Euro."),
            "/request_human": lambda wanted: {**HAND_OFF, "language": wanted["language"]},
            "/help": to_content("Das kann ich."),
            "/ask_privacy": to_content("Das speichern wir."),
        }
        yield engine


def to_telegram_settings(folder: Path, stand_in: StandIn, engine: StubEngine, **changes: object) -> Settings:
    """A program whose offices are open and whose Telegram is the stand-in."""
    telegram = {"telegram_token": TOKEN, "telegram_base_url": stand_in.url}
    return to_settings(folder, project_dir=copy_town(folder), engine_url=engine.url, **telegram, **changes)


@pytest.fixture
def program(stand_in: StandIn, engine: StubEngine, tmp_path: Path) -> Iterator[Program]:
    """The program on Telegram."""
    with running(to_telegram_settings(tmp_path, stand_in, engine)) as program:
        yield program


def reads(stand_in: StandIn, text: str, chat: int = KIM, *, seconds: float = 8.0) -> Json:
    """Wait until the citizen reads this text; the message of the chat."""
    return until(lambda: [m for m in stand_in.messages_to(chat) if text in m["text"]], seconds)[0]


def test_question_follow_up_and_button(program: Program, stand_in: StandIn, engine: StubEngine) -> None:
    """Greeting with disclosure and note, answer with source and buttons, the pressed button's answer, in order."""
    stand_in.citizen_writes(KIM, "Perso weg")
    answer = reads(stand_in, "Verlust bitte melden.")
    stand_in.citizen_presses(KIM, answer["message_id"], "Gebühren")
    reads(stand_in, "46 Euro")
    stand_in.citizen_writes(KIM, "und wo?")
    reads(stand_in, "Antwort auf: und wo?")

    texts = stand_in.texts_to(KIM)
    assert len(texts) == 5
    assert "Computerprogramm" in texts[0]
    assert "Server eines fremden Anbieters" in texts[1]
    assert "Quelle: Stadt Musterstadt · Stand 20.11.2026" in texts[2]
    assert answer["reply_markup"]["inline_keyboard"][0][0]["url"] == "https://termine.musterstadt.example/"
    assert [(each["text"], each["payload"]) for each in engine.seen] == [
        ("Perso weg", None),
        ("Gebühren", FEE),
        ("und wo?", None),
    ]
    assert engine.seen[1]["state"] == {"current_service": "personalausweis"}
    assert len(stand_in.answered_queries) == 1


def test_commands_are_answered(program: Program, stand_in: StandIn, engine: StubEngine) -> None:
    """/start greets once, then help, privacy notice and a person."""
    stand_in.citizen_writes(KIM, "/start")
    reads(stand_in, "Server eines fremden Anbieters")
    for command, answer in (
        ("/hilfe", "Das kann ich."),
        ("/datenschutz", "Das speichern wir."),
        ("/mensch", "an einen Menschen"),
    ):
        stand_in.citizen_writes(KIM, command)
        reads(stand_in, answer)

    assert len(stand_in.texts_to(KIM)) == 5
    assert [each["payload"] for each in engine.seen] == ["/help", "/ask_privacy", "/request_human"]


def test_english_citizen_reads_english_throughout(program: Program, stand_in: StandIn) -> None:
    """Greeting, note, source line and the label of a staff member."""
    stand_in.citizen_writes(KIM, "Lost my ID", language="en")
    reads(stand_in, "Please report it.")
    stand_in.citizen_writes(KIM, "/human", language="en")
    reads(stand_in, "person")
    staff = program.staff()
    (row,) = until(lambda: staff.queue()["waiting"])
    staff.do("claim", row["id"])
    staff.reply(row["id"], "Good morning")
    reads(stand_in, "Good morning")

    texts = stand_in.texts_to(KIM)
    assert "computer program" in texts[0]
    assert "A note on Telegram" in texts[1]
    assert "Source: Stadt Musterstadt · as of 20 November 2026" in texts[2]
    assert texts[-1].startswith("Frau Kaya (town of Musterstadt, a person):")


def test_person_answers_in_the_chat(program: Program, stand_in: StandIn, engine: StubEngine) -> None:
    """Handoff, claim at the console, reply in the chat, the bot silent until it is given back."""
    stand_in.citizen_writes(KIM, "/mensch")
    offered = reads(stand_in, "an einen Menschen weiter: Bürgerbüro")
    assert [b["text"] for row in offered["reply_markup"]["inline_keyboard"] for b in row] == ["Zurück zum Chatbot"]
    staff = program.staff()
    (row,) = until(lambda: staff.queue()["waiting"])
    staff.do("claim", row["id"])
    reads(stand_in, "Frau Kaya hat das Gespräch übernommen")
    stand_in.citizen_writes(KIM, "Mein Perso ist weg")
    stand_in.citizen_sends_photo(KIM)
    reads(stand_in, "Bilder, Sprachnachrichten und Dateien kommen hier leider nicht an")
    staff.reply(row["id"], "Seit wann?")
    reads(stand_in, "Frau Kaya (Stadt Musterstadt, ein Mensch):\nSeit wann?")
    assert [each["payload"] for each in engine.seen] == ["/request_human"]

    staff.do("return", row["id"])
    reads(stand_in, "wieder der Chatbot")
    stand_in.citizen_writes(KIM, "Danke")
    reads(stand_in, "Antwort auf: Danke")


def test_typing_of_a_person_is_shown_in_the_chat(program: Program, stand_in: StandIn) -> None:
    """While the person writes Telegram shows it, and the reply does not wait when that fails."""
    stand_in.citizen_writes(KIM, "/mensch")
    staff = program.staff()
    (row,) = until(lambda: staff.queue()["waiting"])
    staff.do("claim", row["id"])
    reads(stand_in, "Frau Kaya hat das Gespräch übernommen")
    stand_in.fail_next(Fault.SERVER_ERROR, method="sendChatAction")
    staff.do("typing", row["id"], is_typing=True)
    signs = until(lambda: stand_in.calls_of("sendChatAction"))
    staff.reply(row["id"], "Seit wann?")
    reads(stand_in, "Seit wann?")

    assert [(sign["chat_id"], sign["action"]) for sign in signs] == [(KIM, "typing")]


def ask_for_rating(program: Program, stand_in: StandIn) -> tuple[StaffClient, str, Json]:
    """A person was called and is done: who it was, the conversation's id, and the message with the digits."""
    stand_in.citizen_writes(KIM, "/mensch")
    staff = program.staff()
    (row,) = until(lambda: staff.queue()["waiting"])
    staff.do("claim", row["id"])
    staff.do("resolve", row["id"], result="answered")
    asked = until(lambda: [m for m in stand_in.messages_to(KIM) if len(rows_of(m)) == 1 and len(rows_of(m)[0]) == 5])[0]
    return staff, row["id"], asked


def test_rating_is_given_by_a_digit(program: Program, stand_in: StandIn, engine: StubEngine) -> None:
    """After the end five digits stand in one row; the press is thanked for and goes to nobody else."""
    _, _, asked = ask_for_rating(program, stand_in)
    stand_in.citizen_presses(KIM, asked["message_id"], "4")
    reads(stand_in, program.town.answers.responses.text("utter_thanks_for_rating", "de"))

    assert rows_of(asked) == [["1", "2", "3", "4", "5"]]
    assert [each["payload"] for each in engine.seen] == ["/request_human"]


def test_words_with_a_rating_are_asked_for_and_can_be_kept_back(
    program: Program, stand_in: StandIn, engine: StubEngine
) -> None:
    """The button below the thanks, the one to cancel, and the words that go to the team only."""
    staff, conversation_id, asked = ask_for_rating(program, stand_in)
    stand_in.citizen_presses(KIM, asked["message_id"], "5")
    text = program.town.answers.responses.text
    thanks = reads(stand_in, text("utter_thanks_for_rating", "de"))
    stand_in.citizen_presses(KIM, thanks["message_id"], "Noch etwas dazu sagen")
    question = reads(stand_in, text("utter_ask_comment", "de"))
    stand_in.citizen_presses(KIM, question["message_id"], "Doch nichts sagen")
    reads(stand_in, text("utter_comment_cancelled", "de"))
    stand_in.citizen_presses(KIM, thanks["message_id"], "Noch etwas dazu sagen")
    until(lambda: stand_in.texts_to(KIM).count(question["text"]) == 2)
    stand_in.citizen_writes(KIM, "Sehr freundlich")
    reads(stand_in, text("utter_thanks_for_comment", "de"))

    feedback = staff.http.get(f"/api/conversations/{conversation_id}").json()["conversation"]["feedback"]
    assert [(each["rating"], each["comment"]) for each in feedback] == [(5, "Sehr freundlich")]
    assert [each["payload"] for each in engine.seen] == ["/request_human"]


def rows_of(message: Json) -> list[list[str]]:
    """The titles below a message, row by row."""
    keyboard = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    return [[button["text"] for button in row] for row in keyboard]


def test_waiting_is_given_up_by_button(program: Program, stand_in: StandIn) -> None:
    """The citizen leaves the queue and the bot answers again."""
    stand_in.citizen_writes(KIM, "/mensch")
    offered = reads(stand_in, "an einen Menschen weiter")
    stand_in.citizen_presses(KIM, offered["message_id"], "Zurück zum Chatbot")
    reads(stand_in, "wieder für Sie da")
    stand_in.citizen_writes(KIM, "Perso weg")
    reads(stand_in, "Verlust bitte melden.")

    assert program.staff().queue()["waiting"] == []


def test_who_blocks_the_bot_is_not_waited_for(program: Program, stand_in: StandIn) -> None:
    """The queue shows only citizens who can be reached."""
    staff = program.staff()
    stand_in.citizen_writes(KIM, "/mensch")
    until(lambda: staff.queue()["waiting"])
    stand_in.citizen_blocks(KIM)
    until(lambda: not staff.queue()["waiting"])


def test_faults_of_telegram_lose_and_double_nothing(program: Program, stand_in: StandIn, engine: StubEngine) -> None:
    """Flood waits, server errors and cut connections, sending and receiving: each chat is complete and in order."""
    for fault in (Fault.FLOOD, Fault.SERVER_ERROR, Fault.CUT):
        stand_in.fail_next(fault)
        stand_in.fail_next(fault, method="getUpdates")
    chats = range(1, 4)
    for chat in chats:
        stand_in.citizen_writes(chat, "eins")
        stand_in.citizen_writes(chat, "zwei")
    for chat in chats:
        reads(stand_in, "Antwort auf: zwei", chat, seconds=20)

    for chat in chats:
        assert [text.split(".")[0][:52] for text in stand_in.texts_to(chat)] == [
            f"{LABEL}\nGuten Tag! Ich bin d",
            "Noch ein Hinweis zu Telegram: Nachrichten laufen hie",
            f"{LABEL}\nAntwort auf: eins",
            f"{LABEL}\nAntwort auf: zwei",
        ]
    assert sorted(engine.texts) == ["eins"] * 3 + ["zwei"] * 3


def test_same_update_twice_is_answered_once(stand_in: StandIn, engine: StubEngine, tmp_path: Path) -> None:
    """Telegram delivers an update again when it got no answer to the first delivery."""
    stand_in.citizen_writes(KIM, "Perso weg")
    stand_in.updates.append(dict(stand_in.updates[0]))
    stand_in.citizen_writes(KIM, "Ende")
    with running(to_telegram_settings(tmp_path, stand_in, engine)):
        reads(stand_in, "Antwort auf: Ende")

    assert engine.texts == ["Perso weg", "Ende"]
    assert len(stand_in.texts_to(KIM)) == 4


def test_restart_loses_nothing(stand_in: StandIn, engine: StubEngine, tmp_path: Path) -> None:
    """What is written while the program is down is answered when it is back, what was answered is not answered again."""
    settings = to_telegram_settings(tmp_path, stand_in, engine)
    with running(settings):
        stand_in.citizen_writes(KIM, "Perso weg")
        reads(stand_in, "Verlust bitte melden.")
    stand_in.citizen_writes(KIM, "Noch da?")
    with running(settings):
        reads(stand_in, "Antwort auf: Noch da?")

    assert engine.texts == ["Perso weg", "Noch da?"]
    assert len(stand_in.texts_to(KIM)) == 4


def test_wrong_token_stops_nothing_else(stand_in: StandIn, engine: StubEngine, tmp_path: Path) -> None:
    """The widget works, and the state says what to do."""
    settings = to_telegram_settings(tmp_path, stand_in, engine)
    with running(settings.model_copy(update={"telegram_token": type(settings.telegram_token)("9:wrong")})) as program:
        state = until(lambda: find_refusals(program))[0]
        answer = program.citizen().asks("Hallo")[-1]

    assert "BOT_TELEGRAM_TOKEN" in state["detail"]
    assert answer["text"] == "Antwort auf: Hallo"


def find_refusals(program: Program) -> list[Json]:
    """What /readyz says of Telegram as soon as the token was refused."""
    telegram: Json = program.http.get("/readyz").json()["telegram"]
    return [telegram] if telegram["state"] == "token_rejected" else []


def test_webhook_needs_the_secret(stand_in: StandIn, engine: StubEngine, tmp_path: Path) -> None:
    """Updates are taken with the secret only; the answer goes to the chat; the webhook is set with it."""
    settings = to_telegram_settings(
        tmp_path, stand_in, engine, telegram_mode="webhook", telegram_webhook_secret=SECRET, public_url="https://bot.example"
    )
    header = "X-Telegram-Bot-Api-Secret-Token"
    with running(settings) as program:
        until(lambda: stand_in.webhook["url"])
        stand_in.citizen_writes(KIM, "Perso weg")
        body = json.dumps(stand_in.updates[0])
        refused = [program.http.post("/telegram/webhook", content=body, headers=h) for h in ({}, {header: "falsch"})]
        taken = [program.http.post("/telegram/webhook", content=body, headers={header: SECRET}) for _ in range(2)]
        reads(stand_in, "Verlust bitte melden.")

    assert stand_in.webhook == {"url": "https://bot.example/telegram/webhook", "secret_token": SECRET}
    assert [each.status_code for each in refused] == [403, 403]
    assert refused[0].json()["error"]["code"] == "not_allowed"
    assert [each.status_code for each in taken] == [200, 200]
    assert engine.texts == ["Perso weg"]
