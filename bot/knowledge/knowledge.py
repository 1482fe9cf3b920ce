"""Everything the town has approved to be said, ready to be looked up."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.areas import Area, Place, Responsibility
from bot.domain.offices import Municipality, Office
from bot.domain.referrals import Referral
from bot.domain.services import Aspect, LocalizedText, PublicService, in_language
from bot.errors import NotFound
from bot.knowledge.ambiguous import NO_AMBIGUOUS_WORDS, AmbiguousWords
from bot.knowledge.canned_responses import CannedResponse


@dataclass(frozen=True)
class Knowledge:
    """Services, offices, referrals and areas by id, in the order of their files."""

    municipality: Municipality
    services: Mapping[str, PublicService]
    offices: Mapping[str, Office]
    referrals: Mapping[str, Referral] = field(default_factory=dict)
    areas: Mapping[str, Area] = field(default_factory=dict)
    responsibilities: tuple[Responsibility, ...] = ()
    ambiguous: AmbiguousWords = NO_AMBIGUOUS_WORDS
    canned_responses: tuple[CannedResponse, ...] = ()

    def find_service(self, service_id: str | None) -> PublicService | None:
        """The service with this id."""
        return self.services.get(service_id or "")

    def find_office(self, office_id: str | None) -> Office | None:
        """The office with this id."""
        return self.offices.get(office_id or "")

    def get_office(self, office_id: str) -> Office:
        """The office with this id; raises NotFound."""
        office = self.offices.get(office_id)
        if office is None:
            raise NotFound(f"no office {office_id}")
        return office

    @property
    def general_office(self) -> Office:
        """Where everything goes that belongs to no other office."""
        return self.offices[self.municipality.general_office]

    def competent_office(self, service_id: str | None, office_id: str | None = None) -> Office:
        """The office for a service, else the named one, else the general one."""
        service = self.find_service(service_id)
        if service is not None:
            return self.offices[service.office]
        return self.find_office(office_id) or self.general_office

    def keep_if_competent(self, service_id: str | None, office: Office) -> str | None:
        """The service if this office is competent for it, else None: a matter that goes to another office is another one."""
        service = self.find_service(service_id)
        is_competent = service is not None and (service.any_office or service.office == office.id)
        return service_id if is_competent else None

    def still_about(self, remembered: str | None, service_id: str | None, office: Office) -> str | None:
        """The service a dialogue is about after an answer: a question about its office's hours does not end it."""
        before = self.find_service(remembered)
        if service_id is None and before is not None and before.office == office.id:
            return before.id
        return service_id

    def find_answer(self, service: PublicService, aspect: Aspect) -> LocalizedText | None:
        """The approved text about one aspect of a service."""
        return service.answers.get(aspect)

    def find_responsibility(self, service_id: str | None, aspect: Aspect) -> Responsibility | None:
        """What depends on the place about one aspect of a service."""
        wanted = (each for each in self.responsibilities if each.service == service_id and aspect in each.aspects)
        return next(wanted, None)

    def are_related(self, one: str | None, other: str | None) -> bool:
        """Whether the entry of one of two services names the other one."""
        first, second = self.find_service(one), self.find_service(other)
        return first is not None and second is not None and (one in second.related or other in first.related)

    def find_place(self, place: str | None) -> Place | None:
        """The place with this key: the id of an area, or a street as its file spells it."""
        if place is None:
            return None
        if place in self.areas:
            return Place(self.areas[place])
        area = next((each for each in self.areas.values() if place in each.streets), None)
        is_road = any(place in answer.streets for each in self.responsibilities for answer in each.streets)
        return Place(area, place) if area or is_road else None

    def find_ambiguous(self, text: str) -> tuple[str, ...]:
        """The services that a message may mean which consists of one ambiguous word."""
        return tuple(service for service in self.ambiguous.find(text) if service in self.services)

    def is_general(self, service_id: str) -> bool:
        """Whether the service is one of every office, such as its opening hours."""
        service = self.find_service(service_id)
        return service is not None and service.any_office

    def label(self, id_: str, language: str) -> str:
        """Short name of a service or office, for a button."""
        service = self.find_service(id_)
        return in_language(service.short_name if service else self.get_office(id_).name, language)
