import pytest

from sparkwright.diagnosis.measured import tells_of_skew


@pytest.mark.parametrize(
    "text",
    [
        "stage 3: 400 tasks, shuffle read median 20 MB, max 31.5 GB",
        "tasks of stage 8: duration median 9 s, max 3 h 2 min",
        "Records per task: median: 1,000 max: 90,000,000",
        "input size median 512.0 KiB, maximum 2.0 GiB",
    ],
)
def test_a_task_far_above_the_median_tells_of_skew(text: str) -> None:
    assert tells_of_skew(text)


@pytest.mark.parametrize(
    "text",
    [
        "shuffle read median 20 MB, max 90 MB",
        "duration median 9 s, max 31 GB",
        "duration median 0 s, max 31 s",
        "median of nothing, max of nothing",
        "Skew: the longest of 200 tasks of stage 3 took 5 h, the others 20 s on average; it read 46 GiB of 50 GiB.",
        "",
    ],
)
def test_other_figures_do_not(text: str) -> None:
    assert not tells_of_skew(text)
