"""What the next run may read: as a forecast has it, where the history does not know better."""

import numpy as np

from data_contracts.properties.spark import MIB
from sparkwright.allocation.inputs import expected, expected_after, foreseen
from tests.allocation.runs import HELD, runs

SIZES, WEIGHTS = np.array([900.0, 1100.0]) * MIB, np.array([0.5, 0.5])


def read(*sizes_mib):
    return runs([(2048, HELD, size) for size in sizes_mib])


def test_a_forecast_of_a_changing_input_is_half_believed_and_stated_from_five_runs_on():
    changing = read(1000, 1200, 900, 1100, 1300)
    found, known = foreseen(changing, SIZES, WEIGHTS), expected(changing)
    assert found.input_bytes.tolist() == [*SIZES, *known.input_bytes]
    assert found.weights.tolist() == [*WEIGHTS / 2, *known.weights / 2]
    assert found.is_known
    assert not foreseen(read(1000, 1200), SIZES, WEIGHTS).is_known


def test_what_always_reads_the_same_or_nothing_known_needs_no_forecast():
    for same in (read(*[1000] * 7), read(*[0] * 7)):
        assert foreseen(same, SIZES, WEIGHTS).input_bytes.tolist() == expected(same).input_bytes.tolist()


def test_the_inputs_alone_say_what_the_runs_say():
    past = read(1000, 0, 900, 900, 1300)
    alone, of_runs = expected_after(np.array([run.input_bytes for run in past])), expected(past)
    assert alone.input_bytes.tolist() == of_runs.input_bytes.tolist()
    assert (alone.weights.tolist(), alone.is_known) == (of_runs.weights.tolist(), of_runs.is_known)
