"""The file in which a citizen keeps a conversation."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import yaml

from bot.channels.transcript import Transcriber
from bot.domain.handoffs import Ticket
from bot.domain.languages import LANGUAGES
from bot.domain.messages import Author, Link, Message
from bot.knowledge.responses import DomainResponses
from tests.engine_process import PROJECT_DIR
from tests.handoff_support import KNOWLEDGE

AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
WORDS = yaml.safe_load((PROJECT_DIR / "data" / "widget.yml").read_text("utf-8"))
SOURCE = {
    "source_title": "Stadt Musterstadt",
    "source_url": "https://www.musterstadt.example/",
    "reviewed_on": date(2026, 11, 20),
}
MESSAGES = [
    Message("c1", 1, Author.BOT, "Guten Tag!", AT),
    Message("c1", 2, Author.CITIZEN, "Was kostet das?\n\nDanke", AT + timedelta(minutes=1)),
    Message(
        "c1", 3, Author.BOT, "37 Euro.", AT + timedelta(minutes=1), links=(Link("Termin", "https://t.example/"),), **SOURCE
    ),  # type: ignore[arg-type]
    Message("c1", 4, Author.SYSTEM, "Frau Kaya hat übernommen.", AT + timedelta(hours=1)),
    Message("c1", 5, Author.STAFF, "Gern.", AT + timedelta(hours=15), author_name="Frau Kaya"),
    Message("c1", 6, Author.STAFF, "Noch etwas?", AT + timedelta(hours=15)),
]


def transcript(language: str = "de", messages: list[Message] = MESSAGES) -> str:
    """The file."""
    responses = DomainResponses.load(PROJECT_DIR / "domain.yml")
    writer = Transcriber(WORDS, responses, KNOWLEDGE.municipality)
    return writer.write(messages, language=language, at=AT + timedelta(days=1))


def test_file_says_who_said_what_and_when() -> None:
    """On the town's clock, in order, with links, source and the name of the person."""
    assert transcript() == (
        "\ufeffIhr Gespräch mit der Stadt Musterstadt\n"
        "Gespeichert am 02.12.2026, 10:00 Uhr. Alle Zeiten sind Ortszeit.\n\n"
        "[01.12.2026, 10:00] Automatische Antwort:\nGuten Tag!\n\n"
        "[01.12.2026, 10:01] Sie:\nWas kostet das?\n\nDanke\n\n"
        "[01.12.2026, 10:01] Automatische Antwort:\n37 Euro.\nTermin: https://t.example/\n"
        "Quelle: Stadt Musterstadt · Stand 20.11.2026\nhttps://www.musterstadt.example/\n\n"
        "[01.12.2026, 11:00] Hinweis:\nFrau Kaya hat übernommen.\n\n"
        "[02.12.2026, 01:00] Frau Kaya (Stadt Musterstadt, ein Mensch):\nGern.\n\n"
        "[02.12.2026, 01:00] Mitarbeiter:in (ein Mensch):\nNoch etwas?\n"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_file_holds_number_and_code_of_each_ticket(language: str) -> None:
    """Above what was said, in the citizen's language; a ticket from before there were codes is left out."""
    ticket = Ticket("2026-0042", "c1", "buergerbuero", None, "citizen_asked", "?", AT, AT, access_code="K7QM-3XRT-9HWA")
    old = replace(ticket, number="2026-0041", access_code=None)
    writer = Transcriber(WORDS, DomainResponses.load(PROJECT_DIR / "domain.yml"), KNOWLEDGE.municipality)
    line = writer.write(MESSAGES, [old, ticket], language=language, at=AT).splitlines()[2]

    assert re.search(r"2026-0042.+K7QM-3XRT-9HWA", line)
    assert "2026-0041" not in line
    assert "{" not in line


@pytest.mark.parametrize("language", LANGUAGES)
def test_file_is_in_the_citizens_language(language: str) -> None:
    """Heading, time and every author are in the language of the conversation; no brace is left over."""
    text = transcript(language)

    for key in ("title", "bot", "citizen", "system", "staff"):
        assert WORDS[f"transcript_{key}"][language].format(town="Musterstadt") in text
    assert (language == "en") == ("1 December 2026, 10:00" in text)
    assert "{" not in text
    assert "::" not in text


def test_braces_of_a_citizen_stay_text() -> None:
    """What somebody wrote is never filled in."""
    assert "{town} %s {}" in transcript(messages=[Message("c1", 1, Author.CITIZEN, "{town} %s {}", AT)])


def test_arabic_file_keeps_its_telephone_numbers_readable() -> None:
    """Their groups stay in order although the text runs from right to left."""
    text = transcript("ar", [Message("c1", 1, Author.BOT, "هاتف 02599 123-640", AT)])

    assert "\u206602599 123-640\u2069" in text
