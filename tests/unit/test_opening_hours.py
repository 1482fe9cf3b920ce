"""Opening hours: slots, precedence of exceptions, clock changes, and the laws that promises rest on."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.opening_hours import (
    Closure,
    DayHours,
    OpeningHours,
    SpecialOpeningHours,
    TimeSlot,
    special_days,
    to_clock_time,
)

BERLIN = ZoneInfo("Europe/Berlin")
WEEKLY = {
    0: (TimeSlot(time(8), time(12, 30)), TimeSlot(time(14), time(16), appointment_only=True)),
    1: (TimeSlot(time(8), time(12, 30)),),
    3: (TimeSlot(time(8), time(12, 30)), TimeSlot(time(14), time(18))),
}
REASON = {"de": "Inventur", "en": "stocktaking"}
HOLIDAY = Closure({"de": "Karfreitag", "en": "Good Friday"}, public_holiday=True)
SPRING_FORWARD = date(2026, 3, 29)
FALL_BACK = date(2026, 10, 25)


def plan(*slots: str) -> tuple[TimeSlot, ...]:
    return tuple(TimeSlot.parse(text) for text in slots)


def hours_of(weekly, special=lambda day: None, zone=BERLIN):
    return OpeningHours(weekly, special, zone)


def daily(*slots: str) -> OpeningHours:
    return hours_of(dict.fromkeys(range(7), plan(*slots)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


OFFICE = hours_of(WEEKLY)


@pytest.mark.parametrize(("text", "expected"), [("08:00", time(8)), (" 7:05 ", time(7, 5)), ("24:00", time(0))])
def test_a_clock_time_is_read(text, expected):
    """Times of day are read with or without a leading zero, and 24:00 ends a day."""
    assert to_clock_time(text) == expected


@pytest.mark.parametrize("text", ["8", "8:0", "25:00", "24:01", "08.00", "-1:00", "ab:cd", ""])
def test_a_wrong_clock_time_is_refused(text):
    """What is no time of day is an error, not a guess."""
    with pytest.raises(ValueError):
        to_clock_time(text)


@pytest.mark.parametrize("text", ["12:00-08:00", "08:00-08:00", "22:00-06:00", "08:00", "0800-1200"])
def test_a_wrong_slot_is_refused(text):
    """A slot has a length and never crosses midnight."""
    with pytest.raises(ValueError):
        TimeSlot.parse(text)


def test_slots_of_a_day_may_touch_but_not_overlap():
    """Overlapping or disordered slots are refused when the plan is made."""
    hours_of({0: plan("08:00-12:00", "12:00-14:00")})

    for wrong in (("08:00-12:00", "11:59-14:00"), ("14:00-16:00", "08:00-12:00"), ("20:00-24:00", "22:00-23:00")):
        with pytest.raises(ValueError, match="overlap"):
            hours_of({0: plan(*wrong)})


def test_a_weekday_beyond_sunday_is_refused():
    """Weekdays are 0 to 6."""
    with pytest.raises(ValueError, match="weekday 7"):
        hours_of({7: plan("08:00-12:00")})


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23T07:59:59.999999", False),
        ("2026-11-23T08:00", True),
        ("2026-11-23T12:29:59.999999", True),
        ("2026-11-23T12:30", False),
        ("2026-11-23T13:59", False),
        ("2026-11-23T14:00", True),
        ("2026-11-23T16:00", False),
        ("2026-11-25T10:00", False),
    ],
)
def test_open_from_the_first_to_before_the_last_minute(moment, is_open):
    """An office is open from the minute it opens and no longer in the minute it closes."""
    assert OFFICE.is_open(at(moment)) is is_open


def test_appointment_only_slots_can_be_left_out():
    """Whoever has no appointment is not sent to a slot by appointment only."""
    monday_afternoon = at("2026-11-23T14:30")

    assert OFFICE.is_open(monday_afternoon)
    assert not OFFICE.is_open(monday_afternoon, by_appointment=False)
    assert OFFICE.slot_at(monday_afternoon) == TimeSlot(time(14), time(16), appointment_only=True)
    assert OFFICE.next_opening(at("2026-11-23T13:00")) == at("2026-11-23T14:00")
    assert OFFICE.next_opening(at("2026-11-23T13:00"), by_appointment=False) == at("2026-11-24T08:00")


def test_another_zone_names_the_same_moment():
    """Moments may come in any zone; answers are on the town's clock."""
    morning = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)

    assert not OFFICE.is_open(morning)
    assert OFFICE.is_open(morning + timedelta(minutes=30))
    assert OFFICE.next_opening(morning).isoformat() == "2026-11-24T08:00:00+01:00"


