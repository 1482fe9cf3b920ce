"""A Rasa server as `rasa init` sets it up, with the town's services as intents, asked through its REST channel."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import aiohttp
import yaml

from benchmarks.baselines.diet import QUIET, default_config, to_training_data
from benchmarks.baselines.examples import Examples

EPOCHS = 2
"""Of DIET, for which `rasa init` has 100: how long it thinks about a question does not depend on it."""
MODEL = Path("models") / "default.tar.gz"
Json = dict[str, Any]


@dataclass
class DefaultRasa:
    """The server behind this address."""

    base: str
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @asynccontextmanager
    async def visit(self, http: aiohttp.ClientSession) -> AsyncIterator["RestVisit"]:
        """A new sender."""
        yield RestVisit(http, f"{self.base}/webhooks/rest/webhook", f"citizen{next(self._numbers)}")


@dataclass
class RestVisit:
    """One sender of the REST channel."""

    http: aiohttp.ClientSession
    url: str
    sender: str

    async def ask(self, text: str) -> None:
        """The channel answers with all replies; none is taken for an answer too, as its policies may choose so."""
        async with self.http.post(self.url, json={"sender": self.sender, "message": text}) as response:
            response.raise_for_status()
            await response.json()


def command(project: Path, port: int) -> list[str]:
    """What starts the server."""
    rasa = [sys.executable, "-W", "ignore", "-m", "rasa", "run", "--port", str(port), "--interface", "127.0.0.1"]
    return [*rasa, "--model", str(project / MODEL), "--credentials", str(project / "credentials.yml")]


def train(examples: Examples, folder: Path) -> Path:
    """The project with its model, trained once for its examples."""
    project = folder / f"default-{examples.fingerprint(str(EPOCHS), version('rasa'))}"
    if project.exists():
        return project
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = Path(mkdtemp(prefix="unfinished-default-", dir=folder))
    try:
        _write(examples, unfinished)
        run = [sys.executable, "-W", "ignore", "-m", "rasa", "train", "--fixed-model-name", MODEL.name]
        started = time.perf_counter()
        subprocess.run(run, cwd=unfinished, env={**os.environ, **QUIET}, check=True, stdout=subprocess.DEVNULL)
        (unfinished / "trained.json").write_text(json.dumps({"seconds": time.perf_counter() - started}), "utf-8")
        unfinished.rename(project)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return project


def _write(examples: Examples, folder: Path) -> None:
    labels = list(dict.fromkeys(examples.labels))
    responses = {f"utter_{label}": [{"text": f"Hier steht, was zu {label} zu sagen ist."}] for label in labels}
    first, second, third, *_ = labels
    rules = [_path("rule", label, [label]) for label in labels]
    stories = [_path("story", f"{first} {other}", [first, other]) for other in (second, third)]
    session = {"session_expiration_time": 60, "carry_over_slots_to_new_session": True}
    domain = {"version": "3.1", "intents": labels, "responses": responses, "session_config": session}
    files = {
        "data/nlu.yml": to_training_data(examples),
        "data/rules.yml": {"version": "3.1", "rules": rules},
        "data/stories.yml": {"version": "3.1", "stories": stories},
        "domain.yml": domain,
        "config.yml": _config(),
        "credentials.yml": {"rest": {}},
    }
    (folder / "data").mkdir()
    for name, content in files.items():
        text = yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
        (folder / name).write_text(text, encoding="utf-8")


def _path(kind: str, name: str, labels: list[str]) -> Json:
    steps = [[{"intent": label}, {"action": f"utter_{label}"}] for label in labels]
    return {kind: name, "steps": [step for pair in steps for step in pair]}


def _config() -> Json:
    config = default_config()
    for component in config["pipeline"]:
        if component["name"] == "DIETClassifier":
            component["epochs"] = EPOCHS
    return {**config, "assistant_id": "default"}
