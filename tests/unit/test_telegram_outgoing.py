"""What a stored message looks like on Telegram."""

from datetime import UTC, date, datetime

import pytest

from bot.channels.sources import to_date_text
from bot.channels.telegram.options import TelegramOptions
from bot.channels.telegram.outgoing import to_keyboard, to_parts
from bot.channels.telegram.texts import MAX_UNITS, utf16_length
from bot.domain.languages import LANGUAGES
from bot.domain.messages import Author, Button, Link, Message
from bot.errors import SettingsError
from bot.knowledge.responses import DomainResponses
from tests.engine_process import PROJECT_DIR
from tests.fakes import FakeResponses

AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
TEXTS = {
    "utter_source_line": {"de": "Quelle: {title} · Stand {date}\n{url}", "en": "Source: {title} · as of {date}\n{url}"},
    "utter_source_line_undated": {"de": "Quelle: {title}\n{url}", "en": "Source: {title}\n{url}"},
    "utter_bot_label": {"de": "Programm:", "en": "Program:"},
    "utter_staff_label": {"de": "{name}, Rathaus:", "en": "{name}, town hall:"},
}


def to_message(text="Der Ausweis kostet 37 Euro.", author=Author.BOT, **more):
    """A stored message."""
    return Message("c1", 7, author, text, AT, **more)


def to_texts(message):
    """The texts of its parts."""
    return [part.text for part in to_parts(message, FakeResponses(TEXTS))]


def test_source_and_date_come_last():
    """Every answer shows what it stands on."""
    source = {"source_title": "Stadt Musterstadt", "source_url": "https://www.musterstadt.example/"}
    message = to_message(**source, reviewed_on=date(2026, 11, 20))

    assert to_texts(message) == [
        "Programm:\nDer Ausweis kostet 37 Euro.\n\nQuelle: Stadt Musterstadt · Stand 20.11.2026\nhttps://www.musterstadt.example/"
    ]


def test_source_without_date_or_address():
    """What is not known leaves no gap."""
    assert to_texts(to_message(source_title="Satzung")) == ["Programm:\nDer Ausweis kostet 37 Euro.\n\nQuelle: Satzung"]


