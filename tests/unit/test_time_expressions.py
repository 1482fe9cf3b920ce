"""Time expressions as citizens write them, in German and English."""

from datetime import date, datetime, time, timedelta
from time import process_time
from timeit import repeat
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.time_expressions import TimeQuestion, parse_time

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 9, 15, tzinfo=BERLIN)
MIDNIGHT = time(0)


def dates(*texts: str) -> tuple[date, ...]:
    return tuple(date.fromisoformat(text) for text in texts)


def days(first: str, last: str) -> tuple[date, ...]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return tuple(begin + timedelta(days=offset) for offset in range((end - begin).days + 1))


def read(text: str, *, now: datetime = MONDAY, language: str = "de") -> TimeQuestion:
    question = parse_time(text, now=now, language=language)
    assert question is not None, text
    return question


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hat das Bürgerbüro heute auf?", dates("2026-11-23")),
        ("kann ich morgen kommen", dates("2026-11-24")),
        ("morgn offen?", dates("2026-11-24")),
        ("übermorgen", dates("2026-11-25")),
        ("uebermorgen", dates("2026-11-25")),
        ("ubermorgen", dates("2026-11-25")),
        ("u\u0308bermorgen", dates("2026-11-25")),
        ("am Samstag", dates("2026-11-28")),
        ("Sonnabend", dates("2026-11-28")),
        ("Sa offen?", dates("2026-11-28")),
        ("am So", dates("2026-11-29")),
        ("donerstag offen?", dates("2026-11-26")),
        ("dinstag", dates("2026-11-24")),
        ("am Montag", dates("2026-11-23")),
        ("diesen Montag", dates("2026-11-23")),
        ("nächsten Montag", dates("2026-11-30")),
        ("naechsten montag", dates("2026-11-30")),
        ("nachsten montag", dates("2026-11-30")),
        ("nächsten Dienstag", dates("2026-11-24")),
        ("kommenden Freitag", dates("2026-11-27")),
        ("übernächsten Freitag", dates("2026-12-04")),
        ("Freitag in einer Woche", dates("2026-12-04")),
        ("heute in einer Woche", dates("2026-11-30")),
        ("in 3 Tagen", dates("2026-11-26")),
        ("in zwei wochen", dates("2026-12-07")),
        ("nächste Woche", days("2026-11-30", "2026-12-06")),
        ("nächste Woche Dienstag", dates("2026-12-01")),
        ("Dienstag nächster Woche", dates("2026-12-01")),
        ("diese Woche", days("2026-11-23", "2026-11-29")),
        ("übernächste Woche", days("2026-12-07", "2026-12-13")),
        ("am Wochenende", dates("2026-11-28", "2026-11-29")),
        ("nächstes wochenende", dates("2026-11-28", "2026-11-29")),
        ("am wochende", dates("2026-11-28", "2026-11-29")),
        ("Montag oder Dienstag", dates("2026-11-23", "2026-11-24")),
        ("am 24.12.", dates("2026-12-24")),
        ("24.12.2026", dates("2026-12-24")),
        ("24.12.26", dates("2026-12-24")),
        ("24. Dezember", dates("2026-12-24")),
        ("24 dez", dates("2026-12-24")),
        ("am Donnerstag, den 24.12.", dates("2026-12-24")),
        ("2026-12-24", dates("2026-12-24")),
        ("am 3.3.", dates("2027-03-03")),
        ("23.11.", dates("2026-11-23")),
        ("22.11.", dates("2027-11-22")),
        ("29.2.", dates("2028-02-29")),
        ("am 5. offen?", dates("2026-12-05")),
        ("1. Mai", dates("2027-05-01")),
        ("vom 24.12. bis 2.1.", days("2026-12-24", "2027-01-02")),
        ("24.-26.12.", days("2026-12-24", "2026-12-26")),
        ("am 1. Advent", dates("2026-11-29")),
        ("am vierten Advent", dates("2026-12-20")),
        ("am 2. Weihnachtsfeiertag", dates("2026-12-26")),
        ("zum Jahreswechsel", dates("2026-12-31")),
        ("Heiligabend", dates("2026-12-24")),
        ("heilligabend offen", dates("2026-12-24")),
        ("an Silvester", dates("2026-12-31")),
        ("Neujahr", dates("2027-01-01")),
        ("Rosenmontag", dates("2027-02-08")),
        ("Karfreitag", dates("2027-03-26")),
        ("an Ostern", days("2027-03-26", "2027-03-29")),
        ("Ostern 2028", days("2028-04-14", "2028-04-17")),
        ("Christi Himmelfahrt", dates("2027-05-06")),
        ("Pfingsten", dates("2027-05-16", "2027-05-17")),
        ("Fronleichnam", dates("2027-05-27")),
        ("Mariä Himmelfahrt", dates("2027-08-15")),
        ("Buß- und Bettag", dates("2027-11-17")),
        ("an Weihnachten", days("2026-12-24", "2026-12-26")),
        ("zwischen den Jahren", days("2026-12-27", "2026-12-31")),
    ],
)
def test_german_days(text, expected):
    """Days are found however they are spelled, and a date without a year is the next such date."""
    assert read(text).dates == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("are you open today", dates("2026-11-23")),
        ("tomorrow", dates("2026-11-24")),
        ("tommorow", dates("2026-11-24")),
        ("the day after tomorrow", dates("2026-11-25")),
        ("on Saturday", dates("2026-11-28")),
        ("Tuesday", dates("2026-11-24")),
        ("on sat", dates("2026-11-28")),
        ("next Monday", dates("2026-11-30")),
        ("next week", days("2026-11-30", "2026-12-06")),
        ("at the weekend", dates("2026-11-28", "2026-11-29")),
        ("Dec 24", dates("2026-12-24")),
        ("24th of December", dates("2026-12-24")),
        ("December 24, 2026", dates("2026-12-24")),
        ("on 24/12", dates("2026-12-24")),
        ("in 3 days", dates("2026-11-26")),
        ("on the 5th", dates("2026-12-05")),
        ("New Year’s Eve", dates("2026-12-31")),
        ("on Good Friday", dates("2027-03-26")),
        ("on Rosenmontag", dates("2027-02-08")),
        ("between Christmas and New Year", days("2026-12-27", "2026-12-31")),
    ],
)
def test_english_days(text, expected):
    """The same days are found in English."""
    assert read(text, language="en").dates == expected


