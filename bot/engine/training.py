"""Trains the Rasa model of the current files, unless it exists already."""

import logging
import os
import time
from pathlib import Path

from bot.engine.fingerprint import model_path
from bot.errors import RathausboteError

logger = logging.getLogger(__name__)
KEPT_MODELS = 3


class TrainingFailed(RathausboteError):
    """Rasa could not make a model of the files."""

    code = "training_failed"


def ensure_model(project_dir: Path, models_dir: Path, *, force: bool = False) -> Path:
    """Path of the model for the current files, trained now if it is missing; raises TrainingFailed, KnowledgeError."""
    try:
        path = model_path(project_dir, models_dir)
    except OSError as e:
        raise TrainingFailed(f"{e.filename} can't be read: {e.strerror}") from None
    if path.exists() and not force:
        return path
    models_dir.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    _train(project_dir, path)
    logger.info("model trained", extra={"model": path.name, "seconds": round(time.monotonic() - started, 1)})
    _drop_old_models(models_dir)
    return path


def _train(project_dir: Path, path: Path) -> None:
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["BOT_MODELS_DIR"] = str(path.parent)
    from rasa.model_training import train

    unfinished = path.with_name(f"unfinished-{os.getpid()}-{path.name}")
    previous = Path.cwd()
    os.chdir(project_dir)
    try:
        result = train(
            domain="domain.yml",
            config="config.yml",
            training_files=["data/nlu", "data/rules"],
            output=str(unfinished.parent),
            fixed_model_name=unfinished.name,
            force_training=True,
        )
        if result.code != 0 or not unfinished.exists():
            raise TrainingFailed(f"rasa ended with code {result.code}")
        if model_path(project_dir, path.parent) != path:
            raise TrainingFailed("the files changed during the training; train again")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
        os.chdir(previous)


def _drop_old_models(models_dir: Path) -> None:
    models = sorted(models_dir.glob("rathausbote-*.tar.gz"), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in models[KEPT_MODELS:]:
        old.unlink(missing_ok=True)
