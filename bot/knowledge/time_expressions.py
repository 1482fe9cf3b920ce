"""Read what moment or days a citizen's question is about ("übermorgen nach 16 Uhr", "on Saturday").

Readings fixed here and in the readers: a date without a year is the next such date; a weekday is the next one, today
included; "nächsten Montag" is the next one to come, on a Monday the one in a week; "nächste Woche" runs from Monday to
Sunday; "am Wochenende" on a Sunday is today; a bare hour from 1 to 6 is in the afternoon; "werktags" includes Saturday.

No library is used: dateparser 1.5 reads neither "am Wochenende", "nach 18 Uhr", "heute Abend" nor "nächste Woche" in
German and needs 1 to 14 ms a text.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from bot.knowledge.clock_expressions import ClockRead, read_clock
from bot.knowledge.date_expressions import DaysRead, ImpossibleDate, read_days
from bot.knowledge.folded_text import FoldedText
from bot.knowledge.time_words import TimeWords
from bot.knowledge.time_words_de import GERMAN
from bot.knowledge.time_words_en import ENGLISH


@dataclass(frozen=True, slots=True)
class TimeQuestion:
    """What time is asked about.

    `dates` in order (empty: no day named); `weekdays` when a habit is meant ("samstags", 0 is Monday), `dates` then
    are the next ones; `begin` and `end` are a window [begin, end) of the day, `end` 00:00 meaning 24:00, or one moment
    when equal; `lunch` when the window is the lunch break; `now` for this moment; `closing` when asked until when;
    `holidays` for public holidays in general; `text` is what the citizen wrote.
    """

    text: str
    dates: tuple[date, ...] = ()
    weekdays: tuple[int, ...] = ()
    begin: time | None = None
    end: time | None = None
    lunch: bool = False
    now: bool = False
    closing: bool = False
    holidays: bool = False


def parse_time(text: str, *, now: datetime, language: str = "de") -> TimeQuestion | None:
    """Find the time a question is about, or None when it names none or one that does not exist.

    `now` is aware and in the town's zone; English text is read with English words alone. All
    other text is read with German words and then with English ones: these are what citizens of any language borrow.
    """
    if now.tzinfo is None:
        raise ValueError("a moment needs its zone")
    vocabularies = (ENGLISH,) if language == "en" else (GERMAN, ENGLISH)
    try:
        readings = (_read(FoldedText(text, words.vocabulary), words, now.date()) for words in vocabularies)
        return next((reading for reading in readings if reading), None)
    except ImpossibleDate:
        return None


def _read(text: FoldedText, words: TimeWords, today: date) -> TimeQuestion | None:
    text.drop(words.greeting)
    days = read_days(text, words, today)
    clock = read_clock(text, words)
    if clock.today and not days.dates:
        days = DaysRead((today,))
    closing = text.take(words.closing) is not None
    said_now = text.take(words.now) is not None
    still = text.take(words.still) is not None
    is_now = _is_now(days, clock, today, said=said_now, implied=still or closing)
    if not (days.dates or days.holidays or clock.begin is not None or is_now or closing):
        return None
    return TimeQuestion(
        text.surface(), days.dates, days.weekdays, clock.begin, clock.end, clock.lunch, is_now, closing, days.holidays
    )


def _is_now(days: DaysRead, clock: ClockRead, today: date, *, said: bool, implied: bool) -> bool:
    """Whether this moment is meant: "jetzt am Samstag" is about Saturday, "noch nach 16 Uhr" about the afternoon."""
    about_today = not days.weekdays and not days.holidays and days.dates in ((), (today,))
    return (said or implied) and about_today and clock.begin is None
