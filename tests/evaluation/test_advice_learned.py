"""Baselines that are fitted: they decide by the observation alone, and learn what grows with the input."""

import math
from dataclasses import replace

import numpy as np
import pytest

from data_contracts.properties.spark import GIB, MIB
from evaluation.advice.learned import learned
from evaluation.advice.policies import MAX_PEAK, RULES
from evaluation.advice.tasks import Task, replay

NAMES = [*learned()]


def tasks(count=120):
    """Peaks follow the input closely: 1 GiB for 1 GiB, growing with its square root."""
    dice = np.random.default_rng(5)
    inputs = np.exp(dice.normal(math.log(GIB), 0.8, count))
    peaks = GIB * np.sqrt(inputs / GIB) * np.exp(dice.normal(0, 0.02, count))
    return [
        Task("align", 16 * GIB, int(peak), 1000 * at, 1000 * at + 1, 3_600_000, int(read))
        for at, (read, peak) in enumerate(zip(inputs, peaks, strict=True))
    ]


@pytest.mark.parametrize("name", NAMES)
def test_where_need_follows_the_input_less_is_wasted_than_by_the_largest_peak(name):
    (ours,), (plain,) = (
        replay(tasks(), learned()[name], "start", 64 * MIB),
        replay(tasks(), RULES[MAX_PEAK], "start", 64 * MIB),
    )
    assert ours.wasted_gb_h < 0.7 * plain.wasted_gb_h
    assert ours.failures < 0.15 * ours.tasks


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_depends_on_the_question_alone(name):
    asked, answers = [], {}
    policy = learned()[name]

    def listen(observation):
        observation = replace(observation, past=[*observation.past])
        asked.append(observation)
        answers[len(observation.past)] = policy(observation)
        return answers[len(observation.past)]

    replay(tasks(40), listen, "start", 64 * MIB)
    fresh = learned()[name]
    assert [fresh(observation) for observation in reversed(asked)] == [
        answers[len(one.past)] for one in reversed(asked)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_few_runs_and_deaths_are_left_to_the_plain_rule(name):
    seen = []

    def watch(observation):
        seen.append((learned()[name](observation), RULES[MAX_PEAK](observation)))
        return seen[-1][0]

    replay(tasks(14), watch, "start", 64 * MIB)
    assert all(ours == plain for ours, plain in seen[:9])
