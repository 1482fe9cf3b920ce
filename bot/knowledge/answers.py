"""Finds the approved text for a question and puts the facts of the record into the town's sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bot.domain.areas import Responsibility
from bot.domain.messages import Button, Link, Reply
from bot.domain.offices import Office
from bot.domain.services import Aspect, LocalizedText, PublicService, Source, in_language, to_link
from bot.knowledge.aspects import AspectWords
from bot.knowledge.hours_answer import hours_answer, promise_text
from bot.knowledge.knowledge import Knowledge
from bot.knowledge.responses import DomainResponses
from bot.knowledge.time_expressions import parse_time
from bot.knowledge.yaml_file import YamlFile

FOLLOW_UPS = (Aspect.DOCUMENTS, Aspect.FEE, Aspect.PROCEDURE, Aspect.OPENING_HOURS, Aspect.DEADLINE, Aspect.LOCATION)
MOST_FOLLOW_UPS = 3
OFFICE_ASPECTS = frozenset(
    {Aspect.LOCATION, Aspect.OPENING_HOURS, Aspect.CONTACT, Aspect.APPOINTMENT, Aspect.RESPONSIBILITY}
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: about this service, else about this office.

    `text` is read for points in time. `place` is what the dialogue knows of it: an area's id or a street.
    """

    aspect: Aspect
    language: str
    now: datetime
    service: PublicService | None = None
    office: Office | None = None
    text: str = ""
    place: str | None = None


