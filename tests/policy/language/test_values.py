"""Switches, values, what refers back, and names of properties that are misspelt."""

import time

import pytest

from sparkwright.policy.language.read import read_policy
from sparkwright.policy.language.text.misspelt import nearest

PARQUET, ORC = "spark.sql.parquet.compression.codec", "spark.sql.orc.compression.codec"
ZONE = "spark.sql.session.timeZone"
DYNAMIC = "spark.dynamicAllocation.enabled"


def parts(text):
    understood = read_policy(text)
    assert not understood.questions, understood
    return understood.parts


def forbids(name, *values):
    return {"forbids": [{"property": name, "values": list(values)}]}


@pytest.mark.parametrize(
    "reason",
    [
        " Our sink isn't idempotent, a speculative attempt double-charges advertisers.",
        " Speculative tasks never help us.",
        ", since speculation does not help with skew.",
        " Without speculation nobody here would notice a difference.",
        ", full stop.",
        ", no exceptions.",
        " Last month speculation was not off, and it cost us two days.",
    ],
)
def test_a_reason_beside_a_switch_forbids_nothing_more(reason):
    assert parts(f"Speculation must be off{'' if reason[0] == ',' else '.'}{reason}") == {
        "requires": {"spark.speculation": "false"}
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Without event logs I can't debug your failures. So: spark.eventLog.enabled=true is mandatory.",
            {"requires": {"spark.eventLog.enabled": "true"}},
        ),
        (
            "People keep killing stages from the UI, so run with spark.ui.killEnabled=false.",
            {"requires": {"spark.ui.killEnabled": "false"}},
        ),
        (
            "Dynamic allocation may scale up to 50 executors and no further",
            {"bounds": {"spark.dynamicAllocation.maxExecutors": {"max": "50"}}},
        ),
        (
            "Dynamic allocation is good and I do not want to remove it. But it may scale to 50 executors at most.",
            {"bounds": {"spark.dynamicAllocation.maxExecutors": {"max": "50"}}},
        ),
        (
            "spark.serializer must be org.apache.spark.serializer.KryoSerializer, java serialization is slow",
            {"requires": {"spark.serializer": "org.apache.spark.serializer.KryoSerializer"}},
        ),
        ("spark.submit.deployMode=client is prohibitted", forbids("spark.submit.deployMode", "client")),
        ("Forbid the value local[*] for spark.master.", forbids("spark.master", "local[*]")),
        ("The user interface must be off.", {"requires": {"spark.ui.enabled": "false"}}),
        ("The kill button must be off.", {"requires": {"spark.ui.killEnabled": "false"}}),
        ("spark.sql.caseSensitive must be false", {"requires": {"spark.sql.caseSensitive": "false"}}),
        ("Speculation? Off.", {"requires": {"spark.speculation": "false"}}),
        ("Driver memory? 8 GB at most.", {"bounds": {"spark.driver.memory": {"max": "8g"}}}),
    ],
)
def test_the_clause_that_rules_is_read(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "spark.sql.ansi.enabled, spark.authenticate and spark.io.encryption.enabled have to be set to true.",
        "ANSI mode (spark.sql.ansi.enabled), spark.authenticate and spark.io.encryption.enabled are always true.",
        "spark.sql.ansi.enabled, spark.authenticate, spark.io.encryption.enabled: all must be true.",
        "ANSI mode, authentication and I/O encryption must be on.",
    ],
)
def test_a_value_is_shared_by_a_list(text):
    names = ("spark.sql.ansi.enabled", "spark.authenticate", "spark.io.encryption.enabled")
    assert parts(text) == {"requires": dict.fromkeys(names, "true")}


