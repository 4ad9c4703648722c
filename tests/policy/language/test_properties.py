"""How properties and processes are called, by meaning: words x patterns, in the four languages of the grammar."""

import pytest

from data_contracts.properties.policy import known_names
from sparkwright.policy.language.read import read_policy
from sparkwright.policy.language.vocabulary import properties

NUMBERS = {
    "spark.executor.memory": [
        "the worker heap",
        "the memory of the workers",
        "the executors' RAM",
        "memory per worker",
    ],
    "spark.driver.memory": ["the driver's heap", "memory of the driver process", "the JVM heap of the driver"],
    "spark.executor.memoryOverhead": ["the memory outside the heap of each executor", "the executors' overhead"],
    "spark.driver.maxResultSize": [
        "the size of results collected to the driver",
        "max result size",
        "query result size",
    ],
    "spark.sql.autoBroadcastJoinThreshold": ["the broadcast join threshold", "the size of broadcast tables"],
    "spark.sql.files.maxPartitionBytes": ["the size of an input split", "the read partition size"],
    "spark.kryoserializer.buffer.max": ["the Kryo buffer", "the maximum Kryo buffer size"],
}
COUNTS = {
    "spark.executor.cores": ["the cores per worker", "the number of cores of each executor", "slots per executor"],
    "spark.driver.cores": ["the driver's cores", "cores of the driver"],
    "spark.task.maxFailures": [
        "the number of failures of a task before the job gives up",
        "how often a task may fail",
        "the tries per task",
        "the number of attempts of one task",
    ],
    "spark.stage.maxConsecutiveAttempts": ["the attempts per stage", "the attempts of a stage"],
    "spark.yarn.maxAppAttempts": ["the attempts per application", "restarts of an application"],
    "spark.sql.shuffle.partitions": ["the number of shuffle partitions", "partitions after a shuffle"],
    "spark.sql.files.maxRecordsPerFile": ["the records per file", "rows per output file"],
    "spark.task.cpus": ["the cores per task", "CPUs reserved for each task"],
    "spark.executor.resource.gpu.amount": ["GPUs per executor", "the graphics cards of each executor"],
}
TIMES = {
    "spark.network.timeout": ["the network timeout", "the timeout of network connections"],
    "spark.sql.broadcastTimeout": ["the broadcast timeout", "the timeout for broadcast joins"],
    "spark.executor.heartbeatInterval": ["the heartbeat interval", "the time between two heartbeats"],
    "spark.dynamicAllocation.executorIdleTimeout": ["the idle time of an executor", "the idle timeout"],
    "spark.locality.wait": ["the locality wait", "the wait for data locality"],
}
SWITCHES = {
    "spark.speculation": ["speculation", "speculative execution", "backup tasks"],
    "spark.dynamicAllocation.enabled": ["dynamic allocation", "autoscaling", "dynamic scaling", "elastic scaling"],
    "spark.sql.adaptive.enabled": ["AQE", "adaptive query execution", "adaptive planning"],
    "spark.eventLog.enabled": ["event logging", "the event log", "the history log"],
    "spark.sql.ansi.enabled": ["ANSI mode", "strict SQL mode"],
    "spark.io.encryption.enabled": ["disk encryption", "encryption at rest", "encryption of spill files"],
    "spark.network.crypto.enabled": ["encryption in transit", "encryption of network traffic", "RPC encryption"],
    "spark.authenticate": ["RPC authentication", "authentication between Spark processes"],
    "spark.ui.enabled": ["the web UI", "the Spark user interface"],
    "spark.ui.killEnabled": ["killing jobs from the UI", "the kill button"],
    "spark.shuffle.service.enabled": ["the external shuffle service"],
    "spark.sql.adaptive.skewJoin.enabled": ["skew join handling", "the handling of skewed joins"],
    "spark.sql.cbo.enabled": ["the cost-based optimizer", "CBO"],
    "spark.shuffle.compress": ["shuffle compression", "compression of shuffle data"],
    "spark.eventLog.compress": ["compression of the event logs"],
    "spark.acls.enable": ["access control lists", "ACL checks"],
    "spark.ssl.enabled": ["TLS", "SSL"],
    "spark.sql.crossJoin.enabled": ["cross joins", "Cartesian products"],
    "spark.sql.caseSensitive": ["case sensitivity"],
}
FORBIDDEN = {
    "spark.jars": ["own jars", "external jar files"],
    "spark.jars.packages": ["Maven packages", "external dependencies"],
    "spark.plugins": ["Spark plugins", "plug-ins"],
    "spark.sql.extensions": ["SQL extensions", "session extensions"],
    "spark.executor.extraJavaOptions": ["custom JVM flags", "Java options of the executors"],
    "spark.driver.extraJavaOptions": ["JVM options of the driver"],
    "spark.kubernetes.container.image": ["container images", "own Docker images"],
}


