"""Loads data/ into a Knowledge, or says for every file what is wrong and on which line."""

import logging
import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel

from bot.domain.offices import Address, Municipality, Office
from bot.domain.opening_hours import OpeningHours, special_days
from bot.domain.referrals import Referral
from bot.domain.services import Authority, PublicService, ServiceLink, Source
from bot.errors import KnowledgeError
from bot.knowledge.ambiguous import read_ambiguous
from bot.knowledge.calendar import InvalidClosure, TownCalendar, load_closures
from bot.knowledge.canned_responses import read_canned_responses
from bot.knowledge.findings import Draft, Finding, to_finding
from bot.knowledge.knowledge import Knowledge
from bot.knowledge.responsibilities import read_areas, read_responsibilities
from bot.knowledge.schemas import WEEKDAYS, AuthorityForm, MunicipalityForm, OfficeForm, ReferralForm, ServiceForm
from bot.knowledge.yaml_file import YamlFile

logger = logging.getLogger(__name__)
Form = TypeVar("Form", bound=BaseModel)


def load_knowledge(data_dir: Path, *, state: str = "", timezone: str = "") -> Knowledge:
    """Load what can be used of data/ and log every finding; KnowledgeError where nothing can be answered at all.

    A broken entry of one service must not silence all others. `state` and `timezone` replace what
    data/municipality.yml says.
    """
    knowledge, findings = read_knowledge(data_dir, state=state, timezone=timezone)
    if knowledge is None or not knowledge.services:
        raise KnowledgeError("\n".join(str(finding) for finding in findings))
    for finding in findings:
        logger.warning("unusable entry: %s", finding)
    return knowledge


@lru_cache(maxsize=1)
def shared_knowledge(data_dir: Path) -> Knowledge:
    """What the engine's components and the actions look up, read once for their process, in which nothing is written.

    Without example questions and tests, which nobody looks up. BOT_STATE and BOT_TIMEZONE replace what
    data/municipality.yml says; raises KnowledgeError.
    """
    knowledge = load_knowledge(data_dir, state=os.environ.get("BOT_STATE", ""), timezone=os.environ.get("BOT_TIMEZONE", ""))
    services = {id_: replace(each, examples=(), tests=()) for id_, each in knowledge.services.items()}
    return replace(knowledge, services=services)


def read_knowledge(data_dir: Path, *, state: str = "", timezone: str = "") -> tuple[Knowledge | None, list[Finding]]:
    """Load what can be loaded, with the findings in order of path and line."""
    draft = Draft()
    municipality = _read_municipality(draft, data_dir / "municipality.yml", state, timezone)
    office_forms = _read_folder(draft, data_dir / "offices", OfficeForm)
    service_forms = _read_folder(draft, data_dir / "faq", ServiceForm)
    referral_forms = _read_folder(draft, data_dir / "referrals", ReferralForm)
    calendar = _read_calendar(draft, data_dir / "closures.yml", municipality, _stems(data_dir / "offices"))
    _check_references(draft, _stems(data_dir / "offices"), _stems(data_dir / "faq"))
    areas = read_areas(draft, data_dir / "areas.yml")
    ambiguous = read_ambiguous(draft, data_dir / "ambiguous.yml", _stems(data_dir / "faq"))
    canned = read_canned_responses(draft, data_dir / "canned_responses.yml")
    responsibilities = read_responsibilities(draft, data_dir / "responsibilities.yml", areas, _stems(data_dir / "faq"))
    if municipality is None or calendar is None:
        return None, sorted(draft.findings)
    if municipality.general_office not in office_forms:
        message = f"Die allgemeine Stelle „{municipality.general_office}“ gibt es nicht in data/offices/."
        draft.findings.append(Finding(data_dir / "municipality.yml", 1, "unknown_office", message))
        return None, sorted(draft.findings)
    zone = ZoneInfo(municipality.timezone)
    offices = {id_: _to_office(form, calendar, zone) for id_, form in office_forms.items()}
    services = {id_: _to_service(form) for id_, form in service_forms.items() if form.office in offices}
    referrals = {id_: _to_referral(form) for id_, form in referral_forms.items()}
    knowledge = Knowledge(municipality, services, offices, referrals, areas or {}, responsibilities, ambiguous, canned)
    return knowledge, sorted(draft.findings)


def _read_municipality(draft: Draft, path: Path, state: str, timezone: str) -> Municipality | None:
    form = draft.read(path, MunicipalityForm)
    if form is None:
        return None
    fields = form.model_dump()
    fields["languages"] = tuple(form.languages)
    municipality = Municipality(**{**fields, "state": state or form.state, "timezone": timezone or form.timezone})
    try:
        ZoneInfo(municipality.timezone)
        TownCalendar(municipality.state)
    except (ZoneInfoNotFoundError, ValueError) as e:
        draft.report(path, ("state",), "unknown_state_or_zone", f"Bundesland oder Zeitzone ist unbekannt: {e}.")
        return None
    return municipality


def _read_folder(draft: Draft, folder: Path, form: type[Form]) -> dict[str, Form]:
    found: dict[str, Form] = {}
    paths = sorted(folder.glob("*.y*ml"))
    if not paths and form is not ReferralForm:
        draft.findings.append(Finding(folder, 1, "missing_files", "In diesem Ordner liegt keine YAML-Datei."))
    for path in paths:
        content = draft.read(path, form)
        if content is None:
            continue
        id_ = content.id  # type: ignore[attr-defined]
        if id_ != path.stem:
            draft.report(path, ("id",), "id_differs", f"Die id „{id_}“ muss so heißen wie die Datei: „{path.stem}“.")
        found[id_] = content
    return found


