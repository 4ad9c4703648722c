"""A root cause by a language model: the likeliest of at most ten causes that were looked up first.

The model reads the facts and says how likely each name is as the answer. It writes nothing: the answer is put together
here, so no text in a log can add a cause, a fact or a field.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis import rules
from sparkwright.diagnosis.prompt import MAX_CITED, QUESTION, Prompt
from sparkwright.diagnosis.retrieval.corpus import Document, corpus
from sparkwright.diagnosis.retrieval.lexical import LexicalIndex
from sparkwright.diagnosis.retrieval.words import text_of, words_of
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES, UNKNOWN
from sparkwright.errors import EngineError
from sparkwright.llm.chat import ChatMessage
from sparkwright.llm.choices import MAX_CHOICES, choose
from sparkwright.llm.engine import LanguageModel


def question_of(items: Sequence[EvidenceItem], max_chars: int) -> tuple[ChatMessage, ...]:
    """The question that a model is trained and asked with; at most ``max_chars`` characters of facts.

    Ids, paths, hosts and sizes are left out: they are of one run, and take a small model most of its tokens.
    """
    return ({"role": "user", "content": f"{QUESTION}\n{text_of(items)[:max_chars]}"},)


def words_for(cause: str) -> str:
    """A cause as a model says it: its name in words."""
    return cause.replace("_", " ")


class CandidateCauses:
    """Causes whose known texts share rare words with a failure."""

    def __init__(self, documents: Sequence[Document] | None = None) -> None:
        self._documents = list(documents) if documents is not None else corpus()
        self._index = LexicalIndex(self._documents)

    def of(self, items: Sequence[EvidenceItem], count: int = MAX_CHOICES, thread: str = "") -> list[str]:
        """The names of at most ``count`` causes, the most alike first; none where nothing is alike.

        Args:
            items: Facts of the failure.
            count: How many at most.
            thread: A case of the documents that the failure must not be compared with: itself.
        """
        best: dict[str, float] = defaultdict(float)
        for document, score in zip(self._documents, self._index.scores(text_of(items)).tolist(), strict=True):
            if score > 0 and not (thread and document.thread == thread):
                best[document.cause] = max(score, best[document.cause])
        return sorted(best, key=lambda name: -best[name])[:count]


class CauseChooser:
    """The engine of a diagnosis over any language model.

    Args:
        model: Says how likely each candidate is.
        max_chars: Bound on the facts in a question, as in training.
        adapter: The LoRA adapter to ask with; None asks the base.
        candidates: Where candidates come from.
    """

    def __init__(
        self,
        model: LanguageModel,
        max_chars: int,
        adapter: str | None = None,
        candidates: CandidateCauses | None = None,
    ) -> None:
        self.model = model
        self._max_chars = max_chars
        self._adapter = adapter
        self._candidates = candidates or CandidateCauses()

    def complete(self, prompt: Prompt) -> str:
        """The likeliest cause and the facts that support it, as JSON of the prompt's schema.

        Raises:
            EngineError: Nothing that is known is like these facts, or the model does not answer.
        """
        shares = self.shares(prompt.shown)
        cause = max(shares, key=lambda name: shares[name])
        return json.dumps({"root_cause": cause, "evidence": supporting(cause, prompt.shown)})

    def shares(self, items: Sequence[EvidenceItem]) -> Mapping[str, float]:
        """Probability of each candidate.

        Raises:
            EngineError: Nothing that is known is like these facts, or the model does not answer.
        """
        names = self._candidates.of(items)
        if not names:
            raise EngineError("no known cause shares a word with these facts, so the model was not asked")
        found = choose(
            self.model, question_of(items, self._max_chars), [words_for(name) for name in names], adapter=self._adapter
        )
        return dict(zip(names, found, strict=True))

    def close(self) -> None:
        """Close the model."""
        self.model.close()


def supporting(cause: str, shown: Sequence[EvidenceItem]) -> list[int]:
    """Numbers, from 1, of the facts that support a cause: those with its mark, else the one that shares most words."""
    marked = [n for n, item in enumerate(shown, 1) if any(found.name == cause for found, _ in rules.marks_of(item))]
    if marked:
        return marked[:MAX_CITED]
    described = ROOT_CAUSES.get(cause, UNKNOWN)
    words = set(words_of(f"{words_for(cause)} {described.title} {described.explanation}"))
    return [max(range(1, len(shown) + 1), key=lambda n: len(words & set(words_of(text_of([shown[n - 1]])))))]