def test_a_moment_without_a_zone_is_refused():
    """A naive datetime is a mistake of the caller."""
    naive = datetime(2026, 11, 23, 9)  # noqa: DTZ001 - the mistake under test

    for ask in (OFFICE.is_open, OFFICE.next_opening, OFFICE.closes_at):
        with pytest.raises(ValueError, match="zone"):
            ask(naive)


def test_the_next_opening_while_open_is_the_one_after():
    """Asked during opening hours, the next opening is the following one; at the very start it is this one."""
    assert OFFICE.next_opening(at("2026-11-24T10:00")) == at("2026-11-26T08:00")
    assert OFFICE.next_opening(at("2026-11-24T08:00")) == at("2026-11-24T08:00")


def test_an_office_that_never_opens_has_no_next_opening():
    """Nothing within 400 days gives None, and a promise is refused instead of invented."""
    closed = hours_of({})

    assert closed.next_opening(at("2026-11-24T10:00")) is None
    assert closed.closes_at(at("2026-11-24T10:00")) is None
    with pytest.raises(LookupError):
        closed.add_open_time(at("2026-11-24T10:00"), timedelta(minutes=1))


def test_touching_slots_are_one_stretch_even_over_midnight():
    """Where one slot ends as the next begins, the office does not close in between."""
    round_the_clock_weekend = hours_of({5: plan("10:00-12:00", "12:00-24:00"), 6: plan("00:00-18:00")})

    assert round_the_clock_weekend.closes_at(at("2026-11-28T11:00")) == at("2026-11-29T18:00")
    assert round_the_clock_weekend.next_opening(at("2026-11-28T11:00")) == at("2026-12-05T10:00")
    assert round_the_clock_weekend.next_opening(at("2026-11-29T00:00")) == at("2026-12-05T10:00")
    assert daily("00:00-24:00").closes_at(at("2026-11-28T11:00")) is None
    assert daily("00:00-24:00").next_opening(at("2026-11-28T11:00")) is None


def test_closing_for_those_without_appointment():
    """A stretch ends where only appointments go on."""
    mixed = hours_of({0: (TimeSlot(time(8), time(12)), TimeSlot(time(12), time(15), appointment_only=True))})

    assert mixed.closes_at(at("2026-11-23T09:00")) == at("2026-11-23T15:00")
    assert mixed.closes_at(at("2026-11-23T09:00"), by_appointment=False) == at("2026-11-23T12:00")
    assert mixed.closes_at(at("2026-11-23T13:00"), by_appointment=False) is None


@pytest.mark.parametrize(("day", "hours"), [(SPRING_FORWARD, 5), (FALL_BACK, 7), (date(2026, 6, 7), 6)])
def test_a_night_slot_has_its_real_length_when_the_clocks_change(day, hours):
    """00:00-06:00 lasts five hours in spring, seven in autumn."""
    night = daily("00:00-06:00")
    begin, end = at(f"{day}T00:00"), at(f"{day}T12:00")

    assert night.open_time_between(begin, end) == timedelta(hours=hours)
    assert night.add_open_time(begin, timedelta(hours=hours)) == at(f"{day}T06:00")


def test_a_skipped_hour_counts_as_the_next_that_exists():
    """A slot that begins in the skipped hour begins when the clock goes on, one wholly inside it does not exist."""
    spring = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)

    assert not daily("02:30-06:00").is_open(spring)
    assert daily("02:30-06:00").is_open(spring + timedelta(minutes=1))
    assert daily("02:00-02:30").next_opening(spring) == at("2026-03-30T02:00")
    assert daily("02:00-02:30").open_time_between(at("2026-03-29T00:00"), at("2026-03-30T00:00")) == timedelta(0)


