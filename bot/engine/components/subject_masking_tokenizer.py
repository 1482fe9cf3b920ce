"""Tokens in which the named service or office is replaced by one word, so that the intent does not depend on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.knowledge.keyword_search import Hit, KeywordSearch, office_search, service_search
from bot.knowledge.loader import load_knowledge
from bot.knowledge.text import to_words

SERVICE_WORD = "dienstleistung"
OFFICE_WORD = "dienststelle"
CERTAIN = 90.0


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class SubjectMaskingTokenizer(WhitespaceTokenizer):
    """`was kostet ein Reisepass` becomes `was kostet ein dienstleistung`: one example teaches the aspect for all."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`data_dir`: the editors' files; the rest as Rasa's tokenizer."""
        return {**WhitespaceTokenizer.get_default_config(), "data_dir": "data"}

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self._searches: tuple[KeywordSearch, KeywordSearch] | None = None

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Rasa's tokens, those that name a service or office replaced; neighbours of one name are one token."""
        tokens: list[Token] = super().tokenize(message, attribute)
        if attribute != TEXT:
            return tokens
        masks = self._masks(message.get(attribute))
        return _merge([(token, _mask_of(token, masks)) for token in tokens]) if masks else tokens

    def _masks(self, text: str) -> dict[str, str]:
        """Folded words of the text that belong to a name, with the word that stands for it."""
        if self._searches is None:
            knowledge = load_knowledge(Path(self._config["data_dir"]).resolve())
            self._searches = service_search(knowledge.services.values()), office_search(knowledge.offices.values())
        words = to_words(text)
        masks: dict[str, str] = {}
        for search, mask in zip(self._searches, (SERVICE_WORD, OFFICE_WORD), strict=True):
            for hit in search.find(text):
                masks.update(dict.fromkeys(_words_of(hit, words), mask))
        return masks


def _words_of(hit: Hit, words: list[str]) -> list[str]:
    return words[hit.start : hit.start + hit.length] if hit.score >= CERTAIN else []


def _mask_of(token: Token, masks: dict[str, str]) -> str | None:
    return next((masks[word] for word in to_words(token.text) if word in masks), None)


def _merge(tokens: list[tuple[Token, str | None]]) -> list[Token]:
    merged: list[Token] = []
    previous: str | None = None
    for token, mask in tokens:
        if mask is None:
            merged.append(token)
        elif mask != previous:
            merged.append(Token(mask, token.start, token.end))
        previous = mask
    return merged
