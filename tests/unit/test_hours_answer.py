"""Answers about opening hours, word for word as citizens read them."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
import yaml

from bot.domain.languages import LANGUAGES
from bot.domain.opening_hours import OpeningHours, SpecialOpeningHours, TimeSlot, special_days
from bot.knowledge.calendar import load_closures
from bot.knowledge.hours_answer import hours_answer, promise_text
from bot.knowledge.time_expressions import parse_time

BERLIN = ZoneInfo("Europe/Berlin")
TEXTS = yaml.safe_load((Path(__file__).parents[2] / "data" / "hours.yml").read_text(encoding="utf-8"))
CLOSURES = {
    "closures": [
        {"every": "12-24", "reason": {"de": "Heiligabend", "en": "Christmas Eve"}},
        {"every": "12-31", "reason": {"de": "Silvester", "en": "New Year's Eve"}},
        {"date": "2026-12-02", "reason": {"de": "Personalversammlung", "en": "staff meeting"}},
        {"from": "2026-12-28", "to": "2026-12-30", "reason": {"de": "Betriebsferien", "en": "shutdown"}},
    ]
}
INVENTORY = {"de": "Inventur", "en": "stocktaking"}
MONDAY = "2026-11-23T09:00"
NEXT = {"de": ("Das nächste Mal geöffnet ist", "Jetzt ist geöffnet"), "en": ("The next opening is", "It is open now")}


def plan(*slots: str) -> tuple[TimeSlot, ...]:
    return tuple(TimeSlot.parse(text) for text in slots)


WEEKLY = {
    0: (*plan("08:00-12:30"), TimeSlot.parse("14:00-16:00", appointment_only=True)),
    1: plan("08:00-12:30", "14:00-16:00"),
    2: plan("08:00-12:30"),
    3: plan("08:00-12:30", "14:00-18:00"),
    4: plan("08:00-12:30"),
}


def office(weekly=WEEKLY, exceptions=()) -> OpeningHours:
    calendar = load_closures(CLOSURES, state="NW")
    return OpeningHours(weekly, special_days(weekly, exceptions, partial(calendar.day, office_id="buergerbuero")), BERLIN)


def ask(text: str, *, now: str = MONDAY, language: str = "de", hours: OpeningHours | None = None) -> str:
    name = {"de": "Bürgerbüro", "en": "Citizens' Office"}[language]
    moment = datetime.fromisoformat(now).replace(tzinfo=BERLIN)
    question = parse_time(text, now=moment, language=language)
    return hours_answer(name, hours or office(), question, now=moment, language=language, texts=TEXTS)


def test_open_now():
    """Whoever asks now learns until when, and what follows today."""
    assert ask("jetzt offen?") == (
        "Bürgerbüro: Ja, jetzt ist geöffnet, heute noch bis 12:30 Uhr und von 14:00 bis 16:00 Uhr (nur mit Termin)."
    )
    assert ask("open now?", language="en") == (
        "Citizens' Office: Yes, it is open now, today until 12:30 and from 14:00 to 16:00 (by appointment only)."
    )


def test_open_now_by_appointment_only():
    """In a slot by appointment, people without one learn when they can come."""
    assert ask("jetzt offen?", now="2026-11-23T15:00") == (
        "Bürgerbüro: Ja, jetzt ist geöffnet, heute noch bis 16:00 Uhr (nur mit Termin). "
        "Ohne Termin: morgen, Dienstag, 24. November 2026, ab 08:00 Uhr."
    )


def test_closed_now_in_the_evening():
    """A closed office says when it opens next, the date spelled out."""
    assert ask("jetzt offen?", now="2026-11-23T16:00") == (
        "Bürgerbüro: Nein, jetzt ist geschlossen. "
        "Das nächste Mal geöffnet ist morgen, Dienstag, 24. November 2026, ab 08:00 Uhr."
    )


def test_closed_now_at_lunch_time():
    """In the lunch break the next opening is today, with what holds for it."""
    assert ask("noch offen?", now="2026-11-26T12:45") == (
        "Bürgerbüro: Nein, jetzt ist geschlossen. Das nächste Mal geöffnet ist heute ab 14:00 Uhr."
    )


def test_closed_now_with_a_reason():
    """The reason is told where the whole day is closed, and closing days in a row are skipped."""
    assert ask("jetzt offen?", now="2026-12-24T10:00") == (
        "Bürgerbüro: Nein, jetzt ist geschlossen (Heiligabend). "
        "Das nächste Mal geöffnet ist am Montag, 4. Januar 2027, ab 08:00 Uhr."
    )


def test_until_when():
    """Asked for the closing time, the answer begins with it."""
    assert ask("bis wann habt ihr auf") == (
        "Bürgerbüro: Heute ist noch bis 12:30 Uhr und von 14:00 bis 16:00 Uhr (nur mit Termin) geöffnet."
    )
    assert ask("bis wann", now="2026-11-25T13:00").startswith("Bürgerbüro: Jetzt ist geschlossen. Das nächste Mal")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        (
            "am Donnerstag",
            "de",
            "Bürgerbüro: Am Donnerstag, 26. November 2026, ist von 08:00 bis 12:30 Uhr "
            "und von 14:00 bis 18:00 Uhr geöffnet.",
        ),
        (
            "am 24.12. offen?",
            "de",
            "Bürgerbüro: Am Donnerstag, 24. Dezember 2026, ist geschlossen (Heiligabend). "
            "Das nächste Mal geöffnet ist am Montag, 4. Januar 2027, ab 08:00 Uhr.",
        ),
        (
            "on Dec 25",
            "en",
            "Citizens' Office: On Friday, 25 December 2026, it is closed (Christmas Day). "
            "The next opening is on Monday, 4 January 2027, at 08:00.",
        ),
        (
            "am Samstag",
            "de",
            "Bürgerbüro: Am Samstag, 28. November 2026, ist geschlossen. "
            "Das nächste Mal geöffnet ist am Montag, 30. November 2026, ab 08:00 Uhr.",
        ),
        (
            "heute",
            "de",
            "Bürgerbüro: Heute, Montag, 23. November 2026, ist von 08:00 bis 12:30 Uhr und von 14:00 bis 16:00 Uhr "
            "(nur mit Termin) geöffnet. Jetzt ist geöffnet.",
        ),
        (
            "Donnerstag um 17 Uhr",
            "de",
            "Bürgerbüro: Ja, am Donnerstag, 26. November 2026, ist dann geöffnet. "
            "Die Zeiten an diesem Tag: 08:00 bis 12:30 Uhr und 14:00 bis 18:00 Uhr.",
        ),
        (
            "Donnerstag nach 18 Uhr",
            "de",
            "Bürgerbüro: Nein, am Donnerstag, 26. November 2026, ist dann geschlossen. "
            "Die Zeiten an diesem Tag: 08:00 bis 12:30 Uhr und 14:00 bis 18:00 Uhr. "
            "Das nächste Mal geöffnet ist am Freitag, 27. November 2026, ab 08:00 Uhr.",
        ),
        (
            "Montagnachmittag",
            "de",
            "Bürgerbüro: Ja, heute, Montag, 23. November 2026, ist dann geöffnet (nur mit Termin). "
            "Die Zeiten an diesem Tag: 08:00 bis 12:30 Uhr und 14:00 bis 16:00 Uhr (nur mit Termin).",
        ),
        (
            "morgen Mittag",
            "de",
            "Bürgerbüro: Morgen, Dienstag, 24. November 2026, gilt: Mittagspause von 12:30 bis 14:00 Uhr. "
            "Die Zeiten an diesem Tag: 08:00 bis 12:30 Uhr und 14:00 bis 16:00 Uhr.",
        ),
    ],
)
def test_a_single_day(text, language, expected):
    """A question about a day is answered with its date, its hours or why it is closed, and the next opening."""
    assert ask(text, language=language) == expected


def test_a_window_of_today_that_has_passed():
    """Asked in the evening about the morning, the answer goes on to the next opening."""
    answer = ask("heute vormittag", now="2026-11-24T17:00")

    assert answer.endswith("Das nächste Mal geöffnet ist morgen, Mittwoch, 25. November 2026, ab 08:00 Uhr.")


def test_several_days():
    """Several days are listed with their reasons, and the next opening follows when all are closed."""
    assert ask("zwischen den Jahren") == (
        "Bürgerbüro, geöffnet:\n"
        "- Sonntag, 27. Dezember 2026: geschlossen\n"
        "- Montag, 28. Dezember 2026: geschlossen (Betriebsferien)\n"
        "- Dienstag, 29. Dezember 2026: geschlossen (Betriebsferien)\n"
        "- Mittwoch, 30. Dezember 2026: geschlossen (Betriebsferien)\n"
        "- Donnerstag, 31. Dezember 2026: geschlossen (Silvester)\n"
        "Das nächste Mal geöffnet ist am Montag, 4. Januar 2027, ab 08:00 Uhr."
    )


def test_a_window_of_several_days():
    """Of several days those are named that are open then; if none is, all are listed with the next opening."""
    assert ask("nächste Woche nach 16 Uhr").splitlines() == [
        "Bürgerbüro, geöffnet:",
        "- Donnerstag, 3. Dezember 2026: 08:00 bis 12:30 Uhr und 14:00 bis 18:00 Uhr",
    ]
    assert ask("nächste Woche nach 18 Uhr").startswith("Bürgerbüro: An diesen Tagen ist dann nicht geöffnet.")
    assert ask("nächste Woche nach 18 Uhr").endswith(
        "Das nächste Mal geöffnet ist am Montag, 30. November 2026, ab 08:00 Uhr."
    )


def test_the_weekly_plan():
    """Without a time the plan is told, days with equal hours together, deviations soon, and whether it is open."""
    assert ask("Öffnungszeiten") == (
        "Bürgerbüro, regelmäßige Öffnungszeiten:\n"
        "- Montag: 08:00 bis 12:30 Uhr und 14:00 bis 16:00 Uhr (nur mit Termin)\n"
        "- Dienstag: 08:00 bis 12:30 Uhr und 14:00 bis 16:00 Uhr\n"
        "- Mittwoch und Freitag: 08:00 bis 12:30 Uhr\n"
        "- Donnerstag: 08:00 bis 12:30 Uhr und 14:00 bis 18:00 Uhr\n"
        "- Samstag und Sonntag: geschlossen\n"
        "In den nächsten zwei Wochen gilt abweichend:\n"
        "- Mittwoch, 2. Dezember 2026: geschlossen (Personalversammlung)\n"
        "Jetzt ist geöffnet."
    )


def test_a_deviation_with_hours():
    """Special hours within two weeks are told with their reason; a day later than that is not."""
    special = SpecialOpeningHours(date(2026, 12, 5), date(2026, 12, 5), plan("10:00-12:00"), INVENTORY)
    hours = office(exceptions=[special])

    assert "- Samstag, 5. Dezember 2026: 10:00 bis 12:00 Uhr (Inventur)" in ask("Zeiten", hours=hours)
    assert "Inventur" not in ask("Zeiten", hours=hours, now="2026-11-21T10:00")
    assert ask("am 5.12.", hours=hours) == (
        "Bürgerbüro: Am Samstag, 5. Dezember 2026, ist von 10:00 bis 12:00 Uhr geöffnet (Inventur)."
    )


def test_three_days_in_a_row_are_a_range():
    """Montag bis Freitag, not five names."""
    hours = office(dict.fromkeys(range(5), plan("00:00-24:00")))

    assert "- Montag bis Freitag: 00:00 bis 24:00 Uhr\n" in ask("Zeiten", hours=hours)


def test_a_window_of_the_week():
    """A time without a day names the weekdays that are open then, else the latest or earliest time."""
    assert ask("nach 17 Uhr") == (
        "Bürgerbüro: Ja, um diese Zeit ist geöffnet:\n- Donnerstag: 08:00 bis 12:30 Uhr und 14:00 bis 18:00 Uhr"
    )
    assert ask("nach 18 Uhr", now="2026-11-23T19:00") == (
        "Bürgerbüro: Nein, um diese Zeit ist an keinem Wochentag geöffnet. "
        "Am längsten geöffnet ist bis 18:00 Uhr (Donnerstag). "
        "Das nächste Mal geöffnet ist morgen, Dienstag, 24. November 2026, ab 08:00 Uhr."
    )
    assert "Am frühesten geöffnet ist ab 08:00 Uhr (Montag bis Freitag)." in ask("vor 8")


def test_the_lunch_break_of_the_week():
    """Without a day the lunch break is told for each weekday."""
    assert ask("in der Mittagspause offen?").splitlines()[:4] == [
        "Bürgerbüro, zur Mittagszeit:",
        "- Montag, Dienstag und Donnerstag: Mittagspause von 12:30 bis 14:00 Uhr",
        "- Mittwoch und Freitag: geöffnet bis 12:30 Uhr",
        "- Samstag und Sonntag: geschlossen",
    ]


@pytest.mark.parametrize(
    ("slots", "expected"),
    [
        (("08:00-18:00",), "durchgehend geöffnet"),
        (("08:00-24:00",), "durchgehend geöffnet"),
        (("08:00-12:00", "13:00-17:00"), "Mittagspause von 12:00 bis 13:00 Uhr"),
        (("10:00-13:00", "13:30-18:00"), "Mittagspause von 13:00 bis 13:30 Uhr"),
        (("08:00-11:30", "12:00-15:00"), "durchgehend geöffnet"),
        (("13:00-18:00",), "geöffnet ab 13:00 Uhr"),
        (("15:00-18:00",), "geöffnet ab 15:00 Uhr"),
        (("08:00-12:00",), "geöffnet bis 12:00 Uhr"),
    ],
)
def test_lunch_time(slots, expected):
    """What happens between 12 and 14 is told from the slots of the day."""
    assert f"gilt: {expected}." in ask("Dienstag mittag", hours=office({1: plan(*slots)}))


def test_habitual_days():
    """Weekdays in general are answered from the plan, with the next opening when they are closed."""
    assert ask("samstags", now="2026-11-25T20:00") == (
        "Bürgerbüro, regelmäßige Öffnungszeiten:\n"
        "- Samstag: geschlossen\n"
        "Das nächste Mal geöffnet ist morgen, Donnerstag, 26. November 2026, ab 08:00 Uhr."
    )
    assert "Personalversammlung" in ask("mittwochs")


def test_public_holidays():
    """The next public holidays are listed as they are, an exception of the office included."""
    special = SpecialOpeningHours(date(2026, 12, 26), date(2026, 12, 26), plan("10:00-12:00"), INVENTORY)

    assert ask("an Feiertagen", hours=office(exceptions=[special])).splitlines()[:4] == [
        "Bürgerbüro, an den nächsten gesetzlichen Feiertagen:",
        "- Freitag, 25. Dezember 2026: geschlossen (Erster Weihnachtstag)",
        "- Samstag, 26. Dezember 2026: 10:00 bis 12:00 Uhr (Inventur)",
        "- Freitag, 1. Januar 2027: geschlossen (Neujahr)",
    ]


@pytest.mark.parametrize("text", ["jetzt", "Zeiten", "morgen", "nach 18 Uhr", "mittags", "am Wochenende", "an Feiertagen"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_an_office_without_hours(text, language):
    """An office that never opens says so instead of failing."""
    assert TEXTS["no_next_opening"][language] in ask(text, language=language, hours=office({}))


@pytest.mark.parametrize("language", ["de", "en"])
def test_now_agrees_with_the_hours_at_every_quarter_of_an_hour(language):
    """For ten weeks around Christmas the answer about now is yes exactly while it is open, else with the next date."""
    hours = office()
    yes, no = {"de": (": Ja,", ": Nein,"), "en": (": Yes,", ": No,")}[language]
    word = {"de": "jetzt", "en": "now"}[language]
    question = parse_time(word, now=datetime.fromisoformat(MONDAY).replace(tzinfo=BERLIN), language=language)
    moment = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)

    for _ in range(70 * 24 * 4):
        answer = hours_answer("Amt", hours, question, now=moment, language=language, texts=TEXTS)
        is_open = hours.is_open(moment)

        assert (yes in answer) is is_open
        assert is_open or (no in answer and NEXT[language][0] in answer)
        moment += timedelta(minutes=15)


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_closed_day_always_names_the_next_opening(language):
    """For every day of a year: hours when open, otherwise the next opening."""
    hours = office()
    day = date(2026, 11, 24)
    while day < date(2027, 11, 24):
        answer = ask(day.isoformat(), language=language, hours=hours)

        assert any(text in answer for text in NEXT[language]) is not bool(hours.on(day).slots)
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("moment", "language", "expected"),
    [
        ("2026-11-23T16:00", "de", "heute bis 16:00 Uhr"),
        ("2026-11-23T16:00", "en", "today by 16:00"),
        ("2026-11-24T08:30", "de", "bis morgen, Dienstag, 24. November 2026, 08:30 Uhr"),
        ("2026-11-30T12:00", "de", "bis Montag, 30. November 2026, 12:00 Uhr"),
        ("2026-11-30T12:00", "en", "by Monday, 30 November 2026, 12:00"),
        ("2026-11-23T11:59:30", "de", "heute bis 12:00 Uhr"),
    ],
)
def test_a_promise_is_spelled_out(moment, language, expected):
    """A promised moment is told on the town's clock and never earlier than promised."""
    now = datetime.fromisoformat(MONDAY).replace(tzinfo=BERLIN)
    due = datetime.fromisoformat(moment).replace(tzinfo=BERLIN).astimezone(UTC)

    assert promise_text(due, now, language, TEXTS) == expected