def test_the_repeated_hour_is_counted_twice_inside_a_slot():
    """Slots that touch in the repeated hour tile it without a gap or overlap."""
    tiled = daily("00:00-02:30", "02:30-06:00")
    begin, end = at("2026-10-25T00:00"), at("2026-10-25T12:00")

    assert tiled.open_time_between(begin, end) == timedelta(hours=7)
    assert tiled.slot_at(at("2026-10-25T02:15")).closes == time(2, 30)
    assert tiled.slot_at(at("2026-10-25T02:15").replace(fold=1)).closes == time(6)


def test_no_clock_change_shifts_the_opening():
    """On the Monday after each change the office opens at eight on the wall clock."""
    for friday, monday in (("2026-03-27", "2026-03-30"), ("2026-10-23", "2026-10-26")):
        assert OFFICE.next_opening(at(f"{friday}T20:00")).isoformat()[:16] == f"{monday}T08:00"


def test_an_exception_of_the_office_precedes_closure_and_weekly_plan():
    """An exception for one date holds on a holiday too; without it the closure holds, else the weekly plan."""
    open_on_holiday = SpecialOpeningHours(date(2026, 4, 3), date(2026, 4, 3), plan("10:00-11:00"), REASON)
    closures = {date(2026, 4, 3): HOLIDAY, date(2026, 4, 2): Closure({"de": "Betriebsausflug", "en": "staff outing"})}

    with_exception = hours_of(WEEKLY, special_days(WEEKLY, [open_on_holiday], closures.get))
    without = hours_of(WEEKLY, special_days(WEEKLY, [], closures.get))

    special = DayHours(date(2026, 4, 3), plan("10:00-11:00"), REASON, public_holiday=True)
    assert with_exception.on(date(2026, 4, 3)) == special
    assert without.on(date(2026, 4, 3)) == DayHours(date(2026, 4, 3), (), HOLIDAY.reason, public_holiday=True)
    assert without.on(date(2026, 4, 2)).reason == {"de": "Betriebsausflug", "en": "staff outing"}
    assert without.on(date(2026, 3, 30)) == DayHours(date(2026, 3, 30), WEEKLY[0])


def test_hours_for_a_period_open_no_sunday_and_no_holiday():
    """Summer hours hold on the days of the weekly plan and against closures of the town, not on public holidays."""
    summer = SpecialOpeningHours(date(2026, 3, 30), date(2026, 4, 12), plan("09:00-12:00"), REASON)
    weekly = dict.fromkeys(range(5), plan("08:00-16:00"))
    closures = {date(2026, 4, 3): HOLIDAY, date(2026, 4, 7): Closure({"de": "Betriebsferien", "en": "shutdown"})}
    hours = hours_of(weekly, special_days(weekly, [summer], closures.get))

    assert hours.on(date(2026, 4, 1)).slots == plan("09:00-12:00")
    assert hours.on(date(2026, 4, 7)).slots == plan("09:00-12:00")
    assert hours.on(date(2026, 4, 3)).reason == HOLIDAY.reason
    assert hours.on(date(2026, 4, 5)).slots == ()


def test_the_shortest_of_several_exceptions_wins():
    """A single day inside a period closed for summer can be opened, whatever the order in the file."""
    closed = SpecialOpeningHours(date(2026, 7, 20), date(2026, 7, 31), (), REASON)
    one_day = SpecialOpeningHours(date(2026, 7, 23), date(2026, 7, 23), plan("08:00-10:00"), REASON)

    for order in ([closed, one_day], [one_day, closed]):
        hours = hours_of(WEEKLY, special_days(WEEKLY, order, lambda day: None))

        assert hours.on(date(2026, 7, 23)).slots == plan("08:00-10:00")
        assert hours.on(date(2026, 7, 27)).slots == ()


def test_an_exception_that_ends_before_it_begins_is_refused():
    """Swapped dates are an error, not an exception that never holds."""
    with pytest.raises(ValueError, match="before"):
        SpecialOpeningHours(date(2026, 7, 31), date(2026, 7, 20), (), REASON)


