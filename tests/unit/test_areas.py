"""What depends on the district or street: the table of the editors, the place in a message, the question for it."""

import random
import re
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.areas import Area, Place
from bot.domain.messages import Reply
from bot.domain.services import Aspect
from bot.knowledge.answers import Answers, Question
from bot.knowledge.areas import AreaSearch, area_search
from bot.knowledge.findings import Finding
from bot.knowledge.loader import load_knowledge, read_knowledge
from bot.knowledge.street_names import to_key
from tests.engine_process import PROJECT_DIR

DATA = PROJECT_DIR / "data"
ANSWERS = Answers.load(PROJECT_DIR, load_knowledge(DATA))
KNOWLEDGE = ANSWERS.knowledge
SEARCH = area_search(KNOWLEDGE)
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STREETS = [(street, area) for area in KNOWLEDGE.areas.values() for street in area.streets]
WASTE = next(each for each in KNOWLEDGE.responsibilities if each.service == "muellabfuhr")
CELLS = [(each, aspect, area) for each in KNOWLEDGE.responsibilities for aspect in each.aspects for area in KNOWLEDGE.areas]
NAMES_A_PLACE = re.compile(
    r"\w{3,}(straße|strasse|stroß|str\b|platz|weg|allee|gasse|ring)|nordstadt|südstadt|südviertel|ortsteil|ahrenbeck|holtwick|zentrum",
    re.IGNORECASE,
)


def found(text: str, *, asked: bool = False) -> tuple[str | None, str | None] | None:
    """Street and id of the area that are found."""
    place = SEARCH.find(text, asked=asked)
    return (place.street, place.area.id if place.area else None) if place else None


def question(aspect: Aspect = Aspect.PROCEDURE, service: str = "muellabfuhr", **fields: Any) -> Question:
    """A question in German unless told otherwise."""
    return Question(aspect, **{"language": "de", "now": MONDAY, "service": KNOWLEDGE.services[service], **fields})


def ask(aspect: Aspect = Aspect.PROCEDURE, service: str = "muellabfuhr", **fields: Any) -> Reply:
    """The reply to it."""
    return ANSWERS.reply(question(aspect, service, **fields))


# The place in a message


@pytest.mark.parametrize(("street", "area"), STREETS, ids=[street for street, _ in STREETS])
def test_every_street_is_found_as_the_file_spells_it(street: str, area: Area) -> None:
    """With its house number each street leads to its area, in capitals, without capitals and with „str.“."""
    for spelling in (street, street.upper(), street.lower().replace("straße", "str."), street.replace("ß", "ss")):
        assert found(f"ich wohne hier: {spelling} 12") == (street, area.id)


@pytest.mark.parametrize("area", KNOWLEDGE.areas.values(), ids=lambda area: area.id)
def test_every_district_is_found(area: Area) -> None:
    """By its name in each language and by each other spelling, at the latest as the answer to the question for it."""
    for name in (*area.name.values(), *area.spellings, *area.ambiguous_names):
        assert found(name, asked=True) == (None, area.id)


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("ich wohn in der gerberstr 12", "Gerberstraße"),
        ("Gerber-Str.12a", "Gerberstraße"),
        ("gerber strasse", "Gerberstraße"),
        ("wann kommt der müll in der gebrerstrasse?", "Gerberstraße"),
        ("gerberstrase", "Gerberstraße"),
        ("Gerberstraβe 3", "Gerberstraße"),
        ("Gerberstraße'de çöp ne zaman alınıyor", "Gerberstraße"),
        ("I live on Bahnhofstrasse", "Bahnhofstraße"),
        ("bahnofstr. 22", "Bahnhofstraße"),
        ("wann kütt de müllwage in de rheinstroß", "Rheinstraße"),
        ("Koelner Str. 7", "Kölner Straße"),
        ("in der kolner strasse", "Kölner Straße"),
        ("muhlenstr 4", "Mühlenstraße"),
        ("Göthestr.", "Goethestraße"),
        ("albert schweizer str 3", "Albert-Schweitzer-Straße"),
        ("St.-Martin-Str. 9", "Sankt-Martin-Straße"),
        ("am rathaus platz", "Rathausplatz"),
        ("Ulmenalee 7", "Ulmenallee"),
        ("am Ende des Waldwegs", "Waldweg"),
        ("im grünen weg 3", "Grüner Weg"),
        ("Ahrenbeck, Waldweg 4", "Waldweg"),
        ("Schlagloch auf der B235", "B 235"),
        ("kölner str. außerhalb", "Kölner Straße außerhalb"),
    ],
)
def test_a_street_is_found_as_people_write_it(text: str, street: str) -> None:
    """Typos, abbreviations, lost umlauts, house numbers, words around it: the street is found all the same."""
    place = SEARCH.find(text)

    assert place is not None
    assert place.street == street