def cases(table):
    return [(name, words) for name, listed in table.items() for words in listed]


def parts(text):
    understood = read_policy(text)
    assert not understood.questions, understood
    return understood.parts


def test_every_property_of_ours_has_words():
    named = {name for _, name in properties()}
    bare = {"spark.cores.max", "spark.driver.minMemoryOverhead", "spark.kubernetes.memoryOverheadFactor"}
    assert known_names() - named <= bare | {"spark.yarn.driver.memoryOverhead", "spark.yarn.executor.memoryOverhead"}


@pytest.mark.parametrize(("name", "words"), cases(NUMBERS))
def test_sizes_by_their_words(name, words):
    assert parts(f"We want {words} to be at most 2 GB.") == {"bounds": {name: {"max": "2g"}}}
    assert parts(f"{words.capitalize()}: 1 GB or more.") == {"bounds": {name: {"min": "1g"}}}


@pytest.mark.parametrize(("name", "words"), cases(COUNTS))
def test_counts_by_their_words(name, words):
    assert parts(f"{words.capitalize()} must not exceed 4.") == {"bounds": {name: {"max": "4"}}}
    assert parts(f"{words.capitalize()}: at most 4.") == {"bounds": {name: {"max": "4"}}}


@pytest.mark.parametrize(("name", "words"), cases(TIMES))
def test_times_by_their_words(name, words):
    assert parts(f"{words.capitalize()} may be 90 seconds at most.") == {"bounds": {name: {"max": "90s"}}}


@pytest.mark.parametrize(("name", "words"), cases(SWITCHES))
def test_switches_by_their_words(name, words):
    assert parts(f"{words.capitalize()} must be off.") == {"requires": {name: "false"}}
    assert parts(f"{words.capitalize()} is mandatory for team ads.")["requires"] == {name: "true"}


