"""Dialogues of dialogues.yml against the real engine, asked as `rathausbote ask` asks."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from bot.asking import Asker, Dialogue
from bot.knowledge.answers import Answers
from bot.knowledge.loader import load_knowledge
from tests.engine_process import PROJECT_DIR, EngineProcess

pytestmark = pytest.mark.engine
DIALOGUES = yaml.safe_load((Path(__file__).parent / "dialogues.yml").read_text(encoding="utf-8"))
ANSWERS = Answers.load(PROJECT_DIR, load_knowledge(PROJECT_DIR / "data"))
MONDAY = "2026-11-23T10:00"
EXACT = ("decision", "service", "office", "aspect", "language", "handoff_reason")
CHECKS = {*EXACT, "user", "words", "not_words", "offered", "not_service"}


@pytest.fixture
async def asker(engine: EngineProcess, request: pytest.FixtureRequest) -> AsyncIterator[Asker]:
    """Asks at the moment of the dialogue, on the town's clock."""
    at = request.param
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    client = engine.client()
    yield Asker(client, ANSWERS, moment.replace(tzinfo=ZoneInfo("Europe/Berlin")))
    await client.close()


@pytest.mark.parametrize(
    ("dialogue", "asker"),
    [pytest.param(each, each.get("at", MONDAY), id=each["id"]) for each in DIALOGUES],
    indirect=["asker"],
)
async def test_a_dialogue_goes_as_it_should(dialogue: dict[str, Any], asker: Asker) -> None:
    """Every turn comes out as the file says."""
    carried = Dialogue(dialogue["id"])
    for number, turn in enumerate(dialogue["turns"], start=1):
        result = await asker.ask(turn["user"], carried)

        assert find_differences(turn, result) == [], f"turn {number}: {turn['user']}"


def find_differences(turn: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """What is not as the turn wants it."""
    text = "\n".join(reply["text"] for reply in result["replies"])
    found = [
        f"{name} is {result[name]!r}, not {turn[name]!r}" for name in EXACT if name in turn and result[name] != turn[name]
    ]
    found += [f"{words!r} is missing in {text!r}" for words in turn.get("words", []) if words not in text]
    found += [f"{words!r} stands in {text!r}" for words in turn.get("not_words", []) if words in text]
    if "offered" in turn and turn["offered"] not in [result["service"], *result["options"]]:
        found.append(f"{turn['offered']} is neither answered nor offered")
    if "not_service" in turn and result["service"] == turn["not_service"]:
        found.append(f"answered by {result['service']}")
    return found


def test_every_check_of_the_file_is_one_that_is_made() -> None:
    """A mistyped field would check nothing."""
    assert {field for dialogue in DIALOGUES for turn in dialogue["turns"] for field in turn} <= CHECKS
    assert len({dialogue["id"] for dialogue in DIALOGUES}) == len(DIALOGUES)