@pytest.mark.parametrize(
    "text",
    [
        "AQE is mandatory. So is the event log.",
        "AQE must be on. The same goes for event logging.",
        "AQE must be on, as must the event log.",
        "AQE is required. Ditto the event log.",
        "AQE has to be enabled; this also applies to event logging.",
        "AQE muss an sein. Das Gleiche gilt für das Ereignisprotokoll.",
        "L'exécution adaptative doit être activée. Il en va de même pour le journal des événements.",
        "La ejecución adaptativa debe estar activada. Lo mismo vale para el registro de eventos.",
    ],
)
def test_what_holds_for_the_other_too(text):
    assert parts(text) == {"requires": {"spark.sql.adaptive.enabled": "true", "spark.eventLog.enabled": "true"}}


@pytest.mark.parametrize(
    "text",
    [
        "Who set spark.jars last month broke the billing close. From now on nobody may set this property.",
        "spark.jars has caused trouble. It may not be set any more.",
        "We talked about spark.jars. The team must not use this option.",
        "spark.jars: nobody may touch it.",
        "spark.jars hat Ärger gemacht. Diese Eigenschaft darf niemand setzen.",
        "Cette année spark.jars a causé deux pannes. Personne ne doit définir cette propriété.",
    ],
)
def test_what_a_pronoun_forbids(text):
    assert parts(text) == forbids("spark.jars")


@pytest.mark.parametrize(
    "text",
    [
        "Hard no on spark.plugins, spark.files and spark.archives: none of these may be set.",
        "Regarding spark.plugins, spark.files and spark.archives: nobody may touch them.",
        "We talked about spark.plugins, spark.files and spark.archives. None of them may be set.",
    ],
)
def test_what_a_pronoun_forbids_of_a_list(text):
    names = ("spark.plugins", "spark.files", "spark.archives")
    assert {one["property"] for one in parts(text).pop("forbids")} == set(names)


@pytest.mark.parametrize(
    "text",
    [
        "Parquet codec must be snappy, ORC codec must be zlib.",
        "Parquet: snappy. ORC: zlib.",
        "Use snappy for Parquet, zlib for ORC.",
        "For Parquet snappy, for ORC zlib.",
        "ORC files have to be compressed with zlib and Parquet files with snappy.",
    ],
)
def test_each_value_goes_to_the_nearest_property(text):
    assert parts(text) == {"requires": {PARQUET: "snappy", ORC: "zlib"}}


@pytest.mark.parametrize(
    "text",
    [
        "Parquet has to be compressed with zstd.",
        "Write Parquet with zstd.",
        "Parquet output has to be zstd-compressed.",
        "Only zstd for Parquet.",
        "Nobody may use anything other than zstd for Parquet.",
        "For Parquet no codec but zstd is allowed.",
        "Parquet codec: nothing but zstd.",
        "zstd instead of gzip for Parquet",
        "Never gzip, always zstd for Parquet.",
        "Parquet-Dateien müssen mit zstd komprimiert werden.",
        "Les fichiers Parquet doivent être compressés en zstd.",
        "Los ficheros Parquet deben comprimirse con zstd.",
    ],
)
def test_a_format_stands_for_its_codec(text):
    assert parts(text) == {"requires": {PARQUET: "zstd"}}


@pytest.mark.parametrize(
    "text",
    [
        "No gzip for Parquet.",
        "gzip is forbidden for Parquet files.",
        "Parquet must never be compressed with gzip.",
        "gzip is not acceptable for Parquet.",
        "Any codec but gzip is fine for Parquet.",
    ],
)
def test_a_value_of_a_format_is_forbidden(text):
    assert parts(text) == forbids(PARQUET, "gzip")


def test_neither_of_two_values():
    text = "Neither gzip nor uncompressed is acceptable for parquet files."
    assert parts(text) == forbids(PARQUET, "gzip", "uncompressed")


@pytest.mark.parametrize("text", ["Parquet files? Those must be compressed with either zstd or snappy."])
def test_one_of_two_values_is_asked_back(text):
    assert [one.part for one in read_policy(text).questions] == ["requires"]


