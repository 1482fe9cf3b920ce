"""Read the time of day a citizen names: a moment, a window, a part of the day."""

import re
from dataclasses import dataclass, replace
from datetime import time

from bot.knowledge.folded_text import FoldedText
from bot.knowledge.time_words import DayPart, TimeWords

MIDNIGHT = time(0)
NOON = 12
LAST_HOUR_MEANT_IN_THE_AFTERNOON = 6


@dataclass(frozen=True, slots=True)
class ClockRead:
    """The time of day named, [begin, end) where `end` 00:00 means 24:00; `begin` = `end` is a moment."""

    begin: time | None = None
    end: time | None = None
    lunch: bool = False
    today: bool = False


def read_clock(text: FoldedText, words: TimeWords) -> ClockRead:
    """Take the expressions for a time of day from the text; times by number precede parts of the day."""
    clock = _range(text, words)
    numbered = None if clock else _accepted(text, words)
    part = _day_part(text, words)
    if numbered:
        clock = _to_clock(numbered, words, part)
    if clock:
        return replace(clock, today=bool(part and part.today))
    return ClockRead(part.begin, part.end, part.lunch, part.today) if part else ClockRead()


def _day_part(text: FoldedText, words: TimeWords) -> DayPart | None:
    return next((part for part in words.day_parts if text.take(part.pattern)), None)


def _range(text: FoldedText, words: TimeWords) -> ClockRead | None:
    match = text.search(words.clock_range)
    if match is None:
        return None
    groups = match.groupdict()
    numbers = ("1", "2") if groups["h1"] else ("3", "4")
    begin, end = (_to_time(groups[f"h{n}"], groups[f"m{n}"], words, groups.get(f"ap{n}"), None) for n in numbers)
    if begin is None or end is None or not (begin < end or end == MIDNIGHT):
        return None
    text.take_match(match)
    return ClockRead(begin, end)


def _accepted(text: FoldedText, words: TimeWords) -> re.Match[str] | None:
    """The first number that is a time of day: with "Uhr", minutes, "halb", or a preposition before it."""
    for match in words.clock.finditer(text.text):
        if match["mark"] or match["minute"] or match["quarter"] or match["prep"]:
            hour = _to_time(match["hour"], match["minute"], words, None, None)
            if hour is not None:
                text.take_match(match)
                return match
    return None


def _to_clock(match: re.Match[str], words: TimeWords, part: DayPart | None) -> ClockRead | None:
    minute = match["minute"] or match.groupdict().get("minute2")
    moment = _to_time(match["hour"], minute, words, match["mark"], part)
    if moment is None:
        return None
    if match["quarter"]:
        total = moment.hour * 60 + words.quarters[match["quarter"]]
        moment = time(total // 60 % 24, total % 60)
    if match["prep"] in words.after:
        return ClockRead(moment, MIDNIGHT)
    if match["prep"] in words.before:
        return ClockRead(MIDNIGHT, moment)
    if match["prep"] in words.until and moment != MIDNIGHT:
        last_minute = moment.hour * 60 + moment.minute - 1
        moment = time(last_minute // 60, last_minute % 60)
    return ClockRead(moment, moment)


def _to_time(
    hour_text: str, minute_text: str | None, words: TimeWords, mark: str | None, part: DayPart | None
) -> time | None:
    """The time of day, or None when there is none; a bare 1 to 6 is meant in the afternoon."""
    hour = int(hour_text) if hour_text.isdecimal() else words.numbers[hour_text]
    minute = int(minute_text or 0)
    if hour == 24 and minute == 0:
        return MIDNIGHT
    if hour > 23 or minute > 59:
        return None
    return time(_hour_of_day(hour, hour_text, mark or "", part), minute)


def _hour_of_day(hour: int, written: str, mark: str, part: DayPart | None) -> int:
    if mark.startswith("p"):
        return hour % NOON + NOON
    if mark.startswith("a"):
        return hour % NOON
    if part and part.begin.hour >= NOON:
        return hour + NOON if hour < NOON and hour + NOON >= part.begin.hour - 1 else hour
    meant_in_the_afternoon = 1 <= hour <= LAST_HOUR_MEANT_IN_THE_AFTERNOON and not written.startswith("0") and not part
    return hour + NOON if meant_in_the_afternoon else hour
