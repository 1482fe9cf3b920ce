"""Telephone numbers in right-to-left text."""

import pytest

from bot.channels.isolation import isolate_numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("هاتف 02599 123-640، والأفضل", "02599 123-640"),
        ("الهاتف 02599 456-0.", "02599 456-0"),
        ("اتصل على +49 2599 123100 الآن", "+49 2599 123100"),
        ("رقم 116 016 مجاني", "116 016"),
    ],
)
def test_number_keeps_its_order(text: str, number: str) -> None:
    """The groups of a number would otherwise be shown from right to left."""
    assert isolate_numbers(text) == text.replace(number, f"\u2066{number}\u2069")


@pytest.mark.parametrize(
    "text",
    [
        "Rufen Sie 02599 123-640 an.",
        "الخط \u2066116 016\u2069 مجاني",
        "الخط \u20680800 1239900\u2069",
        "من 08:00 إلى 12:30 في 24.12.2026",
        "الرابط https://www.musterstadt.example/0800-123-4567/a",
        "الرسوم 37,00 يورو، 59999 Musterstadt",
    ],
)
def test_everything_else_stays(text: str) -> None:
    """Other languages, what is isolated already, times, prices, postcodes and addresses of the web."""
    assert isolate_numbers(text) == text