def test_other_codecs():
    assert parts("Shuffle and spill data must be compressed with lz4.") == {
        "requires": {"spark.io.compression.codec": "lz4"}
    }
    assert parts("Event logs must be compressed with zstd.") == {
        "requires": {"spark.eventLog.compression.codec": "zstd"}
    }


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("The SQL session time zone must be UTC.", "UTC"),
        ("Admission times were an hour off... The SQL session time zone must be UTC, full stop.", "UTC"),
        ("UTC is mandatory as the session time zone.", "UTC"),
        ("The session time zone has to be Europe/Berlin", "Europe/Berlin"),
        ("Nobody may set the session time zone to anything other than UTC.", "UTC"),
        ("Die Sitzungszeitzone muss UTC sein.", "UTC"),
        ("Le fuseau horaire de la session doit être Europe/Paris.", "Europe/Paris"),
    ],
)
def test_the_time_zone_of_sessions_is_no_zone_of_hours(text, zone):
    assert parts(text) == {"requires": {ZONE: zone}}


def test_hours_keep_their_zone_beside_that_of_sessions():
    text = "From 08:00 to 18:00 UTC executors get at most 8 GB; the session time zone must be UTC."
    assert parts(text) == {
        "scope": {"windows": [{"start": "08:00", "end": "18:00", "timezone": "UTC"}]},
        "bounds": {"spark.executor.memory": {"max": "8g"}},
        "requires": {ZONE: "UTC"},
    }


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("spark.executer.memory", "spark.executor.memory"),
        ("spark.executor.memroy", "spark.executor.memory"),
        ("spark.executor.core", "spark.executor.cores"),
        ("spark.sql.shuffle.partition", "spark.sql.shuffle.partitions"),
        ("spark.sql.adaptive.enable", "spark.sql.adaptive.enabled"),
        ("spark.memory.executor", "spark.executor.memory"),
        ("spark.executor.memory.overhead", "spark.executor.memoryOverhead"),
        ("spark.sql.autoBroadcastThreshold", "spark.sql.autoBroadcastJoinThreshold"),
        ("spark.speculation.enabled", "spark.speculation"),
        ("spark.executor.mem", "spark.executor.memory"),
    ],
)
def test_the_property_that_is_meant(name, meant):
    assert nearest(name)[0] == meant


@pytest.mark.parametrize(
    "name",
    [
        "spark.executor.memory",
        "spark.EXECUTOR.memory",
        "spark.databricks.io.cache.enabled",
        "spark.rapids.sql.enabled",
        "spark.hadoop.fs.s3a.connection.maximum",
        "spark.kubernetes.driver.label.team",
        "spark.kubernetes.executor.volumes.hostPath.scratch.mount.path",
        "spark.sql.catalog.iceberg",
        "spark.openlineage.transport.url",
        "spark.yarn.executor.memoryOverhead",
        "spark.acme.tag",
    ],
)
def test_names_of_others_stay_as_they_are(name):
    assert nearest(name) == ()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("spark.executer.memory may be at most 8g", "bounds"),
        ("spark.sql.adaptive.enable=true is mandatory", "requires"),
        ("Nobody may set spark.executor.extraJavaOption.", "forbids"),
    ],
)
def test_a_misspelt_property_is_asked_back_with_the_nearest(text, part):
    understood = read_policy(text)
    assert understood.policy is None
    assert understood.parts == {}
    assert [one.part for one in understood.questions] == [part]
    assert "is spark." in understood.questions[0].question


def test_a_property_of_others_is_kept():
    assert parts("spark.databricks.io.cache.enabled must be true") == {
        "requires": {"spark.databricks.io.cache.enabled": "true"}
    }


@pytest.mark.parametrize(
    "text", ["spark.a and " * 160, "parquet zstd " * 140, "spark.executer.memoryx1 " * 80, "so is it. " * 180]
)
def test_no_text_takes_long(text):
    started_cpu_s = time.process_time()
    read_policy(text[:2000])
    assert time.process_time() - started_cpu_s < 5.0
