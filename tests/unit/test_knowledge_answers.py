"""Every answer that the town's files can give, to every aspect of every service and office, in both languages."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.messages import Reply
from bot.domain.offices import Office
from bot.domain.referrals import Referral
from bot.domain.services import Aspect, PublicService
from bot.knowledge.answers import OFFICE_ASPECTS, Answers, Question
from bot.knowledge.loader import load_knowledge
from tests.engine_process import PROJECT_DIR

ANSWERS = Answers.load(PROJECT_DIR, load_knowledge(PROJECT_DIR / "data"))
KNOWLEDGE = ANSWERS.knowledge
SERVICES = list(KNOWLEDGE.services.values())
OFFICES = list(KNOWLEDGE.offices.values())
REFERRALS = list(KNOWLEDGE.referrals.values())
OF_OTHERS = [service for service in SERVICES if service.competent_authority]
OF_ANY_OFFICE = [service for service in SERVICES if service.any_office]
MONDAY_MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SUNDAY_NIGHT = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
CHRISTMAS_EVE = datetime(2026, 12, 24, 9, 0, tzinfo=UTC)
LANGUAGES = ("de", "en")
FOREIGN = ("tr", "ru", "uk", "ar", "pl", "fr")
BERLIN = ZoneInfo("Europe/Berlin")


def ask(aspect: Aspect, *, service: PublicService | None = None, office: Office | None = None, **fields: Any) -> Reply:
    """The reply to a question on a Monday morning in German unless told otherwise."""
    wanted = {"language": "de", "now": MONDAY_MORNING, **fields}
    return ANSWERS.reply(Question(aspect, service=service, office=office, **wanted))


def check_whole(reply: Reply) -> None:
    """Raise unless the reply could be sent as it is."""
    assert reply.text.strip() == reply.text != ""
    assert "{" not in reply.text
    assert "}" not in reply.text
    assert "None" not in reply.text
    assert len(reply.text) < 3500


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_every_aspect_of_every_service_has_an_answer(service: PublicService, language: str) -> None:
    """Whatever is asked about a service: words, and where they come from; or honestly that there are none."""
    for aspect in Aspect:
        reply = ask(aspect, service=service, language=language)

        check_whole(reply)
        if ANSWERS.has(service, aspect):
            assert reply.source_url, aspect
            assert reply.source_title, aspect
            assert reply.reviewed_on, aspect


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("office", OFFICES, ids=lambda office: office.id)
def test_every_aspect_of_every_office_has_an_answer(office: Office, language: str) -> None:
    """The same for offices, with the office's own source and date."""
    for aspect in Aspect:
        reply = ask(aspect, office=office, language=language)

        check_whole(reply)
        assert (reply.source_url, reply.source_title) == (office.source.url, office.source.title)
        assert reply.reviewed_on == office.reviewed_on


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_languages_differ(service: PublicService) -> None:
    """An English answer is never the German one, as far as the town has written both."""
    for aspect, text in service.answers.items():
        if "en" in text:
            reply = ask(aspect, service=service, language="en").text
            responsibility = KNOWLEDGE.find_responsibility(service.id, aspect)
            asked = f"\n\n{responsibility.ask['en']}" if responsibility else ""
            assert reply == text["en"].strip() + asked
            assert text["en"] != text["de"]


@pytest.mark.parametrize("language", FOREIGN)
def test_german_stands_in_where_a_language_is_missing(language: str) -> None:
    """An answer that is not written in the citizen's language is given in German, below a line that says so."""
    service = replace(KNOWLEDGE.services["reisepass"], answers={Aspect.FEE: {"de": "37,50 €"}})

    note, text = ask(Aspect.FEE, service=service, language=language).text.split("\n\n")

    assert text == "37,50 €"
    assert note == ANSWERS.responses.text("utter_language_note", language)
    assert note != ANSWERS.responses.text("utter_language_note", "de")


@pytest.mark.parametrize("language", LANGUAGES + FOREIGN)
def test_an_answer_in_the_language_needs_no_note(language: str) -> None:
    """Where the town has written it, the citizen reads nothing but that."""
    texts = {each: f"Text auf {each}" for each in LANGUAGES + FOREIGN}
    service = replace(KNOWLEDGE.services["reisepass"], answers={Aspect.FEE: texts})

    assert ask(Aspect.FEE, service=service, language=language).text == f"Text auf {language}"


@pytest.mark.parametrize("language", LANGUAGES + FOREIGN)
@pytest.mark.parametrize("referral", REFERRALS, ids=lambda referral: referral.id)
def test_a_referral_says_whose_matter_it_is(referral: Referral, language: str) -> None:
    """In each language, with where it is found, where it is known from, and no button that leads back to the town."""
    reply = ANSWERS.refer(referral.id, language)

    check_whole(reply)
    assert reply.text == referral.text[language].strip()
    assert (reply.source_url, reply.reviewed_on) == (referral.source.url, referral.reviewed_on)
    assert [link.url for link in reply.links] == ([referral.link_url] if referral.link_url else [])
    assert reply.buttons == ()


def test_a_referral_without_the_language_says_so() -> None:
    """German stands in for it below the note, as with an answer."""
    referral = replace(REFERRALS[0], text={"de": "Das macht das Finanzamt."}, link_title=None, link_url=None)
    answers = replace(ANSWERS, knowledge=replace(KNOWLEDGE, referrals={referral.id: referral}))

    reply = answers.refer(referral.id, "tr")

    assert reply.text == f"{ANSWERS.responses.text('utter_language_note', 'tr')}\n\nDas macht das Finanzamt."
    assert reply.links == ()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("service", OF_OTHERS, ids=lambda service: service.id)
