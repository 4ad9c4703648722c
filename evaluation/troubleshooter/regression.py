"""Train a logistic regression on sentence vectors of everything that failures are compared with."""

from functools import cache

from sparkwright.diagnosis.retrieval.corpus import Document, corpus
from sparkwright.diagnosis.retrieval.nearest import Regression, vectors_of

_INVERSE_PENALTY = 10.0


def train_regression() -> Regression:
    """Train with one class per cause in the corpus; scikit-learn's default solver, L2."""
    return _trained(tuple(corpus()))


@cache
def _trained(documents: tuple[Document, ...]) -> Regression:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_INVERSE_PENALTY, max_iter=500, class_weight="balanced")
    model.fit(vectors_of([one.text for one in documents]), [one.cause for one in documents])
    return Regression(tuple(model.classes_.tolist()), model.coef_, model.intercept_)
