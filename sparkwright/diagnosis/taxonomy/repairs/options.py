"""Repairs that go through a JVM's options: one option is changed, those beside it stay as they are."""

import re
from collections.abc import Mapping

from data_contracts.properties.spark import GIB, MIB, format_size_mib, parse_size_bytes
from sparkwright.diagnosis.taxonomy.repairs.values import size_bytes
from sparkwright.diagnosis.taxonomy.root_cause import Repair
from sparkwright.redaction import REDACTED
from sparkwright.spark.platform import platform_of

_EXECUTOR = "spark.executor.extraJavaOptions"
_DRIVER = "spark.driver.extraJavaOptions"
# java.lang.IllegalAccessError and InaccessibleObjectException, Java 9 and later.
_CLOSED = re.compile(r"module ([\w.]+) does not \"?(opens|export) ([\w.]+)")
_BUFFERS = re.compile(r"DirectByteBuffer\.<init>\(long, ?int\)|DirectByteBuffer\.\(long, int\) not available")
_UNKNOWN = re.compile(r"Unrecognized VM option '[+-]?(\w+)")
_IN_FLIGHT = "spark.reducer.maxSizeInFlight"
_FETCH = re.compile(r"FetchFailed|ShuffleBlockFetcher|Failure while fetching|Netty OOM|fetch")
_TASK = re.compile(r"ResultTask|ShuffleMapTask|[Ll]ost task|Executor task launch|in stage \d+\.\d+")

# JavaModuleOptions and SparkContext of Spark 3.3 to 4.x: effective options begin with these, and
# Spark adds them to whatever is set, so they are nobody's to submit again.
_ADDS_OPTIONS = "-XX:+IgnoreUnrecognizedVMOptions"
_OPENED = (
    r"java\.base/(java\.(io|lang|lang\.invoke|lang\.reflect|net|nio|util|util\.concurrent|util\.concurrent\.atomic)|"
    r"jdk\.internal\.ref|sun\.nio\.c[hs]|sun\.security\.action|sun\.util\.calendar)|"
    r"java\.security\.jgss/sun\.security\.krb5"
)
_ADDED = re.compile(
    rf"-XX:\+IgnoreUnrecognizedVMOptions|--add-opens=({_OPENED})=ALL-UNNAMED|--add-modules=jdk\.incubator\.vector|"
    r"-Djava\.net\.preferIPv6Addresses=false|-Djdk\.reflect\.useDirectMethodHandle=false|"
    r"-Dio\.netty\.(tryReflectionSetAccessible=true|allocator\.type=pooled|"
    r"handler\.ssl\.defaultEndpointVerificationAlgorithm=NONE)|"
    r"--sun-misc-unsafe-memory-access=allow|--enable-native-access=ALL-UNNAMED"
)


def _raised(properties: Mapping[str, str], name: str, prefix: str, at_least_bytes: int) -> dict[str, str]:
    """The options with twice the size that this one had, at least ``at_least_bytes``.

    Nothing where a secret among them was hidden: they cannot be written down again.
    """
    tokens = properties.get(name, "").split()
    if any(REDACTED in token for token in tokens):
        return {}
    if _ADDS_OPTIONS in tokens:
        tokens = [token for token in tokens if not _ADDED.fullmatch(token)]
    sizes = [token.removeprefix(prefix) for token in tokens if token.startswith(prefix)]
    kept = [token for token in tokens if not token.startswith(prefix)]
    current_bytes = max((_size(text) for text in sizes), default=0)
    return {name: " ".join([*kept, f"{prefix}{format_size_mib(max(2 * current_bytes, at_least_bytes))}"])}


def _size(text: str) -> int:
    try:
        return parse_size_bytes(text, default_unit="b")
    except ValueError:
        return 0


def _direct(name: str, heap: str) -> Repair:
    """Twice the direct memory; and where fetches of shuffle blocks filled it, half as much of them in flight."""

    def repair(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
        if properties is None:
            return {}
        # Without the option the limit is the heap's size.
        in_force_bytes = _size(properties.get(heap, "1g")) or GIB
        given = _raised(properties, name, "-XX:MaxDirectMemorySize=", 2 * in_force_bytes)
        in_flight_bytes = size_bytes(properties, _IN_FLIGHT, 48 * MIB)
        if _FETCH.search(text) and in_flight_bytes >= 2 * MIB:
            given[_IN_FLIGHT] = format_size_mib(in_flight_bytes // 2)
        return given

    return repair


def _metaspace(name: str) -> Repair:
    def repair(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
        if properties is None:
            return {}
        if "PermGen" in text:
            prefix, at_least_bytes = "-XX:MaxPermSize=", 512 * MIB
        elif "Compressed class space" in text:
            prefix, at_least_bytes = "-XX:CompressedClassSpaceSize=", 2 * GIB
        else:
            prefix, at_least_bytes = "-XX:MaxMetaspaceSize=", GIB
        return _raised(properties, name, prefix, at_least_bytes)

    return repair


def raise_stack(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Stacks of 16 MiB or twice as large as they were, on the side whose thread overflowed."""
    if properties is None:
        return {}
    in_task = _TASK.search(text) is not None and platform_of(properties.get("spark.master")) != "local"
    return _raised(properties, _EXECUTOR if in_task else _DRIVER, "-Xss", 16 * MIB)


def open_modules(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """The packages of the JDK that the message says are closed, opened for both sides (Java 9 and later).

    Of an application that replaces Spark's own options, only those that the message needs are added. Options that a
    newer Java no longer knows are taken out where the application sets them itself.
    """
    if properties is None:
        return {}
    wanted = [
        f"--add-{'exports' if 'export' in said else 'opens'}={module}/{package}=ALL-UNNAMED"
        for module, said, package in _CLOSED.findall(text)
    ]
    if _BUFFERS.search(text):
        wanted += ["--add-opens=java.base/java.nio=ALL-UNNAMED", "-Dio.netty.tryReflectionSetAccessible=true"]
    if "StorageUtils$" in text and not wanted:
        wanted.append("--add-exports=java.base/sun.nio.ch=ALL-UNNAMED")
    gone = set(_UNKNOWN.findall(text))
    sides = (_DRIVER,) if platform_of(properties.get("spark.master")) == "local" else (_DRIVER, _EXECUTOR)
    given = {}
    for name in sides:
        tokens = properties.get(name, "").split()
        kept = [token for token in tokens if token.removeprefix("-XX:").lstrip("+-").split("=")[0] not in gone]
        new = [*kept, *(option for option in dict.fromkeys(wanted) if option not in tokens)]
        if new != tokens and not any(REDACTED in token for token in tokens):
            given[name] = " ".join(new)
    return given


raise_executor_direct = _direct(_EXECUTOR, "spark.executor.memory")
raise_driver_direct = _direct(_DRIVER, "spark.driver.memory")
raise_executor_metaspace = _metaspace(_EXECUTOR)
raise_driver_metaspace = _metaspace(_DRIVER)
