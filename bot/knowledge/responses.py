"""The town's standard sentences: the `responses` of domain.yml, read without Rasa."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.domain.messages import Button, Reply
from bot.errors import KnowledgeError
from bot.knowledge.yaml_file import YamlFile


class DomainResponses:
    """Responses by key; a variation with the condition `slot language = xx` is the text of that language."""

    def __init__(self, responses: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._responses = responses

    @classmethod
    def load(cls, path: Path) -> "DomainResponses":
        """Read domain.yml; raises KnowledgeError."""
        responses = YamlFile(path).content.get("responses")
        if not isinstance(responses, dict):
            raise KnowledgeError(f"{path}:1: missing: Das Feld „responses“ fehlt.")
        return cls(responses)

    @property
    def variations(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """As they are written, by key."""
        return self._responses

    def reply(self, key: str, language: str, **values: str) -> Reply:
        """The response in this language, else in German; raises KeyError for an unknown key or a missing value.

        As in Rasa, {word} is filled in, in texts and payloads, and doubled braces stand for one.
        """
        variation = self._variation(key, language)
        buttons = tuple(Button(b["title"], b["payload"].format_map(values)) for b in variation.get("buttons", ()))
        return Reply(str(variation["text"]).format_map(values).strip(), buttons)

    def text(self, key: str, language: str, **values: str) -> str:
        """The text of the response alone."""
        return self.reply(key, language, **values).text

    def has(self, key: str) -> bool:
        """Whether there is such a response."""
        return key in self._responses

    def keys(self) -> set[str]:
        """All keys there are."""
        return set(self._responses)

    def _variation(self, key: str, language: str) -> Mapping[str, Any]:
        general: Mapping[str, Any] | None = None
        for variation in self._responses[key]:
            languages = [c["value"] for c in variation.get("condition", ()) if c.get("name") == "language"]
            if language in languages:
                return variation
            if not languages and general is None:
                general = variation
        if general is None:
            raise KeyError(f"{key} has no text without a condition")
        return general
