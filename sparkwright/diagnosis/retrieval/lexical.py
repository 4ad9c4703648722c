"""Which known texts share rare words with a failure (BM25)."""

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sparkwright.diagnosis.retrieval.corpus import Document
from sparkwright.diagnosis.retrieval.words import words_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class LexicalIndex:
    """An index over documents, built in milliseconds.

    Args:
        documents: At least one; their order is that of the scores.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        import bm25s

        self._index = bm25s.BM25(method="lucene")
        self._index.index([words_of(one.text) or ["-"] for one in documents], show_progress=False)
        self._count = len(documents)
        data, starts = self._index.scores["data"], self._index.scores["indptr"]
        self._most = [float(data[a:b].max(initial=0.0)) for a, b in itertools.pairwise(starts)]
        self._most_of_unheard = sum(self._most) / max(1, len(self._most))

    def scores(self, text: str) -> "npt.NDArray[np.float64]":
        """How much of what the text says each document says, too: ``[documents]``, 0 to 1."""
        import numpy as np

        vocabulary = self._index.vocab_dict
        words = list(dict.fromkeys(words_of(text)))
        known = [word for word in words if word in vocabulary]
        if not known:
            return np.zeros(self._count)
        # The most that any document could score: of every word the document that says it best. A word that none says
        # counts, too, so that a failure of a kind nobody heard of is like none of them.
        most = sum(self._most[vocabulary[word]] for word in known) + self._most_of_unheard * (len(words) - len(known))
        shares: npt.NDArray[np.float64] = np.asarray(self._index.get_scores(known), np.float64) / max(most, 1e-9)
        return shares
