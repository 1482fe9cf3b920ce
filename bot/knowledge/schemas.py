"""The form of the editors' files, as pydantic models; unknown fields are errors."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from bot.domain.opening_hours import SpecialOpeningHours, TimeSlot
from bot.domain.services import Aspect, ExampleQuestion

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
Url = Annotated[str, Field(pattern=r"^https://[^\s]+$", max_length=500)]
Phrase = Annotated[str, Field(min_length=2, max_length=300)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class LocalText(_Form):
    """A text in German and in those of the other languages in which the town has it."""

    longest: ClassVar[int] = 2000

    de: str = Field(min_length=1)
    en: str | None = None
    tr: str | None = None
    ru: str | None = None
    uk: str | None = None
    ar: str | None = None
    pl: str | None = None
    fr: str | None = None

    @field_validator("*")
    @classmethod
    def _short_enough(cls, text: str | None) -> str | None:
        if text and len(text) > cls.longest:
            raise PydanticCustomError("string_too_long", "at most {max_length} characters", {"max_length": cls.longest})
        return text

    def as_mapping(self) -> Mapping[str, str]:
        """Language to text, without the missing ones."""
        return {language: text for language, text in self if text}


class Answer(LocalText):
    """An answer that a citizen reads in a chat."""

    longest = 1500


class ShortName(LocalText):
    """A name that fits on a button."""

    longest = 40


class Phrases(_Form):
    """Words, by language."""

    de: list[Phrase] = []
    en: list[Phrase] = []
    tr: list[Phrase] = []
    ru: list[Phrase] = []
    uk: list[Phrase] = []
    ar: list[Phrase] = []
    pl: list[Phrase] = []
    fr: list[Phrase] = []

    def as_mapping(self) -> Mapping[str, tuple[str, ...]]:
        """Language to phrases, without the empty ones."""
        return {language: tuple(phrases) for language, phrases in self if phrases}


QuestionsByAspect = dict[Aspect, list[Phrase]]


class Examples(_Form):
    """Questions as citizens type them, by language and by what they want to know."""

    de: QuestionsByAspect = {}
    en: QuestionsByAspect = {}
    tr: QuestionsByAspect = {}
    ru: QuestionsByAspect = {}
    uk: QuestionsByAspect = {}
    ar: QuestionsByAspect = {}
    pl: QuestionsByAspect = {}
    fr: QuestionsByAspect = {}

    def to_examples(self) -> tuple[ExampleQuestion, ...]:
        """All of them in the order of the file."""
        return tuple(
            ExampleQuestion(question, aspect, language)
            for language, by_aspect in self
            for aspect, questions in by_aspect.items()
            for question in questions
        )


class SourceForm(_Form):
    """Where the facts come from."""

    title: str = Field(min_length=2)
    url: Url


class LinkForm(_Form):
    """A form or an online service."""

    kind: Literal["online_service", "form"]
    title: LocalText
    url: Url


class AuthorityForm(_Form):
    """Another public body that is responsible instead of the town."""

    name: LocalText
    address: str | None = None
    phone: str | None = Field(default=None, pattern=r"^[0-9 +()/-]{3,30}$")
    website: Url | None = None


class ServiceForm(_Form):
    """data/faq/<id>.yml"""

    id: Id
    name: LocalText
    short_name: ShortName
    synonyms: Phrases = Phrases()
    office: Id
    owner: Id
    links: list[LinkForm] = []
    answers: dict[Aspect, Answer] = Field(min_length=1)
    examples: Examples = Examples()
    tests: Examples = Examples()
    competent_authority: AuthorityForm | None = None
    any_office: bool = False
    related: list[Id] = []
    source: SourceForm
    reviewed_on: date


class AmbiguousEntry(_Form):
    """Words for which the same services are offered."""

    words: list[Phrase] = Field(min_length=1)
    services: list[Id] = Field(min_length=2, max_length=4)


class AmbiguousForm(_Form):
    """data/ambiguous.yml"""

    ignored: list[str] = []
    words: list[AmbiguousEntry]
    choices: list[list[str]] = []
    last_choice: list[str] = []


class ReferralLink(_Form):
    """Where the other authority is found."""

    title: LocalText
    url: Url


class ReferralForm(_Form):
    """data/referrals/<id>.yml"""

    id: Id
    name: LocalText
    synonyms: Phrases = Phrases()
    text: Answer
    link: ReferralLink | None = None
    examples: Phrases = Phrases()
    owner: Id
    source: SourceForm
    reviewed_on: date


class AreaForm(_Form):
    """One Ortsteil in data/areas.yml"""

    id: Id
    name: ShortName
    spellings: list[Phrase] = []
    ambiguous_names: list[Phrase] = []
    streets: list[Phrase] = Field(min_length=1)


class AreasForm(_Form):
    """data/areas.yml"""

    areas: list[AreaForm] = Field(min_length=1)


class StreetAnswerForm(_Form):
    """A text for some streets that differs from that of their area."""

    names: list[Phrase] = Field(min_length=1)
    answer: Answer


class ResponsibilityForm(_Form):
    """One entry of data/responsibilities.yml"""

    service: Id
    aspects: list[Aspect] = Field(min_length=1)
    ask: Answer
    answers: dict[Id, Answer] = Field(min_length=1)
    streets: list[StreetAnswerForm] = []
    source: SourceForm
    reviewed_on: date


class ResponsibilitiesForm(_Form):
    """data/responsibilities.yml; the entries are read one by one, so that a broken one silences no other."""

    responsibilities: list[object] = Field(min_length=1)


def _to_slot(value: object) -> object:
    if isinstance(value, str):
        return TimeSlot.parse(value)
    if isinstance(value, dict):
        unknown = set(value) - {"from", "to", "appointment_only"}
        if unknown or not {"from", "to"} <= set(value):
            raise ValueError("a period has the fields from, to and, if needed, appointment_only")
        return TimeSlot.parse(f"{value['from']}-{value['to']}", appointment_only=bool(value.get("appointment_only")))
    raise ValueError('write a period as "08:00-12:30"')


Slot = Annotated[TimeSlot, BeforeValidator(_to_slot)]


class SpecialHoursForm(_Form):
    """Hours of an office on certain days; without opening_hours it is closed then."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)

    single: date | None = Field(default=None, alias="date")
    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")
    reason: LocalText
    opening_hours: list[Slot] = []

    @model_validator(mode="after")
    def _one_way_to_say_when(self) -> "SpecialHoursForm":
        if (self.single is None) == (self.first is None) or (self.first is None) != (self.last is None):
            raise ValueError("give either date, or from and to")
        self.to_special()
        return self

    def to_special(self) -> SpecialOpeningHours:
        """The exception as the opening-hours engine knows it."""
        first, last = self.single or self.first, self.single or self.last
        assert first
        assert last
        return SpecialOpeningHours(first, last, tuple(self.opening_hours), self.reason.as_mapping())