def test_english_message():
    """The words around an answer are in the conversation's language."""
    message = to_message("It costs 37 euros.", source_title="Town", reviewed_on=date(2026, 5, 6), meta={"language": "en"})

    assert to_texts(message) == ["Program:\nIt costs 37 euros.\n\nSource: Town · as of 6 May 2026"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_around_an_answer_are_in_its_language(language):
    """Source and who answers are told in each language of the town; only English writes the date in words."""
    responses = DomainResponses.load(PROJECT_DIR / "domain.yml")
    meta = {"language": language}
    answer = to_message(source_title="Satzung", reviewed_on=date(2026, 5, 6), meta=meta)
    person = to_message("Gern.", Author.STAFF, author_name="Frau Sommer", meta=meta)
    day = "6 May 2026" if language == "en" else "06.05.2026"

    assert (
        responses.text("utter_source_line", language, title="Satzung", date=day, url="")
        in to_parts(answer, responses)[0].text
    )
    assert to_parts(answer, responses)[0].text.startswith(f"{responses.text('utter_bot_label', language)}\nDer Ausweis")
    assert (
        to_parts(person, responses)[0].text == f"{responses.text('utter_staff_label', language, name='Frau Sommer')}\nGern."
    )


@pytest.mark.parametrize("language", ["xx", None, 7])
def test_unknown_language_is_german(language):
    """Whatever is stored as language, the message goes out."""
    message = to_message(source_title="Satzung", meta={"language": language})

    assert to_texts(message) == ["Programm:\nDer Ausweis kostet 37 Euro.\n\nQuelle: Satzung"]


def test_person_is_named():
    """A citizen sees that a person answers, and who."""
    message = to_message("Ich kümmere mich.", Author.STAFF, author_name="Frau Sommer")

    assert to_texts(message) == ["Frau Sommer, Rathaus:\nIch kümmere mich."]


def test_rows_after_a_short_title_and_a_long_one():
    """A short title before a long one stands alone, so that the order stays."""
    titles = ("Ja", "Ein recht langer Titel", "Nein", "Doch")
    rows = to_keyboard(1, [Button(title, "/x") for title in titles], []).inline_keyboard

    assert [[button.text for button in row] for row in rows] == [["Ja"], ["Ein recht langer Titel"], ["Nein", "Doch"]]


def test_machine_is_named_and_the_system_is_not():
    """Whoever reads the chat sees of each answer that no person wrote it; whatever is stored beside it changes nothing."""
    assert to_texts(to_message("Gern.", meta={"label": "Frau Sommer:"})) == ["Programm:\nGern."]
    assert to_texts(to_message("Es geht weiter.", Author.SYSTEM)) == ["Es geht weiter."]


@pytest.mark.parametrize(("author", "label"), [(Author.BOT, "Programm:"), (Author.STAFF, "Frau Sommer, Rathaus:")])
@pytest.mark.parametrize("length", [MAX_UNITS - 30, MAX_UNITS - 10, MAX_UNITS, 2 * MAX_UNITS - 1])
def test_each_part_says_who_answers(author, label, length):
    """With its label each part fits Telegram, and nothing is lost."""
    texts = to_texts(to_message("ü" * length, author, author_name="Frau Sommer" if author is Author.STAFF else None))

    assert all(text.startswith(f"{label}\n") for text in texts)
    assert max(map(utf16_length, texts)) <= MAX_UNITS
    assert "".join(text.removeprefix(f"{label}\n") for text in texts) == "ü" * length


@pytest.mark.parametrize(("author", "label"), [(Author.BOT, "Programm:\n"), (Author.SYSTEM, "")])
def test_each_part_says_who_answers_where_buttons_are_refused(author, label):
    """The links that are written out instead make it longer than Telegram takes in one piece."""
    link = Link("Online beantragen", "https://www.musterstadt.example/" + "a" * 200)
    (part,) = to_parts(to_message("ü" * (MAX_UNITS - 100), author, links=(link,)), FakeResponses(TEXTS))

    first, second = part.plain_texts

    assert first == part.text == f"{label}{'ü' * (MAX_UNITS - 100)}"
    assert second == f"{label}{link.title}: {link.url}"


def test_long_message_has_its_buttons_below_the_last_part():
    """Parts fit Telegram; the source and the buttons come once, at the end."""
    message = to_message("Ein Satz. " * 900, buttons=(Button("Ja", "/affirm"),), source_title="Satzung")

    parts = to_parts(message, FakeResponses(TEXTS))

    assert len(parts) == 3
    assert all(utf16_length(part.text) <= MAX_UNITS for part in parts)
    assert [part.keyboard is not None for part in parts] == [False, False, True]
    assert parts[-1].text.endswith("Quelle: Satzung")


def test_empty_message_has_no_parts():
    """Telegram would refuse it."""
    assert to_parts(to_message("  \n"), FakeResponses(TEXTS)) == []


def test_keyboard():
    """Links have a row each, short titles share one, a long title has its own."""
    buttons = [Button(title, "/x") for title in ("Ja", "Nein", "Einen Termin vereinbaren", "Kosten")]
    keyboard = to_keyboard(12, buttons, [Link("Online beantragen", "https://www.musterstadt.example/a")])

    rows = [[(button.text, button.callback_data or button.url) for button in row] for row in keyboard.inline_keyboard]

    assert rows == [
        [("Online beantragen", "https://www.musterstadt.example/a")],
        [("Ja", "b:12:0"), ("Nein", "b:12:1")],
        [("Einen Termin vereinbaren", "b:12:2")],
        [("Kosten", "b:12:3")],
    ]


def test_rating_is_one_row_of_digits():
    """A scale is read from left to right; words instead of digits stand as other replies do."""
    rate = [Button(title, f'/rate{{"rating": "{title}"}}') for title in "12345"]

    def rows_of(buttons):
        return [[button.text for button in row] for row in to_keyboard(12, buttons, []).inline_keyboard]

    assert rows_of(rate) == [["1", "2", "3", "4", "5"]]
    assert rows_of([*rate[:4], Button("sehr", rate[4].payload)]) == [["1", "2"], ["3", "4"], ["sehr"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_towns_rating_fits_one_row(language):
    """In each language of the town."""
    reply = DomainResponses.load(PROJECT_DIR / "domain.yml").reply("utter_ask_rating", language)

    assert len(to_keyboard(12, reply.buttons, []).inline_keyboard) == 1


def test_callback_data_is_always_short():
    """Titles and payloads of any length never get into the 64 bytes of a button."""
    keyboard = to_keyboard(2_147_483_647, [Button("Ä" * 300, "/ask" * 300)] * 9, [])

    assert max(len(row[0].callback_data.encode()) for row in keyboard.inline_keyboard) < 64


@pytest.mark.parametrize("url", ["tel:02599123100", "mailto:rathaus@musterstadt.example", "http://localhost/x", "www.x.de"])
def test_address_that_no_button_takes_is_written_out(url):
    """Telegram refuses a whole message for such a button, so the citizen gets it as text."""
    parts = to_parts(to_message("Rufen Sie an.", links=(Link("Kontakt", url),)), FakeResponses(TEXTS))

    assert (parts[0].text, parts[0].keyboard) == (f"Programm:\nRufen Sie an.\n\nKontakt: {url}", None)


def test_dates_are_unmistakable():
    """An English date spells its month."""
    assert [to_date_text(date(2026, 3, 4), language) for language in ("de", "en")] == ["04.03.2026", "4 March 2026"]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"token": " "}, "BOT_TELEGRAM_TOKEN"),
        ({"mode": "webhook", "public_url": "https://x.example"}, "BOT_TELEGRAM_WEBHOOK_SECRET"),
        (
            {"mode": "webhook", "public_url": "https://x.example", "webhook_secret": "geheim-geheim-geheim!"},
            "BOT_TELEGRAM_WEBHOOK_SECRET",
        ),
        ({"mode": "webhook", "public_url": "http://x.example", "webhook_secret": "s" * 16}, "BOT_PUBLIC_URL"),
    ],
)
def test_wrong_settings_are_named(changes, name):
    """Whoever sets up the channel reads which setting is wrong."""
    with pytest.raises(SettingsError, match=name):
        TelegramOptions(**{"token": "1:a", **changes})


def test_secrets_stay_out_of_logs():
    """Neither token nor secret shows when the options are printed."""
    options = TelegramOptions("1:geheim", mode="webhook", public_url="https://x.example/", webhook_secret="auch-sehr-geheim")

    assert "geheim" not in repr(options)
    assert options.webhook_url == "https://x.example/telegram/webhook"
