"""Opening hours to the minute: slots on the town's wall clock, elapsed time real.

Slots are written in wall-clock time of the town, so on the days when the clocks change the slot 00:00-06:00 lasts
five or seven hours. A wall-clock time that such a day skips counts as the next one that exists; of one that it has
twice the first counts. Every comparison is made in UTC, because Python compares two datetimes of the same zone by
their wall clock.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

HORIZON_DAYS = 400
MIDNIGHT = time(0)
ONE_DAY = timedelta(days=1)


def to_clock_time(text: str) -> time:
    """Read "08:00" or "24:00" (as the time 00:00 that ends a day); ValueError for anything else."""
    hour, separator, minute = text.strip().partition(":")
    if not (separator and hour.isdecimal() and minute.isdecimal() and len(minute) == 2):
        raise ValueError(f"not a time of day: {text!r}")
    if (int(hour), int(minute)) == (24, 0):
        return MIDNIGHT
    return time(int(hour), int(minute))


@dataclass(frozen=True, slots=True)
class TimeSlot:
    """One period of a day in wall-clock time, [opens, closes); `closes` 00:00 means 24:00."""

    opens: time
    closes: time
    appointment_only: bool = False

    def __post_init__(self) -> None:
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("a slot is wall-clock time, without a zone")
        if self.closes != MIDNIGHT and self.closes <= self.opens:
            raise ValueError(f"{self}: closes before it opens; a slot never crosses midnight")

    @classmethod
    def parse(cls, text: str, *, appointment_only: bool = False) -> "TimeSlot":
        """Read "08:00-12:30"; ValueError for anything else."""
        opens, separator, closes = text.replace("–", "-").partition("-")
        if not separator:
            raise ValueError(f"not a period like 08:00-12:30: {text!r}")
        return cls(to_clock_time(opens), to_clock_time(closes), appointment_only)

    @property
    def closes_text(self) -> str:
        """The closing time as "12:30" or "24:00"."""
        return "24:00" if self.closes == MIDNIGHT else f"{self.closes:%H:%M}"

    def contains(self, moment: time) -> bool:
        """Whether this time of day lies in the slot."""
        return self.opens <= moment and (self.closes == MIDNIGHT or moment < self.closes)

    def overlaps(self, opens: time, closes: time) -> bool:
        """Whether the slot has a minute in common with [opens, closes), where `closes` 00:00 means 24:00."""
        ends_after = self.closes == MIDNIGHT or opens < self.closes
        return ends_after and (closes == MIDNIGHT or self.opens < closes)

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes_text}"


@dataclass(frozen=True, slots=True)
class Closure:
    """Why a day is closed, in each language; a public holiday or a closing day of the town."""

    reason: Mapping[str, str]
    public_holiday: bool = False


@dataclass(frozen=True, slots=True)
class DayHours:
    """The slots of one date in order, and the reason where they deviate from the weekly plan."""

    date: date
    slots: tuple[TimeSlot, ...]
    reason: Mapping[str, str] | None = None
    public_holiday: bool = False

    def __post_init__(self) -> None:
        check_slots(self.slots)


@dataclass(frozen=True, slots=True)
class SpecialOpeningHours:
    """Hours of one office from `first` to `last` (inclusive) that replace its weekly plan; no slots means closed."""

    first: date
    last: date
    slots: tuple[TimeSlot, ...]
    reason: Mapping[str, str]

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"{self.last} lies before {self.first}")
        check_slots(self.slots)

    @property
    def days(self) -> int:
        """How many days the exception covers."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of real time in which an office is open, and the slot it begins with."""

    opens_at: datetime
    closes_at: datetime
    slot: TimeSlot

    def contains(self, at: datetime) -> bool:
        """Whether the office is open at this moment."""
        return _utc(self.opens_at) <= _utc(at) < _utc(self.closes_at)


def check_slots(slots: Sequence[TimeSlot]) -> None:
    """Raise ValueError unless the slots of a day are in order and do not overlap."""
    for earlier, later in pairwise(slots):
        if earlier.closes == MIDNIGHT or later.opens < earlier.closes:
            raise ValueError(f"{earlier} and {later} overlap or are out of order")


def special_days(
    weekly: Mapping[int, tuple[TimeSlot, ...]],
    exceptions: Sequence[SpecialOpeningHours],
    closure_on: Callable[[date], Closure | None],
) -> Callable[[date], DayHours | None]:
    """Combine exceptions of an office, closing days of the town and public holidays, in this order of precedence.

    Of several exceptions the shortest wins. Hours given for several days ("in July 9 to 12") open no Sunday and no
    public holiday: they hold on the days the weekly plan has; an exception for a single date always holds.
    """
    by_length = sorted(exceptions, key=lambda special: special.days)

    def special(day: date) -> DayHours | None:
        closure = closure_on(day)
        is_holiday = closure is not None and closure.public_holiday
        for each in by_length:
            if each.first <= day <= each.last and _holds(each, is_holiday, bool(weekly.get(day.weekday()))):
                return DayHours(day, each.slots, each.reason, is_holiday)
        return DayHours(day, (), closure.reason, is_holiday) if closure else None

    return special


def _holds(special: SpecialOpeningHours, is_holiday: bool, planned: bool) -> bool:
    if special.days == 1 or not special.slots:
        return True
    return planned and not is_holiday


