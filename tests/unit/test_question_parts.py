"""Where a message is cut because it may hold two questions, and where it is not."""

import pytest

from bot.engine.question_parts import MOST_PARTS, find_questions, split_questions
from bot.knowledge.aspects import AspectWords
from tests.engine_process import PROJECT_DIR

WORDS = AspectWords.load(PROJECT_DIR / "data" / "aspects.yml")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "Was kostet ein Reisepass und wie lange dauert das?",
            ["Was kostet ein Reisepass", "wie lange dauert das"],
        ),
        ("Was kostet ein Perso? Wo muss ich hin?", ["Was kostet ein Perso", "Wo muss ich hin"]),
        ("was kostet ein hund, wo melde ich ihn an", ["was kostet ein hund", "wo melde ich ihn an"]),
        ("how much is a passport and how long does it take", ["how much is a passport", "how long does it take"]),
        ("сколько стоит паспорт и где его получить", ["сколько стоит паспорт", "где его получить"]),
        ("pasaport ne kadar ve nereye gitmem lazım", ["pasaport ne kadar", "nereye gitmem lazım"]),
        ("combien coûte le passeport et où dois-je aller", ["combien coûte le passeport", "où dois-je aller"]),
        ("Was kostet das UND wo geht das", ["Was kostet das", "wo geht das"]),
    ],
)
def test_two_questions_are_two_parts(text: str, parts: list[str]) -> None:
    """Sentence ends, commas and `and` in the town's languages; the parts are the citizen's own words."""
    assert split_questions(text) == parts


@pytest.mark.parametrize("text", ["", "?", "Reisepass", "Was kostet ein Reisepass?", "  Hallo!  ", "und", "und und und"])
def test_one_question_has_no_parts(text: str) -> None:
    """A message that is one thing is understood as it stands."""
    assert split_questions(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Perso, Pass, Führerschein und Meldebescheinigung",
        "Geburtsurkunde und Heiratsurkunde",
        "brauche ich passfoto, ausweis, geld, geburtsurkunde",
    ],
)
def test_a_list_is_one_question(text: str) -> None:
    """Single words between the commas are no questions."""
    assert split_questions(text) == []


def test_a_story_is_not_cut() -> None:
    """Who tells at length what happened has one concern; its sentences are details."""
    story = (
        "Guten Tag, ich bin letzte Woche mit meiner Familie von Köln nach Musterstadt gezogen und wir haben jetzt eine "
        "Wohnung in der Nordstadt. Mein Mann arbeitet schon hier und die Kinder gehen ab August in die Schule. Der Vermieter "
        "sagt, wir müssen uns irgendwo melden. Was müssen wir tun?"
    )

    assert split_questions(story) == []


def test_many_sentences_are_not_cut() -> None:
    """More parts than anybody asks at once are a story, too, however short."""
    assert split_questions(". ".join(["ich bin da"] * (MOST_PARTS + 1))) == []


def test_a_number_with_a_comma_or_point_is_whole() -> None:
    """`37,50 Euro` and `24.12.` have no border within."""
    assert split_questions("kostet das immer noch 37,50 Euro am 24.12.2026") == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Was kostet ein Reisepass und wie lange dauert das?", 2),
        ("Kann mein Kind zu Ihnen? Und mein Hund auch?", 2),
        ("ich bin umgezogen, was kostet das", 0),
        ("mein hund ist weggelaufen, ich suche ihn seit gestern", 0),
    ],
)
def test_parts_are_understood_apart_only_where_two_things_are_asked(text: str, count: int) -> None:
    """A detail before a question is no second question, and each part costs the citizen time."""
    assert len(find_questions(text, WORDS)) == count
