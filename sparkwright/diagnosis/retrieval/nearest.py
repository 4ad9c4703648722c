"""Which known texts mean the same as a failure (sentence vectors), by the nearest of each cause and by regression."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sparkwright.diagnosis.retrieval.corpus import Document
from sparkwright.diagnosis.retrieval.encoder import WIDTH, encoder

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

_KEPT_TEXTS = 4096
_vectors: "dict[str, Vectors]" = {}
"""By text, in this process: the corpus is encoded once whoever asks."""


def vectors_of(texts: Sequence[str]) -> "Vectors":
    """Unit vectors ``[len(texts), 384]``.

    Raises:
        EngineError: The extra ``embeddings`` is not installed, or its weights are not the ones expected.
    """
    import numpy as np

    unseen = [text for text in dict.fromkeys(texts) if text not in _vectors]
    if len(_vectors) + len(unseen) > _KEPT_TEXTS:
        _vectors.clear()
        unseen = list(dict.fromkeys(texts))
    _vectors.update(zip(unseen, encoder().encode(unseen), strict=True))
    return np.stack([_vectors[text] for text in texts]) if texts else np.zeros((0, WIDTH), np.float32)


class NearestIndex:
    """Vectors of documents, in their order."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._vectors = vectors_of([one.text for one in documents])

    def scores(self, text: str) -> "npt.NDArray[np.float64]":
        """Cosine between the text and each document, ``[documents]``, 0 where they have nothing in common."""
        import numpy as np

        return np.asarray((self._vectors @ vectors_of([text])[0]).clip(0.0, 1.0), np.float64)


@dataclass(frozen=True, slots=True)
class Regression:
    """Multinomial logistic regression on sentence vectors.

    Attributes:
        causes: The classes.
        coefficients: ``[causes, 384]``.
        intercepts: ``[causes]``.
    """

    causes: tuple[str, ...]
    coefficients: "Vectors"
    intercepts: "Vectors"

    def scores(self, text: str) -> Mapping[str, float]:
        """Probability of each class."""
        import numpy as np

        logits = self.coefficients @ vectors_of([text])[0] + self.intercepts
        shares = np.exp(logits - logits.max())
        return dict(zip(self.causes, (shares / shares.sum()).tolist(), strict=True))

    def write(self, file: Path) -> None:
        """Write it, in half precision."""
        import numpy as np

        halves = {name: getattr(self, name).astype(np.float16) for name in ("coefficients", "intercepts")}
        np.savez_compressed(file, causes=np.array(self.causes), **halves)


def read_regression(file: IO[bytes]) -> Regression:
    """What :meth:`Regression.write` wrote."""
    import numpy as np

    with np.load(file, allow_pickle=False) as arrays:
        causes = tuple(str(name) for name in arrays["causes"])
        return Regression(causes, *(arrays[name].astype(np.float32) for name in ("coefficients", "intercepts")))
