"""Names of the aspects on buttons, and the words by which an aspect is recognised without the model."""

from collections.abc import Mapping
from pathlib import Path

from bot.domain.services import Aspect, LocalizedText, in_language
from bot.errors import KnowledgeError
from bot.knowledge.text import to_words
from bot.knowledge.yaml_file import YamlFile


class AspectWords:
    """The content of data/aspects.yml."""

    def __init__(self, labels: Mapping[Aspect, LocalizedText], keywords: Mapping[Aspect, tuple[str, ...]]) -> None:
        self._labels = labels
        self._keywords = [(f" {' '.join(to_words(word))}", aspect) for aspect, words in keywords.items() for word in words]

    @classmethod
    def load(cls, path: Path) -> "AspectWords":
        """Read the file; raises KnowledgeError where an aspect lacks its label or keywords."""
        content = YamlFile(path).content
        try:
            labels = {aspect: content[aspect.value]["label"] for aspect in Aspect}
            keywords = {aspect: tuple(content[aspect.value]["keywords"]) for aspect in Aspect}
        except (KeyError, TypeError) as e:
            raise KnowledgeError(f"{path}:1: missing: Jeder Aspekt braucht label und keywords ({e}).") from None
        return cls(labels, keywords)

    def label(self, aspect: Aspect, language: str) -> str:
        """The word on a button."""
        return in_language(self._labels[aspect], language)

    def find_aspect(self, text: str) -> Aspect | None:
        """The aspect whose longest keyword begins a word of the text."""
        words = f" {' '.join(to_words(text))}"
        found = [(len(keyword), aspect) for keyword, aspect in self._keywords if keyword in words]
        return max(found, key=lambda each: each[0])[1] if found else None
