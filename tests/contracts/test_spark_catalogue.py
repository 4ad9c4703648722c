import pytest

from data_contracts.properties.catalogue import catalogue, version_key, written
from data_contracts.properties.spark import PROPERTIES, same_value
from sparkwright.configuration.installed import installed_spark


@pytest.fixture(scope="module")
def spark():
    with installed_spark() as found:
        yield found


@pytest.mark.slow
def test_the_file_is_what_the_installed_spark_says(spark):
    """Every entry of core, SQL, Hive, Kubernetes and YARN; `make docs` writes it."""
    assert any("k8s" in name for name in spark.loaded)
    assert any("yarn" in name for name in spark.loaded)
    known = catalogue()
    assert known.spark_version == spark.version
    assert written(known.spark_version, known.entries.values()) == written(spark.version, spark.entries())


def test_no_default_is_that_of_the_machine_it_was_written_on():
    found = {one.name: one.default for one in catalogue().entries.values() if "file:" in one.default}
    assert found == {"spark.history.fs.logDirectory": "file:/tmp/spark-events"}
    assert catalogue().entries["spark.driver.host"].default == ""


def test_spark_itself_refuses_what_the_catalogue_refuses(spark):
    wrong = {"flag": "yes!", "size": "12 parsecs", "time": "soon", "count": "many", "factor": "half"}
    seen = set()
    for entry in catalogue().entries.values():
        if entry.kind in wrong and entry.kind not in seen:
            seen.add(entry.kind)
            assert catalogue().refusal(entry.name, wrong[entry.kind], spark.version)
            assert spark.refusal(entry.name, wrong[entry.kind])
    assert seen == set(wrong)
    assert spark.refusal("spark.sql.shuffle.partitons", "2")
    assert spark.refusal("spark.sql.shuffle.partitions", "0")
    assert not spark.refusal("spark.sql.shuffle.partitions", "2")


def test_it_has_the_properties_of_the_resource_table_with_their_defaults():
    entries = catalogue().entries
    for ours in PROPERTIES.values():
        assert ours.name in entries, ours.name
        entry = entries[ours.name]
        if entry.kind not in {"obsolete", "removed"}:
            assert entry.since == ours.since
        if ours.default is not None and entry.default:
            assert same_value(ours.name, ours.default, entry.default), ours.name


@pytest.mark.parametrize(
    ("name", "value", "version", "said"),
    [
        ("spark.sql.shuffle.partitions", "8", "3.5.1", ""),
        ("spark.sql.shuffle.partitions", "8.5", "3.5.1", "whole number"),
        ("spark.sql.shuffle.partitons", "8", "3.5.1", "knows no"),
        ("spark.sql.adaptive.enabled", "true", "2.4.8", ""),
        ("spark.sql.adaptive.coalescePartitions.minPartitionSize", "1m", "3.1.3", "came with Spark 3.2.0"),
        ("spark.sql.autoBroadcastJoinThreshold", "-1", "4.0.0", ""),
        ("spark.sql.autoBroadcastJoinThreshold", "big", "4.0.0", "expected a size"),
        ("spark.sql.adaptive.enabled", "on", "4.0.0", "true or false"),
        ("spark.sql.shuffle.partitions", "8", "", "it is unknown whether"),
        ("spark.sql.shuffle.partitions", "8", "unknown", "it is unknown whether"),
        ("spark.rpc.numRetries", "3", "3.5.0", "no longer has"),
    ],
)
def test_a_property_is_refused_where_that_spark_does_not_read_it(name, value, version, said):
    refusal = catalogue().refusal(name, value, version)
    assert (said in refusal) if said else refusal == ""


def test_versions_compare_as_numbers():
    assert version_key("3.10.0") > version_key("3.9.2")
    assert version_key("4.0.0-preview1") == version_key("4.0")
    assert version_key("latest") is None
