"""Finds the street or district that a message names, although it is misspelt or abbreviated."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.domain.areas import Area, Place
from bot.knowledge.knowledge import Knowledge
from bot.knowledge.street_names import ORDINARY, needs_proof, to_key, to_stem_and_kind, to_tokens

SEARCHED_LENGTH = 1000
MOST_TOKENS = 4
LONGEST_REPLY = 8
MOST_TYPOS = 2
SHORT_STEM = 4
LONG_STEM = 9
LONG_DISTRICT = 8
LONGEST_HOUSE_NUMBER = 3
DISTRICT = "district"
UNITS = {"uhr", "euro", "eur", "km", "kmh", "m", "meter", "cm", "cent", "jahre", "jahren", "tage", "tagen", "prozent"}
BEFORE_DISTRICT = {"in", "aus", "ortsteil", "stadtteil", "bezirk", "stadtbezirk", "viertel", "district", "quarter", "w"}


@dataclass(frozen=True, slots=True)
class _Name:
    stem: str
    kind: str
    place: Place
    tokens: int
    needs_proof: bool

    def allows(self, typos: int, written: str, proof: "_Proof") -> bool:
        """Short names have too many neighbours; a house number or an expected answer makes a name likelier."""
        length = len(self.stem)
        if self.kind == DISTRICT:
            same = 1 if length >= LONG_DISTRICT else 2
            most = (length >= LONG_DISTRICT) + (proof.asked and length > SHORT_STEM)
            return written[:same] == self.stem[:same] and typos <= most
        if self.needs_proof and not (proof.asked or (proof and self.kind)):
            return False
        if length <= SHORT_STEM:
            return typos <= (bool(proof) and length == SHORT_STEM)
        return typos <= (1 if length < LONG_STEM else MOST_TYPOS)


@dataclass(frozen=True, slots=True)
class _Proof:
    """Why words that could mean anything mean a place: the bot has asked for it, or a house number follows."""

    asked: bool
    has_number: bool

    def __bool__(self) -> bool:
        return self.asked or self.has_number


class AreaSearch:
    """Searches all streets and districts at once: well below 1 ms for a question."""

    def __init__(self, areas: Iterable[Area], roads: Iterable[str] = ()) -> None:
        """`roads` are streets beside those of the areas, such as `B 235`."""
        self._exact: dict[str, _Name] = {}
        self._by_kind: dict[str, list[_Name]] = defaultdict(list)
        areas = list(areas)
        for area in areas:
            for street in area.streets:
                self._add_street(street, area)
        for road in roads:
            self._add_street(road, self._area_of(road))
        for area in areas:
            self._add_districts(area)
        self._stems = {kind: [name.stem for name in names] for kind, names in self._by_kind.items()}

    def find(self, text: str, *, asked: bool = False) -> Place | None:
        """The place that a text names; None where it names none, or several in different areas.

        `asked` tells that the bot has just asked for it: then a short text is read as the answer, and „Mitte“ or
        „am Bahnhof“ counts.
        """
        tokens = to_tokens(text[:SEARCHED_LENGTH])
        asked = asked and len(tokens) <= LONGEST_REPLY
        return _agreed(list(self._named(tokens, asked)) or self._similar(tokens, asked))

    def _add_street(self, street: str, area: Area | None) -> None:
        key = to_key(street)
        if key and key not in self._exact:
            stem, kind = to_stem_and_kind(key)
            name = _Name(stem, kind, Place(area, street), len(to_tokens(street)), needs_proof(street))
            self._exact[key] = name
            if key.isalpha():
                self._by_kind[kind].append(name)

    def _add_districts(self, area: Area) -> None:
        ambiguous = {to_key(name) for name in area.ambiguous_names}
        for key in {*map(to_key, (*area.name.values(), *area.spellings)), *ambiguous}:
            if key and key not in self._exact:
                name = _Name(key, DISTRICT, Place(area), MOST_TOKENS, key in ambiguous)
                self._exact[key] = name
                if not name.needs_proof:
                    self._by_kind[DISTRICT].append(name)

    def _area_of(self, road: str) -> Area | None:
        """`Kölner Straße außerhalb` lies where the Kölner Straße lies."""
        tokens = to_tokens(road)
        starts = ("".join(tokens[:length]) for length in range(len(tokens), 0, -1))
        return next((self._exact[key].place.area for key in starts if key in self._exact), None)

    def _named(self, tokens: Sequence[str], asked: bool) -> Iterator[_Name]:
        """The names that stand in the text as they are, longer ones first."""
        start = 0
        while start < len(tokens):
            for end in range(min(start + MOST_TOKENS, len(tokens)), start, -1):
                name = self._exact.get("".join(tokens[start:end]))
                if name and (asked or _is_plain(name, tokens, start, end)):
                    yield name
                    start = end - 1
                    break
            start += 1

    def _similar(self, tokens: Sequence[str], asked: bool) -> list[_Name]:
        """The names with the fewest typos, where there are none as they should be."""
        found: list[tuple[int, _Name]] = []
        for end, last in enumerate(tokens, start=1):
            proof = _Proof(asked, _has_house_number(tokens, end))
            found.extend(self._neighbours(last, DISTRICT, proof))
            for length in range(1, min(end, _most_tokens(last, proof)) + 1):
                written = "".join(tokens[end - length : end])
                if written not in ORDINARY:
                    found.extend(self._neighbours(*to_stem_and_kind(written), proof))
        fewest = min((typos for typos, _ in found), default=0)
        return [name for typos, name in found if typos == fewest]

    def _neighbours(self, stem: str, kind: str, proof: _Proof) -> Iterator[tuple[int, _Name]]:
        stems = self._stems.get(kind, ())
        for _, typos, position in process.extract(stem, stems, scorer=OSA.distance, score_cutoff=MOST_TYPOS, limit=None):
            name = self._by_kind[kind][position]
            if name.allows(int(typos), stem, proof):
                yield int(typos), name


def area_search(knowledge: Knowledge) -> AreaSearch:
    """Search over the districts, their streets, and the roads that the responsibilities name besides."""
    roads = (street for each in knowledge.responsibilities for answer in each.streets for street in answer.streets)
    return AreaSearch(knowledge.areas.values(), roads)


def _is_plain(name: _Name, tokens: Sequence[str], start: int, end: int) -> bool:
    """Whether the words mean the place and nothing else: `die Hecken weg` is no Heckenweg."""
    if name.kind == DISTRICT:
        return not name.needs_proof or (start > 0 and tokens[start - 1] in BEFORE_DISTRICT)
    is_torn_apart = tokens[end - 1] == "weg" and end - start > name.tokens
    return not (name.needs_proof or is_torn_apart) or _has_house_number(tokens, end)


def _most_tokens(last: str, proof: _Proof) -> int:
    """How many words may be a misspelt name that ends with this one: `Grüner Weg` needs proof, `gerber strase` none."""
    stem, kind = to_stem_and_kind(f" {last}")
    if proof or kind == "strasse":
        return MOST_TOKENS
    return 1 if kind and stem.strip() else 0


def _has_house_number(tokens: Sequence[str], end: int) -> bool:
    number, *after = [*tokens[end : end + 2], ""]
    return number.isdecimal() and len(number) <= LONGEST_HOUSE_NUMBER and after[0] not in UNITS


def _agreed(names: Sequence[_Name]) -> Place | None:
    """One place out of all that were found, the last street rather than a district; None where their areas differ."""
    areas = {name.place.area.id: name.place.area for name in names if name.place.area}
    streets = [name.place.street for name in names if name.place.street]
    if not names or len(areas) > 1:
        return None
    return Place(next(iter(areas.values()), None), streets[-1] if streets else None)