@pytest.mark.parametrize(
    ("language", "text", "begin", "end"),
    [
        ("de", "um 17 Uhr", time(17), time(17)),
        ("de", "17:30", time(17, 30), time(17, 30)),
        ("de", "17.30 Uhr", time(17, 30), time(17, 30)),
        ("de", "um 17.30", time(17, 30), time(17, 30)),
        ("de", "17 Uhr 30", time(17, 30), time(17, 30)),
        ("de", "halb sechs", time(17, 30), time(17, 30)),
        ("de", "um halb 9", time(8, 30), time(8, 30)),
        ("de", "viertel nach acht", time(8, 15), time(8, 15)),
        ("de", "um 3", time(15), time(15)),
        ("de", "morgen früh um 6", time(6), time(6)),
        ("de", "06:00", time(6), time(6)),
        ("de", "abends um 8", time(20), time(20)),
        ("de", "nach 18 Uhr", time(18), MIDNIGHT),
        ("de", "nach 6", time(18), MIDNIGHT),
        ("de", "ab 16 Uhr", time(16), MIDNIGHT),
        ("de", "vor 8", MIDNIGHT, time(8)),
        ("de", "bis 18 uhr offen", time(17, 59), time(17, 59)),
        ("de", "zwischen 12 und 14 Uhr", time(12), time(14)),
        ("de", "von 8 bis 12:30 Uhr", time(8), time(12, 30)),
        ("de", "abends", time(17), MIDNIGHT),
        ("de", "nachmittags", time(13), time(18)),
        ("de", "in der Mittagspause", time(12), time(14)),
        ("de", "mittags", time(12), time(14)),
        ("de", "Montagvormittag", time(6), time(12)),
        ("de", "heute Abend", time(17), MIDNIGHT),
        ("de", "heute früh", time(6), time(10)),
        ("de", "am frühen Morgen", time(6), time(10)),
        ("de", "am montag morgen", time(6), time(10)),
        ("de", "nach Feierabend", time(17), MIDNIGHT),
        ("en", "after 6 pm", time(18), MIDNIGHT),
        ("en", "at 5", time(17), time(17)),
        ("en", "at 8 a.m.", time(8), time(8)),
        ("en", "half past five", time(17, 30), time(17, 30)),
        ("en", "quarter to nine", time(8, 45), time(8, 45)),
        ("en", "before 8", MIDNIGHT, time(8)),
        ("en", "between 12 and 2 pm", time(12), time(14)),
        ("en", "at lunch time", time(12), time(14)),
        ("en", "tonight", time(17), MIDNIGHT),
        ("en", "on Tuesday afternoon", time(13), time(18)),
    ],
)
def test_times_of_day(language, text, begin, end):
    """A moment has equal ends, a window ends before its end, and a bare small hour is in the afternoon."""
    question = read(text, language=language)

    assert (question.begin, question.end) == (begin, end)


