"""The days on which the town's offices are closed: public holidays of the Land and closing days of the town."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache

from holidays.countries.germany import Germany

from bot.domain.opening_hours import Closure

STATES = ("BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH")
LANGUAGES = {"de": "de", "en": "en_US"}
KEYS = {"every", "easter", "from", "to", "date", "reason", "offices", "except_offices"}
LEAP_YEAR = 2000


class InvalidClosure(ValueError):
    """An entry of the town's closures is wrong; `entry` is its number, counted from 1, or 0 for the whole file."""

    def __init__(self, entry: int, message: str) -> None:
        super().__init__(f"entry {entry}: {message}" if entry else message)
        self.entry = entry


@dataclass(frozen=True, slots=True)
class TownClosure:
    """One closing rule of the town, for all offices or some."""

    matches: Callable[[date], bool]
    closure: Closure
    offices: frozenset[str] | None = None
    except_offices: frozenset[str] = frozenset()

    def applies(self, day: date, office_id: str) -> bool:
        """Whether the rule closes this office on this day."""
        concerned = office_id in self.offices if self.offices is not None else office_id not in self.except_offices
        return concerned and self.matches(day)


@dataclass(frozen=True)
class TownCalendar:
    """Closing days of a town in a Land (`BW` to `TH`); the switches concern towns in Bavaria only.

    `augsburg` adds the Friedensfest, `catholic` Mariä Himmelfahrt.
    """

    state: str
    closures: Sequence[TownClosure] = ()
    augsburg: bool = False
    catholic: bool = False
    _subdivisions: tuple[tuple[str, str], ...] = field(init=False, repr=False, default=())

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError(f"unknown state {self.state!r}, expected one of {', '.join(STATES)}")
        if (self.augsburg or self.catholic) and self.state != "BY":
            raise ValueError("augsburg and catholic are for towns in Bavaria (state BY)")
        # In `holidays`, Augsburg has no category "catholic", though Mariä Himmelfahrt is a holiday there: ask for both.
        wanted = [(self.state, "public"), ("Augsburg", "public") if self.augsburg else None]
        wanted.append((self.state, "catholic") if self.catholic else None)
        object.__setattr__(self, "_subdivisions", tuple(each for each in wanted if each))

    def day(self, day: date, office_id: str) -> Closure | None:
        """Why this office is closed on this day: by the town, else as a public holiday, else None."""
        for rule in self.closures:
            if rule.applies(day, office_id):
                return replace(rule.closure, public_holiday=self.public_holiday(day) is not None)
        return self.public_holiday(day)

    def public_holiday(self, day: date) -> Closure | None:
        """The public holiday on this day in the Land, named in German and English."""
        return _holidays_of(self._subdivisions, day.year).get(day)

    def public_holidays(self, year: int) -> Mapping[date, Closure]:
        """All public holidays of a year in the Land, by date."""
        return _holidays_of(self._subdivisions, year)


@lru_cache(maxsize=256)
def _holidays_of(subdivisions: tuple[tuple[str, str], ...], year: int) -> dict[date, Closure]:
    names: dict[date, dict[str, str]] = {}
    for subdivision, category in subdivisions:
        for language, locale in LANGUAGES.items():
            found = Germany(subdiv=subdivision, years=year, categories=category, language=locale)
            for day in found:
                names.setdefault(day, {})[language] = " / ".join(found.get_list(day))
    return {day: Closure(names[day], public_holiday=True) for day in sorted(names)}


@lru_cache(maxsize=256)
def easter_sunday(year: int) -> date:
    """Easter Sunday of a year; ValueError before 1990, where the library knows no holidays."""
    good_fridays = Germany(years=year, language="de").get_named("Karfreitag")
    if not good_fridays:
        raise ValueError(f"no holidays known for {year}")
    good_friday: date = good_fridays[0]
    return good_friday + timedelta(days=2)


