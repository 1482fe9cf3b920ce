"""What citizens read: polite, short enough for every channel, and complete."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from bot.channels.telegram.outgoing import to_parts
from bot.domain.messages import Author, Message, Reply
from bot.domain.services import Aspect
from bot.knowledge.answers import Answers, Question
from bot.knowledge.loader import load_knowledge
from bot.knowledge.schemas import ShortName
from tests.engine_process import MONDAY, PROJECT_DIR

ANSWERS = Answers.load(PROJECT_DIR, load_knowledge(PROJECT_DIR / "data"))
SERVICES = list(ANSWERS.knowledge.services.values())
REFERRALS = list(ANSWERS.knowledge.referrals.values())
OF_OTHERS = [service for service in SERVICES if service.competent_authority]
TELEGRAM_LENGTH = 4096
FAMILIAR = re.compile(r"\b(du|dir|dich|dein\w*|euch|euer|eure\w*|bist|kannst|willst|musst|hast)\b", re.IGNORECASE)
NOT_FOR_CITIZENS = {"synonyms", "examples", "tests", "keywords", "intents", "url", "id", "ignored", "words"}
FOREIGN = ("en", "tr", "ru", "uk", "ar", "pl", "fr")
LANGUAGES = ("de", *FOREIGN)
BUTTON_LENGTH = ShortName.longest


def german_texts(content: Any, key: str = "") -> Iterator[str]:
    """Every text of an editors' file that a citizen may read in German."""
    if isinstance(content, dict):
        for name, value in content.items():
            if name not in NOT_FOR_CITIZENS and name not in FOREIGN:
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
    *sorted((PROJECT_DIR / "data" / "referrals").glob("*.yml")),
    PROJECT_DIR / "bot" / "console" / "words.yml",
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nobody_is_called_du(path: Any) -> None:
    """The town addresses citizens and staff with *Sie*."""
    texts = german_texts(yaml.safe_load(path.read_text(encoding="utf-8")))

    assert [text for text in texts if FAMILIAR.search(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_an_answer_is_one_message_on_telegram(service: Any, language: str) -> None:
    """With links and source no answer is longer than Telegram takes in one piece."""
    for aspect in Aspect:
        check_one_message(ANSWERS.reply(Question(aspect, language, MONDAY, service)), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("referral", REFERRALS, ids=lambda referral: referral.id)
def test_a_referral_is_one_message_on_telegram(referral: Any, language: str) -> None:
    """The same for what the town says about the matters of others."""
    check_one_message(ANSWERS.refer(referral.id, language), language)


def check_one_message(reply: Reply, language: str) -> None:
    """Raise unless a reply is a single message within Telegram's limit."""
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
    """Enough examples to be learnt in each language, the procedure, German and English answers, a name for buttons."""
    assert Aspect.PROCEDURE in service.answers
    languages = Counter(example.language for example in service.examples)
    assert languages["de"] >= 14
    assert languages["en"] >= 4
    assert all(languages[each] >= 4 for each in FOREIGN)
    assert set(service.synonyms) == set(LANGUAGES)
    assert all({"de", "en"} <= set(text) for text in (service.name, service.short_name, *service.answers.values()))
    assert all(len(name) <= BUTTON_LENGTH for name in service.short_name.values())
    assert service.source.url.startswith("https://")


@pytest.mark.parametrize("service", OF_OTHERS, ids=lambda service: service.id)
def test_an_entry_of_another_authority_says_whose_it_is(service: Any) -> None:
    """Who is responsible has an answer of its own: it stands in wherever else the town's office would answer."""
    assert {"de", "en"} <= set(service.answers[Aspect.RESPONSIBILITY])
    assert service.competent_authority.name["de"]


@pytest.mark.parametrize("referral", REFERRALS, ids=lambda referral: referral.id)
def test_a_referral_has_what_the_town_promises(referral: Any) -> None:
    """A text in all eight languages, examples and synonyms in each, a source, and no hidden name of a service."""
    assert set(referral.text) == set(referral.synonyms) == set(referral.examples) == set(LANGUAGES)
    assert {"de", "en"} <= set(referral.name)
    assert len(set(referral.text.values())) == len(LANGUAGES)
    assert len(referral.examples["de"]) >= 10
    assert referral.source.url.startswith("https://")
    assert referral.link_url is None or referral.link_url.startswith("https://")
    assert referral.id not in ANSWERS.knowledge.services


@pytest.mark.parametrize("each", ANSWERS.knowledge.responsibilities, ids=lambda each: each.service)
def test_a_place_is_asked_for_in_all_languages(each: Any) -> None:
    """The question is understood by everybody; what holds at the place is there in German and English."""
    assert set(each.ask) == set(LANGUAGES)
    assert all({"de", "en"} <= set(text) for text in (*each.answers.values(), *(street.text for street in each.streets)))


def test_every_text_is_in_one_of_the_eight_languages() -> None:
    """Names, answers and examples use no other language than those that have standard sentences."""
    used = {language for service in SERVICES for text in service.answers.values() for language in text}
    used |= {example.language for service in SERVICES for example in (*service.examples, *service.tests)}

    assert used <= set(LANGUAGES)


def test_no_example_question_is_given_twice() -> None:
    """The same words can't be an example of two services, nor of a service and a matter of others."""
    seen: dict[str, str] = {}
    twice = []
    examples = [(service.id, example.text) for service in SERVICES for example in service.examples]
    examples += [(each.id, text) for each in REFERRALS for texts in each.examples.values() for text in texts]
    for id_, text in examples:
        owner = seen.setdefault(" ".join(text.casefold().split()), id_)
        if owner != id_:
            twice.append((text, owner, id_))

    assert twice == []


def test_no_test_question_is_an_example() -> None:
    """What is asked in a test was not learnt: otherwise passing it would say nothing."""
    learnt = {" ".join(example.text.casefold().split()) for service in SERVICES for example in service.examples}
    learnt |= {" ".join(text.casefold().split()) for each in REFERRALS for texts in each.examples.values() for text in texts}

    assert [e.text for s in SERVICES for e in s.tests if " ".join(e.text.casefold().split()) in learnt] == []
