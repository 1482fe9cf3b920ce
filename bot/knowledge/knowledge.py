"""Everything the town has approved to be said, ready to be looked up."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.offices import Municipality, Office
from bot.domain.services import Aspect, LocalizedText, PublicService, in_language
from bot.errors import NotFound


@dataclass(frozen=True)
class Knowledge:
    """Services and offices by id, in the order of their files."""

    municipality: Municipality
    services: Mapping[str, PublicService]
    offices: Mapping[str, Office]

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

    def still_about(self, remembered: str | None, service_id: str | None, office: Office) -> str | None:
        """The service a dialogue is about after an answer: a question about its office's hours does not end it."""
        before = self.find_service(remembered)
        if service_id is None and before is not None and before.office == office.id:
            return before.id
        return service_id

    def find_answer(self, service: PublicService, aspect: Aspect) -> LocalizedText | None:
        """The approved text about one aspect of a service."""
        return service.answers.get(aspect)

    def label(self, id_: str, language: str) -> str:
        """Short name of a service or office, for a button."""
        service = self.find_service(id_)
        return in_language(service.short_name if service else self.get_office(id_).name, language)
