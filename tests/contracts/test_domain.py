"""domain.yml, the rules, the actions and the code name the same things."""

import ast
import re
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import yaml
from rasa_sdk import Action

from actions.answer_question import ActionAnswerQuestion
from actions.human_handoff import ActionHumanHandoff
from bot.domain.services import Aspect
from bot.knowledge.loader import load_knowledge
from bot.knowledge.responses import DomainResponses
from tests.engine_process import PROJECT_DIR

DOMAIN: dict[str, Any] = yaml.safe_load((PROJECT_DIR / "domain.yml").read_text(encoding="utf-8"))
RULES: list[dict[str, Any]] = yaml.safe_load((PROJECT_DIR / "data/rules/rules.yml").read_text(encoding="utf-8"))["rules"]
NLU = [
    entry
    for path in sorted((PROJECT_DIR / "data" / "nlu").glob("*.yml"))
    for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
]
RESPONSES = DomainResponses.load(PROJECT_DIR / "domain.yml")
KEYS = RESPONSES.keys()
KNOWLEDGE = load_knowledge(PROJECT_DIR / "data")
INTENTS = {name for intent in DOMAIN["intents"] for name in ([intent] if isinstance(intent, str) else intent)}
SOURCES = [path for folder in ("bot", "actions") for path in sorted((PROJECT_DIR / folder).rglob("*.py"))]
FOREIGN = ("en", "tr", "ru", "uk", "ar", "pl", "fr")
LONGEST_ALIKE = 10  # letters of a text that may be the same in another language, such as (Video)
LITERAL = re.compile(r"utter_[a-z_]*")


def steps(kind: str) -> set[str]:
    """What the steps of all rules name."""
    return {step[kind] for rule in RULES for step in rule["steps"] if kind in step}


def strings(path: Path) -> list[str]:
    """Every string of a module that is no docstring; of an f-string its fixed beginning, marked with `*`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            skipped.add(id(node.values[0]))
            found.append(f"{node.values[0].value}*")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            found.append(node.value)
    return found


NAMED = {text for path in SOURCES for text in strings(path) if re.fullmatch(r"utter_[a-z_]+\*?", text)}


def is_named(key: str) -> bool:
    """Whether Python names the response, whole or by its beginning."""
    return key in NAMED or any(key.startswith(name[:-1]) for name in NAMED if name.endswith("*"))


def test_every_intent_has_examples_or_a_button_and_a_rule() -> None:
    """An intent without a rule would end in silence, an example of an unknown intent would be learnt for nothing."""
    trained = {entry["intent"] for entry in NLU if "intent" in entry}

    assert trained - INTENTS == set()
    assert steps("intent") == INTENTS


def test_every_aspect_has_its_intent() -> None:
    """What can be asked about a service is asked by `ask_` and the aspect."""
    assert {aspect.intent for aspect in Aspect} <= INTENTS


def test_rules_name_only_what_exists() -> None:
    """Every action of a rule is a class in actions/ or a response."""
    actions = steps("action")

    assert {name for name in actions if name.startswith("action_")} <= set(DOMAIN["actions"])
    assert {name for name in actions if name.startswith("utter_")} <= KEYS


def test_every_action_of_the_domain_is_a_class_and_the_other_way_round() -> None:
    """No class without a line in domain.yml, no line without a class; each is used by a rule."""
    classes = {
        node.name
        for path in (PROJECT_DIR / "actions").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and any(isinstance(base, ast.Name) and base.id == "Action" for base in node.bases)
    }
    instances: list[Action] = [ActionAnswerQuestion(), ActionHumanHandoff()]

    assert {type(each).__name__ for each in instances} == classes
    assert {each.name() for each in instances} == set(DOMAIN["actions"])
    assert set(DOMAIN["actions"]) <= steps("action")


def test_slots_that_are_set_read_or_kept_exist() -> None:
    """A mistyped slot is silently nothing in Rasa."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT_DIR / "actions").glob("*.py"))
    host = (PROJECT_DIR / "bot/engine/host.py").read_text(encoding="utf-8")
    kept = set(ast.literal_eval(re.search(r"KEPT_SLOTS = (\(.*?\))", host, re.DOTALL)[1]))  # type: ignore[index]
    named = set(re.findall(r'(?:SlotSet|get_slot)\(\s*"(\w+)"', source))

    assert named <= set(DOMAIN["slots"])
    assert kept | {"language"} == set(DOMAIN["slots"])


def test_every_response_that_is_named_exists_and_every_one_that_exists_is_named() -> None:
    """No sentence is missing, none lies about unused."""
    missing = {name for name in NAMED if not name.endswith("*") and name not in KEYS}
    empty = {name for name in NAMED if name.endswith("*") and not any(key.startswith(name[:-1]) for key in KEYS)}
    unused = {key for key in KEYS if not is_named(key) and key not in steps("action")}

    assert (missing, empty, unused) == (set(), set(), set())


@pytest.mark.parametrize("language", FOREIGN)
@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_response_says_the_same_in_all_languages(key: str, language: str) -> None:
    """Each of the eight has its own text, the same values to fill in, and the same buttons as German."""
    german, foreign = variation(key, None), variation(key, language)

    assert german["text"].strip()
    assert foreign["text"].strip()
    assert foreign["text"] != german["text"] or len(re.sub(r"\{.*?\}|\W", "", german["text"])) <= LONGEST_ALIKE
    assert fields(german["text"]) == fields(foreign["text"])
    assert [b["payload"] for b in german.get("buttons", [])] == [b["payload"] for b in foreign.get("buttons", [])]


def test_the_note_about_the_language_is_said_in_the_citizens_language() -> None:
    """Who gets an answer in German reads why in their own language."""
    notes = {RESPONSES.text("utter_language_note", language) for language in ("de", *FOREIGN)}

    assert len(notes) == len(FOREIGN) + 1


def variation(key: str, language: str | None) -> dict[str, Any]:
    """The text of a language, or the one without a condition."""
    for each in DOMAIN["responses"][key]:
        wanted = [condition["value"] for condition in each.get("condition", [])]
        if wanted == ([language] if language else []):
            found: dict[str, Any] = each
            return found
    raise AssertionError(f"{key} has no text for {language or 'German'}")


def fields(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_button_leads_to_something_that_exists() -> None:
    """A payload names an intent, and a service or office of the town; its title fits on a button."""
    for key in KEYS:
        for language in ("de", *FOREIGN):
            values = dict.fromkeys(fields(variation(key, None if language == "de" else language)["text"]), "x")
            for button in RESPONSES.reply(key, language, **values).buttons:
                intent, brace, rest = button.payload.removeprefix("/").partition("{")
                entities = yaml.safe_load(brace + rest) if brace else {}

                assert intent in INTENTS | {"return_to_bot", "rate", "comment", "no_comment"}, button
                assert entities.get("service") in {None, *KNOWLEDGE.services}, button
                assert entities.get("office") in {None, *KNOWLEDGE.offices}, button
                assert set(entities) <= {"service", "office", "rating"}, button
                assert len(button.title) <= 30, button