def _read_calendar(draft: Draft, path: Path, municipality: Municipality | None, offices: set[str]) -> TownCalendar | None:
    try:
        file = YamlFile(path)
    except KnowledgeError as e:
        draft.findings.append(to_finding(path, str(e)))
        return None
    try:
        return load_closures(file.content, state=municipality.state if municipality else "NW", known_offices=offices or None)
    except InvalidClosure as e:
        location = ("closures", e.entry - 1) if e.entry else ()
        draft.findings.append(Finding(path, file.line(location), "closure_invalid", f"Schließtag nicht lesbar: {e}."))
        return None


def _stems(folder: Path) -> set[str]:
    """Ids for which there is a file, usable or not: a broken file is reported once, not wherever it is named."""
    return {path.stem for path in folder.glob("*.y*ml")}


def _check_references(draft: Draft, offices: set[str], services: set[str]) -> None:
    claimed: dict[str, str] = {}
    for path, (_, form) in list(draft.forms.items()):
        if isinstance(form, ServiceForm | ReferralForm):
            _check_offices(draft, path, form, offices)
            _check_synonyms(draft, path, form, claimed)
        if isinstance(form, ServiceForm):
            _check_related(draft, path, form, services)


def _check_offices(draft: Draft, path: Path, form: ServiceForm | ReferralForm, offices: set[str]) -> None:
    named = {"owner": form.owner, **({"office": form.office} if isinstance(form, ServiceForm) else {})}
    for field, office in named.items():
        if office not in offices:
            draft.report(path, (field,), "unknown_office", f"Die Stelle „{office}“ gibt es nicht in data/offices/.")


def _check_related(draft: Draft, path: Path, form: ServiceForm, services: set[str]) -> None:
    for position, id_ in enumerate(form.related):
        if id_ not in services:
            message = f"Den Eintrag „{id_}“ gibt es nicht in data/faq/."
            draft.report(path, ("related", position), "unknown_service", message)


def _check_synonyms(draft: Draft, path: Path, form: ServiceForm | ReferralForm, claimed: dict[str, str]) -> None:
    for language, phrases in form.synonyms.as_mapping().items():
        for position, phrase in enumerate(phrases):
            owner = claimed.setdefault(phrase.casefold(), form.id)
            if owner != form.id:
                message = f"„{phrase}“ steht schon bei „{owner}“. Ein Wort gehört zu einem Eintrag."
                draft.report(path, ("synonyms", language, position), "duplicate_synonym", message)


def _to_office(form: OfficeForm, calendar: TownCalendar, zone: ZoneInfo) -> Office:
    weekly = {WEEKDAYS.index(day): tuple(slots) for day, slots in form.opening_hours.items() if slots}
    exceptions = [exception.to_special() for exception in form.exceptions]
    special = special_days(weekly, exceptions, lambda day: calendar.day(day, form.id))
    address = form.address
    return Office(
        id=form.id,
        name=form.name.as_mapping(),
        synonyms=form.synonyms.as_mapping(),
        tasks=form.tasks.as_mapping(),
        address=Address(
            address.street, address.postcode, address.city, address.detail.as_mapping() if address.detail else None
        ),
        phone=form.phone,
        email=form.email,
        website=form.website,
        opening_hours=OpeningHours(weekly, special, zone),
        reply_within=timedelta(hours=form.reply_within_hours),
        source=Source(form.source.title, form.source.url),
        reviewed_on=form.reviewed_on,
        appointment_url=form.appointment_url,
        barrier_free=form.barrier_free.as_mapping() if form.barrier_free else None,
        note=form.note.as_mapping() if form.note else None,
    )


def _to_service(form: ServiceForm) -> PublicService:
    return PublicService(
        id=form.id,
        name=form.name.as_mapping(),
        short_name=form.short_name.as_mapping(),
        synonyms=form.synonyms.as_mapping(),
        office=form.office,
        owner=form.owner,
        answers={aspect: text.as_mapping() for aspect, text in form.answers.items()},
        examples=form.examples.to_examples(),
        source=Source(form.source.title, form.source.url),
        reviewed_on=form.reviewed_on,
        links=tuple(ServiceLink(link.kind, link.title.as_mapping(), link.url) for link in form.links),
        related=tuple(form.related),
        tests=form.tests.to_examples(),
        any_office=form.any_office,
        competent_authority=_to_authority(form.competent_authority) if form.competent_authority else None,
    )


def _to_referral(form: ReferralForm) -> Referral:
    return Referral(
        id=form.id,
        name=form.name.as_mapping(),
        text=form.text.as_mapping(),
        synonyms=form.synonyms.as_mapping(),
        examples=form.examples.as_mapping(),
        source=Source(form.source.title, form.source.url),
        reviewed_on=form.reviewed_on,
        link_title=form.link.title.as_mapping() if form.link else None,
        link_url=form.link.url if form.link else None,
    )


def _to_authority(form: AuthorityForm) -> Authority:
    return Authority(form.name.as_mapping(), form.address, form.phone, form.website)


def to_lines(findings: Iterable[Finding], root: Path) -> list[str]:
    """Findings as `path:line: code: message` with paths below `root` shortened."""
    return [
        str(finding).replace(f"{root}/", "", 1) if finding.path.is_relative_to(root) else str(finding)
        for finding in findings
    ]
