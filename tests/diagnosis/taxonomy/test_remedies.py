"""The table of remedies: every line has a cause, a property that exists, and a condition that a recorded line meets."""

import csv
import re
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from data_contracts.properties.catalogue import catalogue
from evaluation.troubleshooter.cases import read_cases
from evaluation.troubleshooter.names import our_names
from sparkwright.diagnosis.answer import repairs
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES
from sparkwright.diagnosis.taxonomy.remedies import Remedy, listed, remedies_of

RECORDINGS = Path(__file__).parents[3] / "evaluation" / "recordings"
PLATFORMS = {"yarn", "kubernetes", "standalone", "local", "unknown"}
MASTERS = {
    "yarn": "yarn",
    "kubernetes": "k8s://https://10.0.0.1:443",
    "standalone": "spark://m:7077",
    "local": "local[4]",
}
ALL = [(cause, remedy) for cause in ROOT_CAUSES for remedy in remedies_of(cause)]
IDS = [f"{cause}-{remedy.name}" for cause, remedy in ALL]
# Properties that Spark itself does not register: of connectors and vendors, of Hadoop, or gone since long.
ELSEWHERE = re.compile(
    r"spark\.(hadoop|es|cassandra|mongodb|redis|rapids|gluten|comet|databricks|datasource\.bigquery|emr-serverless|"
    r"sql\.iceberg|sql\.catalog\.spark_catalog|streaming\.kafka|kubernetes\.executor\.volumes|executorEnv|yarn\.appMasterEnv|"
    r"sql\.streaming\.stateStore\.rocksdb|shuffle\.glue|shuffle\.storage|shuffle\.io|datasource\.(singlestore|memsql)|"
    r"delta\.logStore|celeborn|rss|neo4j|kubernetes\.node\.selector)\.|neo4j\."
)
INTERNAL = {  # Spark reads them and its registry of documented ones lacks them
    "spark.connect.session.manager.defaultSessionTimeout",
    "spark.kubernetes.authenticate.submission.caCertFile",
    "spark.kubernetes.authenticate.submission.oauthToken",
    "spark.kubernetes.scheduler.volcano.podGroupTemplateFile",
    "spark.local.dir",
    "spark.master",
    "spark.python.authenticate.socketTimeout",
    "spark.remote",
    "spark.shuffle.maxChunksBeingTransferred",
    "spark.shuffle.spill.numElementsForceSpillThreshold",
    "spark.sql.caseSensitive",
    "spark.sql.catalogImplementation",
    "spark.sql.codegen.cache.maxEntries",
    "spark.sql.codegen.factoryMode",
    "spark.sql.codegen.fallback",
    "spark.sql.codegen.maxFields",
    "spark.sql.constraintPropagation.enabled",
    "spark.sql.csv.parser.columnPruning.enabled",
    "spark.sql.decimalOperations.allowPrecisionLoss",
    "spark.sql.defaultUrlStreamHandlerFactory.enabled",
    "spark.sql.execution.pandas.convertToArrowArraySafely",
    "spark.sql.join.preferSortMergeJoin",
    "spark.sql.legacy.json.allowEmptyString.enabled",
    "spark.sql.legacy.parquet.nanosAsLong",
    "spark.sql.legacy.timeParserPolicy",
    "spark.sql.objectHashAggregate.sortBased.fallbackThreshold",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism",
    "spark.sql.streaming.checkpointFileManagerClass",
    "spark.sql.streaming.fileSink.log.compactInterval",
    "spark.sql.streaming.kafka.useDeprecatedOffsetFetching",
    "spark.sql.streaming.stateStore.providerClass",
    "spark.sql.windowExec.buffer.spill.threshold",
    "spark.unsafe.sorter.spill.read.ahead.enabled",
}
GONE = {
    "spark.sql.arithmeticOperations.failOnOverFlow",
    "spark.akka.frameSize",
    "spark.kryoserializer.buffer.max.mb",
    "spark.reducer.maxReqSizeShuffleToMem",
    "spark.shuffle.consolidateFiles",
    "spark.shuffle.memoryFraction",
    "spark.sql.hive.verifyPartitionPath",
    "spark.sql.thriftServer.incrementalCollect",
    "spark.sql.legacy.parquet.datetimeRebaseModeInRead",
    "spark.sql.legacy.parquet.datetimeRebaseModeInWrite",
}


