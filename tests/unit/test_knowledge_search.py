"""Finding a service, an office or an aspect by its words alone."""

import random
import time
from collections.abc import Sequence

import pytest
from rapidfuzz import fuzz

from bot.domain.offices import Office
from bot.domain.services import Aspect, PublicService
from bot.knowledge.aspects import AspectWords
from bot.knowledge.dialogue_acts import DialogueActs
from bot.knowledge.keyword_search import KeywordSearch, office_search, service_search
from bot.knowledge.loader import load_knowledge
from bot.knowledge.text import fold, to_words
from tests.engine_process import PROJECT_DIR

KNOWLEDGE = load_knowledge(PROJECT_DIR / "data")
SERVICES = service_search(KNOWLEDGE.services.values())
OFFICES = office_search(KNOWLEDGE.offices.values())
ASPECTS = AspectWords.load(PROJECT_DIR / "data" / "aspects.yml")
ACTS = DialogueActs.load(PROJECT_DIR / "data" / "nlu" / "dialogue.yml")


@pytest.mark.parametrize("service", KNOWLEDGE.services.values(), ids=lambda service: service.id)
def test_every_name_and_synonym_finds_its_service(service: PublicService) -> None:
    """What an editor enters as a name works at once, in both languages."""
    phrases = [*service.short_name.values(), *(phrase for each in service.synonyms.values() for phrase in each)]

    missed = [phrase for phrase in phrases if service.id not in {hit.id for hit in SERVICES.find(phrase)}]

    assert missed == []


@pytest.mark.parametrize("office", KNOWLEDGE.offices.values(), ids=lambda office: office.id)
def test_every_name_and_synonym_finds_its_office(office: Office) -> None:
    """The same for offices; the very name leads to the office before all others."""
    phrases = [*office.name.values(), *(phrase for each in office.synonyms.values() for phrase in each)]

    missed = [phrase for phrase in phrases if office.id not in {hit.id for hit in OFFICES.find(phrase)}]

    assert missed == []
    assert OFFICES.find(office.name["de"])[0].id == office.id


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("was kostet ein Reisepass", "reisepass"),
        ("was kostet ein REISEPASS?!", "reisepass"),
        ("Reisepas beantragen", "reisepass"),
        ("wo kann ich meinen hund anmelden hundesteuer", "hundesteuer"),
        ("Hundesteueranmeldung", "hundesteuer"),
        ("hundesteur", "hundesteuer"),
        ("Führungszeugnis", "fuehrungszeugnis"),
        ("Fuehrungszeugnis", "fuehrungszeugnis"),
        ("fuhrungszeugnis", "fuehrungszeugnis"),
        ("Führungszeugnis-Antrag", "fuehrungszeugnis"),
        ("Sperrmülltermin", "sperrmuell"),
        ("sperrmuel", "sperrmuell"),
        ("Wohngeldantrag ausfüllen", "wohngeld"),
        ("bulky waste", "sperrmuell"),
        ("how do I get a passport", "reisepass"),
    ],
)
def test_words_are_found_although_misspelt_or_compounded(text: str, service: str) -> None:
    """Typos, umlauts in any spelling, capital letters and compounds lead to the service."""
    assert SERVICES.find(text)[0].id == service


@pytest.mark.parametrize("text", ["", "   ", "?!", "und", "kann ich das", "mein Nachbar ist laut", "👍", "0" * 4000])
def test_what_names_nothing_finds_nothing(text: str) -> None:
    """Words of everyday speech are no service."""
    assert SERVICES.find(text) == []


def test_the_longer_phrase_wins_over_the_one_within_it() -> None:
    """`Perso verloren` is the loss, although `Perso` alone is the application."""
    search = KeywordSearch({"apply": ["Perso"], "loss": ["Perso verloren"]})

    assert [hit.id for hit in search.find("ich habe meinen Perso verloren")] == ["loss"]


def test_two_services_in_one_sentence_are_both_found() -> None:
    """Nothing is dropped because something else is named beside it."""
    search = KeywordSearch({"pass": ["Reisepass"], "dog": ["Hundesteuer"]})

    assert {hit.id for hit in search.find("Reisepass und Hundesteuer")} == {"pass", "dog"}


def test_short_words_must_be_exact() -> None:
    """A word of four letters has too many neighbours to be guessed: `Kita` is not `Kiga`."""
    search = KeywordSearch({"kita": ["Kita"]})

    assert search.find("kiga") == []
    assert search.find("kita")[0].score == 100


def test_a_long_message_is_searched_in_a_moment() -> None:
    """A message of the greatest length neither fails nor hides what stands at its end."""
    text = "bla " * 990 + "reisepass"

    assert SERVICES.find(text)[0].id == "reisepass"


def word_score(wanted: str, word: str) -> float:
    """How well two words agree, by definition."""
    if wanted == word:
        return 100.0
    if len(wanted) >= 5 and wanted in word:
        return 92.0
    return 0.0 if len(wanted) < 5 or len(word) < 4 else fuzz.ratio(wanted, word, score_cutoff=82.0)


