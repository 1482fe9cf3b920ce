"""The parts that sentences about opening hours are made of: dates, slots, lists, in the words of `data/hours.yml`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby

from bot.domain.opening_hours import DayHours, Opening, TimeSlot
from bot.domain.services import in_language

HoursTexts = Mapping[str, Mapping[str, str]]


class HoursPhrases:
    """Says dates, slots and lists in one language, else in German, relative to a moment."""

    def __init__(self, texts: HoursTexts, language: str, today: date) -> None:
        self._texts = texts
        self._language = language
        self._today = today

    def say(self, key: str, **values: str) -> str:
        """The text of this key with its values; KeyError when the texts lack it."""
        return in_language(self._texts[key], self._language).format_map(values)

    def spell(self, day: date) -> str:
        """A date spelled out: "Donnerstag, 24. Dezember 2026"."""
        month = self.say(f"month_{day.month}")
        return self.say("date", weekday=self.weekday(day.weekday()), day=str(day.day), month=month, year=str(day.year))

    def on(self, day: date) -> str:
        """A date as the adverb of a sentence: "morgen, Dienstag, 24. November 2026,"."""
        near = {0: "on_today", 1: "on_tomorrow"}
        return self.say(near.get((day - self._today).days, "on_date"), date=self.spell(day))

    def weekday(self, number: int) -> str:
        """The name of a weekday, 0 is Monday."""
        return self.say(f"weekday_{number}")

    def weekdays(self, numbers: Sequence[int]) -> str:
        """Weekdays as a list, three or more in a row as a range: "Montag bis Mittwoch und Freitag"."""
        runs: list[str] = []
        for _, run in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
            names = [self.weekday(number) for _, number in run]
            runs.extend([self.say("day_range", first=names[0], last=names[-1])] if len(names) > 2 else names)
        return self.join(runs)

    def join(self, parts: Sequence[str]) -> str:
        """A list as one says it: "a, b und c"."""
        if len(parts) < 2:
            return "".join(parts)
        return self.say("list_and").join([self.say("list_comma").join(parts[:-1]), parts[-1]])

    def slots(self, slots: Sequence[TimeSlot], key: str = "slot") -> str:
        """The slots of a day: "von 08:00 bis 12:30 Uhr und von 14:00 bis 16:00 Uhr (nur mit Termin)"."""
        return self.join([self.slot(slot, key) for slot in slots])

    def slot(self, slot: TimeSlot, key: str) -> str:
        """One slot, in the words of this key."""
        remark = self.remark(slot)
        return self.say(key, **{"from": clock(slot.opens)}, to=slot.closes_text, remark=remark)

    def hours(self, slots: Sequence[TimeSlot]) -> str:
        """The slots of a day in a table, or that it is closed."""
        return self.slots(slots, "slot_short") if slots else self.say("closed")

    def remark(self, slot: TimeSlot) -> str:
        """That a slot is by appointment only, or nothing."""
        return self.say("appointment_only") if slot.appointment_only else ""

    def reason(self, day: DayHours) -> str:
        """Why a day deviates, in brackets, or nothing."""
        return self.say("reason", reason=in_language(day.reason, self._language)) if day.reason else ""

    def line(self, day: DayHours) -> str:
        """One date in a list."""
        return self.say("line", day=self.spell(day.date), hours=self.hours(day.slots), reason=self.reason(day))

    def table(self, weekly: Mapping[int, Sequence[TimeSlot]], weekdays: Sequence[int] = range(7)) -> list[str]:
        """The weekly plan, one line for the weekdays that have the same hours, closed days last."""
        return self.grouped({weekday: self.hours(weekly.get(weekday, ())) for weekday in weekdays})

    def grouped(self, by_weekday: Mapping[int, str]) -> list[str]:
        """Lines of weekdays to which the same applies, closed days last."""
        groups: dict[str, list[int]] = {}
        for weekday, hours in by_weekday.items():
            groups.setdefault(hours, []).append(weekday)
        closed = self.say("closed")
        ordered = sorted(groups.items(), key=lambda group: group[0] == closed)
        return [self.say("line", day=self.weekdays(days), hours=hours, reason="") for hours, days in ordered]

    def opening(self, key: str, opening: Opening) -> str:
        """When an opening begins, in the words of this key."""
        day = opening.opens_at.date()
        on = self.say("short_today") if day == self._today else self.on(day)
        return self.say(key, day=on, time=clock(opening.opens_at), remark=self.remark(opening.slot))


def clock(at: time | datetime) -> str:
    """A time of day as "08:00"."""
    return f"{at:%H:%M}"


def capitalized(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def promise_text(moment: datetime, now: datetime, language: str, texts: HoursTexts) -> str:
    """A promised moment spelled out: "heute bis 16:00 Uhr", "bis Montag, 30. November 2026, 12:00 Uhr".

    Both moments are aware; the text is on the clock of `now`, and a started minute counts as full.
    """
    if moment.tzinfo is None or now.tzinfo is None:
        raise ValueError("a moment needs its zone")
    due = moment.astimezone(now.tzinfo)
    if due.second or due.microsecond:
        due = (moment + timedelta(minutes=1)).astimezone(now.tzinfo)
    phrases = HoursPhrases(texts, language, now.date())
    near = {0: "promise_today", 1: "promise_tomorrow"}
    key = near.get((due.date() - now.date()).days, "promise_date")
    return phrases.say(key, date=phrases.spell(due.date()), time=clock(due))
