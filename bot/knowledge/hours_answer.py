"""Answer a question about opening hours, in the words of `data/hours.yml` only.

Whatever answer says "closed" also says when the office opens next.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise

from bot.domain.opening_hours import MIDNIGHT, DayHours, OpeningHours, TimeSlot
from bot.knowledge.hours_phrases import HoursPhrases, HoursTexts, capitalized, promise_text
from bot.knowledge.time_expressions import TimeQuestion

__all__ = ["hours_answer", "promise_text"]

DEVIATION_DAYS = 14
HOLIDAYS_SHOWN = 3
LOOK_AHEAD_DAYS = 400
LUNCH_BEGIN, LUNCH_END = time(12), time(14)


def hours_answer(
    office_name: str,
    hours: OpeningHours,
    question: TimeQuestion | None,
    *,
    now: datetime,
    language: str,
    texts: HoursTexts,
) -> str:
    """The answer about an office's hours; `office_name` is in the language, `now` is aware.

    What `texts` or a reason lack in the language is said in German.
    Without a question: the weekly plan, whether it is open now, and what deviates in the next two weeks.
    """
    answer = _Answer(office_name, hours, hours.local(now), HoursPhrases(texts, language, hours.local(now).date()))
    return answer.to(question) if question else answer.overview()


class _Answer:
    """One office at one moment, in one language."""

    def __init__(self, office: str, hours: OpeningHours, now: datetime, phrases: HoursPhrases) -> None:
        self.office = office
        self.hours = hours
        self.now = now
        self.phrases = phrases

    def to(self, question: TimeQuestion) -> str:
        if question.now:
            return self.about_now(question)
        if question.holidays:
            return self.about_holidays()
        if question.weekdays:
            return self.about_weekdays(question)
        if len(question.dates) > 1:
            return self.about_days(question)
        if question.dates:
            return self.about_day(self.hours.on(question.dates[0]), question)
        if question.begin is not None:
            return self.about_weekdays(question)
        return self.overview()

    def about_now(self, question: TimeQuestion) -> str:
        slot = self.hours.slot_at(self.now)
        if slot is None:
            today = self.hours.on(self.now.date())
            reason = "" if today.slots else self.phrases.reason(today)
            key = "closed_already" if question.closing else "closed_now"
            return self.say(key, reason=reason, next=self.next_opening(self.now))
        if question.closing:
            return self.say("open_until", rest=self.rest_of_today(slot))
        text = self.say("open_now", rest=self.rest_of_today(slot))
        return self.with_free_opening(text, self.now) if slot.appointment_only else text

    def rest_of_today(self, slot: TimeSlot) -> str:
        """From the slot that is open now to the last one of the day."""
        later = [each for each in self.hours.on(self.now.date()).slots if each.opens > slot.opens]
        return self.phrases.join(
            [self.phrases.slot(slot, "slot_rest"), *(self.phrases.slot(each, "slot") for each in later)]
        )

    def about_day(self, day: DayHours, question: TimeQuestion) -> str:
        on = self.phrases.on(day.date)
        reason = self.phrases.reason(day)
        if not day.slots:
            upcoming = self.next_opening(self.start_of(day))
            return self.say("day_closed", Day=capitalized(on), reason=reason, next=upcoming)
        hours = self.phrases.hours(day.slots)
        if question.lunch:
            lunch = self.lunch(day.slots)
            return self.say("lunch_day", Day=capitalized(on), lunch=lunch, hours=hours, reason=reason)
        if question.begin is not None:
            return self.about_window(day, question, on, hours)
        text = self.say("day_open", Day=capitalized(on), slots=self.phrases.slots(day.slots), reason=reason)
        return f"{text} {self.now_note()}" if day.date == self.now.date() else text

    def about_window(self, day: DayHours, question: TimeQuestion, on: str, hours: str) -> str:
        reason = self.phrases.reason(day)
        matching = _matching(day.slots, question)
        if matching:
            remark = self.phrases.remark(matching[0]) if all(slot.appointment_only for slot in matching) else ""
            text = self.say("window_open", day=on, remark=remark, hours=hours, reason=reason)
            return f"{text} {self.now_note()}" if self.has_passed(day, matching[-1]) else text
        asked = datetime.combine(day.date, question.begin or MIDNIGHT, self.hours.timezone)
        upcoming = self.next_opening(max(asked, self.now))
        return self.say("window_closed", day=on, hours=hours, reason=reason, next=upcoming)

    def about_days(self, question: TimeQuestion) -> str:
        days = [self.hours.on(day) for day in question.dates]
        heading = "days"
        if question.begin is not None:
            matching = [day for day in days if _matching(day.slots, question)]
            heading = "days" if matching else "days_window_none"
            days = matching or days
        lines = [self.say(heading), *(self.phrases.line(day) for day in days)]
        if heading == "days_window_none" or not any(day.slots for day in days):
            lines.append(self.next_opening(self.start_of(days[0])))
        return "\n".join(lines)

    def about_weekdays(self, question: TimeQuestion) -> str:
        weekdays = question.weekdays or tuple(range(7))
        if question.lunch:
            by_weekday = {weekday: self.lunch(self.planned(weekday)) for weekday in weekdays}
            return self.listed("lunch_week", self.phrases.grouped(by_weekday), weekdays)
        if question.begin is None:
            return self.listed("week", self.phrases.table(self.hours.weekly, weekdays), weekdays)
        matching = [weekday for weekday in weekdays if _matching(self.planned(weekday), question)]
        if matching:
            return self.listed("week_window", self.phrases.table(self.hours.weekly, matching), matching)
        return self.nothing_at_that_time(question)

    def listed(self, heading: str, lines: list[str], weekdays: Sequence[int]) -> str:
        """A table of some weekdays, with the deviations soon on these weekdays; if all are closed, the next opening."""
        text = [self.say(heading), *lines, *self.deviations(weekdays)]
        if not any(self.planned(weekday) for weekday in weekdays):
            text.append(self.next_opening(self.now))
        return "\n".join(text)

    def nothing_at_that_time(self, question: TimeQuestion) -> str:
        slots = {weekday: self.planned(weekday) for weekday in range(7) if self.planned(weekday)}
        if not slots:
            return f"{self.say('week_none')} {self.next_opening(self.now)}"
        if question.begin == MIDNIGHT:
            opens = {weekday: day[0].opens for weekday, day in slots.items()}
            text = self.extreme("week_window_none_early", opens, min(opens.values()))
        else:
            closes = {weekday: day[-1].closes for weekday, day in slots.items()}
            text = self.extreme("week_window_none_late", closes, max(closes.values(), key=_end_of_slot))
        return f"{text} {self.next_opening(self.now)}"

    def extreme(self, key: str, by_weekday: dict[int, time], extreme: time) -> str:
        days = [weekday for weekday, at in by_weekday.items() if at == extreme]
        shown = "24:00" if key.endswith("late") and extreme == MIDNIGHT else f"{extreme:%H:%M}"
        return self.say(key, days=self.phrases.weekdays(days), time=shown)

    def about_holidays(self) -> str:
        dates = (self.now.date() + timedelta(days=offset) for offset in range(LOOK_AHEAD_DAYS))
        days = [day for day in map(self.hours.on, dates) if day.public_holiday]
        lines = [self.phrases.line(day) for day in days[:HOLIDAYS_SHOWN]]
        return "\n".join([self.say("holidays"), *lines, self.next_opening(self.now)])

    def overview(self) -> str:
        table = self.phrases.table(self.hours.weekly)
        planned = any(self.planned(weekday) for weekday in range(7))
        heading = [self.say("week"), *table] if planned else [self.say("week_none")]
        return "\n".join([*heading, *self.deviations(range(7)), self.now_note()])

    def deviations(self, weekdays: Sequence[int]) -> list[str]:
        days = [day for day in self.hours.deviations(self.now.date(), DEVIATION_DAYS) if day.date.weekday() in weekdays]
        return [self.phrases.say("deviations"), *(self.phrases.line(day) for day in days)] if days else []

    def now_note(self) -> str:
        slot = self.hours.slot_at(self.now)
        if slot is None:
            return self.phrases.say("now_closed_note", next=self.next_opening(self.now))
        return self.phrases.say("now_open_by_appointment_note" if slot.appointment_only else "now_open_note")

    def has_passed(self, day: DayHours, slot: TimeSlot) -> bool:
        ended = slot.closes != MIDNIGHT and slot.closes <= self.now.time()
        return day.date == self.now.date() and ended

    def next_opening(self, after: datetime) -> str:
        """When it opens next after a moment, and when without an appointment if that is later; or that it is open."""
        slot = self.hours.slot_at(after)
        if slot and after == self.now:
            return self.phrases.say("now_open_rest_note", rest=self.rest_of_today(slot))
        opening = self.hours.find_next_opening(after)
        if opening is None:
            return self.phrases.say("no_next_opening")
        text = self.phrases.opening("next_opening", opening)
        return self.with_free_opening(text, after) if opening.slot.appointment_only else text

    def with_free_opening(self, text: str, after: datetime) -> str:
        """The text and when it opens without an appointment."""
        free = self.hours.find_next_opening(after, by_appointment=False)
        return f"{text} {self.phrases.opening('next_without_appointment', free)}" if free else text

    def lunch(self, slots: Sequence[TimeSlot]) -> str:
        """What happens between 12 and 14 on a day with these slots."""
        around = [slot for slot in slots if slot.overlaps(LUNCH_BEGIN, LUNCH_END)]
        for earlier, later in pairwise(slots):
            if earlier.closes < later.opens and earlier.closes < LUNCH_END and later.opens > LUNCH_BEGIN:
                return self.phrases.say("lunch_break", **{"from": earlier.closes_text}, to=f"{later.opens:%H:%M}")
        if not slots:
            return self.phrases.say("closed")
        if slots[-1].closes != MIDNIGHT and slots[-1].closes < LUNCH_END:
            return self.phrases.say("lunch_closes", time=slots[-1].closes_text)
        if not around or around[0].opens > LUNCH_BEGIN:
            return self.phrases.say("lunch_opens", time=f"{slots[0].opens:%H:%M}")
        return self.phrases.say("lunch_open")

    def start_of(self, day: DayHours) -> datetime:
        """The beginning of a day, or now when that is later."""
        return max(datetime.combine(day.date, MIDNIGHT, self.hours.timezone), self.now)

    def planned(self, weekday: int) -> tuple[TimeSlot, ...]:
        return self.hours.weekly.get(weekday, ())

    def say(self, key: str, **values: str) -> str:
        return self.phrases.say(key, office=self.office, **values)


def _matching(slots: Sequence[TimeSlot], question: TimeQuestion) -> list[TimeSlot]:
    """The slots in which the moment or any minute of the window asked about lies."""
    begin, end = question.begin, question.end
    if begin is None or end is None:
        return list(slots)
    if begin == end:
        return [slot for slot in slots if slot.contains(begin)]
    return [slot for slot in slots if slot.overlaps(begin, end)]


def _end_of_slot(closes: time) -> tuple[bool, time]:
    return closes == MIDNIGHT, closes