def test_a_typo_in_a_long_name_is_forgiven() -> None:
    """Two letters swapped, one lost or one doubled in the name of a street of five letters or more."""
    chance = random.Random(7)
    for street, area in STREETS:
        if len(to_key(street)) < 12 or not street.isalpha():
            continue
        at = chance.randrange(1, 4)
        swapped = street[:at] + street[at + 1] + street[at] + street[at + 2 :]
        for spelling in (swapped, street[:at] + street[at + 1 :], street[:at] + street[at] + street[at:]):
            if not re.search("[aou]e", spelling, re.IGNORECASE):  # Haenstraße reads as Hänstraße
                assert found(f"{spelling} 5") == (street, area.id), spelling


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("wann kommt der müll in mitte", "mitte"),
        ("Müllabfuhr Nordstadt", "nordstadt"),
        ("ich wohne in der norstadt", "nordstadt"),
        ("im sudviertel", "suedviertel"),
        ("Suedviertel", "suedviertel"),
        ("Ortsteil Süd", "suedviertel"),
        ("ahrenbek", "ahrenbeck"),
        ("bin aus Holtwik", "holtwick"),
        ("Musterstadt-Lindern", "lindern"),
    ],
)
def test_a_district_is_found_as_people_write_it(text: str, area: str) -> None:
    """District names with typos and lost umlauts."""
    assert found(text) == (None, area)


@pytest.mark.parametrize(
    "text",
    [
        "bis Mitte Mai",
        "die Kehrmaschine fährt immer in der mitte der straße",
        "ich habe drei kinder, mit kindern lernen",
        "in welchen ländern gilt der pass",
        "an der Hauptstraße ist es glatt",
        "wer räumt die Kreisstraße",
        "am Waldrand liegt Müll",
        "bis ende februar muss die hecke weg",
        "kann die eiche weg",
        "die Hecken wachsen in den Weg",
        "im wartehäuschen an der linie 5",
        "Parken in der Innenstadt",
        "Gehweg, Radweg, Feldweg, Parkplatz, Spielplatz, Spielstraße, Landstraße",
        "Wohnung 12",
        "",
    ],
)
def test_ordinary_words_are_no_place(text: str) -> None:
    """Words that sound like a street or district, but name none."""
    assert found(text) is None


def test_questions_of_citizens_name_no_place_by_chance() -> None:
    """Among all example questions only those have a hit that name a street or district; 200 of them would do."""
    examples = [each.text for service in KNOWLEDGE.services.values() for each in (*service.examples, *service.tests)]

    hits = [text for text in examples if found(text)]

    assert len(examples) > 200
    assert [text for text in hits if not NAMES_A_PLACE.search(text)] == []
    assert len(hits) < len(examples) / 100


def test_an_expected_answer_may_be_ambiguous() -> None:
    """After the question for the place `am Waldrand`, `Hauptstraße` or `Zentrum` is the answer."""
    for text, expected in {
        "am Waldrand": ("Am Waldrand", "ahrenbeck"),
        "in der hauptstraße": ("Hauptstraße", "holtwick"),
        "im zentrum": (None, "mitte"),
        "Mitte": (None, "mitte"),
        "im norden": (None, "nordstadt"),
    }.items():
        assert found(text) is None
        assert found(text, asked=True) == expected


@pytest.mark.parametrize("text", ["bitte", "ja bitte", "keine ahnung", "was kostet ein reisepass", "weiß ich nicht", "nein"])
def test_another_answer_is_no_place(text: str) -> None:
    """Who does not answer the question for the place is not taken to live somewhere."""
    assert found(text, asked=True) is None


