"""What citizens read: polite, short enough for every channel, and complete."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.channels.telegram.outgoing import to_parts
from bot.domain.messages import Author, Message
from bot.domain.services import Aspect
from bot.knowledge.answers import Answers, Question
from bot.knowledge.loader import load_knowledge
from tests.engine_process import MONDAY, PROJECT_DIR

ANSWERS = Answers.load(PROJECT_DIR, load_knowledge(PROJECT_DIR / "data"))
SERVICES = list(ANSWERS.knowledge.services.values())
TELEGRAM_LENGTH = 4096
FAMILIAR = re.compile(r"\b(du|dir|dich|dein\w*|euch|euer|eure\w*|bist|kannst|willst|musst|hast)\b", re.IGNORECASE)
NOT_FOR_CITIZENS = {"synonyms", "examples", "keywords", "intents", "url", "id"}


def german_texts(content: Any, key: str = "") -> Iterator[str]:
    """Every text of an editors' file that a citizen may read in German."""
    if isinstance(content, dict):
        for name, value in content.items():
            if name not in NOT_FOR_CITIZENS and name != "en":
                yield from german_texts(value, name)
    elif isinstance(content, list):
        for value in content:
            if not (isinstance(value, dict) and value.get("condition")):
                yield from german_texts(value, key)
    elif isinstance(content, str):
        yield content


FILES = [
    PROJECT_DIR / "domain.yml",
    *sorted((PROJECT_DIR / "data").glob("*.yml")),
    *sorted((PROJECT_DIR / "data" / "faq").glob("*.yml")),
    *sorted((PROJECT_DIR / "data" / "offices").glob("*.yml")),
    PROJECT_DIR / "bot" / "console" / "words.yml",
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nobody_is_called_du(path: Any) -> None:
    """The town addresses citizens and staff with *Sie*."""
    texts = german_texts(yaml.safe_load(path.read_text(encoding="utf-8")))

    assert [text for text in texts if FAMILIAR.search(text)] == []


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_an_answer_is_one_message_on_telegram(service: Any, language: str) -> None:
    """With links and source no answer is longer than Telegram takes in one piece."""
    for aspect in Aspect:
        reply = ANSWERS.reply(Question(aspect, language, MONDAY, service))
        message = Message(
            "c1", 1, Author.BOT, reply.text, MONDAY, buttons=reply.buttons, links=reply.links,
            source_title=reply.source_title, source_url=reply.source_url, reviewed_on=reply.reviewed_on,
            meta={"language": language},
        )  # fmt: skip

        parts = to_parts(message, ANSWERS.responses)

        assert len(parts) == 1
        assert len(parts[0].text.encode("utf-16-le")) // 2 <= TELEGRAM_LENGTH
        assert "{" not in parts[0].text


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_a_service_has_what_the_town_promises(service: Any) -> None:
    """Enough examples to be learnt, the procedure, both languages everywhere, a short name for buttons."""
    assert Aspect.PROCEDURE in service.answers
    languages = Counter(example.language for example in service.examples)
    assert languages["de"] >= 14
    assert languages["en"] >= 4
    assert all({"de", "en"} <= set(text) for text in (service.name, service.short_name, *service.answers.values()))
    assert all(len(name) <= 30 for name in service.short_name.values())
    assert service.source.url.startswith("https://")


def test_no_example_question_is_given_twice() -> None:
    """The same words can't be an example of two services."""
    seen: dict[str, str] = {}
    twice = []
    for service in SERVICES:
        for example in service.examples:
            owner = seen.setdefault(" ".join(example.text.casefold().split()), service.id)
            if owner != service.id:
                twice.append((example.text, owner, service.id))

    assert twice == []
