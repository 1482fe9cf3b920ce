"""Reads data/areas.yml and data/responsibilities.yml: what depends on the district or street."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from bot.domain.areas import Area, Responsibility, StreetAnswer
from bot.domain.services import Aspect, Source
from bot.knowledge.findings import Draft
from bot.knowledge.schemas import AreaForm, AreasForm, ResponsibilitiesForm, ResponsibilityForm
from bot.knowledge.street_names import to_key


def read_areas(draft: Draft, path: Path) -> dict[str, Area] | None:
    """The areas by id; none for a town without the file, None where the file can't be used."""
    if not path.exists():
        return {}
    form = draft.read(path, AreasForm)
    if form is None:
        return None
    _check_areas(draft, path, form.areas)
    areas: dict[str, Area] = {}
    taken: set[str] = set()
    for each in form.areas:
        areas.setdefault(each.id, _to_area(each, taken))
    return areas


def read_responsibilities(
    draft: Draft, path: Path, areas: Mapping[str, Area] | None, services: Collection[str]
) -> tuple[Responsibility, ...]:
    """All entries that can be used; nothing for a town without the file."""
    form = draft.read(path, ResponsibilitiesForm) if path.exists() else None
    read: list[tuple[int, ResponsibilityForm]] = []
    for position, content in enumerate(form.responsibilities if form else ()):
        entry = draft.read_part(path, ResponsibilityForm, content, ("responsibilities", position))
        if entry is not None:
            read.append((position, entry))
    claimed: set[tuple[str, Aspect]] = set()
    for position, entry in read:
        _check_entry(draft, path, position, entry, services, claimed)
        _check_answers(draft, path, position, entry, areas)
        _check_streets(draft, path, position, entry)
    spelt = {to_key(street): street for area in (areas or {}).values() for street in area.streets}
    return tuple(_to_responsibility(entry, spelt) for _, entry in read)


def _check_areas(draft: Draft, path: Path, areas: Iterable[AreaForm]) -> None:
    owners: dict[str, str] = {}
    for position, area in enumerate(areas):
        here = ("areas", position)
        if area.id in owners.values():
            draft.report(path, (*here, "id"), "duplicate_area", f"Die id „{area.id}“ gibt es schon. Wählen Sie eine andere.")
        names: list[tuple[str, str | int, str]] = [
            ("name", language, name) for language, name in area.name.as_mapping().items()
        ]
        names += [("spellings", number, name) for number, name in enumerate(area.spellings)]
        names += [("ambiguous_names", number, name) for number, name in enumerate(area.ambiguous_names)]
        for field, key, name in names:
            owner = owners.setdefault(to_key(name), area.id)
            if owner != area.id:
                message = f"„{name}“ steht schon bei „{owner}“. Ein Name gehört zu einem Ortsteil."
                draft.report(path, (*here, field, key), "duplicate_name", message)
    _check_area_streets(draft, path, areas)


def _check_area_streets(draft: Draft, path: Path, areas: Iterable[AreaForm]) -> None:
    streets: dict[str, str] = {}
    for position, area in enumerate(areas):
        for number, street in enumerate(area.streets):
            if owner := streets.get(to_key(street)):
                message = f"„{street}“ steht schon bei „{owner}“. Eine Straße steht einmal, bei einem Ortsteil."
                draft.report(path, ("areas", position, "streets", number), "duplicate_street", message)
            streets.setdefault(to_key(street), area.id)


def _check_entry(
    draft: Draft,
    path: Path,
    position: int,
    entry: ResponsibilityForm,
    services: Collection[str],
    claimed: set[tuple[str, Aspect]],
) -> None:
    here = ("responsibilities", position)
    if entry.service not in services:
        message = f"Den Eintrag „{entry.service}“ gibt es nicht in data/faq/."
        draft.report(path, (*here, "service"), "unknown_service", message)
    for number, aspect in enumerate(entry.aspects):
        if (entry.service, aspect) in claimed:
            message = f"„{entry.service}“ mit „{aspect}“ steht schon weiter oben. Löschen Sie eines."
            draft.report(path, (*here, "aspects", number), "duplicate_responsibility", message)
        claimed.add((entry.service, aspect))


def _check_answers(
    draft: Draft, path: Path, position: int, entry: ResponsibilityForm, areas: Mapping[str, Area] | None
) -> None:
    if areas is None:
        return
    here = ("responsibilities", position, "answers")
    for id_ in entry.answers:
        if id_ not in areas:
            message = f"Den Ortsteil „{id_}“ gibt es nicht in data/areas.yml."
            draft.report(path, (*here, id_), "unknown_area", message)
    missing = [id_ for id_ in areas if id_ not in entry.answers]
    if missing:
        message = f"Der Text für „{'“, „'.join(missing)}“ fehlt. Jeder Ortsteil braucht einen."
        draft.report(path, here, "missing_area", message)


def _check_streets(draft: Draft, path: Path, position: int, entry: ResponsibilityForm) -> None:
    seen: set[str] = set()
    for number, exception in enumerate(entry.streets):
        for index, name in enumerate(exception.names):
            if to_key(name) in seen:
                message = f"„{name}“ steht in diesem Eintrag schon. Eine Straße hat einen Text."
                location = ("responsibilities", position, "streets", number, "names", index)
                draft.report(path, location, "duplicate_street", message)
            seen.add(to_key(name))


def _to_area(form: AreaForm, taken: set[str]) -> Area:
    streets = []
    for street in form.streets:
        if to_key(street) not in taken:
            streets.append(street)
            taken.add(to_key(street))
    return Area(form.id, form.name.as_mapping(), tuple(streets), tuple(form.spellings), tuple(form.ambiguous_names))


def _to_responsibility(form: ResponsibilityForm, spelt: dict[str, str]) -> Responsibility:
    """`spelt` gives a street one spelling, whichever an editor chose."""
    return Responsibility(
        service=form.service,
        aspects=tuple(form.aspects),
        ask=form.ask.as_mapping(),
        answers={area: text.as_mapping() for area, text in form.answers.items()},
        source=Source(form.source.title, form.source.url),
        reviewed_on=form.reviewed_on,
        streets=tuple(
            StreetAnswer(tuple(spelt.setdefault(to_key(name), name) for name in each.names), each.answer.as_mapping())
            for each in form.streets
        ),
    )
