"""Read the days a citizen names: dates, weekdays, weeks, named days of the year."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.knowledge.folded_text import FoldedText
from bot.knowledge.time_words import TimeWords

YEARS_AHEAD = 9
LONGEST_RANGE = timedelta(days=31)
RELEVANT_YEARS = range(-1, YEARS_AHEAD)
_UNITS = r"(?!\s?(?:uhr|h\b|euro|€|%|prozent|kg|km|m\b|qm|liter|mal\b|cent|am\b|a\.m|pm\b|p\.m))"
_NUMERIC = re.compile(
    r"(?<![\d.,:/§\w])(?<!um )(?<!gegen )(?<!at )(?<!nach )(?<!vor )(?<!§ )"
    r"(?:(?P<prefix>am|vom|den|dem|zum|der|on)\s(?:\w{2,10}tag,?\s)?)?(?:den\s)?"
    r"(?:(?P<first>\d{1,2})\.\s?(?:-|bis|und)\s?)?"
    r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})(?:(?P<dot>\.)(?:\s?(?P<year>\d{4})\b|(?P<short>\d\d)(?![\d:.]))?)?"
    rf"(?![\d:]|,\d){_UNITS}"
)
_SLASHED = re.compile(r"\bon\s(?P<day>\d{1,2})/(?P<month>\d{1,2})(?:/(?P<year>\d{4})\b)?(?![\d/])")
_ISO = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b")
_BETWEEN = re.compile(r"\s?(?:-|bis(?:\s(?:zum|am|einschliesslich))?|to|until|till)?\s?")
_RANGE_WORD = re.compile(r"-|bis|to|till?|until")


class ImpossibleDate(Exception):
    """A date was named that does not exist, such as 31.2."""


@dataclass(frozen=True, slots=True)
class DaysRead:
    """The days named: dates in order, or weekdays as a habit (0 is Monday), or public holidays in general."""

    dates: tuple[date, ...] = ()
    weekdays: tuple[int, ...] = ()
    holidays: bool = False


def read_days(text: FoldedText, words: TimeWords, today: date) -> DaysRead:
    """Take every expression for days from the text; ImpossibleDate for a date that does not exist.

    Dates of another time, such as a date of birth, are taken and left out.
    """
    habit = _habit(text, words)
    if habit:
        first = tuple(_next_weekday(today, weekday, strictly=False) for weekday in habit)
        return DaysRead(tuple(sorted(first)), habit)
    readers: tuple[Callable[[FoldedText, TimeWords, date], Iterator[date]], ...] = (
        _named_days,
        _numeric_dates,
        _month_dates,
        _relative_days,
        _weekend,
        _weeks,
        _weekdays,
        _day_of_month,
    )
    found = sorted({day for read in readers for day in read(text, words, today)})
    found = [day for day in found if day.year - today.year in RELEVANT_YEARS]
    return DaysRead(tuple(found), holidays=not found and text.take(words.holidays) is not None)


def _habit(text: FoldedText, words: TimeWords) -> tuple[int, ...]:
    for pattern, weekdays in words.workdays:
        if text.take(pattern):
            return weekdays
    if match := text.take(words.weekday_range):
        first, last = words.weekdays[match["first"]], words.weekdays[match["last"]]
        return tuple(sorted((first + step) % 7 for step in range((last - first) % 7 + 1)))
    habit = {
        words.weekdays[next(name for name in match.groupdict().values() if name)]
        for match in _takes(text, words.weekday_recurring)
    }
    weekend = text.search(words.weekend)
    if weekend and ((weekend["every"] and weekend["every"] != "an") or weekend["plural"]):
        text.take_match(weekend)
        habit |= {5, 6}
    return tuple(sorted(habit))


def _named_days(text: FoldedText, words: TimeWords, today: date) -> Iterator[date]:
    for match in _takes(text, words.named_day):
        days_of = words.named_days[match["name"]]
        years = [int(match["year"])] if match["year"] else range(today.year, today.year + YEARS_AHEAD)
        for year in years:
            days = [day for day in days_of(year) if match["year"] or day >= today]
            yield from days
            if days:
                break


def _numeric_dates(text: FoldedText, _words: TimeWords, today: date) -> Iterator[date]:
    found: list[tuple[re.Match[str], date]] = []
    for pattern in (_ISO, _NUMERIC, _SLASHED):
        for match in pattern.finditer(text.text):
            day = _to_date(match.groupdict(), today)
            if day:
                found.append((match, day))
                text.take_match(match)
    yield from _expanded(text, found)


def _to_date(groups: dict[str, str | None], today: date) -> date | None:
    year = groups.get("year") or (f"20{groups['short']}" if groups.get("short") else None)
    try:
        return _resolve(int(groups["day"] or 0), int(groups["month"] or 0), None if year is None else int(year), today)
    except ImpossibleDate:
        if year or groups.get("dot") or groups.get("prefix"):
            raise
        return None


def _expanded(text: FoldedText, found: list[tuple[re.Match[str], date]]) -> Iterator[date]:
    """Dates one by one, "24. bis 26.12." and "vom 24.12. bis 2.1." with every day between."""
    for index, (match, day) in enumerate(found):
        yield day
        first = match.groupdict().get("first")
        if first and 0 < int(first) <= day.day:
            yield from _days_between(day.replace(day=int(first)), day)
        if index and _is_range(text, found[index - 1][0], match):
            yield from _days_between(found[index - 1][1], day)


def _is_range(text: FoldedText, earlier: re.Match[str], later: re.Match[str]) -> bool:
    between = text.text[earlier.end() : later.start()]
    return bool(_BETWEEN.fullmatch(between) and _RANGE_WORD.search(between))


def _days_between(first: date, last: date) -> Iterator[date]:
    if timedelta(0) <= last - first <= LONGEST_RANGE:
        yield from (first + timedelta(days=offset) for offset in range((last - first).days))


def _month_dates(text: FoldedText, words: TimeWords, today: date) -> Iterator[date]:
    for pattern in words.month_dates:
        for match in _takes(text, pattern):
            year = int(match["year"]) if match["year"] else None
            yield _resolve(int(match["day"]), words.months[match["month"]], year, today)


def _resolve(day: int, month: int, year: int | None, today: date) -> date:
    """The date, or without a year the next such date."""
    for candidate in [year] if year is not None else range(today.year, today.year + YEARS_AHEAD):
        try:
            resolved = date(candidate, month, day)
        except ValueError:
            continue
        if year is not None or resolved >= today:
            return resolved
    raise ImpossibleDate


def _relative_days(text: FoldedText, words: TimeWords, today: date) -> Iterator[date]:
    later = timedelta(0)
    if match := text.take(words.in_days):
        count = int(match["count"]) if match["count"].isdecimal() else words.numbers[match["count"]]
        later = timedelta(days=count * (7 if match["unit"] in ("woche", "week") else 1))
    named = list(words.relative_day.finditer(text.text))
    for each in named:
        text.take_match(each)
    weekday = text.take(words.weekday) if later and not named else None
    if weekday:
        yield _of_weekday(weekday, words, today) + later
        return
    for each in named:
        yield today + timedelta(days=words.relative_days[each["name"]]) + later
    if later and not named:
        yield today + later


def _weekend(text: FoldedText, words: TimeWords, today: date) -> Iterator[date]:
    for match in _takes(text, words.weekend):
        saturday = today + timedelta(days=5 - today.weekday())
        if match["next"] and today.weekday() >= 5:
            saturday += timedelta(days=7)
        yield from (day for day in (saturday, saturday + timedelta(days=1)) if day >= today)


def _weeks(text: FoldedText, words: TimeWords, today: date) -> Iterator[date]:
    for match in _takes(text, words.week):
        monday = today - timedelta(days=today.weekday())
        monday += timedelta(weeks=1 if match["next"] else 2 if match["after"] else 0)
        named = [_weekday_of(day, words) for day in _takes(text, words.weekday)]
        wanted = named or range(7)
        yield from (day for weekday in wanted if (day := monday + timedelta(days=weekday)) >= today)


def _weekdays(text: FoldedText, words: TimeWords, today: date) -> Iterator[date]:
    for match in _takes(text, words.weekday):
        yield _of_weekday(match, words, today)


def _of_weekday(match: re.Match[str], words: TimeWords, today: date) -> date:
    """The day named; "nächsten" is the next one to come, and on that very weekday the one in a week."""
    groups = match.groupdict()
    after_next = timedelta(weeks=1 if groups.get("after") else 0)
    strictly = bool(groups.get("next") or groups.get("after"))
    return _next_weekday(today, _weekday_of(match, words), strictly=strictly) + after_next


def _weekday_of(match: re.Match[str], words: TimeWords) -> int:
    return words.weekdays[match["name"] or match["short"]]


def _next_weekday(today: date, weekday: int, *, strictly: bool) -> date:
    days = (weekday - today.weekday()) % 7
    return today + timedelta(days=7 if strictly and days == 0 else days)


def _day_of_month(text: FoldedText, words: TimeWords, today: date) -> Iterator[date]:
    for match in _takes(text, words.day_of_month):
        days = (today.replace(day=1) + timedelta(days=offset) for offset in range(95))
        wanted = next((day for day in days if day.day == int(match["day"]) and day >= today), None)
        if wanted is None:
            raise ImpossibleDate
        yield wanted


def _takes(text: FoldedText, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    while match := text.take(pattern):
        yield match
