"""What the clients ask: each question once, or as in a crisis, when most ask the same."""

import itertools
import random
from collections.abc import Iterator

from benchmarks.labelled_sets import available_sets
from bot.knowledge.loader import load_knowledge
from bot.settings import PROJECT_ROOT

SEED = 11
EXPONENT = 1.0
"""Of Zipf's law: the k-th question is asked as often as the first divided by k."""


def all_questions() -> list[str]:
    """German questions that no model has learnt, each once, in an order that is always the same."""
    lines = [line for labelled in available_sets() for line in labelled.lines if "text" in line]
    texts = [line["text"] for line in lines if line.get("lang", "de") == "de"]
    knowledge = load_knowledge(PROJECT_ROOT / "data")
    texts += [test.text for service in knowledge.services.values() for test in service.tests]
    found = sorted({text.strip() for text in texts if 3 <= len(text) <= 300 and not text.startswith("/")})
    random.Random(SEED).shuffle(found)
    return found


def all_different(questions: list[str]) -> Iterator[str]:
    """Each question once; behind the last the words of each are turned round, which no cache has seen."""
    yield from questions
    for number in itertools.count(1):
        for text in questions:
            words = text.split()
            cut = number % len(words) if len(words) > 1 else 0
            yield f"{' '.join([*words[cut:], *words[:cut]])} {number}"


def realistic(questions: list[str]) -> Iterator[str]:
    """Questions drawn by Zipf's law: in a crisis a few are asked again and again, beside many others."""
    rng = random.Random(SEED)
    weights = list(itertools.accumulate(1 / rank**EXPONENT for rank in range(1, len(questions) + 1)))
    while True:
        yield from rng.choices(questions, cum_weights=weights, k=256)
