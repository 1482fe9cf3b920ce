"""Cutting texts to Telegram's size."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram.texts import MAX_UNITS, split_text, utf16_length


def test_length_is_counted_as_telegram_counts():
    """An emoji outside the basic plane counts twice, an umlaut once."""
    assert [utf16_length(text) for text in ("Bürger", "👍", "👨‍👩‍👧")] == [6, 2, 8]


def test_short_text_stays_whole():
    """A text of exactly the limit is one part."""
    assert split_text("ä" * MAX_UNITS) == ["ä" * MAX_UNITS]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Erster Absatz.\n\nZweiter Absatz.", ["Erster Absatz.", "Zweiter Absatz."]),
        ("Erste Zeile hier\nZweite Zeile hier", ["Erste Zeile hier", "Zweite Zeile hier"]),
        ("Ein ganzer Satz. Noch ein Satz.", ["Ein ganzer Satz.", "Noch ein Satz."]),
        ("lauter Wörter ohne jeden Punkt", ["lauter Wörter ohne", "jeden Punkt"]),
        ("Donaudampfschifffahrtsgesellschaft", ["Donaudampfschifffahr", "tsgesellschaft"]),
        ("a Donaudampfschifffahrtsgesellschaft", ["a Donaudampfschifffa", "hrtsgesellschaft"]),
    ],
)
def test_parts_end_at_the_best_border(text, parts):
    """Paragraphs come before lines, lines before sentences, sentences before words, words before letters."""
    assert split_text(text, 20) == parts


@pytest.mark.parametrize("piece", ["👨‍👩‍👧", "e\u0301", "❤️"])
def test_no_character_is_torn_apart(piece):
    """Emoji sequences and combined accents stay whole where a text has no border at all."""
    parts = split_text(piece * 30, 21)

    assert "".join(parts) == piece * 30
    assert all(len(part) % len(piece) == 0 for part in parts)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("aß😀\u0301\u200d.! \n"), max_size=300), st.integers(2, 40))
def test_nothing_is_lost_and_nothing_is_too_long(text, limit):
    """Whatever the text: every part fits and has content, and together they hold each letter in order."""
    parts = split_text(text, limit)

    assert all(0 < utf16_length(part) <= limit and part.strip() for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
