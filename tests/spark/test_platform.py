"""The cluster manager of an application, by its master or else by its id."""

import pytest

from sparkwright.spark.platform import platform_of_application


@pytest.mark.parametrize(
    ("app_id", "platform"),
    [
        ("application_1628109047826_1317105", "yarn"),
        ("app-20261101120000-0007", "standalone"),
        ("spark-0123456789abcdef0123456789abcdef", "kubernetes"),
        ("application_1628109047826", "unknown"),
        ("application_1628109047826_x", "unknown"),
        ("my-application_1628109047826_0001", "unknown"),
        ("app-1", "unknown"),
        ("spark-application-1628109047826", "unknown"),
        ("local-1628109047826", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_id_tells_the_platform_where_no_master_does(app_id: str, platform: str) -> None:
    assert platform_of_application({}, app_id) == platform
    assert platform_of_application({"spark.master": "mesos://host"}, app_id) == "unknown"
    assert platform_of_application({"spark.master": "yarn"}, app_id) == "yarn"
