"""Which characters of a citizen's message are kept."""

import unicodedata

import pytest

from bot.domain.messages import clean_text
from bot.errors import MessageEmpty

NEWER_EMOJI = "\U0001fadf"


def test_emoji_newer_than_python_is_a_message() -> None:
    """Phones know Unicode's next version before Python does."""
    assert unicodedata.category(NEWER_EMOJI) == "Cn"
    assert clean_text(f" {NEWER_EMOJI} ") == NEWER_EMOJI


@pytest.mark.parametrize(
    "character", ["\ufdd0", "\ufdef", "\ufffe", "\uffff", "\U0001fffe", "\U0010ffff", "\ud800", "\ue000"]
)
def test_what_is_no_character_is_dropped(character: str) -> None:
    """Noncharacters, half pairs and private use say nothing and break readers."""
    assert clean_text(f"a{character}b") == "ab"
    with pytest.raises(MessageEmpty):
        clean_text(character)


@pytest.mark.parametrize("character", ["\ufdcf", "\ufdf0", "\ufffd", "\U00010000", "😀", "ß"])
def test_their_neighbours_are_kept(character: str) -> None:
    """The borders of the ranges are right."""
    assert clean_text(character) == character
