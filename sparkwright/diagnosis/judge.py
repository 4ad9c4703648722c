"""Who answers: rules and known texts weighed together, with a calibrated confidence, or an honest ``unknown``."""

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis import rules
from sparkwright.diagnosis.retrieval.corpus import Document, corpus
from sparkwright.diagnosis.retrieval.words import text_of, text_of_item, words_of
from sparkwright.diagnosis.rules import Attribution
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES, UNKNOWN, RootCause, Strength
from sparkwright.diagnosis.weighing import (
    MEMBERS,
    Signals,
    Weights,
    add_scores,
    join_sides,
    probabilities,
    rule_signals,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sparkwright.diagnosis.retrieval.nearest import Regression

Model = Callable[[Sequence[EvidenceItem], str], Mapping[str, float]]
"""A language model's probability of each cause, from facts and the thread that they must not be compared with."""

_MIN_LIKELY = 0.01
_MIN_ALIKE = 0.5
"""Share of words that a failure has in common with one that was confirmed, from which on that one has a say."""


class Index(Protocol):
    """Texts that a failure is compared with."""

    def scores(self, text: str) -> "npt.NDArray[np.float64]":
        """How alike each of them is, 0 to 1, in the order of the corpus."""
        ...


@dataclass(frozen=True, slots=True)
class Judgement:
    """A failure put down to a cause, or to ``unknown``, and how sure that is.

    Attributes:
        cause: What is shown.
        confidence: Calibrated probability that ``cause`` is the root cause; None where it is ``unknown``, or a symptom.
        evidence: The facts it rests on, strongest first; empty for ``unknown``.
        source: ``rules`` where they name it, too, else ``cases``: only texts with the same words do.
        may_repair: Whether it is sure enough to name properties.
        runner_up: The next likely cause; of ``unknown`` the likeliest, which was not sure enough; None where nothing
            else has a probability of 1%.
        shares: Probability of every cause that something speaks for, ``unknown`` among them, the likeliest first.
        symptom_only: Whether ``cause`` is only what followed from a root cause that no fact tells.
    """

    cause: RootCause
    confidence: float | None
    evidence: tuple[EvidenceItem, ...]
    source: Literal["rules", "cases"]
    may_repair: bool
    runner_up: str | None
    shares: Mapping[str, float]
    symptom_only: bool = False

    @property
    def best(self) -> tuple[str, float] | None:
        """The likeliest cause, shown or not, and its probability; None where nothing points anywhere."""
        return next(((name, share) for name, share in self.shares.items() if name != UNKNOWN.name), None)


class Judge:
    """Judges failures.

    Args:
        weights: Who has a say, and how much.
        site: Cases that people of the site confirmed.
        without: Causes held back from marks and corpus, to see what happens where a cause is not known.
        regression: Where ``weights`` give it a say.
        model: A language model, where ``weights`` give it a say.

    Raises:
        EngineError: ``weights`` give embeddings a say, and they are not installed.
    """

    def __init__(
        self,
        weights: Weights,
        site: Sequence[Document] = (),
        without: Collection[str] = (),
        regression: "Regression | None" = None,
        model: Model | None = None,
    ) -> None:
        self.weights = weights
        self._without = frozenset(without)
        self._regression = regression
        self._model = model
        self._site = _site_words(site)
        self._documents = [one for one in corpus() if one.cause not in self._without]
        self._indexes: dict[str, Index] = {}
        if "bm25" in weights.members:
            from sparkwright.diagnosis.retrieval.lexical import LexicalIndex

            self._indexes["bm25"] = LexicalIndex(self._documents)
        if "nearest" in weights.members:
            from sparkwright.diagnosis.retrieval.nearest import NearestIndex

            self._indexes["nearest"] = NearestIndex(self._documents)

    def with_weights(self, weights: Weights) -> "Judge":
        """The same indexes under other weights, whose members must be among those of this judge."""
        other = copy.copy(self)
        other.weights = weights
        return other

    def with_site(self, site: Sequence[Document]) -> "Judge":
        """The same judge with the cases that people of the site confirmed; the indexes are shared."""
        other = copy.copy(self)
        other._site = _site_words(site)
        return other

    def judge(
        self, items: Sequence[EvidenceItem], properties: Mapping[str, str] | None = None, thread: str = ""
    ) -> Judgement:
        """What the facts point to.

        Args:
            items: Facts about one application; there may be none.
            properties: Its effective ``spark.*`` properties, if known.
            thread: A case of the corpus that must not be compared with itself.
        """
        found = rules.diagnose(items, properties, self._without)
        signals = self.signals(items, properties, thread)
        shares = probabilities(signals, self.weights.weights)
        causes = [(name, share) for name, share in shares.items() if name != UNKNOWN.name]
        likely = [name for name, share in causes if share >= _MIN_LIKELY]
        name, share = causes[0] if causes else (UNKNOWN.name, 0.0)
        # A cause is shown only with a fact that supports it.
        evidence = self.supporting(items, ROOT_CAUSES[name], found) if causes else ()
        is_symptom = "answer_weak" in signals.get(name, {})
        # Two causes spelled out, and words that speak against the order of the rules: nobody knows.
        is_disputed = name != found.cause.name and "answer_specific" in signals.get(found.cause.name, {})
        if share < self.weights.show_from or is_symptom or is_disputed or not evidence:
            if "answer_weak" not in signals.get(found.cause.name, {}):
                return Judgement(UNKNOWN, None, (), "rules", False, next(iter(likely), None), shares)
            # A symptom whose cause nobody wrote down is named for what it is.
            others = (other for other in likely if other != found.cause.name)
            return Judgement(found.cause, None, found.evidence, "rules", False, next(others, None), shares, True)
        return Judgement(
            cause=ROOT_CAUSES[name],
            confidence=share,
            evidence=evidence,
            source="rules" if found.cause.name == name else "cases",
            may_repair=share >= max(self.weights.show_from, self.weights.repair_from),
            runner_up=next((other for other in likely if other != name), None),
            shares=shares,
        )

    def signals(
        self, items: Sequence[EvidenceItem], properties: Mapping[str, str] | None = None, thread: str = ""
    ) -> Signals:
        """What speaks for each cause; see :mod:`sparkwright.diagnosis.weighing`."""
        signals: Signals = {UNKNOWN.name: {"unknown_silent": 1.0}}
        if "rules" in self.weights.members:
            found = rules.diagnose(items, properties, self._without)
            signals = rule_signals(found.cause.name, rules.marked(items, properties, self._without))
        text = text_of(items)
        if not text:
            return signals
        members = self.weights.members
        for member, index in self._indexes.items():
            if member in members:
                add_scores(signals, MEMBERS[member][0], self._by_cause(index.scores(text).tolist(), thread))
        if self._regression is not None and "regression" in members:
            told = self._regression.scores(text).items()
            kept = {name: share for name, share in told if name in ROOT_CAUSES and name not in self._without}
            total = sum(kept.values()) or 1.0
            add_scores(signals, "regression", {name: share / total for name, share in kept.items()})
        if self._model is not None and "model" in members:
            add_scores(signals, "model", self._model(items, thread))
        self._add_site(signals, text)
        return join_sides(signals)

    def _by_cause(self, scores: Sequence[float], thread: str) -> dict[str, float]:
        by_cause: dict[str, float] = {}
        for document, score in zip(self._documents, scores, strict=True):
            if score > 0 and not (thread and document.thread == thread):
                by_cause[document.cause] = max(score, by_cause.get(document.cause, 0.0))
        return by_cause

    def _add_site(self, signals: Signals, text: str) -> None:
        """Confirmed failures with the same words speak for their cause, but never against a mark that names another.

        So a wrong confirmation cannot by itself turn an answer that the evidence spells out.
        """
        named = {name for name, one in signals.items() if "answer_specific" in one or "other_specific" in one}
        words = frozenset(words_of(text))
        for cause, known in self._site:
            alike = len(words & known) / max(1, len(words | known))
            if alike >= _MIN_ALIKE and (not named or cause in named):
                values = signals.setdefault(cause, {})
                values["site"] = max(alike, values.get("site", 0.0))

    def supporting(
        self, items: Sequence[EvidenceItem], cause: RootCause, found: Attribution
    ) -> tuple[EvidenceItem, ...]:
        """The facts that support a cause, strongest first: those with its mark, else those that share its words."""
        if found.cause is cause:
            return found.evidence
        marked: list[tuple[Strength, EvidenceItem]] = []
        silent: list[EvidenceItem] = []
        for item in items:
            strengths = {one.name: strength for one, strength in rules.marks_of(item)}
            if cause.name in strengths:
                marked.append((strengths[cause.name], item))
            elif rules.is_failure(item) and item.kind != "metric" and Strength.SPECIFIC not in strengths.values():
                silent.append(item)
        if marked:
            return tuple(item for _, item in sorted(marked, key=lambda pair: -pair[0]))
        words = set(words_of(" ".join(one.text for one in self._documents if one.cause == cause.name)))
        words |= {word for name, known in self._site if name == cause.name for word in known}
        shared = [(len(words & set(words_of(text_of_item(item)))), item) for item in silent]
        return tuple(item for count, item in sorted(shared, key=lambda pair: -pair[0]) if count)


def _site_words(site: Sequence[Document]) -> list[tuple[str, frozenset[str]]]:
    return [(one.cause, frozenset(words_of(one.text))) for one in site if one.cause in ROOT_CAUSES]
