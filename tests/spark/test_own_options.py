"""Our own options on a line of spark-submit."""

from shlex import split

import pytest

from sparkwright.errors import ConfigError
from sparkwright.spark.command_line import parse_submit
from sparkwright.spark.own_options import seconds_of


def test_all_of_ours_are_understood_and_none_reaches_spark_submit():
    line = "--dry-run --explain --max-risk 1% --deadline=1h30m --input 3g --input=s3://b/x --attempt 2 --override"
    command = parse_submit(split(f"{line} --workload w --master yarn app.py --attempt 9"))
    own = command.own
    assert (own.dry_run, own.explain, own.override, own.attempt, own.workload) == (True, True, True, 2, "w")
    assert (own.max_risk, own.deadline_s, own.inputs) == (0.01, 5400.0, ("3g", "s3://b/x"))
    assert command.with_properties({}) == split("--master yarn app.py --attempt 9")


@pytest.mark.parametrize(
    "line",
    [
        "--workload",
        "--workload --master yarn app.py",
        "--workload= app.py",
        "--workload '' app.py",
        "--max-risk 0 app.py",
        "--max-risk 51% app.py",
        "--max-risk nan app.py",
        "--max-risk low app.py",
        "--deadline 0 app.py",
        "--deadline 1x app.py",
        "--deadline tomorrow app.py",
        "--attempt 0 app.py",
        "--attempt 1001 app.py",
        "--attempt two app.py",
        "--input",
    ],
)
def test_an_option_without_its_value_is_an_error_that_names_it(line):
    with pytest.raises(ConfigError, match=split(line)[0].rstrip("=")):
        parse_submit(split(line))


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("1.5h", 5400), ("1h 30min", 5400), ("2d", 172_800)])
def test_times_are_read_as_people_write_them(text, seconds):
    assert seconds_of(text) == seconds


def test_a_key_may_look_like_anything_but_an_option():
    assert parse_submit(["--workload", "-----BEGIN", "app.py"]).workload == "-----BEGIN"
