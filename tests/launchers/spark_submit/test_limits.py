"""A launcher sends no more than the service takes, whatever the user's properties are."""

import pytest

from data_contracts.api.limits import MAX_PROPERTIES_LENGTH
from data_contracts.api.recommendation import RecommendRequest
from sparkwright.launchers.spark_submit.submission import Submission
from sparkwright.spark.command_line import parse_submit

HEAP = {"spark.executor.memory": "3g"}


@pytest.mark.parametrize(
    "properties",
    [
        {f"spark.hadoop.x{number}": "y" for number in range(5000)},
        {f"spark.hadoop.x{number}": "y z " * 900 for number in range(200)},
        {"spark." + "n" * 5000: "x", "spark.jars": "hdfs:///a.jar," * 100_000},
    ],
)
def test_properties_beyond_the_limits_are_left_out_and_resources_are_not(properties):
    effective = {**properties, **HEAP, "spark.app.name": "n" * 5000}
    submission = Submission(parse_submit(["app.py"]), {}, effective, "u" * 5000)
    request = RecommendRequest.model_validate(submission.request)
    conf = request.properties.as_conf()
    assert conf.items() >= HEAP.items()
    assert sum(len(name) + len(value) for name, value in conf.items()) <= MAX_PROPERTIES_LENGTH