def load_closures(
    data: object,
    *,
    state: str,
    augsburg: bool = False,
    catholic: bool = False,
    known_offices: Collection[str] | None = None,
) -> TownCalendar:
    """Read the parsed content of `closures.yml`; InvalidClosure (a ValueError) names the first wrong entry.

    With `known_offices`, an id that is not among them is an error.
    """
    if not isinstance(data, Mapping) or set(data) - {"closures"}:
        raise InvalidClosure(0, "expected one key, `closures`")
    entries = data.get("closures") or []
    if not isinstance(entries, list):
        raise InvalidClosure(0, "`closures` must be a list")
    rules = tuple(_to_rule(number, entry, known_offices) for number, entry in enumerate(entries, start=1))
    return TownCalendar(state, rules, augsburg=augsburg, catholic=catholic)


def _to_rule(number: int, entry: object, known_offices: Collection[str] | None) -> TownClosure:
    try:
        if not isinstance(entry, Mapping):
            raise ValueError("expected keys like date and reason")
        if unknown := sorted(str(key) for key in set(entry) - KEYS):
            raise ValueError(f"unknown key {', '.join(unknown)}")
        if "offices" in entry and "except_offices" in entry:
            raise ValueError("give offices or except_offices, not both")
        offices = _to_ids(entry, "offices", known_offices)
        excepted = _to_ids(entry, "except_offices", known_offices) or frozenset()
        return TownClosure(_to_matcher(entry), Closure(_to_reason(entry)), offices, excepted)
    except ValueError as error:
        raise InvalidClosure(number, str(error)) from error


def _to_ids(entry: Mapping[str, object], key: str, known: Collection[str] | None) -> frozenset[str] | None:
    if key not in entry:
        return None
    ids = entry[key]
    if not isinstance(ids, list) or not ids or not all(isinstance(each, str) for each in ids):
        raise ValueError(f"{key} must be a list of office ids")
    if known is not None and (unknown := sorted(set(ids) - set(known))):
        raise ValueError(f"{key}: unknown office {', '.join(unknown)}")
    return frozenset(ids)


def _to_reason(entry: Mapping[str, object]) -> dict[str, str]:
    reason = entry.get("reason")
    texts = dict(reason) if isinstance(reason, Mapping) else {}
    if set(texts) != set(LANGUAGES) or not all(isinstance(text, str) and text.strip() for text in texts.values()):
        raise ValueError("reason must have a text in de and en")
    return texts


def _to_matcher(entry: Mapping[str, object]) -> Callable[[date], bool]:
    given = frozenset(entry) & {"every", "easter", "date", "from", "to"}
    if given == {"every"}:
        return _yearly(entry["every"])
    if given == {"easter"}:
        return _from_easter(entry["easter"])
    if given == {"date"}:
        return _period(entry["date"], entry["date"])
    if given == {"from", "to"}:
        return _period(entry["from"], entry["to"])
    raise ValueError("give exactly one of: every, easter, date, from with to")


def _yearly(value: object) -> Callable[[date], bool]:
    try:
        day = date.fromisoformat(f"{LEAP_YEAR}-{value}")
    except ValueError as error:
        raise ValueError(f'every must be a month and day like "12-24", not {value!r}') from error
    return lambda other: (other.month, other.day) == (day.month, day.day)


def _from_easter(value: object) -> Callable[[date], bool]:
    if isinstance(value, bool) or not isinstance(value, int) or not -95 <= value <= 250:
        raise ValueError(f"easter must be a number of days from Easter Sunday, like -48, not {value!r}")
    offset = timedelta(days=value)
    return lambda day: day == easter_sunday(day.year) + offset


def _period(first: object, last: object) -> Callable[[date], bool]:
    begin, end = _to_date(first), _to_date(last)
    if end < begin:
        raise ValueError(f"to ({end}) lies before from ({begin})")
    return lambda day: begin <= day <= end


def _to_date(value: object) -> date:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError(f"not a date like 2026-12-24: {value!r}") from error
