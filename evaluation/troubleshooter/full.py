"""Build a judge with every index that some candidates need."""

from collections.abc import Sequence

from evaluation.troubleshooter.fit import PRIOR
from sparkwright.diagnosis.judge import Judge
from sparkwright.diagnosis.weighing import Weights


def full_judge(members: Sequence[str]) -> Judge:
    """Return the judge, with the weights guessed before any fitting."""
    regression = None
    if "regression" in members:
        from evaluation.troubleshooter.regression import train_regression

        regression = train_regression()
    return Judge(Weights(tuple(members), PRIOR, 0.5, 0.8), regression=regression)