@dataclass(frozen=True)
class Answers:
    """Gives the reply to a question from the knowledge alone."""

    knowledge: Knowledge
    responses: DomainResponses
    aspects: AspectWords
    hours_texts: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls, project_dir: Path, knowledge: Knowledge) -> "Answers":
        """Read domain.yml, data/aspects.yml and data/hours.yml; raises KnowledgeError."""
        data_dir = project_dir / "data"
        return cls(
            knowledge,
            DomainResponses.load(project_dir / "domain.yml"),
            AspectWords.load(data_dir / "aspects.yml"),
            YamlFile(data_dir / "hours.yml").content,
        )

    def reply(self, question: Question) -> Reply:
        """The approved answer with source, links and buttons for what is asked next."""
        service = question.service
        if service is None:
            return self._about_office(question, question.office or self.knowledge.general_office)
        if (at_place := self._at_place(question)) is not None:
            return at_place
        if self.asks_for_place(question):
            return self._ask_for_place(question, service)
        if question.office is not None and question.aspect in OFFICE_ASPECTS:
            return self._about_office(question, question.office)
        office = self.knowledge.offices[service.office]
        text = self.knowledge.find_answer(service, question.aspect) or _of_other_authority(service, question.aspect)
        if text is not None:
            return self._finish(Reply(self._said(text, question.language)), question, service.source)
        if question.aspect is Aspect.FORM and service.links:
            words = self.responses.text("utter_form_links", question.language, service=self._name(question))
            return self._finish(Reply(words), question, service.source)
        if question.aspect in OFFICE_ASPECTS:
            return self._about_office(question, office)
        return self._missing(question, office)

    def refer(self, referral_id: str, language: str) -> Reply:
        """Whose matter it is that is not the town's."""
        referral = self.knowledge.referrals[referral_id]
        return Reply(
            self._said(referral.text, language),
            links=referral.link(language),
            source_title=referral.source.title,
            source_url=referral.source.url,
            reviewed_on=referral.reviewed_on,
        )

    def _said(self, text: LocalizedText, language: str) -> str:
        """The text; where it is not written in the language, in German below a line that says so."""
        if language in text:
            return text[language]
        return f"{self.responses.text('utter_language_note', language)}\n\n{text['de']}"

    def asks_for_place(self, question: Question) -> bool:
        """Whether the reply to this question asks in which district or street it is."""
        if self._responsibility(question) is None or self._at_place(question) is not None or not self.knowledge.areas:
            return False
        place = self.knowledge.find_place(question.place)
        return place is None or place.area is None

    def promise(self, moment: datetime, *, now: datetime, language: str) -> str:
        """A promised moment spelled out on the town's clock."""
        local = self.knowledge.general_office.opening_hours.local(now)
        return promise_text(moment, local, language, self.hours_texts)

    def has(self, service: PublicService, aspect: Aspect) -> bool:
        """Whether there is something to say about this aspect."""
        return aspect in service.answers or aspect in OFFICE_ASPECTS or (aspect is Aspect.FORM and bool(service.links))

    def service_buttons(self, ids: list[str], intent: str, language: str) -> tuple[Button, ...]:
        """One quick reply for each service, asking the same about it."""
        return tuple(Button(self.knowledge.label(id_, language), _payload(intent, id_)) for id_ in ids)

    def _responsibility(self, question: Question) -> Responsibility | None:
        return self.knowledge.find_responsibility(question.service.id, question.aspect) if question.service else None

    def _at_place(self, question: Question) -> Reply | None:
        """What holds at the place that is known."""
        responsibility, place = self._responsibility(question), self.knowledge.find_place(question.place)
        text = responsibility.find_answer(place) if responsibility and place else None
        if responsibility is None or text is None:
            return None
        reply = self._finish(Reply(self._said(text, question.language)), question, responsibility.source)
        return replace(reply, reviewed_on=responsibility.reviewed_on)

    def _ask_for_place(self, question: Question, service: PublicService) -> Reply:
        """What holds everywhere, and the question for the place with a button for each area."""
        responsibility = self._responsibility(question)
        assert responsibility is not None
        general = self.knowledge.find_answer(service, question.aspect)
        texts = [self._said(text, question.language) for text in (general, responsibility.ask) if text]
        reply = self._finish(Reply("\n\n".join(texts)), question, service.source if general else responsibility.source)
        reviewed_on = reply.reviewed_on if general else responsibility.reviewed_on
        return replace(reply, reviewed_on=reviewed_on, buttons=self._area_buttons(question, service))

    def _area_buttons(self, question: Question, service: PublicService) -> tuple[Button, ...]:
        intent, areas = question.aspect.intent, self.knowledge.areas.values()
        return tuple(
            Button(in_language(area.name, question.language), f'/{intent}{{"service": "{service.id}", "area": "{area.id}"}}')
            for area in areas
        )

    def _about_office(self, question: Question, office: Office) -> Reply:
        if question.aspect is Aspect.OPENING_HOURS:
            reply = Reply(self._hours(question, office))
        else:
            reply = self.responses.reply(
                self._office_key(question, office), question.language, **self._facts(question, office)
            )
        return self._finish(replace(reply, text=reply.text.strip()), question, office.source, office)

    @staticmethod
    def _office_key(question: Question, office: Office) -> str:
        if question.aspect is Aspect.APPOINTMENT:
            return "utter_appointment" if office.appointment_url else "utter_appointment_by_phone"
        if question.aspect is Aspect.CONTACT:
            return "utter_contact"
        if question.aspect is Aspect.RESPONSIBILITY and question.service:
            return "utter_responsibility"
        return "utter_location" if question.aspect is Aspect.LOCATION else "utter_office_tasks"

    def _hours(self, question: Question, office: Office) -> str:
        language, now = question.language, office.opening_hours.local(question.now)
        asked = parse_time(question.text, now=now, language=language) if question.text else None
        name = in_language(office.name, language)
        text = hours_answer(name, office.opening_hours, asked, now=now, language=language, texts=self.hours_texts)
        note = in_language(office.note, language) if office.note and asked is None else ""
        return f"{text}\n\n{note}".strip()

    def _facts(self, question: Question, office: Office) -> dict[str, str]:
        language, address = question.language, office.address
        detail = f"\n{in_language(address.detail, language)}" if address.detail else ""
        return {
            "office": in_language(office.name, language),
            "service": self._name(question),
            "tasks": in_language(office.tasks, language),
            "street": address.street,
            "postcode": address.postcode,
            "city": address.city,
            "detail": detail,
            "barrier_free": in_language(office.barrier_free, language) if office.barrier_free else "",
            "phone": office.phone,
            "email": office.email,
            "url": office.appointment_url or office.website,
        }

    def _missing(self, question: Question, office: Office) -> Reply:
        values = {
            "service": self._name(question),
            "aspect": self.aspects.label(question.aspect, question.language),
            "office": in_language(office.name, question.language),
            "phone": office.phone,
        }
        reply = self.responses.reply("utter_aspect_missing", question.language, **values)
        return replace(reply, buttons=self._follow_ups(question, None))

    def _finish(self, reply: Reply, question: Question, source: Source, office: Office | None = None) -> Reply:
        service = question.service
        reviewed_on = service.reviewed_on if service and not office else office.reviewed_on if office else None
        return replace(
            reply,
            links=self._links(question),
            buttons=self._follow_ups(question, office),
            source_title=source.title,
            source_url=source.url,
            reviewed_on=reviewed_on,
        )

    def _links(self, question: Question) -> tuple[Link, ...]:
        wanted = {Aspect.PROCEDURE, Aspect.FORM, Aspect.APPOINTMENT, Aspect.DOCUMENTS}
        if question.service is None or question.aspect not in wanted:
            return ()
        return tuple(to_link(link, question.language) for link in question.service.links)

    def _follow_ups(self, question: Question, office: Office | None) -> tuple[Button, ...]:
        if question.service is None or (office is not None and question.office is not None):
            target = office or question.office or self.knowledge.general_office
            others = [a for a in (Aspect.OPENING_HOURS, Aspect.LOCATION, Aspect.CONTACT) if a is not question.aspect]
            return tuple(self._button(aspect, "office", target.id, question.language) for aspect in others)
        others = [a for a in FOLLOW_UPS if a is not question.aspect and self.has(question.service, a)]
        return tuple(self._button(a, "service", question.service.id, question.language) for a in others[:MOST_FOLLOW_UPS])

    def _button(self, aspect: Aspect, kind: str, id_: str, language: str) -> Button:
        return Button(self.aspects.label(aspect, language), _payload(aspect.intent, id_, kind))

    @staticmethod
    def _name(question: Question) -> str:
        return in_language(question.service.short_name, question.language) if question.service else ""


def _of_other_authority(service: PublicService, aspect: Aspect) -> LocalizedText | None:
    """Where another authority is responsible, the town's own office, hours and phone would be the wrong answer."""
    is_theirs = service.competent_authority is not None and aspect in OFFICE_ASPECTS
    return service.answers.get(Aspect.RESPONSIBILITY) if is_theirs else None


def _payload(intent: str, id_: str, kind: str = "service") -> str:
    return f'/{intent}{{"{kind}": "{id_}"}}'