def test_a_long_text_is_no_short_answer() -> None:
    """`Mitte` in a long message is read with care although a place was asked for."""
    text = "Moment, erst noch etwas anderes: Gilt mein Pass noch bis Mitte Mai?"

    assert found(text, asked=True) is None


def test_two_districts_are_none() -> None:
    """Where a message names streets of two districts nothing is guessed; of one district the last street counts."""
    assert found("von der Gerberstraße in die Goethestraße") is None
    assert found("von der Kirchgasse in die Gartenstraße") == ("Gartenstraße", "mitte")


def test_a_tie_between_streets_of_different_districts_is_none() -> None:
    """A misspelling that lies between two streets is no hit."""
    areas = [Area("a", {"de": "Anderswo"}, ("Lindenweg",)), Area("b", {"de": "Beispielort"}, ("Rindenweg",))]

    assert AreaSearch(areas).find("Bindenweg 3") is None


def test_a_road_between_the_districts_has_no_area() -> None:
    """The B 235 is a place, though in no district; the Kölner Straße lies in one, outside the town as well."""
    assert found("B 235") == ("B 235", None)
    assert found("Kölner Straße außerhalb") == ("Kölner Straße außerhalb", "suedviertel")


def test_searching_takes_no_time() -> None:
    """A question takes less than 1 ms, at its best of several runs, on a machine that does other things as well."""
    text = "Guten Tag, ich wohne seit kurzem in der Lindnstr. 12 und will wissen wann die Papiertonne geleert wird"
    taken = []
    for _ in range(20):
        begin = time.perf_counter()
        SEARCH.find(text)
        taken.append(time.perf_counter() - begin)

    assert min(taken) < 0.001


# The reply


def test_the_reply_without_a_place_asks_for_it() -> None:
    """First what holds everywhere, then the question, with one button for each district; the FAQ entry's source."""
    service = KNOWLEDGE.services["muellabfuhr"]

    reply = ask(Aspect.DEADLINE)

    assert reply.text == f"{service.answers[Aspect.DEADLINE]['de']}\n\n{WASTE.ask['de']}"
    assert [button.title for button in reply.buttons] == [area.name["de"] for area in KNOWLEDGE.areas.values()]
    assert reply.buttons[0].payload == '/ask_deadline{"service": "muellabfuhr", "area": "mitte"}'
    assert (reply.source_url, reply.reviewed_on) == (service.source.url, service.reviewed_on)


def test_without_a_general_text_the_question_stands_alone() -> None:
    """Nothing holds everywhere about the hours of waste collection, so only the place is asked for."""
    reply = ask(Aspect.OPENING_HOURS, language="tr")

    assert reply.text == WASTE.ask["tr"]
    assert (reply.source_url, reply.reviewed_on) == (WASTE.source.url, WASTE.reviewed_on)


def test_the_reply_at_a_place_is_its_text() -> None:
    """With source, date and follow-up buttons like every other answer."""
    reply = ask(Aspect.PROCEDURE, place="nordstadt")

    assert reply.text == WASTE.answers["nordstadt"]["de"]
    assert (reply.source_url, reply.reviewed_on) == (WASTE.source.url, WASTE.reviewed_on)
    assert reply.links == ask(Aspect.PROCEDURE).links
    assert reply.buttons
    assert all("area" not in button.payload for button in reply.buttons)


def test_a_street_has_the_text_of_its_district() -> None:
    """The Gerberstraße lies in Mitte."""
    assert ask(place="Gerberstraße").text == WASTE.answers["mitte"]["de"]


def test_a_street_with_its_own_text_has_that() -> None:
    """The waste lorry does not fit through the Kirchgasse; the B 235 is not the town's."""
    assert "Sammelplatz" in ask(place="Kirchgasse").text
    assert "Straßen.NRW" in ask(Aspect.RESPONSIBILITY, "strassenschaden", place="B 235").text


@pytest.mark.parametrize(
    ("place", "asks"),
    [(None, True), ("mitte", False), ("Gerberstraße", False), ("B 235", True), ("Nirgendweg", True)],
)
def test_the_dialogue_learns_whether_it_asked(place: str | None, asks: bool) -> None:
    """Asked is where no place is known, or one that says nothing of this service."""
    assert ANSWERS.asks_for_place(question(place=place)) is asks
    assert ask(place=place).text.endswith(WASTE.ask["de"]) is asks