class AddressForm(_Form):
    """A postal address."""

    street: str
    postcode: str = Field(pattern=r"^\d{5}$")
    city: str
    detail: LocalText | None = None


class OfficeForm(_Form):
    """data/offices/<id>.yml"""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    id: Id
    name: LocalText
    synonyms: Phrases = Phrases()
    tasks: LocalText
    address: AddressForm
    barrier_free: LocalText | None = None
    phone: str = Field(pattern=r"^[0-9 +()/-]{5,30}$")
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    website: Url
    appointment_url: Url | None = None
    note: LocalText | None = None
    opening_hours: dict[Literal[WEEKDAYS], list[Slot]]  # type: ignore[valid-type]
    exceptions: list[SpecialHoursForm] = []
    reply_within_hours: int = Field(default=8, ge=1, le=200)
    source: SourceForm
    reviewed_on: date

    @field_validator("opening_hours")
    @classmethod
    def _some_hours(cls, value: dict[str, list[TimeSlot]]) -> dict[str, list[TimeSlot]]:
        if not any(value.values()):
            raise ValueError("an office without any opening hours can't promise an answer")
        return value


class MunicipalityForm(_Form):
    """data/municipality.yml"""

    name: str
    state: str
    timezone: str
    general_office: Id
    phone: str
    website: Url
    privacy_url: Url
    imprint_url: Url
    service_hotline: str
    languages: list[str]
