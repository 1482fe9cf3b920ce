"""Rasa as `rasa init` sets it up: DIET with a service id as intent."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import yaml

from benchmarks.baselines.baseline import to_result
from benchmarks.baselines.examples import Examples

NO_INTENT = "nlu_fallback"
MODEL = Path("models") / "diet.tar.gz"
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TQDM_DISABLE": "1",
}


class DietBaseline:
    """Trained once for its examples, into `folder`; asked in a process of its own, which TensorFlow leaves again."""

    name = "Rasa's default"
    explanation = (
        "the pipeline of `rasa init` with DIET (100 epochs), a service as intent, "
        "FallbackClassifier with 0.3 and ambiguity 0.1"
    )
    has_confidence = True

    def __init__(self, examples: Examples, folder: Path, *, retrain: bool = False) -> None:
        pipeline = default_config()["pipeline"]
        self._project = folder / f"diet-{examples.fingerprint(json.dumps(pipeline), version('rasa'))}"
        if retrain or not self._project.exists():
            _train(examples, pipeline, self._project)
        self.seconds: float = json.loads((self._project / "trained.json").read_text(encoding="utf-8"))["seconds"]

    def ask(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """An object a text, each timed by itself within the process."""
        with TemporaryDirectory() as folder:
            asked, answered = Path(folder) / "texts.json", Path(folder) / "results.json"
            asked.write_text(json.dumps(list(texts)), encoding="utf-8")
            _run("-m", "benchmarks.baselines.diet_worker", str(self._project / MODEL), str(asked), str(answered))
            results = json.loads(answered.read_text(encoding="utf-8"))
        return [_to_result(each) for each in results]


def default_config() -> dict[str, Any]:
    """Pipeline and policies that Rasa fills in where a project names none, as in that of `rasa init`."""
    spec = find_spec("rasa")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    path = Path(spec.submodule_search_locations[0]) / "engine" / "recipes" / "config_files" / "default_config.yml"
    config: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return config


def to_training_data(examples: Examples) -> dict[str, Any]:
    """The examples in Rasa's format, a label as an intent."""
    texts: dict[str, list[str]] = {}
    for text, label in zip(examples.texts, examples.labels, strict=True):
        texts.setdefault(label, []).append(text.translate({ord("["): "(", ord("]"): ")"}))  # brackets mark entities
    nlu = [{"intent": label, "examples": "".join(f"- {text}\n" for text in each)} for label, each in texts.items()]
    return {"version": "3.1", "nlu": nlu}


def _train(examples: Examples, pipeline: list[dict[str, Any]], project: Path) -> None:
    project.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(mkdtemp(prefix="unfinished-diet-", dir=project.parent))
    try:
        _write_project(examples, pipeline, unfinished)
        command = [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "rasa",
            "train",
            "nlu",
            "--nlu",
            "nlu.yml",
            "--config",
            "config.yml",
        ]
        command += ["--domain", "domain.yml", "--out", str(MODEL.parent), "--fixed-model-name", MODEL.name]
        started = time.perf_counter()
        subprocess.run(["nice", "-n", "19", *command], cwd=unfinished, env={**os.environ, **QUIET}, check=True)
        trained = {"seconds": round(time.perf_counter() - started, 1), "examples": len(examples.texts)}
        (unfinished / "trained.json").write_text(json.dumps(trained), encoding="utf-8")
        shutil.rmtree(project, ignore_errors=True)
        unfinished.rename(project)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _write_project(examples: Examples, pipeline: list[dict[str, Any]], folder: Path) -> None:
    config = {"recipe": "default.v1", "assistant_id": "baseline", "language": "de", "pipeline": pipeline}
    for name, content in (
        ("nlu.yml", to_training_data(examples)),
        ("domain.yml", {"version": "3.1", "intents": list(dict.fromkeys(examples.labels))}),
        ("config.yml", {**config, "policies": []}),
    ):
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _run(*arguments: str, folder: Path | None = None) -> None:
    """Run Python, and show the end of what it said where it fails."""
    command = [sys.executable, "-W", "ignore", *arguments]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **QUIET}, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(
            f"{' '.join(arguments)} ended with code {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}"
        )


def _to_result(parsed: dict[str, Any]) -> dict[str, Any]:
    ranking = [(name, score) for name, score in parsed["ranking"] if name != NO_INTENT]
    return to_result(ranking, is_answered=parsed["intent"] != NO_INTENT, milliseconds=parsed["ms"])
