"""Whatever can be typed: every reader of a message takes it without an exception, and in no time."""

import time
import warnings
from types import ModuleType

import numpy as np
import pytest

from bot.engine.components.ngrams import NgramVectorizer
from bot.engine.encoder.tokenizer import UnigramTokenizer
from bot.engine.question_parts import split_questions
from bot.knowledge.areas import area_search
from bot.knowledge.aspects import AspectWords
from bot.knowledge.loader import load_knowledge
from tests.engine_process import PROJECT_DIR

KNOWLEDGE = load_knowledge(PROJECT_DIR / "data")
ASPECTS = AspectWords.load(PROJECT_DIR / "data" / "aspects.yml")
PLACES = area_search(KNOWLEDGE)
MOST_UNDERSTOOD = 601
ODD = {
    "empty": "",
    "spaces": " \t\r\n\u00a0\u2003",
    "long word": "a" * 10_000,
    "long text": "Was kostet ein Reisepass? " * 400,
    "many borders": "was ist, " * 1_200,
    "many commas": "," * 10_000,
    "many spaces": f"Reisepass{' ' * 10_000}und",
    "mixed scripts": "Was kостет ein pаsaport 护照 جواز سفر パスポート ?",
    "zero width": "Per\u200bso\u200dnal\ufeffaus\u2060weis",
    "right to left": "\u202eReisepass\u202c \u200fجواز\u200e \u2067x\u2069",
    "combining": "Z" + "\u0301\u0327" * 500 + "algo",
    "decomposed": "Fu\u0308hrerschein fu\u0308r mich",
    "emoji": "👋🏽 Perso 👨‍👩‍👧‍👦 🇩🇪 ❓❓❓ ☎️",
    "leetspeak": "w45 k0573t 31n p3r50 ???!!1",
    "script tag": "<script>alert('Reisepass')</script><img src=x onerror=alert(1)>",
    "sql": "'; DROP TABLE messages; -- Reisepass",
    "template": "{{7*7}} ${x} %s {name} {0!r}",
    "payload": '/ask_fee{"service": "reisepass"}',
    "slashes": " / / //request_human",
    "control": "\x00\x01\x1b[31mReisepass\x7f\x85\u2028\u2029",
    "surrogate": "Reisepass \ud83d kaputt \udc00",
    "private use": "\ue000\U000f0000\U0010ffff",
    "numbers": "1234567890 ٣٤٥ ⅣⅫ ½ ①",
    "regex": "(((((a+)+)+)+)+)$ [\\",
    "backslashes": "\\n\\u0000\\\\\\",
    "word marks": "▁▁▁ ▁Reisepass <s></s><unk><pad>",
}
odd = pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())


@pytest.fixture(scope="module")
def host() -> ModuleType:
    """The engine's host; Rasa warns while it is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from bot.engine import host as module
    return module


@odd
def test_the_plain_text_is_short_and_never_a_command(text: str, host: ModuleType) -> None:
    """What Rasa reads is never empty, never a payload, and of a very long message both ends."""
    plain = host.to_plain_text(text)

    assert plain
    assert not plain.lstrip().startswith("/")
    assert len(plain) <= host.UNDERSTOOD_LENGTH + 1 == MOST_UNDERSTOOD


def test_both_ends_of_a_long_message_are_read(host: ModuleType) -> None:
    """The question stands at the beginning or at the end of a long letter, hardly in the middle."""
    plain = host.to_plain_text(f"Anfang {'x' * 10_000} Ende")

    assert plain.startswith("Anfang x")
    assert plain.endswith("x Ende")


@odd
def test_the_tokenizer_cuts_anything(text: str) -> None:
    """Numbers of known pieces between the two marks, and never more than wanted."""
    letters = [*"abcdefghijklmnopqrstuvwxyz ▁"]
    pieces = ["<s>", "</s>", "<unk>", *letters, "▁reise", "pass"]
    tokenizer = UnigramTokenizer(pieces, [-1.0] * len(pieces), {"\t": " ", "ä": "a"}, begin=0, end=1, unknown=2)

    numbers = tokenizer.cut(text, most=96)

    assert (numbers[0], numbers[-1]) == (0, 1)
    assert 2 <= len(numbers) <= 96
    assert set(numbers) <= set(range(len(pieces)))


@odd
@pytest.mark.parametrize(
    "ngrams",
    [NgramVectorizer("char_wb", 2, 5), NgramVectorizer("word", 1, 1), NgramVectorizer("char_wb", 1, 4, form="written")],
    ids=["characters", "words", "as written"],
)
def test_ngrams_count_anything(text: str, ngrams: NgramVectorizer) -> None:
    """One row of finite numbers, with nothing in it where nothing is known."""
    ngrams.fit(["was kostet ein reisepass", "hund anmelden"])

    row = ngrams.transform([text])

    assert row.shape[0] == 1
    assert np.isfinite(row.data).all()


@odd
def test_the_other_readers_take_anything(text: str) -> None:
    """Parts, aspects, ambiguous words and places are found or not, at once."""
    started = time.perf_counter()

    parts = split_questions(text[:MOST_UNDERSTOOD])
    ASPECTS.find_aspect(text)
    PLACES.find(text, asked=True)
    offered = KNOWLEDGE.find_ambiguous(text)

    assert all(part in text for part in parts)
    assert set(offered) <= set(KNOWLEDGE.services)
    assert time.perf_counter() - started < 1


def test_invisible_characters_hide_no_umlaut() -> None:
    """A decomposed `ü`, as some phones type it, is the same letter."""
    assert KNOWLEDGE.find_ambiguous("Fu\u0308hrerschein") == KNOWLEDGE.find_ambiguous("Führerschein") != ()