def test_what_others_are_responsible_for_has_no_hours_of_the_town(service: PublicService, language: str) -> None:
    """Place, hours, phone and appointment are the authority's own or who it is, never those of the town's office."""
    for aspect in OFFICE_ASPECTS:
        reply = ask(aspect, service=service, language=language)

        assert reply.text in {text[language].strip() for text in service.answers.values()}, aspect
        assert reply.source_url == service.source.url


@pytest.mark.parametrize("aspect", sorted(OFFICE_ASPECTS))
def test_who_is_responsible_stands_in_for_what_is_not_known_of_others(aspect: Aspect) -> None:
    """An entry that says nothing of the authority's hours still does not give the town's."""
    service = replace(OF_OTHERS[0], answers={Aspect.RESPONSIBILITY: {"de": "Das macht die Familienkasse."}})

    assert ask(aspect, service=service).text == "Das macht die Familienkasse."


@pytest.mark.parametrize("aspect", [Aspect.OPENING_HOURS, Aspect.LOCATION, Aspect.CONTACT, Aspect.APPOINTMENT])
@pytest.mark.parametrize("office", OFFICES, ids=lambda office: office.id)
@pytest.mark.parametrize("service", OF_ANY_OFFICE, ids=lambda service: service.id)
def test_a_named_office_answers_for_itself(service: PublicService, office: Office, aspect: Aspect) -> None:
    """`Öffnungszeiten Standesamt` is answered from the Standesamt's record although there is an entry of that name."""
    reply = ask(aspect, service=service, office=office)

    assert reply.text == ask(aspect, office=office).text
    assert reply.source_url == office.source.url


def test_a_missing_answer_names_the_office_and_offers_what_there_is() -> None:
    """`no answer` still says who knows, and with which buttons to go on; it claims no source."""
    service = replace(KNOWLEDGE.services["reisepass"], answers={Aspect.FEE: {"de": "37,50 €"}}, links=())

    reply = ask(Aspect.DURATION, service=service)

    assert KNOWLEDGE.offices["buergerbuero"].phone in reply.text
    assert "37,50" not in reply.text
    assert reply.source_url is None
    assert reply.buttons[0].payload == '/ask_fee{"service": "reisepass"}'


@pytest.mark.parametrize("moment", [SUNDAY_NIGHT, CHRISTMAS_EVE], ids=["Sunday night", "Christmas Eve"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("office", OFFICES, ids=lambda office: office.id)
def test_a_closed_office_names_its_next_opening(office: Office, language: str, moment: datetime) -> None:
    """`closed` is never the whole answer: the time when the doors open again stands there."""
    question = {"de": "habt ihr jetzt offen", "en": "are you open now"}[language]
    opens = office.opening_hours.next_opening(moment)
    assert opens is not None
    assert not office.opening_hours.is_open(moment), "choose a moment at which every office is closed"

    reply = ask(Aspect.OPENING_HOURS, office=office, language=language, now=moment, text=question)

    assert f"{opens.hour}:{opens:%M}" in reply.text
    assert opens.tzinfo == BERLIN


def test_a_services_opening_hours_are_its_offices() -> None:
    """`wann kann ich kommen` for a service is answered from the office record, with the office's source."""
    office = KNOWLEDGE.offices["buergerbuero"]

    reply = ask(Aspect.OPENING_HOURS, service=KNOWLEDGE.services["reisepass"])

    assert office.name["de"] in reply.text
    assert reply.reviewed_on == office.reviewed_on


def test_links_come_with_the_answers_they_help_with() -> None:
    """The online service stands beside the procedure, not beside the fee."""
    service = KNOWLEDGE.services["personalausweis"]

    assert ask(Aspect.PROCEDURE, service=service, language="en").links[0].title == "Book an appointment"
    assert ask(Aspect.FEE, service=service).links == ()


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_follow_up_buttons_lead_somewhere(service: PublicService) -> None:
    """A button never asks what was just answered, nor what has no answer; at most three, beside those for a place."""
    for aspect in [each for each in Aspect if not KNOWLEDGE.find_responsibility(service.id, each)]:
        payloads = [button.payload for button in ask(aspect, service=service).buttons]

        offered = [Aspect(payload.removeprefix("/ask_").partition("{")[0]) for payload in payloads]
        assert aspect not in offered
        assert all(ANSWERS.has(service, each) for each in offered)
        assert len(set(payloads)) == len(payloads) <= 3


def test_office_aspects_are_answered_for_every_service() -> None:
    """Where, when, how to reach and who is responsible is known for each service through its office."""
    assert all(ANSWERS.has(service, aspect) for service in SERVICES for aspect in OFFICE_ASPECTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_promise_names_day_and_time(language: str) -> None:
    """The promised moment is spelled out on the town's clock, not on the machine's."""
    moment = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)

    text = ANSWERS.promise(moment, now=MONDAY_MORNING, language=language)

    assert "12:00" in text
    assert "30" in text


def test_service_is_kept_by_the_offices_that_are_competent() -> None:
    """Its own, or any for what every office does; what nobody knows is kept by none."""
    for service in SERVICES:
        kept = [office.id for office in OFFICES if KNOWLEDGE.keep_if_competent(service.id, office) == service.id]
        assert kept == ([office.id for office in OFFICES] if service.any_office else [service.office])
    assert {KNOWLEDGE.keep_if_competent(id_, OFFICES[0]) for id_ in (None, "abgeschafft")} == {None}
