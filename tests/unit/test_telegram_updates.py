"""What Telegram's updates mean."""

import pytest
from telegram import User

from bot.channels.telegram.requests import to_update
from bot.channels.telegram.updates import Blocked, GroupCall, read_command, read_update
from bot.domain.languages import LANGUAGES
from bot.domain.messages import ButtonRef, IncomingMessage
from tests.fakes import FakeResponses
from tests.telegram_stand_in.state import BOT, MEDIA, to_entities

KIM = {"id": 42, "is_bot": False, "first_name": "Kim", "language_code": "de"}
PRIVATE = {"id": 42, "type": "private", "first_name": "Kim"}
GROUP = {"id": -7, "type": "supergroup", "title": "Nachbarn"}
ME = User.de_json(BOT, None)


def to_message(**content):
    """A chat message as Telegram writes it."""
    return {"message_id": 5, "date": 1_790_000_000, "chat": PRIVATE, "from": KIM, **content}


def read(**update):
    """What update 900 with this content means."""
    return read_update(to_update({"update_id": 900, **update}), responses=FakeResponses(), me=ME)


def test_text_becomes_a_message():
    """Chat, update id, text and language arrive unchanged."""
    received = read(message=to_message(text="Wo ist das Bürgerbüro?"))

    assert received.message == IncomingMessage("telegram", "42", "update:900", "Wo ist das Bürgerbüro?", "de")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start", ("/start", "/greet")),
        ("/start qr-code", ("/start qr-code", "/greet")),
        ("/hilfe", ("/hilfe", "/help")),
        ("/HELP", ("/HELP", "/help")),
        ("/mensch@rathausbote_bot", ("/mensch", "/request_human")),
        ("/datenschutz", ("/datenschutz", "/ask_privacy")),
        ("/privacy", ("/privacy", "/ask_privacy")),
        ("/hund_anmelden bitte", ("hund anmelden bitte", None)),
        ('/ask_fee{"service": "kita"}', ('ask fee{"service": "kita"}', None)),
        ("//request_human", ("request_human", None)),
        ("Perso/Reisepass", ("Perso/Reisepass", None)),
        ("/", ("/", None)),
    ],
)
def test_commands(text, expected):
    """Known commands are dialogue acts; anything else with a slash is only words, whoever tries."""
    assert read_command(text) == expected


@pytest.mark.parametrize(
    ("code", "language"),
    [
        *((language, language) for language in LANGUAGES),
        ("de-AT", "de"), ("en-US", "en"), ("pt-BR", "de"), ("end", "de"), ("", "de"), (None, "de"),
    ],
)  # fmt: skip
def test_language(code, language):
    """Whoever uses Telegram in one of the town's languages is addressed in it, everybody else in German."""
    received = read(message=to_message(text="?", **{"from": {**KIM, "language_code": code}}))

    assert received.message.language == language


@pytest.mark.parametrize("kind", sorted(MEDIA))
def test_media_is_named_and_not_understood(kind):
    """Whatever is no text becomes a placeholder and the dialogue act that says so."""
    received = read(message=to_message(**{kind: MEDIA[kind]}))

    assert (received.message.text, received.message.payload) == (f"utter_media_{kind}", "/unsupported_message")


def test_caption_is_read():
    """Words below a photo are a question like any other."""
    received = read(message=to_message(photo=MEDIA["photo"], caption="Ist der Pass noch gültig?"))

    assert received.message.text == "utter_media_photo Ist der Pass noch gültig?"
    assert received.message.payload is None


def test_animation_and_venue_are_not_mistaken():
    """An animation is no document and a venue no unknown thing, though they carry both."""
    animation = {"file_id": "g", "file_unique_id": "g", "width": 9, "height": 9, "duration": 1}
    venue = {"location": MEDIA["location"], "title": "Rathaus", "address": "Rathausplatz 1"}

    texts = [
        read(message=to_message(animation=animation, document=MEDIA["document"])).message.text,
        read(message=to_message(venue=venue, location=MEDIA["location"])).message.text,
    ]

    assert texts == ["utter_media_animation", "utter_media_location"]


