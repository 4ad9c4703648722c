import pytest

from data_contracts.properties.spark import MIB, PROPERTIES, is_size, parse_size_bytes, same_value, with_unit


@pytest.fixture(scope="module")
def sparks_own():
    """Name -> (default, version) of the installed Spark's own configuration entries."""
    from pyspark.java_gateway import launch_gateway

    gateway = launch_gateway()
    try:
        config = gateway.jvm.org.apache.spark.internal.config
        getattr(getattr(config, "package$"), "MODULE$").EXECUTOR_MEMORY()  # registers every entry
        getattr(getattr(gateway.jvm.org.apache.spark.sql.internal, "SQLConf$"), "MODULE$").SHUFFLE_PARTITIONS()
        getattr(getattr(config, "Python$"), "MODULE$").PYSPARK_EXECUTOR_MEMORY()
        found = {name: config.ConfigEntry.findEntry(name) for name in PROPERTIES}
        return {name: (entry.defaultValueString(), entry.version()) for name, entry in found.items() if entry}
    finally:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=30)


def test_defaults_and_versions_are_those_of_the_installed_spark(sparks_own):
    assert len(sparks_own) >= 24  # those of the resource managers are in jars of their own
    for name, (default, version) in sparks_own.items():
        ours = PROPERTIES[name]
        assert ours.since == version, name
        if ours.default is not None:
            assert same_value(name, ours.default, default), name
        # No default here: Spark has none either, the platform decides, or it stands for "for ever".
        elif name != "spark.executor.cores":
            assert default.startswith("<") or default.rstrip("ms").isdecimal(), name


@pytest.mark.parametrize("known", PROPERTIES.values(), ids=lambda known: known.name)
def test_each_default_is_a_value_of_its_type(known):
    if known.default is not None:
        known.check(known.default)
    for wrong in ("", "lots", "-1", "1.5.2", "\u0661"):
        with pytest.raises(ValueError, match="expected"):
            known.check(wrong)


def test_an_obsolete_property_names_one_that_is_known_and_is_never_advised():
    for known in PROPERTIES.values():
        if known.instead:
            assert not PROPERTIES[known.instead].instead
            assert not known.advised


@pytest.mark.parametrize(
    ("name", "one", "other", "same"),
    [
        ("spark.executor.memory", "2g", "2048m", True),
        ("spark.executor.memory", "2048", "2g", True),
        ("spark.driver.maxResultSize", "1073741824", "1g", True),  # its bare numbers are bytes
        ("spark.driver.maxResultSize", "1024", "1g", False),
        ("spark.memory.offHeap.size", "1024", "1k", True),
        ("spark.executor.memory", "${mem}", "2g", False),
        ("spark.dynamicAllocation.enabled", "True", "true", True),
        ("spark.app.name", "2g", "2048m", False),
    ],
)
def test_values_are_compared_as_spark_reads_them(name, one, other, same):
    assert same_value(name, one, other) is same


def test_a_bare_number_gets_the_unit_that_spark_assumes():
    assert with_unit("spark.executor.memory", "2048 ") == "2048m"
    assert with_unit("spark.driver.maxResultSize", "2048") == "2048b"
    assert with_unit("spark.sql.shuffle.partitions", "200") == "200"
    assert is_size("spark.driver.maxResultSize")


def test_a_number_with_hundreds_of_digits_is_refused_not_computed():
    with pytest.raises(ValueError, match="expected a size"):
        parse_size_bytes("9" * 400 + "g")
    with pytest.raises(ValueError, match="expected a whole number"):
        PROPERTIES["spark.executor.cores"].check("9" * 400)
    assert parse_size_bytes("1") == MIB
