from shlex import split

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkwright.spark.command_line import parse_submit


def test_flags_and_conf_become_properties_and_a_flag_wins_wherever_it_stands():
    command = parse_submit(
        split(
            "--executor-memory 2g --conf spark.executor.memory=4g --num-executors=3 -c spark.a=b=c --master yarn a.py"
        )
    )
    assert command.properties == {
        "spark.executor.memory": "2g",
        "spark.executor.instances": "3",
        "spark.a": "b=c",
        "spark.master": "yarn",
    }
    assert command.rest == ("a.py",)


def test_of_two_confs_the_last_one_counts():
    command = parse_submit(["--conf", "spark.a=1", "--conf", "spark.a=2", "app.py"])
    assert command.properties == {"spark.a": "2"}


def test_words_after_the_application_belong_to_it():
    command = parse_submit(split("--name x app.py --executor-memory 9g --override --conf spark.a=1"))
    assert command.properties == {"spark.app.name": "x"}
    assert not command.override
    assert command.rest == tuple(split("app.py --executor-memory 9g --override --conf spark.a=1"))


def test_our_own_flags_are_taken_out():
    command = parse_submit(split("--override --workload daily/load --class a.B app.jar 1"))
    assert (command.override, command.workload) == (True, "daily/load")
    assert command.with_properties({}) == split("--class a.B app.jar 1")
    assert parse_submit(["--workload=k", "app.py"]).workload == "k"


@pytest.mark.parametrize(
    ("words", "name"),
    [("--class a.B /x/app.jar", "a.B"), ("/x/app.py 1 2", "app.py"), ("hdfs://nn/jobs/app.py", "app.py")],
)
def test_an_application_without_a_name_is_called_as_spark_calls_it(words, name):
    assert parse_submit(split(words)).default_name == name


@pytest.mark.parametrize(
    "words", ["--version", "--status driver-1", "--kill d --master x", "", "pyspark-shell-main -c a=b"]
)
def test_lines_that_submit_nothing_are_known(words):
    assert not parse_submit(split(words)).submits


def test_added_properties_stand_in_front_so_that_the_users_own_words_win():
    command = parse_submit(split("--conf spark.executor.memory=4g app.py x"))
    assert command.with_properties({"spark.executor.memory": "1g", "spark.executor.cores": "2"}) == (
        split("--conf spark.executor.memory=1g --conf spark.executor.cores=2 --conf spark.executor.memory=4g app.py x")
    )


def test_replaced_properties_lose_their_flag_and_conf():
    command = parse_submit(
        split("--executor-memory 4g --conf spark.executor.memory=5g --conf=spark.b=1 --executor-memory=6g -v app.py")
    )
    assert command.with_properties({"spark.executor.memory": "1g"}, {"spark.executor.memory"}) == (
        split("--conf spark.executor.memory=1g --conf=spark.b=1 -v app.py")
    )


def test_a_properties_file_takes_the_place_of_the_defaults_unless_they_are_asked_for():
    assert parse_submit(["app.py"]).loads_spark_defaults
    assert not parse_submit(split("--properties-file p app.py")).loads_spark_defaults
    assert parse_submit(split("--properties-file p --load-spark-defaults app.py")).loads_spark_defaults


_WORDS = st.sampled_from(
    split("--conf -c spark.a=1 --executor-memory 2g --executor-memory=3g --verbose --files a,b --new app.py -h --")
) | st.text(max_size=6)


@given(st.lists(_WORDS, max_size=12))
def test_any_line_reaches_spark_submit_word_for_word(words):
    assert parse_submit(words).with_properties({}) == words