@dataclass(frozen=True)
class OpeningHours:
    """The opening hours of one office: a weekly plan (0 is Monday) and the days that deviate from it."""

    weekly: Mapping[int, tuple[TimeSlot, ...]]
    special: Callable[[date], DayHours | None]
    timezone: ZoneInfo

    def __post_init__(self) -> None:
        for weekday, slots in self.weekly.items():
            if weekday not in range(7):
                raise ValueError(f"weekday {weekday} is not 0 (Monday) to 6 (Sunday)")
            check_slots(slots)

    def on(self, day: date) -> DayHours:
        """The hours of this date, with the reason where they deviate from the weekly plan."""
        return self.special(day) or DayHours(day, self.weekly.get(day.weekday(), ()))

    def is_open(self, at: datetime, *, by_appointment: bool = True) -> bool:
        """Whether the office is open at this moment; `by_appointment=False` leaves out slots by appointment only."""
        slot = self.slot_at(at)
        return slot is not None and (by_appointment or not slot.appointment_only)

    def slot_at(self, at: datetime) -> TimeSlot | None:
        """The slot in which this moment lies."""
        day = self.local(at).date()
        return next((opening.slot for opening in self.openings_on(day) if opening.contains(at)), None)

    def next_opening(self, after: datetime, *, by_appointment: bool = True) -> datetime | None:
        """The moment the office next opens, at or after `after`; while it is open, the opening after this one."""
        opening = self.find_next_opening(after, by_appointment=by_appointment)
        return opening.opens_at if opening else None

    def find_next_opening(self, after: datetime, *, by_appointment: bool = True) -> Opening | None:
        """The stretch that begins at `next_opening`, or None when nothing opens within 400 days."""
        for opening in self._stretches(after, by_appointment=by_appointment):
            if _utc(opening.opens_at) >= _utc(after):
                return opening
        return None

    def closes_at(self, at: datetime, *, by_appointment: bool = True) -> datetime | None:
        """When the office, open at this moment, closes next; None when it is closed, or open without an end."""
        for opening in self._stretches(at, by_appointment=by_appointment):
            if _utc(opening.opens_at) > _utc(at):
                return None
            if opening.contains(at):
                endless = _utc(opening.closes_at) - _utc(at) > ONE_DAY * (HORIZON_DAYS - 2)
                return None if endless else opening.closes_at
        return None

    def add_open_time(self, start: datetime, amount: timedelta) -> datetime:
        """The earliest moment when `amount` of staffed time has passed since `start`.

        Slots by appointment only count, staff is there. LookupError when the office stays closed for 400 days.
        """
        left = amount
        if left <= timedelta(0):
            return self.local(start)
        for opening in self._openings(self.local(start).date()):
            begin = max(_utc(opening.opens_at), _utc(start))
            available = _utc(opening.closes_at) - begin
            if left <= available:
                return self.local(begin + left)
            left -= max(available, timedelta(0))
        raise LookupError(f"closed for {HORIZON_DAYS} days")

    def open_time_between(self, begin: datetime, end: datetime) -> timedelta:
        """How much staffed time passes from `begin` to `end`; zero when `end` is not later."""
        total = timedelta(0)
        day, last = self.local(begin).date(), self.local(end).date()
        while day <= last:
            for opening in self.openings_on(day):
                overlap = min(_utc(opening.closes_at), _utc(end)) - max(_utc(opening.opens_at), _utc(begin))
                total += max(overlap, timedelta(0))
            day += ONE_DAY
        return total

    def openings_on(self, day: date) -> tuple[Opening, ...]:
        """The slots of this date as stretches of real time; a slot that a clock change swallows is left out."""
        openings = (self._opening(day, slot) for slot in self.on(day).slots)
        return tuple(opening for opening in openings if _utc(opening.opens_at) < _utc(opening.closes_at))

    def deviations(self, first: date, days: int) -> list[DayHours]:
        """The days from `first` on whose slots differ from the weekly plan."""
        candidates = (self.on(first + timedelta(days=offset)) for offset in range(days))
        return [day for day in candidates if day.slots != self.weekly.get(day.date.weekday(), ())]

    def local(self, at: datetime) -> datetime:
        """The same moment on the town's clock; ValueError for a datetime without a zone."""
        return _utc(at).astimezone(self.timezone)

    def _opening(self, day: date, slot: TimeSlot) -> Opening:
        ends_on = day + ONE_DAY if slot.closes == MIDNIGHT else day
        return Opening(self._moment(day, slot.opens), self._moment(ends_on, slot.closes), slot)

    def _moment(self, day: date, clock: time) -> datetime:
        wall = datetime.combine(day, clock)
        while self.local(wall.replace(tzinfo=self.timezone)).replace(tzinfo=None, fold=0) != wall:
            wall += timedelta(minutes=1)
        return wall.replace(tzinfo=self.timezone)

    def _openings(self, first: date) -> Iterator[Opening]:
        """Every opening from a date on, until the office stays closed for 400 days."""
        day, last = first, first + ONE_DAY * HORIZON_DAYS
        while day <= last:
            for opening in self.openings_on(day):
                last = day + ONE_DAY * HORIZON_DAYS
                yield opening
            day += ONE_DAY

    def _stretches(self, around: datetime, *, by_appointment: bool) -> Iterator[Opening]:
        """Openings up to 400 days ahead, from the day before, those that touch joined into one."""
        first = self.local(around).date() - ONE_DAY
        joined: Opening | None = None
        for opening in self._openings_within(first, HORIZON_DAYS + 1):
            if opening.slot.appointment_only and not by_appointment:
                continue
            if joined and _utc(joined.closes_at) == _utc(opening.opens_at):
                joined = replace(joined, closes_at=opening.closes_at)
                continue
            if joined:
                yield joined
            joined = opening
        if joined:
            yield joined

    def _openings_within(self, first: date, days: int) -> Iterator[Opening]:
        for offset in range(days + 1):
            yield from self.openings_on(first + timedelta(days=offset))


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return at.astimezone(UTC)
