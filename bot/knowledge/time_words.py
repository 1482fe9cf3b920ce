"""What a vocabulary of time expressions holds, and the days of the year that go by a name."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from bot.knowledge.calendar import easter_sunday

DaysOfYear = Callable[[int], list[date]]


@dataclass(frozen=True, slots=True)
class DayPart:
    """A part of the day by name, [begin, end), where `end` 00:00 means 24:00."""

    pattern: re.Pattern[str]
    begin: time
    end: time
    lunch: bool = False
    today: bool = False


@dataclass(frozen=True)
class TimeWords:
    """The patterns of one language, all for folded text; group names are what the readers ask for."""

    vocabulary: frozenset[str]
    greeting: re.Pattern[str]
    named_days: Mapping[str, DaysOfYear]
    named_day: re.Pattern[str]
    relative_days: Mapping[str, int]
    relative_day: re.Pattern[str]
    in_days: re.Pattern[str]
    numbers: Mapping[str, int]
    months: Mapping[str, int]
    month_dates: tuple[re.Pattern[str], ...]
    day_of_month: re.Pattern[str]
    week: re.Pattern[str]
    weekend: re.Pattern[str]
    workdays: tuple[tuple[re.Pattern[str], tuple[int, ...]], ...]
    holidays: re.Pattern[str]
    weekdays: Mapping[str, int]
    weekday_range: re.Pattern[str]
    weekday_recurring: re.Pattern[str]
    weekday: re.Pattern[str]
    now: re.Pattern[str]
    still: re.Pattern[str]
    closing: re.Pattern[str]
    day_parts: tuple[DayPart, ...]
    clock_range: re.Pattern[str]
    clock: re.Pattern[str]
    quarters: Mapping[str, int]
    after: frozenset[str]
    before: frozenset[str]
    until: frozenset[str]


def fixed(*month_days: tuple[int, int]) -> DaysOfYear:
    """Days with the same date every year."""
    return lambda year: [date(year, month, day) for month, day in month_days]


def easter(*offsets: int) -> DaysOfYear:
    """Days counted from Easter Sunday."""
    return lambda year: [easter_sunday(year) + timedelta(days=offset) for offset in offsets]


def advent(number: int) -> DaysOfYear:
    """The Sunday of Advent with this number, 1 to 4; the fourth is the last before Christmas Day."""

    def sunday(year: int) -> list[date]:
        christmas = date(year, 12, 25)
        return [christmas - timedelta(days=christmas.weekday() + 1, weeks=4 - number)]

    return sunday


def repentance_day(year: int) -> list[date]:
    """Buß- und Bettag, the Wednesday before 23 November."""
    day = date(year, 11, 22)
    while day.weekday() != 2:
        day -= timedelta(days=1)
    return [day]


def words(names: Mapping[str, object]) -> str:
    """An alternation of names, the longest first."""
    return "|".join(sorted(names, key=len, reverse=True))