def test_deviations_are_the_days_whose_hours_differ():
    """A holiday on a day that is closed anyway is no deviation."""
    closures = {date(2026, 4, 3): HOLIDAY, date(2026, 4, 6): HOLIDAY}
    hours = hours_of(WEEKLY, special_days(WEEKLY, [], closures.get))

    assert [day.date for day in hours.deviations(date(2026, 4, 1), 14)] == [date(2026, 4, 6)]


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [
        ("2026-11-24T10:00", 2, "2026-11-24T12:00"),
        ("2026-11-24T10:00", 3, "2026-11-26T08:30"),
        ("2026-11-21T10:00", 8, "2026-11-24T09:30"),
        ("2026-11-24T12:30", 0, "2026-11-24T12:30"),
        ("2026-11-24T10:00", 2.5, "2026-11-24T12:30"),
    ],
)
def test_promised_hours_are_counted_in_staffed_time(start, amount, expected):
    """Hours of a promise pass only while the office is staffed, appointments included."""
    assert OFFICE.add_open_time(at(start), timedelta(hours=amount)) == at(expected)


unhurried = settings(deadline=None, max_examples=60)
minutes = st.integers(0, 24 * 60)


@st.composite
def day_plans(draw):
    """Up to three slots of a day, in order, some of them by appointment."""
    bounds = sorted(draw(st.sets(minutes, max_size=6)))
    pairs = zip(bounds[::2], bounds[1::2], strict=False)
    return tuple(
        TimeSlot(time(begin // 60, begin % 60), time(end // 60 % 24, end % 60), draw(st.booleans())) for begin, end in pairs
    )


@st.composite
def plans(draw):
    """A weekly plan with closed days strewn over it."""
    weekly = {weekday: draw(day_plans()) for weekday in range(7)}
    closed = draw(st.sets(st.integers(0, 9), max_size=6))
    closure = Closure(REASON)
    return hours_of(weekly, special_days(weekly, [], lambda day: closure if day.toordinal() % 10 in closed else None))


around_a_clock_change = st.sampled_from([datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)])
offsets = st.integers(0, 4 * 1440)
moments = st.builds(lambda base, after: base + timedelta(minutes=after), around_a_clock_change, offsets)


@unhurried
@given(hours=plans(), after=moments, by_appointment=st.booleans())
def test_the_next_opening_is_open_and_nothing_before_it(hours, after, by_appointment):
    """At the next opening the office is open, just before it is not, and from closing until then it never is."""
    opens = hours.next_opening(after, by_appointment=by_appointment)
    closes = hours.closes_at(after, by_appointment=by_appointment)

    if opens is None:
        return
    opens = opens.astimezone(UTC)
    probe = closes.astimezone(UTC) if closes else after
    assert hours.is_open(opens, by_appointment=by_appointment)
    assert not hours.is_open(opens - timedelta(minutes=1), by_appointment=by_appointment)
    while probe < min(opens, after + timedelta(days=8)):
        assert not hours.is_open(probe, by_appointment=by_appointment)
        probe += timedelta(minutes=7)


@unhurried
@given(hours=plans(), start=moments, amount=st.integers(1, 6000))
def test_adding_open_time_is_the_inverse_of_measuring_it(hours, start, amount):
    """Between a question and the promised moment lies exactly the promised staffed time."""
    promised = timedelta(minutes=amount)
    if hours.next_opening(start) is None and not hours.is_open(start):
        return
    due = hours.add_open_time(start, promised)

    assert hours.open_time_between(start, due) == promised
    assert hours.open_time_between(start, due.astimezone(UTC) - timedelta(minutes=1)) < promised


@unhurried
@given(hours=plans(), begin=moments, first=st.integers(0, 3000), second=st.integers(0, 3000))
def test_open_time_adds_up(hours, begin, first, second):
    """Open time over a period is the sum over its parts and the count of its open minutes."""
    middle = begin + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)

    total = hours.open_time_between(begin, end)

    assert total == hours.open_time_between(begin, middle) + hours.open_time_between(middle, end)
    assert hours.open_time_between(end, begin) == timedelta(0) or second == first == 0


@unhurried
@given(hours=plans(), begin=moments)
def test_open_time_is_the_number_of_open_minutes(hours, begin):
    """Measured open time equals the minutes at which the office is open, clock changes included."""
    moments_of_26_hours = [begin + timedelta(minutes=minute) for minute in range(26 * 60)]

    open_minutes = sum(hours.is_open(moment) for moment in moments_of_26_hours)

    assert hours.open_time_between(begin, begin + timedelta(hours=26)) == timedelta(minutes=open_minutes)
