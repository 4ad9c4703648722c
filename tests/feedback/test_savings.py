from collections.abc import Callable

import pytest

from data_contracts.tables import Outcome
from sparkwright.feedback.savings import savings
from sparkwright.feedback.show import savings_line


def test_only_workloads_with_both_kinds_of_runs_are_compared(claimed: Callable[..., Outcome]) -> None:
    def of(workload: str, memory: float | None, **changes: object) -> Outcome:
        return claimed(0.01, workload_id=workload, executor_memory_mib_s=memory, **changes)

    alone = [of("a", 500.0), of("b", 900.0, held_back=True)]
    assert savings(alone).saved_ratio is None
    assert "no workload" in savings_line(savings(alone))
    both = [of("c", 60.0), of("c", 40.0), of("c", 100.0, held_back=True)]
    not_followed = [of("c", 1e9, obeyed="some"), of("c", None)]
    not_advised = [of("c", 1e9, report_only=True)]
    found = savings([*alone, *both, *not_followed, *not_advised])
    assert (found.saved_ratio, found.bounds) == (pytest.approx(0.5), None)
    assert (found.workload_count, found.advised_count, found.held_back_count) == (1, 2, 1)
    assert "+50.0% of memory x time, 2 run(s) with advice against 1 held back" in savings_line(found)


def test_a_workload_counts_by_its_runs_and_what_advice_costs_is_a_loss(claimed: Callable[..., Outcome]) -> None:
    rows = []
    for number in range(10):
        dear = 2.0 if number == 0 else 0.5
        name = f"w{number}"
        rows += [claimed(0.01, workload_id=name, executor_memory_mib_s=100.0 * dear) for _ in range(8)]
        rows += [claimed(None, workload_id=name, executor_memory_mib_s=100.0, held_back=True) for _ in range(2)]
    found = savings(rows)
    assert found.saved_ratio == pytest.approx(1 - (2.0 + 9 * 0.5) / 10)
    assert found.bounds is not None
    assert found.bounds[0] < found.saved_ratio < found.bounds[1] <= 0.5
    assert savings(rows[:10]).saved_ratio == pytest.approx(-1.0)
