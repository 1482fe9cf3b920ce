"""What the actions look things up in; loaded once for the process, in which nothing is written."""

import os
from functools import lru_cache
from pathlib import Path

from bot.knowledge.answers import Answers
from bot.knowledge.areas import AreaSearch, area_search
from bot.knowledge.loader import shared_knowledge


@lru_cache(maxsize=1)
def answers() -> Answers:
    """The town's knowledge, from BOT_PROJECT_DIR or the current folder; raises KnowledgeError."""
    project_dir = Path(os.environ.get("BOT_PROJECT_DIR", ".")).resolve()
    return Answers.load(project_dir, shared_knowledge(project_dir / "data"))


@lru_cache(maxsize=1)
def places() -> AreaSearch:
    """Finds the districts and streets of the town in a message."""
    return area_search(answers().knowledge)
