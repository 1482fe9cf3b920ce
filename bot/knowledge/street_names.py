"""Brings the names of streets into one form: „Gerberstr.“, „gerber strasse“ and „Gerberstraße“ are one street."""

import re

from bot.knowledge.text import fold

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_TWO_LETTERS = re.compile(r"([aou])e")
_STREET = re.compile(r"(?:str|strs|stra|stra+[sz]+e*|stro+s+e*|stars+e*|stas+e+|sras+e+|strs+e+|srtas+e+|stre?e)$")
_KIND = re.compile(r"(strasse|weg|plat?z|al+e+|gas+e|ring|dam+|ufer|wal+|graben|kamp|pfad|stieg)(?:e?s)?$")
_KINDS = {
    "strasse": "str",
    "weg": "weg",
    "platz": "pla",
    "allee": "al",
    "gasse": "gas",
    "ring": "ri",
    "damm": "dam",
    "ufer": "uf",
    "wall": "wal",
    "graben": "gra",
    "kamp": "ka",
    "pfad": "pf",
    "stieg": "sti",
}
_SHORT_FORMS = {"sankt": "st", "doktor": "dr", "professor": "prof"}
# fmt: off
ORDINARY = {
    "anliegerstrasse", "bundesstrasse", "dorfstrasse", "einbahnstrasse", "einkaufsstrasse", "fahrradstrasse",
    "hauptstrasse", "kreisstrasse", "landesstrasse", "landstrasse", "nebenstrasse", "parallelstrasse",
    "querstrasse", "seitenstrasse", "spielstrasse", "umgehungsstrasse", "wohnstrasse", "zufahrtsstrasse",
    "fahrradweg", "feldweg", "fussweg", "gehweg", "heimweg", "kirchweg", "radweg", "schulweg", "wanderweg",
    "arbeitsplatz", "bauplatz", "dorfplatz", "festplatz", "parkplatz", "schulplatz", "spielplatz", "sportplatz",
    "stellplatz",
}
# fmt: on
PREPOSITIONS = {"am", "an", "auf", "beim", "hinter", "im", "in", "unter", "vor", "zu", "zum", "zur"}


def to_tokens(text: str) -> list[str]:
    """Words and numbers of a text, umlauts as one letter, every spelling of *straße* as `strasse`."""
    folded = _TWO_LETTERS.sub(r"\1", fold(text.replace("β", "ß").replace("ẞ", "ß")))
    return [_STREET.sub("strasse", _SHORT_FORMS.get(token, token)) for token in _TOKEN.findall(folded)]


def to_key(name: str) -> str:
    """The form in which two spellings of one street are equal."""
    return "".join(to_tokens(name))


def to_stem_and_kind(key: str) -> tuple[str, str]:
    """`gerberstrasse` as `gerber` and `strasse`; the kind is empty where the name says none."""
    match = _KIND.search(key)
    if match is None or not match.start():
        return key, ""
    return key[: match.start()], next(kind for kind, start in _KINDS.items() if match[1].startswith(start))


def needs_proof(name: str) -> bool:
    """Whether the name could be ordinary words as well, such as `Am Markt` or `Hauptstraße`."""
    tokens = to_tokens(name)
    return tokens[0] in PREPOSITIONS or "".join(tokens) in ORDINARY
