"""Offices of the town: where they are, how to reach them, when they are open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.opening_hours import OpeningHours
from bot.domain.services import LocalizedText, Source


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `detail` is the way within the building."""

    street: str
    postcode: str
    city: str
    detail: LocalizedText | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """One Dienststelle. `reply_within` counts in its opening hours."""

    id: str
    name: LocalizedText
    synonyms: Mapping[str, tuple[str, ...]]
    tasks: LocalizedText
    address: Address
    phone: str
    email: str
    website: str
    opening_hours: OpeningHours
    reply_within: timedelta
    source: Source
    reviewed_on: date
    appointment_url: str | None = None
    barrier_free: LocalizedText | None = None
    note: LocalizedText | None = None


@dataclass(frozen=True, slots=True)
class Municipality:
    """The town itself."""

    name: str
    state: str
    timezone: str
    general_office: str
    phone: str
    website: str
    privacy_url: str
    imprint_url: str
    service_hotline: str
    languages: tuple[str, ...]
