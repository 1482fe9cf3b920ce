"""Asks a Rasa model: `diet_worker MODEL TEXTS RESULTS`, two JSON files, since Rasa itself writes to standard output."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import skops.io  # noqa: F401 - before TensorFlow: its import asks every loaded module, which then takes seconds
from rasa.core.agent import Agent

WARM_UP = "hallo"


async def ask(agent: Agent, text: str) -> dict[str, Any]:
    """What the model makes of a text."""
    started = time.perf_counter()
    parsed = await agent.parse_message(text.lstrip("/ ") or "?")
    milliseconds = 1000 * (time.perf_counter() - started)
    ranking = [(each["name"], float(each["confidence"])) for each in parsed["intent_ranking"]]
    return {"intent": parsed["intent"]["name"], "ranking": ranking, "ms": milliseconds}


async def ask_all(agent: Agent, texts: list[str]) -> list[dict[str, Any]]:
    """One text after the other."""
    return [await ask(agent, text) for text in texts]


def main() -> None:
    """Answer all texts in order."""
    model, asked, answered = sys.argv[1:]
    texts = json.loads(Path(asked).read_text(encoding="utf-8"))
    agent = Agent.load(model)
    results = asyncio.run(ask_all(agent, [WARM_UP, *texts]))[1:]
    Path(answered).write_text(json.dumps(results), encoding="utf-8")


if __name__ == "__main__":
    main()