def test_what_depends_on_no_place_asks_for_none() -> None:
    """The fee of waste collection is the same everywhere, and so is a passport."""
    assert not ANSWERS.asks_for_place(question(Aspect.FEE))
    assert not ANSWERS.asks_for_place(question(Aspect.PROCEDURE, "reisepass"))
    assert not ANSWERS.asks_for_place(Question(Aspect.LOCATION, "de", MONDAY))
    assert ask(Aspect.FEE, place="mitte") == ask(Aspect.FEE)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(("each", "aspect", "area"), CELLS, ids=lambda cell: getattr(cell, "service", str(cell)))
def test_every_cell_of_the_table_is_answered(each: Any, aspect: Aspect, area: str, language: str) -> None:
    """For each service, aspect and district: its text in both languages, with source and date."""
    reply = ask(aspect, each.service, place=area, language=language)

    assert reply.text == each.answers[area][language]
    assert reply.source_title
    assert reply.source_url
    assert reply.reviewed_on


@pytest.mark.parametrize("each", KNOWLEDGE.responsibilities, ids=lambda each: each.service)
def test_the_place_is_asked_for_in_every_language(each: Any) -> None:
    """A citizen is asked in the language of the conversation."""
    assert set(each.ask) == {"de", "en", "tr", "ru", "uk", "ar", "pl", "fr"}
    assert len(set(each.ask.values())) == len(each.ask)


def test_a_remembered_place_is_found_again() -> None:
    """What the search finds can be handed to a later question by its key."""
    for text in ("Gerberstr. 3", "Nordstadt", "B 235", "Kölner Str. außerhalb"):
        place = SEARCH.find(text)
        assert place is not None
        known = KNOWLEDGE.find_place(place.key)
        assert known is not None
        assert known.street == place.street

    assert KNOWLEDGE.find_place("Nirgendweg") is None
    assert KNOWLEDGE.find_place(None) is None
    assert Place().key == ""


# The files


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the town's files that a test may spoil, with those services only that depend on the place."""
    shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("faq", "referrals"))
    (tmp_path / "data/faq").mkdir()
    for service in {each.service for each in KNOWLEDGE.responsibilities}:
        shutil.copy(DATA / f"faq/{service}.yml", tmp_path / "data/faq")
    return tmp_path / "data"


def edit(path: Path, old: str, new: str) -> int:
    """Replace the first occurrence and give the number of the line on which it begins."""
    before = path.read_text(encoding="utf-8")
    assert old in before, f"{old!r} does not occur in {path}"
    path.write_text(before.replace(old, new, 1), encoding="utf-8")
    return before[: before.index(old)].count("\n") + 1


def findings_of(data: Path) -> list[Finding]:
    """What is found in the two files."""
    return [each for each in read_knowledge(data)[1] if each.path.name in ("areas.yml", "responsibilities.yml")]


def _area(old: str, new: str, *, code: str, offset: int = 0) -> Callable[[Path], tuple[str, int, str]]:
    return lambda data: ("areas.yml", edit(data / "areas.yml", old, new) + offset, code)


def _entry(old: str, new: str, *, code: str, offset: int = 0) -> Callable[[Path], tuple[str, int, str]]:
    return lambda data: ("responsibilities.yml", edit(data / "responsibilities.yml", old, new) + offset, code)