@pytest.mark.parametrize(
    ("text", "when", "begin"),
    [
        ("übermorgen um halb sechs", dates("2026-11-25"), time(17, 30)),
        ("kann ich morgen früh um 8 kommen", dates("2026-11-24"), time(8)),
        ("24.12.26 um 10", dates("2026-12-24"), time(10)),
        ("am 24.12. 17 Uhr", dates("2026-12-24"), time(17)),
        ("am Samstag nach 14 Uhr", dates("2026-11-28"), time(14)),
        ("heute morgen", dates("2026-11-23"), time(6)),
        ("heute abend", dates("2026-11-23"), time(17)),
        ("this afternoon", dates("2026-11-23"), time(13)),
    ],
)
def test_a_day_with_a_time(text, when, begin):
    """Day and time of day are told apart, also where both are numbers or both are *morgen*."""
    question = read(text)

    assert question.dates == when
    assert question.begin == begin


@pytest.mark.parametrize(
    ("language", "text", "weekdays"),
    [
        ("de", "samstags", (5,)),
        ("de", "jeden Dienstag", (1,)),
        ("de", "an Samstagen", (5,)),
        ("de", "montags und mittwochs", (0, 2)),
        ("de", "Mo-Fr", (0, 1, 2, 3, 4)),
        ("de", "montags bis donnerstags", (0, 1, 2, 3)),
        ("de", "Freitag bis Montag", (0, 4, 5, 6)),
        ("de", "werktags", (0, 1, 2, 3, 4, 5)),
        ("de", "unter der Woche", (0, 1, 2, 3, 4)),
        ("de", "an Wochenenden", (5, 6)),
        ("en", "on Sundays", (6,)),
        ("en", "every Tuesday", (1,)),
        ("en", "Mon-Fri", (0, 1, 2, 3, 4)),
        ("en", "on weekdays", (0, 1, 2, 3, 4)),
        ("en", "at weekends", (5, 6)),
    ],
)
def test_habits(language, text, weekdays):
    """A habit names weekdays, with the next of each as dates."""
    question = read(text, language=language)

    assert question.weekdays == weekdays
    assert sorted(day.weekday() for day in question.dates) == list(weekdays)
    assert all(MONDAY.date() <= day < MONDAY.date() + timedelta(days=7) for day in question.dates)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Ist jetzt offen?"),
        ("de", "gerade geöffnet"),
        ("de", "hat das standesamt noch offen"),
        ("de", "Ist heute noch offen?"),
        ("de", "ist noch jemand da"),
        ("en", "are you open now"),
        ("en", "is it still open"),
    ],
)
def test_this_very_moment(language, text):
    """Questions about now are recognised without the word too."""
    assert read(text, language=language).now


@pytest.mark.parametrize("text", ["jetzt am Samstag offen", "ist morgen noch offen", "noch nach 16 Uhr offen"])
def test_now_as_a_filler(text):
    """Beside another day or time, *jetzt* and *noch* do not mean this moment."""
    assert not read(text).now


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "bis wann"),
        ("de", "wie lange habt ihr auf"),
        ("de", "bis wieviel uhr offen"),
        ("de", "um wie viel Uhr schließt ihr"),
        ("de", "wann schließt das Bürgerbüro"),
        ("en", "until when are you open"),
        ("en", "when do you close"),
    ],
)
def test_closing_time(language, text):
    """Asking until when is asking for the closing time of today."""
    question = read(text, language=language)

    assert question.closing
    assert question.now


def test_public_holidays_in_general():
    """Public holidays without a name are a question of their own."""
    assert read("an Feiertagen").holidays
    assert read("on public holidays", language="en").holidays
    assert not read("an Rosenmontag").holidays


def test_the_surface_text_is_what_the_citizen_wrote():
    """The matched words come back unchanged, in order, typos included."""
    assert read("Hat das Büro am DONERSTAG  nach 16 Uhr offen?").text == "am DONERSTAG nach 16 Uhr"
    assert read("naechsten montag?").text == "naechsten montag"


@pytest.mark.parametrize(
    "text",
    [
        "31.2.",
        "am 2. Stock",
        "am 31.2. um 8",
        "30. Februar",
        "am 32.",
        "31.4.2027",
        "24.12.0000",
        "29.2.2027",
        "2026-13-01",
        "Was kostet der Ausweis 2026?",
        "ab 16 Jahren",
        "kostet 10.50 euro",
        "nach 3 Wochen",
        "was brauche ich um eine Geburt anzumelden",
        "Geräte abgeben",
        "was mögen Sie",
        "Wie lange dauert das",
        "So so",
        "24/7",
        "Frau Fr. Müller",
        "Guten Morgen",
        "guten abend zusammen",
        "Schönes Wochenende!",
        "Frohe Weihnachten",
        "geboren am 24.12.1950",
        "",
        " \n\t",
        "um 25 Uhr",
        "§ 3.2",
    ],
)
def test_no_time_is_named(text):
    """Impossible dates, other numbers, greetings and dates of birth are no question about time."""
    assert parse_time(text, now=MONDAY) is None