@pytest.mark.parametrize(("name", "words"), cases(FORBIDDEN))
def test_what_people_bring_along_by_its_words(name, words):
    assert parts(f"{words.capitalize()} are forbidden.") == {"forbids": [{"property": name, "values": []}]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jeder Worker bekommt höchstens 8 GB Speicher.", {"spark.executor.memory": {"max": "8g"}}),
        ("Der Heap der Worker darf 8 GB nicht überschreiten.", {"spark.executor.memory": {"max": "8g"}}),
        ("Ein Task darf höchstens 4 mal fehlschlagen.", {"spark.task.maxFailures": {"max": "4"}}),
        ("Chaque worker peut avoir au plus 8 Go de mémoire.", {"spark.executor.memory": {"max": "8g"}}),
        ("Le tas des exécuteurs ne doit pas dépasser 8 Go.", {"spark.executor.memory": {"max": "8g"}}),
        ("Une tâche peut échouer au plus 4 fois.", {"spark.task.maxFailures": {"max": "4"}}),
        ("Cada worker puede tener como máximo 8 GB de memoria.", {"spark.executor.memory": {"max": "8g"}}),
        ("La memoria de los ejecutores no puede superar 8 GB.", {"spark.executor.memory": {"max": "8g"}}),
        ("Una tarea puede fallar como máximo 4 veces.", {"spark.task.maxFailures": {"max": "4"}}),
        ("Each container may have at most 8 GB.", {"spark.executor.memory": {"max": "8g"}}),
        ("Each executor may have at most 4 task slots.", {"spark.executor.cores": {"max": "4"}}),
        ("The Python workers get at most 1 GB per executor.", {"spark.executor.pyspark.memory": {"max": "1g"}}),
        ("We have 12 worker nodes. Workers get at most 8 GB.", {"spark.executor.memory": {"max": "8g"}}),
        ("Tables larger than 100 MB must not be broadcast.", {"spark.sql.autoBroadcastJoinThreshold": {"max": "100m"}}),
    ],
)
def test_processes_by_their_words(text, expected):
    assert parts(text) == {"bounds": expected}


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Der Netzwerkverkehr muss verschlüsselt werden.", "spark.network.crypto.enabled", "true"),
        ("Spill-Dateien auf lokalen Platten müssen verschlüsselt sein.", "spark.io.encryption.enabled", "true"),
        ("Die Weboberfläche muss abgeschaltet sein.", "spark.ui.enabled", "false"),
        ("Le trafic réseau doit être chiffré.", "spark.network.crypto.enabled", "true"),
        ("Les fichiers temporaires sur disque doivent être chiffrés.", "spark.io.encryption.enabled", "true"),
        ("L'interface web doit être désactivée.", "spark.ui.enabled", "false"),
        ("El tráfico de red debe estar cifrado.", "spark.network.crypto.enabled", "true"),
        ("La interfaz web debe estar desactivada.", "spark.ui.enabled", "false"),
        ("All traffic between executors and driver must be encrypted.", "spark.network.crypto.enabled", "true"),
        ("What executors write to disk must be encrypted.", "spark.io.encryption.enabled", "true"),
        ("The event logs must be compressed.", "spark.eventLog.compress", "true"),
    ],
)
def test_states_that_are_verbs(text, name, value):
    assert parts(text) == {"requires": {name: value}}


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Der Client-Modus ist verboten.", "spark.submit.deployMode", "client"),
        ("Le mode client est interdit.", "spark.submit.deployMode", "client"),
        ("El modo cliente está prohibido.", "spark.submit.deployMode", "client"),
        ("FIFO-Scheduling ist verboten.", "spark.scheduler.mode", "FIFO"),
        ("gzip ist für Parquet verboten.", "spark.sql.parquet.compression.codec", "gzip"),
        ("gzip est interdit pour Parquet.", "spark.sql.parquet.compression.codec", "gzip"),
        ("gzip está prohibido para Parquet.", "spark.sql.parquet.compression.codec", "gzip"),
        ("Niemand darf die Weboberfläche abschalten.", "spark.ui.enabled", "false"),
        ("Personne ne peut désactiver l'interface web.", "spark.ui.enabled", "false"),
        ("Nadie puede desactivar la interfaz web.", "spark.ui.enabled", "false"),
        ("Spill files must never be written unencrypted.", "spark.io.encryption.enabled", "false"),
    ],
)
def test_values_that_are_forbidden(text, name, value):
    assert parts(text) == {"forbids": [{"property": name, "values": [value]}]}


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Collecting more than 2 GB to the driver is forbidden.", "spark.driver.maxResultSize", "2g"),
        ("No more than 1 GB may be brought back to the driver.", "spark.driver.maxResultSize", "1g"),
        ("Files must not contain more than 1,000,000 records.", "spark.sql.files.maxRecordsPerFile", "1000000"),
        ("RPC messages up to 256 MB at most.", "spark.rpc.message.maxSize", "256"),
        ("Nodes of a job may have at most 8 GB.", "spark.executor.memory", "8g"),
        ("Jobs give up after at most 4 failures of the same task.", "spark.task.maxFailures", "4"),
        ("Per task at most 4 failed attempts.", "spark.task.maxFailures", "4"),
        ("Pro Task höchstens 4 Fehlversuche.", "spark.task.maxFailures", "4"),
        ("Ergebnisse am Driver dürfen 2 GB nicht überschreiten.", "spark.driver.maxResultSize", "2g"),
        ("Les résultats renvoyés au pilote ne doivent pas dépasser 2 Go.", "spark.driver.maxResultSize", "2g"),
        ("Los resultados devueltos al controlador no pueden superar 2 GB.", "spark.driver.maxResultSize", "2g"),
        ("Autoscaling is limited to 30 executors.", "spark.dynamicAllocation.maxExecutors", "30"),
    ],
)
def test_limits_that_are_verbs(text, name, value):
    assert parts(text) == {"bounds": {name: {"max": value}}}