def test_pressed_button():
    """A press names message and position, its text is the button's title."""
    markup = {"inline_keyboard": [[{"text": "Kosten", "callback_data": "b:3:0"}, {"text": "Ort", "callback_data": "b:3:1"}]]}
    query = {"id": "q1", "from": KIM, "chat_instance": "c", "data": "b:3:1"}
    received = read(callback_query={**query, "message": to_message(text="Was genau?", reply_markup=markup)})

    assert received.message == IncomingMessage("telegram", "42", "update:900", "Ort", "de", button=ButtonRef(3, 1))
    assert received.callback_id == "q1"


def test_press_on_a_message_too_old_to_be_shown():
    """A button still works when Telegram no longer gives us the message it belongs to."""
    old = {"message_id": 5, "date": 0, "chat": PRIVATE}
    received = read(callback_query={"id": "q1", "from": KIM, "chat_instance": "c", "data": "b:3:1", "message": old})

    assert (received.message.text, received.message.button) == ("utter_pressed_button", ButtonRef(3, 1))


@pytest.mark.parametrize("data", ["", "b:3", "b:x:1", "b:3:1:4", "b:-1:0", "B:3:1", "b:٣:1x"])
def test_foreign_buttons_are_ignored(data):
    """A press that we did not offer is nothing."""
    query = {"id": "q1", "from": KIM, "chat_instance": "c", "data": data, "message": to_message(text="x")}

    assert read(callback_query=query) is None


def test_edit_has_a_source_id_of_its_own():
    """A correction can be told from its original, and from a second correction."""
    edit = to_message(text="Reisepass", edit_date=1_790_000_060)
    later = to_message(text="Reisepass", edit_date=1_790_000_090)

    ids = [read(edited_message=each).message.source_id for each in (edit, later)]

    assert ids == ["edit:42:5:1790000060", "edit:42:5:1790000090"]


@pytest.mark.parametrize("content", [{"text": "ohne Datum"}, {"location": MEDIA["location"], "edit_date": 1_790_000_060}])
def test_edit_without_new_words_is_ignored(content):
    """A live location that moves is no correction."""
    assert read(edited_message=to_message(**content)) is None


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"poll": {"id": "1", "question": "?", "options": [], "total_voter_count": 0, "is_closed": True,
                  "is_anonymous": True, "type": "regular", "allows_multiple_answers": False}},
        {"message": to_message(text="Hallo", **{"from": {**KIM, "is_bot": True}})},
        {"message": to_message(pinned_message=to_message(text="Hallo"))},
        {"message": to_message(new_chat_title="Neu")},
        {"channel_post": to_message(text="Hallo")},
    ],
)  # fmt: skip
def test_updates_without_a_question_are_ignored(update):
    """Polls, bots and service messages are no messages of a citizen."""
    assert read(**update) is None


@pytest.mark.parametrize(
    ("chat", "status", "expected"),
    [(PRIVATE, "kicked", Blocked("42")), (PRIVATE, "member", None), (GROUP, "kicked", None)],
)
def test_blocking(chat, status, expected):
    """Only a citizen who blocks the bot is a recipient who left."""
    members = {
        "old_chat_member": {"user": BOT, "status": "member"},
        "new_chat_member": {"user": BOT, "status": status, "until_date": 0},
    }

    assert read(my_chat_member={"chat": chat, "from": KIM, "date": 1_790_000_000, **members}) == expected


@pytest.mark.parametrize(
    ("text", "is_addressed"),
    [
        ("Wer weiß, wann das Rathaus öffnet?", False),
        ("@rathausbote_bot wann öffnet das Rathaus?", True),
        ("Frag doch @Rathausbote_Bot!", True),
        ("@rathausbote_bot2 hallo", False),
        ("/hilfe", True),
        ("/hilfe@rathausbote_bot", True),
        ("/hilfe@anderer_bot", False),
    ],
)
def test_groups(text, is_addressed):
    """In a group nothing is a message to be stored; the bot only notices who addresses it."""
    call = read(message=to_message(text=text, entities=to_entities(text), chat=GROUP))

    assert call == (GroupCall(-7, "de") if is_addressed else None)


def test_unreadable_update_comes_without_content():
    """An update that the library can't read holds up nobody: it keeps its id and means nothing."""
    update = to_update({"update_id": 901, "message": {"text": "ohne alles"}})

    assert update.update_id == 901
    assert read_update(update, responses=FakeResponses(), me=ME) is None
