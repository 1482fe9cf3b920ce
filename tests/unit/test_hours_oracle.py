"""The hours of 2026 to 2028 in all 16 Länder against independent sources: `opening-hours-py` and `holidays`."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import chain
from zoneinfo import ZoneInfo

import holidays
import opening_hours
import pytest

from bot.domain.opening_hours import OpeningHours, TimeSlot, special_days
from bot.knowledge.calendar import STATES, InvalidClosure, TownCalendar, load_closures

BERLIN = ZoneInfo("Europe/Berlin")
YEARS = (2026, 2027, 2028)
OSM = "Mo,Tu 08:00-12:30,14:00-16:00; We,Fr 07:30-12:00; Th 08:00-12:30,14:00-18:00; Sa 22:00-24:00; Su 00:00-06:00"
WEEKLY = {
    0: ("08:00-12:30", "14:00-16:00"),
    1: ("08:00-12:30", "14:00-16:00"),
    2: ("07:30-12:00",),
    3: ("08:00-12:30", "14:00-18:00"),
    4: ("07:30-12:00",),
    5: ("22:00-24:00",),
    6: ("00:00-06:00",),
}
REASON = {"de": "Betriebsausflug", "en": "staff outing"}


def plan_of(calendar: TownCalendar) -> OpeningHours:
    weekly = {day: tuple(TimeSlot.parse(text) for text in slots) for day, slots in WEEKLY.items()}
    closure_on = partial(calendar.day, office_id="buergerbuero")
    return OpeningHours(weekly, special_days(weekly, [], closure_on), BERLIN)


def oracle_open_hours(closed: set[date]) -> set[datetime]:
    """Full hours on the wall clock (naive) at which the oracle calls the plan open."""
    plan = opening_hours.OpeningHours(OSM)
    begin, end = datetime(YEARS[0], 1, 1), datetime(YEARS[-1] + 1, 1, 1)  # noqa: DTZ001 - the oracle's clock
    full_hours = set()
    for opens, closes, state, _ in plan.intervals(begin, end):
        hour = opens if opens.minute == 0 else opens.replace(minute=0) + timedelta(hours=1)
        while state == opening_hours.State.OPEN and hour < closes:
            if hour.date() not in closed:
                full_hours.add(hour)
            hour += timedelta(hours=1)
    return full_hours


def every_hour():
    moment = datetime(YEARS[0], 1, 1, tzinfo=BERLIN).astimezone(UTC)
    end = datetime(YEARS[-1] + 1, 1, 1, tzinfo=BERLIN).astimezone(UTC)
    while moment < end:
        yield moment
        moment += timedelta(hours=1)


@pytest.mark.parametrize("state", STATES)
def test_every_hour_of_three_years_agrees_with_the_oracle(state):
    """In each Land the office is open exactly when plan and public holidays, asked elsewhere, say so."""
    hours = plan_of(TownCalendar(state))
    expected = oracle_open_hours(set(holidays.country_holidays("DE", subdiv=state, years=YEARS)))

    differing = [
        moment
        for moment in every_hour()
        if hours.is_open(moment) != (moment.astimezone(BERLIN).replace(tzinfo=None, fold=0) in expected)
    ]

    assert differing == []
    assert len(expected) > 3 * 50 * 30


@pytest.mark.parametrize(
    ("state", "day", "closed"),
    [
        ("NW", date(2026, 6, 4), True),
        ("NI", date(2026, 6, 4), False),
        ("SN", date(2026, 11, 18), True),
        ("TH", date(2026, 9, 20), True),
        ("MV", date(2026, 3, 8), True),
        ("SL", date(2028, 8, 15), True),
        ("BY", date(2028, 8, 15), False),
        ("NW", date(2026, 10, 31), False),
        ("ST", date(2026, 1, 6), True),
    ],
)
def test_holidays_of_single_laender(state, day, closed):
    """Holidays that only some Länder have, written down by hand."""
    assert (TownCalendar(state).day(day, "rathaus") is not None) is closed


def test_mariae_himmelfahrt_and_friedensfest_are_switches():
    """Assumption Day holds in catholic towns of Bavaria, Augsburg among them; the Friedensfest in Augsburg only."""
    catholic = TownCalendar("BY", catholic=True)
    augsburg = TownCalendar("BY", augsburg=True, catholic=True)

    assert catholic.day(date(2026, 8, 15), "rathaus").reason == {"de": "Mariä Himmelfahrt", "en": "Assumption Day"}
    assert catholic.day(date(2026, 8, 8), "rathaus") is None
    assert augsburg.day(date(2026, 8, 15), "rathaus") is not None
    assert augsburg.day(date(2026, 8, 8), "rathaus").reason["de"] == "Augsburger Hohes Friedensfest"
    assert augsburg.day(date(2026, 6, 4), "rathaus") is not None


@pytest.mark.parametrize(("state", "switches"), [("XX", {}), ("nw", {}), ("NW", {"catholic": True})])
def test_a_wrong_state_is_refused(state, switches):
    """A misspelt Land, or a Bavarian switch elsewhere, does not pass silently."""
    with pytest.raises(ValueError, match="state"):
        TownCalendar(state, **switches)


def test_closures_of_the_town():
    """Yearly days, days from Easter, periods and single dates close the offices that they name."""
    calendar = load_closures(
        {
            "closures": [
                {"every": "12-24", "reason": REASON},
                {"easter": -48, "reason": REASON},
                {"from": date(2026, 12, 28), "to": "2026-12-30", "reason": REASON, "except_offices": ["standesamt"]},
                {"date": date(2027, 5, 7), "reason": REASON, "offices": ["rathaus"]},
            ]
        },
        state="NW",
        known_offices={"rathaus", "standesamt"},
    )

    def closed_days(office_id):
        days = (date(2026, 12, 20) + timedelta(days=offset) for offset in range(200))
        return [day for day in days if (closure := calendar.day(day, office_id)) and closure.reason == REASON]

    yearly, rosenmontag = date(2026, 12, 24), date(2027, 2, 8)
    period = [date(2026, 12, 28), date(2026, 12, 29), date(2026, 12, 30)]
    assert closed_days("rathaus") == [yearly, *period, rosenmontag, date(2027, 5, 7)]
    assert closed_days("standesamt") == [yearly, rosenmontag]


def test_a_closure_on_a_public_holiday_keeps_its_own_reason():
    """The town's reason is told, and the day still counts as a public holiday."""
    calendar = load_closures({"closures": [{"every": "12-25", "reason": REASON}]}, state="NW")

    closure = calendar.day(date(2026, 12, 25), "rathaus")

    assert closure.reason == REASON
    assert closure.public_holiday


