"""Turns texts into vectors that are close where the meaning is close, across languages."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import ctranslate2
import numpy as np
import numpy.typing as npt

from bot.engine.encoder.conversion import ensure_converted
from bot.engine.encoder.tokenizer import UnigramTokenizer

DIMENSIONS = 384
BATCH = 64
MOST_TOKENS = 96
PREFIX = "query: "
Vectors = npt.NDArray[np.float32]


class _NoPool:
    """Does in turn what a pool does side by side."""

    map = staticmethod(map)


class SentenceEncoder:
    """multilingual-e5-small with 8 bits a weight: 6 ms a question on one core; a text is read up to 96 tokens."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self._tokenizer = UnigramTokenizer.load(folder / "pieces.json")
        self._network = ctranslate2.Encoder(
            str(folder), device="cpu", compute_type="int8", intra_threads=1, inter_threads=threads
        )
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else _NoPool()

    def encode(self, texts: list[str]) -> Vectors:
        """Unit vectors, shape (len(texts), 384), float32."""
        cut = [self._tokenizer.cut(PREFIX + text, most=MOST_TOKENS) for text in texts]
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        in_order = sorted(range(len(texts)), key=lambda position: len(cut[position]))
        batches = [in_order[first : first + BATCH] for first in range(0, len(in_order), BATCH)]
        means = self._pool.map(lambda batch: self._mean([cut[position] for position in batch]), batches)
        for positions, mean in zip(batches, means, strict=True):
            vectors[positions] = mean
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))

    def _mean(self, batch: list[list[int]]) -> Vectors:
        states = np.array(self._network.forward_batch(batch).last_hidden_state)
        lengths = np.array([len(tokens) for tokens in batch])
        mask = np.arange(states.shape[1]) < lengths[:, None]
        return np.asarray((states * mask[:, :, None]).sum(axis=1) / lengths[:, None], dtype=np.float32)


def models_dir() -> Path:
    """Where trained models and the converted encoder lie: BOT_MODELS_DIR, else `models` below the current folder."""
    return Path(os.environ.get("BOT_MODELS_DIR", "models")).resolve()


@lru_cache(maxsize=1)
def load_encoder() -> SentenceEncoder:
    """The encoder of this process, for one sentence at a time."""
    return SentenceEncoder(ensure_converted(models_dir()))


@lru_cache(maxsize=1)
def encode_all(texts: tuple[str, ...]) -> Vectors:
    """Vectors of many texts on all cores; those of the last call are kept, because training asks twice."""
    return SentenceEncoder(ensure_converted(models_dir()), threads=os.cpu_count() or 1).encode(list(texts))
