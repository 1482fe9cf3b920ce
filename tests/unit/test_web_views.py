"""How a message looks in the widget's API: what its buttons are for."""

from datetime import UTC, datetime

import pytest

from bot.channels.web_views import to_message_view
from bot.domain.languages import LANGUAGES
from bot.domain.messages import Author, Button, Message
from bot.knowledge.responses import DomainResponses
from tests.engine_process import PROJECT_DIR

AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
RATE = [Button(str(number), f'/rate{{"rating": "{number}"}}') for number in range(1, 6)]


def purpose_of(*buttons: Button) -> str | None:
    """What the widget is told."""
    return to_message_view(Message("c1", 7, Author.BOT, "Text", AT, buttons=buttons)).purpose


def test_purpose_of_buttons() -> None:
    """A rating and the way back while waiting are named, everything else is an answer; payloads stay here."""
    way_back = Button("Zurück zum Chatbot", "/return_to_bot")

    assert purpose_of(*RATE) == "rating"
    assert purpose_of(way_back) == "waiting"
    assert purpose_of(Button("Ja", "/affirm"), way_back) == "waiting"
    assert purpose_of(Button("Ja", "/affirm"), RATE[0]) is None
    assert purpose_of(Button("Kosten", '/ask_fee{"service": "kita"}')) is None
    assert purpose_of() is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_towns_sentences_have_their_purpose(language: str) -> None:
    """In each language of the town the rating is a scale, and who waits can go back."""
    responses = DomainResponses.load(PROJECT_DIR / "domain.yml")

    assert purpose_of(*responses.reply("utter_ask_rating", language).buttons) == "rating"
    assert purpose_of(*responses.reply("utter_handoff_live", language, office="Bürgerbüro").buttons) == "waiting"
