"""What the town does for its citizens, and what they want to know about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.domain.messages import Link

LocalizedText = Mapping[str, str]


class Aspect(StrEnum):
    """What a citizen wants to know about a service; the intent is `ask_` plus the aspect."""

    PROCEDURE = "procedure"
    DOCUMENTS = "documents"
    FEE = "fee"
    LOCATION = "location"
    OPENING_HOURS = "opening_hours"
    FORM = "form"
    RESPONSIBILITY = "responsibility"
    APPOINTMENT = "appointment"
    DURATION = "duration"
    DEADLINE = "deadline"
    CONTACT = "contact"
    ELIGIBILITY = "eligibility"

    @property
    def intent(self) -> str:
        """The Rasa intent that asks for it."""
        return f"ask_{self.value}"


@dataclass(frozen=True, slots=True)
class Source:
    """Where an answer comes from."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ServiceLink:
    """A form or an online service."""

    kind: str
    title: LocalizedText
    url: str


@dataclass(frozen=True, slots=True)
class ExampleQuestion:
    """A question as a citizen types it, in a language (ISO 639-1), with what it wants to know."""

    text: str
    aspect: Aspect
    language: str


@dataclass(frozen=True, slots=True)
class Authority:
    """Another public body that is responsible instead of the town."""

    name: LocalizedText
    address: str | None = None
    phone: str | None = None
    website: str | None = None


@dataclass(frozen=True, slots=True)
class PublicService:
    """One Verwaltungsleistung with the town's approved answers, by aspect and language.

    `tests` are questions that must be understood and that nothing is learnt from. Where a `competent_authority` is
    given, the town itself is not responsible and says who is. With `any_office` (opening hours, appointments) an office
    that the citizen names answers from its own record.
    """

    id: str
    name: LocalizedText
    short_name: LocalizedText
    synonyms: Mapping[str, tuple[str, ...]]
    office: str
    owner: str
    answers: Mapping[Aspect, LocalizedText]
    examples: tuple[ExampleQuestion, ...]
    source: Source
    reviewed_on: date
    links: tuple[ServiceLink, ...] = ()
    related: tuple[str, ...] = ()
    tests: tuple[ExampleQuestion, ...] = ()
    competent_authority: Authority | None = None
    any_office: bool = False


def in_language(text: LocalizedText, language: str) -> str:
    """The text in this language, else in German."""
    return text.get(language) or text["de"]


def to_link(link: ServiceLink, language: str) -> Link:
    """The link as a citizen sees it."""
    return Link(in_language(link.title, language), link.url)