def _lines() -> dict[str, list[str]]:
    """What was recorded of each cause: lists of messages, marks, cases of the training split."""
    lines: dict[str, list[str]] = defaultdict(list)
    for path in sorted((RECORDINGS / "messages").glob("messages_*.csv")):
        with path.open(encoding="utf-8", newline="") as table:
            for row in csv.DictReader(table):
                for name in our_names(row["cause"]):
                    lines[name].append(row["message"].replace("\\n", "\n"))
    for cause, marks in yaml.safe_load((Path(__file__).parents[1] / "marks.yaml").read_text(encoding="utf-8")).items():
        lines[cause] += marks["says"]
    for case in read_cases(RECORDINGS / "failures" / "train.jsonl"):
        for name in our_names(case.root_cause):
            lines[name].append("\n".join(fact.message for fact in case.evidence))
    return lines


LINES = _lines()


def test_every_line_of_the_table_belongs_to_a_cause_and_stands_once() -> None:
    path = Path(listed.__globals__["_FILE"])
    with path.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == len(ALL) > 200
    assert {row["cause"] for row in rows} <= ROOT_CAUSES.keys()
    assert len({(row["cause"], row["name"]) for row in rows}) == len(rows)
    assert all(row["said"].strip() and set(row["platforms"].split()) <= PLATFORMS for row in rows)


@pytest.mark.parametrize(("cause", "remedy"), ALL, ids=IDS)
def test_a_property_of_the_table_exists(cause: str, remedy: Remedy) -> None:
    assert remedy.name in catalogue().entries or ELSEWHERE.match(remedy.name) or remedy.name in INTERNAL | GONE


@pytest.mark.parametrize(("cause", "remedy"), ALL, ids=IDS)
def test_a_property_of_the_table_is_named_for_some_recorded_line_of_its_cause(cause: str, remedy: Remedy) -> None:
    platforms = sorted(remedy.platforms or PLATFORMS)
    assert any(remedy.fits(platform, line) for platform in platforms for line in LINES[cause])


@pytest.mark.slow
def test_what_spark_reads_without_saying_so_stands_in_its_jars() -> None:
    jars = Path(pytest.importorskip("pyspark").__file__).parent / "jars"
    composed = "spark.kubernetes.authenticate.submission."  # put together of a prefix and the rest
    sought = {name: name.removeprefix(composed).encode() for name in INTERNAL}
    for path in sorted(jars.glob("spark-*.jar")):
        with zipfile.ZipFile(path) as jar:
            for entry in jar.namelist():
                if entry.endswith(".class"):
                    content = jar.read(entry)
                    sought = {name: word for name, word in sought.items() if word not in content}
    assert sorted(sought) == []


def test_a_property_is_named_only_where_the_facts_and_the_platform_are_those_of_its_line() -> None:
    said = "java.io.IOException: No space left on device at org.apache.spark.deploy.yarn.Client.prepareLocalResources"
    cause = ROOT_CAUSES["disk_full"]
    assert "spark.yarn.archive" in repairs(cause, {"spark.master": "yarn"}, said)[1]
    assert "spark.yarn.archive" not in repairs(cause, {"spark.master": "yarn"}, "No space left on device: /data/out")[1]
    for platform, master in MASTERS.items():
        named = repairs(cause, {"spark.master": master}, said)[1]
        assert ("spark.yarn.archive" in named) == (platform == "yarn")


def test_a_switch_that_stands_as_it_should_is_not_named() -> None:
    text = "FetchFailed: Failed to connect to nm-7:7337"
    name = "spark.excludeOnFailure.application.fetchFailure.enabled"
    assert name in listed("shuffle_service_unavailable", {"spark.master": "yarn"}, text)
    assert name not in listed("shuffle_service_unavailable", {"spark.master": "yarn", name: "TRUE"}, text)


def test_what_can_be_computed_is_not_left_to_the_site() -> None:
    computed, left = repairs(ROOT_CAUSES["driver_heap_oom"], {}, "AppStatusListener: Java heap space")
    assert computed.keys() == {"spark.driver.memory", "spark.sql.ui.retainedExecutions"}
    assert not computed.keys() & left.keys() and "spark.ui.retainedTasks" in left
