"""What is looked at once is what each workload alone would have been looked at."""

import numpy as np

from sparkwright.features.windows import HistoryIndex
from sparkwright.forecast.answers import forecasts_of
from sparkwright.spark.allocation import effective_allocation

CANDIDATE = effective_allocation({"spark.executor.memory": "4g", "spark.executor.cores": "2"}, "yarn")


def outlook_of(forecaster, index: HistoryIndex, count: int):
    positions = np.linspace(0, len(index) - 1, count).astype(int)
    start, stop = (values[positions] for values in index.past(forecaster.context_length))
    submitted = index.submissions(positions, told_input=positions % 2 == 0)
    return forecaster.outlook(index.histories(start, stop, forecaster.context_length, submitted))


def test_some_of_the_workloads_are_what_they_were_among_all(forecaster, index):
    seen, rows = outlook_of(forecaster, index, 6), [4, 1]
    before = forecasts_of(forecaster, seen.only(rows), [CANDIDATE] * 2)
    forecaster.input_sizes(seen)
    after = forecasts_of(forecaster, seen.only(rows), [CANDIDATE] * 2)
    assert before == after
    for some, all_of_it in zip(seen.only(rows).lags, seen.lags, strict=True):
        np.testing.assert_array_equal(some, all_of_it[rows])
    assert seen.only(range(6)) is seen


def test_asking_for_the_input_first_changes_no_forecast(forecaster, index):
    first, second = (outlook_of(forecaster, index, 5) for _ in range(2))
    quantiles = forecaster.input_quantiles(first)
    found = [forecasts_of(forecaster, one, [CANDIDATE] * 5) for one in (first, second)]
    assert found[0] == found[1]
    levels = [forecaster.quantiles.index(level) for level in (0.1, 0.5, 0.9)]
    for row, one in zip(quantiles, found[0], strict=True):
        assert [one.input_bytes.p10, one.input_bytes.p50, one.input_bytes.p90] == row[levels].tolist()