MISTAKES = {
    "street in two districts": _area("- Ahornweg", "- gerberstr.", code="duplicate_street"),
    "street twice in one district": _area(
        "- Nelkenweg", "- Tulpenweg\n      - Nelkenweg", code="duplicate_street", offset=6
    ),
    "district twice": _area("id: lindern", "id: holtwick", code="duplicate_area"),
    "name of another district": _area("Musterstadt-Holtwick", "nordstadt", code="duplicate_name"),
    "district without streets": _area(
        "    streets:\n      - Am Alten Bahnhof", "    orte:\n      - x", code="extra_forbidden"
    ),
    "unknown service": _entry("service: muellabfuhr", "service: muellabfur", code="unknown_service"),
    "unknown aspect": _entry("[procedure, deadline,", "[ablauf, deadline,", code="enum"),
    "unknown district": _entry("      nordstadt:", "      nordstatt:", code="unknown_area"),
    "district without a text": _entry("    answers:\n      mitte:", "    answers:\n      midde:", code="missing_area"),
    "street with two texts": _entry("[Kirchgasse, Töp", "[Kirchgasse, kirchgasse, Töp", code="duplicate_street"),
    "aspect in two entries": _entry(
        "[location, contact, responsibility]", "[location, location]", code="duplicate_responsibility"
    ),
    "no question": _entry("    ask:\n", "    frage:\n", code="extra_forbidden"),
    "no date": _entry("    reviewed_on: 2026", "    reviewed_on: am 2026", code="date_from_datetime_parsing"),
}


def test_the_town_has_no_findings() -> None:
    """Both files load as they are delivered, with six districts of 12 to 20 streets."""
    assert findings_of(DATA) == []
    assert len(KNOWLEDGE.areas) == 6
    assert all(12 <= len(area.streets) <= 20 for area in KNOWLEDGE.areas.values())


def test_the_streets_of_the_offices_lie_somewhere() -> None:
    """The town's own addresses are in its list of streets."""
    streets = {street for street, _ in STREETS}

    assert {office.address.street.rsplit(" ", 1)[0] for office in KNOWLEDGE.offices.values()} <= streets


@pytest.mark.parametrize("spoil", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_its_line(spoil: Callable[[Path], tuple[str, int, str]], data: Path) -> None:
    """`path:line: code: message` in German, where the mistake is."""
    name, line, code = spoil(data)

    findings = findings_of(data)

    assert (name, line, code) in [(each.path.name, each.line, each.code) for each in findings]
    assert all(each.message.endswith((".", ")")) for each in findings)


def test_a_broken_entry_silences_no_other(data: Path) -> None:
    """One responsibility that can't be read is left out; the others go on answering."""
    edit(data / "responsibilities.yml", "aspects: [procedure, deadline, opening_hours]", "aspekte: [procedure]")

    knowledge = read_knowledge(data)[0]

    assert knowledge is not None
    assert knowledge.find_responsibility("muellabfuhr", Aspect.PROCEDURE) is None
    assert len(knowledge.responsibilities) == len(KNOWLEDGE.responsibilities) - 1


def test_a_district_without_a_text_has_the_general_answer(data: Path) -> None:
    """Where the table has a gap the FAQ entry answers, and nobody is asked again and again."""
    edit(data / "responsibilities.yml", "      mitte:\n", "      midde:\n")
    answers = Answers.load(PROJECT_DIR, load_knowledge(data))

    reply = answers.reply(question(place="mitte"))

    assert reply.text == KNOWLEDGE.services["muellabfuhr"].answers[Aspect.PROCEDURE]["de"].strip()
    assert not answers.asks_for_place(question(place="mitte"))


def test_with_unreadable_areas_nobody_is_asked(data: Path) -> None:
    """Without the districts there are no buttons, so the general answer must do."""
    edit(data / "areas.yml", "areas:", "ortsteile:")
    answers = Answers.load(PROJECT_DIR, load_knowledge(data))

    assert not answers.asks_for_place(question())
    assert {each.path.name for each in findings_of(data)} == {"areas.yml"}


def test_a_town_without_districts_needs_no_file(data: Path) -> None:
    """Both files may be missing."""
    (data / "areas.yml").unlink()
    (data / "responsibilities.yml").unlink()

    knowledge, findings = read_knowledge(data)

    assert [each for each in findings if each.code == "missing_file"] == []
    assert knowledge is not None
    assert (knowledge.areas, knowledge.responsibilities) == ({}, ())


def test_one_spelling_stands_for_all(data: Path) -> None:
    """An editor may write `Kölner Str.` in one file and `Kölner Straße` in the other."""
    edit(data / "responsibilities.yml", "names: [Kirchgasse", "names: [kirch-gasse")

    knowledge = load_knowledge(data)
    waste = knowledge.find_responsibility("muellabfuhr", Aspect.PROCEDURE)

    assert waste is not None
    assert waste.streets[0].streets[0] == "Kirchgasse"