@pytest.mark.parametrize("data", [{}, {"closures": None}, {"closures": []}])
def test_no_closures_are_fine(data):
    """A town without closing days of its own has the public holidays only."""
    calendar = load_closures(data, state="NW")

    assert calendar.day(date(2026, 12, 24), "rathaus") is None
    assert calendar.day(date(2026, 12, 25), "rathaus").reason == {"de": "Erster Weihnachtstag", "en": "Christmas Day"}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("12-24", "expected keys"),
        ({"every": "12-24"}, "reason"),
        ({"every": "12-24", "reason": {"de": "Heiligabend"}}, "reason"),
        ({"every": "12-24", "reason": {"de": "Heiligabend", "en": " "}}, "reason"),
        ({"every": "24.12.", "reason": REASON}, "every"),
        ({"every": "02-30", "reason": REASON}, "every"),
        ({"easter": "1", "reason": REASON}, "easter"),
        ({"easter": True, "reason": REASON}, "easter"),
        ({"date": "2026-02-30", "reason": REASON}, "not a date"),
        ({"date": datetime(2026, 2, 3, tzinfo=UTC), "reason": REASON}, "not a date"),
        ({"from": date(2026, 2, 3), "reason": REASON}, "exactly one"),
        ({"from": date(2026, 2, 3), "to": date(2026, 2, 2), "reason": REASON}, "before"),
        ({"date": date(2026, 2, 3), "every": "02-03", "reason": REASON}, "exactly one"),
        ({"reason": REASON}, "exactly one"),
        ({"date": date(2026, 2, 3), "reason": REASON, "office": ["rathaus"]}, "unknown key office"),
        ({"date": date(2026, 2, 3), "reason": REASON, "offices": "rathaus"}, "list of office ids"),
        ({"date": date(2026, 2, 3), "reason": REASON, "offices": []}, "list of office ids"),
        ({"date": date(2026, 2, 3), "reason": REASON, "offices": ["rathuas"]}, "unknown office rathuas"),
        ({"every": "02-03", "reason": REASON, "offices": ["rathaus"], "except_offices": ["rathaus"]}, "not both"),
    ],
)
def test_a_wrong_entry_is_named(entry, message):
    """An error says which entry is wrong and why."""
    data = {"closures": [{"every": "12-31", "reason": REASON}, entry]}

    with pytest.raises(InvalidClosure, match=message) as caught:
        load_closures(data, state="NW", known_offices={"rathaus"})

    assert caught.value.entry == 2
    assert str(caught.value).startswith("entry 2: ")


@pytest.mark.parametrize("data", [None, [], {"closure": []}, {"closures": {"every": "12-24"}}])
def test_a_wrong_file_is_refused(data):
    """A file without the list of closures is an error of the file, not of an entry."""
    with pytest.raises(InvalidClosure) as caught:
        load_closures(data, state="NW")

    assert caught.value.entry == 0


def test_each_holiday_is_named_in_both_languages():
    """No public holiday of any Land lacks its German or English name."""
    calendars = [TownCalendar(state) for state in STATES]
    closures = chain.from_iterable(calendar.public_holidays(year).values() for calendar in calendars for year in YEARS)

    assert all(set(closure.reason) == {"de", "en"} and all(closure.reason.values()) for closure in closures)
