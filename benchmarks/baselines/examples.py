"""What all baselines learn from: texts with the id of their service, or `none`."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.knowledge.knowledge import Knowledge

NONE = "none"
NONE_FILES = ("out_of_scope.yml", "dialogue.yml")


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts and their labels, in the same order."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]

    def fingerprint(self, *parts: str) -> str:
        """16 hexadecimal digits over the examples and what else a model is made of."""
        content = json.dumps([self.texts, self.labels, parts])
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def load_examples(knowledge: Knowledge, nlu_dir: Path) -> Examples:
    """Names, synonyms and example questions of all entries; referrals, dialogue acts and what is out of scope as `none`."""
    pairs = [(text, service) for service, texts in _of_services(knowledge) for text in texts]
    pairs += [(text, NONE) for text in _of_nothing(knowledge, nlu_dir)]
    unique = dict.fromkeys((" ".join(text.split()), label) for text, label in pairs)
    return Examples(tuple(text for text, _ in unique), tuple(label for _, label in unique))


def _of_services(knowledge: Knowledge) -> Iterator[tuple[str, list[str]]]:
    for service in knowledge.services.values():
        synonyms = [phrase for phrases in service.synonyms.values() for phrase in phrases]
        examples = [example.text for example in service.examples]
        yield service.id, [*service.name.values(), *service.short_name.values(), *synonyms, *examples]


def _of_nothing(knowledge: Knowledge, nlu_dir: Path) -> Iterable[str]:
    for referral in knowledge.referrals.values():
        yield from referral.name.values()
        for phrases in (*referral.synonyms.values(), *referral.examples.values()):
            yield from phrases
    for path in [nlu_dir / name for name in NONE_FILES]:
        for intent in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            yield from (line.removeprefix("-").strip() for line in intent["examples"].splitlines())