def best_place(phrase: Sequence[str], words: Sequence[str]) -> tuple[float, int]:
    """Score and start of the first best window for a phrase, by trying every window with every word."""
    windows = [words[start : start + len(phrase)] for start in range(len(words) - len(phrase) + 1)]
    scores = [min(map(word_score, phrase, window)) for window in windows]
    best = max(scores, default=0.0)
    return (best, scores.index(best)) if best > 82.0 else (0.0, 0)


def test_every_phrase_is_found_where_the_definition_finds_it() -> None:
    """The quick search is a short cut only: for random texts out of misspelt phrases each hit is the defined one."""
    chance = random.Random(11)
    phrases = sorted(
        {tuple(to_words(p)) for s in KNOWLEDGE.services.values() for ps in s.synonyms.values() for p in ps} - {()}
    )
    searches = {phrase: KeywordSearch({"x": [" ".join(phrase)]}) for phrase in phrases}
    found = 0
    for _ in range(60):
        words = [word for phrase in chance.choices(phrases, k=chance.randrange(8)) for word in phrase]
        words = [misspelt(word, chance) if chance.random() < 0.5 else word for word in words]
        for phrase in chance.sample(phrases, 60) + [p for p in phrases if set(p) & set(words)]:
            hits = searches[phrase].find(" ".join(words))
            score, start = best_place(phrase, to_words(" ".join(words)))

            assert [(hit.score, hit.start, hit.length) for hit in hits] == ([(score, start, len(phrase))] if score else [])
            found += bool(hits)
    assert found > 100


def misspelt(word: str, chance: random.Random) -> str:
    """The word with a letter lost, doubled, changed or something attached."""
    at = chance.randrange(len(word))
    changes = [
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + "e" + word[at + 1 :],
        word + "antrag",
    ]
    return chance.choice(changes)


def test_a_thousand_characters_take_no_time() -> None:
    """Over all names of the town, and over words that all differ; a generous bound for a slow machine."""
    chance = random.Random(3)
    text = " ".join("".join(chance.choices("abcdefghiklmnorstu", k=7)) for _ in range(125))
    started = time.process_time()

    for _ in range(5):
        SERVICES.find(text)
        OFFICES.find(text)

    assert (time.process_time() - started) / 5 < 0.06


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Größe", "groesse"), ("ÄÖÜ", "aeoeue"), ("Café", "cafe"), ("Grössen", "groessen"), ("A\u0308mter", "aemter")],
)
def test_spelling_is_folded(text: str, folded: str) -> None:
    """One form for umlauts, accents and capital letters, composed or not."""
    assert fold(text) == folded


def test_hyphens_within_words_are_dropped() -> None:
    """`Kfz-Zulassung` and `Kfzzulassung` are one word, punctuation is none."""
    assert to_words("Kfz-Zulassung, bitte!") == ["kfzzulassung", "bitte"]


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("Was kostet das?", Aspect.FEE),
        ("wie teuer ist das", Aspect.FEE),
        ("welche Gebühr", Aspect.FEE),
        ("welche Unterlagen muss ich mitbringen", Aspect.DOCUMENTS),
        ("wann habt ihr geöffnet", Aspect.OPENING_HOURS),
        ("wo finde ich das Amt", Aspect.LOCATION),
        ("wie lange dauert das", Aspect.DURATION),
        ("bis wann muss ich das machen", Aspect.DEADLINE),
        ("gibt es ein Formular", Aspect.FORM),
        ("welches Amt ist zuständig", Aspect.RESPONSIBILITY),
        ("wie bekomme ich einen Termin", Aspect.APPOINTMENT),
        ("brauche ich einen Termin", Aspect.APPOINTMENT),
        ("wie erreiche ich Sie telefonisch", Aspect.CONTACT),
        ("ab welchem Alter geht das", Aspect.ELIGIBILITY),
        ("wie beantrage ich das", Aspect.PROCEDURE),
        ("how much does it cost", Aspect.FEE),
        ("what are your opening hours", Aspect.OPENING_HOURS),
        ("which documents do I need", Aspect.DOCUMENTS),
    ],
)
def test_an_aspect_is_recognised_by_its_words(text: str, aspect: Aspect) -> None:
    """Without the model the words of data/aspects.yml say what is asked."""
    assert ASPECTS.find_aspect(text) is aspect


def test_no_aspect_is_invented() -> None:
    """A bare topic asks for nothing in particular."""
    assert ASPECTS.find_aspect("Reisepass") is None
    assert ASPECTS.find_aspect("") is None


def test_every_aspect_has_a_label_in_both_languages() -> None:
    """Buttons never show a key or the other language."""
    for aspect in Aspect:
        assert ASPECTS.label(aspect, "de")
        assert ASPECTS.label(aspect, "en")
        assert aspect.value not in (ASPECTS.label(aspect, "de"), ASPECTS.label(aspect, "en"))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Hallo!", "greet"),
        ("vielen dank", "thank"),
        ("Ich möchte mit einem Menschen sprechen", "request_human"),
        ("es brennt!!!", "emergency"),
        ("Reisepass", None),
        ("", None),
    ],
)
def test_dialogue_acts_are_recognised_by_their_very_words(text: str, intent: str | None) -> None:
    """The training examples of the dialogue also serve while there is no model."""
    assert ACTS.find_intent(text) == intent