OTHERS = [language for language in LANGUAGES if language not in ("de", "en")]


@pytest.mark.parametrize("text", ["jetzt", "Zeiten", "am 24.12.", "am 2.12.2026", "open tomorrow?", "نعم", "в субботу"])
@pytest.mark.parametrize("language", OTHERS)
def test_what_is_written_in_two_languages_is_told_in_german(text, language):
    """Hours and the reasons of closed days have no other languages yet; nobody is left without an answer."""
    now = datetime.fromisoformat(MONDAY).replace(tzinfo=BERLIN)
    question = parse_time(text, now=now, language=language)

    assert hours_answer("Bürgerbüro", office(), question, now=now, language=language, texts=TEXTS) == ask(text)


@pytest.mark.parametrize("language", OTHERS)
def test_a_promise_without_words_of_the_language_is_german(language):
    """A ticket is promised in every language."""
    now = datetime.fromisoformat(MONDAY).replace(tzinfo=BERLIN)

    assert promise_text(now + timedelta(hours=7), now, language, TEXTS) == "heute bis 16:00 Uhr"


def test_each_text_has_both_languages_with_the_same_places():
    """No text lacks a language, and both languages show the same facts."""
    places = {
        key: [{name.lower() for _, name, _, _ in Formatter().parse(text) if name} for text in (by["de"], by["en"])]
        for key, by in TEXTS.items()
    }

    assert [key for key, (german, english) in places.items() if german != english] == []


def test_every_text_is_used():
    """`data/hours.yml` holds nothing that no answer can show."""
    folder = Path(__file__).parents[2] / "bot" / "knowledge"
    code = "".join((folder / name).read_text(encoding="utf-8") for name in ("hours_answer.py", "hours_phrases.py"))
    named = set(re.findall(r"""["']([a-z_]+)["']""", code))

    assert [key for key in TEXTS if re.sub(r"_\d+$", "", key) not in named | {"weekday", "month"}] == []
