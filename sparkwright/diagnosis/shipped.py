"""The judge that ships: of the base, or with a say of the embeddings where their extra is installed."""

import importlib.util
import json
from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import files

from sparkwright.diagnosis.judge import Judge
from sparkwright.diagnosis.retrieval.corpus import Document
from sparkwright.diagnosis.retrieval.encoder import NEEDS as ENCODER_NEEDS
from sparkwright.diagnosis.weighing import Weights

WEIGHTS = "weights.json"
"""Weights of several judges, the best first; written by ``sparkwright evaluate troubleshooter --fit``."""
REGRESSION = "regression.npz"
"""The regression on sentence vectors, for installations with the extra ``embeddings``."""
_NEEDS = {
    "rules": (),
    "bm25": ("bm25s", "numpy"),
    "nearest": ENCODER_NEEDS,
    "regression": ENCODER_NEEDS,
    "model": ("peft", "torch", "transformers"),
}


@cache
def shipped_weights() -> tuple[Weights, ...]:
    """All that ship, the best first; the last one needs nothing but the base."""
    content = json.loads(files(__package__).joinpath(WEIGHTS).read_text(encoding="utf-8"))
    return tuple(Weights(**{**one, "members": tuple(one["members"])}) for one in content)


def is_available(members: Sequence[str]) -> bool:
    """Whether everything that these members need is installed."""
    return all(importlib.util.find_spec(name) for member in members for name in _NEEDS[member])


@cache
def best_weights() -> Weights:
    """The best of those that can be used here."""
    return next(weights for weights in shipped_weights() if is_available(weights.members))


def new_judge(without: Collection[str] = ()) -> Judge:
    """The judge that ships, with indexes of its own.

    Args:
        without: Causes that it shall not know.

    Raises:
        EngineError: Embeddings are installed, but their weights are not the ones expected.
    """
    weights = best_weights()
    regression = None
    if "regression" in weights.members:
        from sparkwright.diagnosis.retrieval.nearest import read_regression

        with files(__package__).joinpath(REGRESSION).open("rb") as file:
            regression = read_regression(file)
    return Judge(weights, without=without, regression=regression)


_without_site = cache(new_judge)


def shipped_judge(site: Sequence[Document] = ()) -> Judge:
    """The judge of this process; with cases that people of the site confirmed it is made anew.

    Raises:
        EngineError: Embeddings are installed, but their weights are not the ones expected.
    """
    return _without_site().with_site(site) if site else _without_site()


def forget() -> None:
    """Read the weights and make the indexes anew when next asked: what they rest on has changed."""
    for known in (shipped_weights, best_weights, _without_site):
        known.cache_clear()