@pytest.mark.parametrize("text", ["do you have passports", "may I come", "good morning", "February 30", "for 3 people"])
def test_no_time_is_named_in_english(text):
    """English words that resemble times are left alone."""
    assert parse_time(text, now=MONDAY, language="en") is None


def test_a_greeting_is_not_tomorrow():
    """*Guten Morgen* greets, the question is about today."""
    assert read("Guten Morgen, hat das Amt heute auf?").dates == dates("2026-11-23")
    assert read("Guten Morgen, hat das Amt heute auf?").begin is None
    assert read("Morgen, ist heute offen?").dates == dates("2026-11-23")


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        ("2026-11-29T10:00", "am Wochenende", dates("2026-11-29")),
        ("2026-11-28T10:00", "am Wochenende", dates("2026-11-28", "2026-11-29")),
        ("2026-11-28T10:00", "nächstes Wochenende", dates("2026-12-05", "2026-12-06")),
        ("2026-11-28T10:00", "am Samstag", dates("2026-11-28")),
        ("2026-11-28T10:00", "nächsten Samstag", dates("2026-12-05")),
        ("2026-12-25T10:00", "Heiligabend", dates("2027-12-24")),
        ("2026-12-29T10:00", "zwischen den Jahren", days("2026-12-29", "2026-12-31")),
        ("2027-03-28T10:00", "Ostern", dates("2027-03-28", "2027-03-29")),
        ("2026-12-31T23:59", "morgen", dates("2027-01-01")),
    ],
)
def test_days_seen_from_another_day(now, text, expected):
    """What has passed is left out, and the year turns over."""
    assert read(text, now=datetime.fromisoformat(now).replace(tzinfo=BERLIN)).dates == expected


def test_english_words_in_a_german_chat():
    """A chat that is taken for German is read with English words too, not the other way round."""
    assert read("are you open on Saturday").dates == dates("2026-11-28")


def test_a_moment_without_a_zone_is_refused():
    """A naive moment is a mistake of the caller."""
    with pytest.raises(ValueError, match="zone"):
        parse_time("heute", now=datetime(2026, 11, 23))  # noqa: DTZ001 - the mistake under test


pieces = st.sampled_from(
    [
        "am",
        "an",
        "um",
        "nach",
        "vor",
        "ab",
        "bis",
        "von",
        "zwischen",
        "und",
        "heute",
        "morgen",
        "jeden",
        "nächsten",
        "in",
        "3",
        "31.",
        "2.",
        "12",
        "24.12.",
        "99.99.9999",
        "30.2",
        "17:75",
        "24:00",
        "halb",
        "viertel",
        "Uhr",
        "Montag",
        "samstags",
        "Wochenende",
        "Woche",
        "Ostern",
        "Tagen",
        "2027",
        "-",
        "/",
        "on",
        "at",
        "pm",
        "Dec",
        "24th",
        "until",
        "half",
    ]
)


@settings(deadline=None)
@given(st.lists(pieces | st.text(max_size=5), max_size=9).map(" ".join), st.sampled_from(["de", "en"]))
def test_no_text_breaks_the_reader(text, language):
    """Whatever a citizen writes gives a question or None, dates in order and a surface from the text."""
    question = parse_time(text, now=MONDAY, language=language)

    if question is not None:
        assert list(question.dates) == sorted(set(question.dates))
        assert (question.begin is None) == (question.end is None)


def test_reading_is_fast():
    """A long question takes less than a millisecond in the best of several runs."""
    text = "Was brauche ich für den Personalausweis und hat das Bürgerbüro am Donerstag nach 16 Uhr noch offen?"

    seconds = min(repeat(lambda: parse_time(text, now=MONDAY), number=20, repeat=5, timer=process_time)) / 20

    assert seconds < 0.001


@pytest.mark.parametrize("language", ["tr", "ru", "uk", "ar", "pl", "fr", "xx"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("morgen", "2026-11-24"),
        ("tomorrow", "2026-11-24"),
        ("24.12.", "2026-12-24"),
        ("هل المكتب مفتوح am Samstag", "2026-11-28"),
    ],
)
def test_languages_without_time_words_borrow_german_and_english_ones(text: str, expected: str, language: str) -> None:
    """Whoever writes in another language uses the words of the door sign, or a date."""
    assert read(text, language=language).dates == dates(expected)


@pytest.mark.parametrize(
    "text", ["Büro yarın açık mı?", "в субботу открыто?", "هل المكتب مفتوح غدا؟", "est-ce ouvert demain ?"]
)
def test_words_of_other_languages_are_no_time(text: str) -> None:
    """What is not understood leads to the weekly plan, never to an error."""
    assert parse_time(text, now=MONDAY, language="tr") is None
