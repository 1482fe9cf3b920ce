"""Greetings, thanks and calls for a person as data/nlu/ lists them, recognised by their very words."""

from pathlib import Path

from bot.knowledge.text import to_words
from bot.knowledge.yaml_file import YamlFile


class DialogueActs:
    """Looks a message up among the examples of data/nlu/dialogue.yml."""

    def __init__(self, examples: dict[str, str]) -> None:
        self._examples = examples

    @classmethod
    def load(cls, path: Path) -> "DialogueActs":
        """Read Rasa's training file; raises KnowledgeError."""
        content = YamlFile(path).content
        examples: dict[str, str] = {}
        for entry in content.get("nlu", []):
            for line in entry.get("examples", "").splitlines():
                examples[_key(line.lstrip("- "))] = entry["intent"]
        return cls(examples)

    def find_intent(self, text: str) -> str | None:
        """The intent of which this very text is an example."""
        return self._examples.get(_key(text))


def _key(text: str) -> str:
    return " ".join(to_words(text))
