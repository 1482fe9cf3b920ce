"""What the model makes of a text, kept for the next one who asks the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from hashlib import blake2b
from typing import Any

from cachetools import LRUCache

Meaning = dict[str, Any]
KEPT = 4_000


class Meanings:
    """Understands each text once; the pipeline reads nothing else, so that the same text means the same again.

    In a crisis many ask the same. What is kept has a fingerprint for a name and holds no word of a citizen.
    """

    def __init__(self, parse: Callable[[list[str]], Iterable[Meaning]], kept: int = KEPT) -> None:
        self._parse = parse
        self._kept: LRUCache[bytes, Meaning] = LRUCache(kept)

    def find(self, texts: Sequence[str]) -> list[Meaning]:
        """The meaning of each text, with the text; those that are new are parsed in one run."""
        keys = [blake2b(text.encode("utf-8", "replace")).digest() for text in texts]
        known = {key: self._kept[key] for key in keys if key in self._kept}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if new:
            for key, meaning in zip(new, self._parse(list(new.values())), strict=True):
                known[key] = self._kept[key] = {name: value for name, value in meaning.items() if name != "text"}
        return [{**deepcopy(known[key]), "text": text} for key, text in zip(keys, texts, strict=True)]
