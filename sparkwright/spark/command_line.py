"""The command line of ``spark-submit``: what the user set, and the same line with properties added.

Source: ``org.apache.spark.launcher.SparkSubmitOptionParser`` and ``SparkSubmitArguments`` (Spark 4.x).
Precedence there: flag > ``--conf`` (the last one) > ``--properties-file`` > ``spark-defaults.conf`` > environment.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sparkwright.spark.own_options import SWITCHES, VALUE_FLAGS, OwnOptions, take_switch, take_value

PROPERTY_OF_FLAG = {
    "--deploy-mode": "spark.submit.deployMode",
    "--driver-class-path": "spark.driver.extraClassPath",
    "--driver-cores": "spark.driver.cores",
    "--driver-java-options": "spark.driver.extraJavaOptions",
    "--driver-library-path": "spark.driver.extraLibraryPath",
    "--driver-memory": "spark.driver.memory",
    "--executor-cores": "spark.executor.cores",
    "--executor-memory": "spark.executor.memory",
    "--master": "spark.master",
    "--name": "spark.app.name",
    "--num-executors": "spark.executor.instances",
    "--queue": "spark.yarn.queue",
    "--total-executor-cores": "spark.cores.max",
}
_ALSO_SETS = {
    "--archives": "spark.archives",
    "--exclude-packages": "spark.jars.excludes",
    "--files": "spark.files",
    "--jars": "spark.jars",
    "--packages": "spark.jars.packages",
    "--py-files": "spark.submit.pyFiles",
    "--repositories": "spark.jars.repositories",
}
"""Flags that set something other than a resource: kept unless their property is replaced."""
# fmt: off
_OTHER_VALUE_FLAGS = frozenset({
    "--archives", "--class", "--conf", "--exclude-packages", "--files", "--jars", "--keytab", "--kill", "--packages",
    "--principal", "--properties-file", "--proxy-user", "--py-files", "--remote", "--repositories", "--status",
})
# fmt: on
_SWITCHES = frozenset({"--help", "--load-spark-defaults", "--supervise", "--usage-error", "--verbose", "--version"})
_ALIASES = {"-c": "--conf", "-h": "--help", "-v": "--verbose"}
_NO_SUBMISSION = frozenset({"--help", "--version", "--usage-error", "--kill", "--status"})
# spark-class expects these as the first word, so nothing may be put in front of them.
_SHELLS = frozenset({"pyspark-shell-main", "sparkr-shell-main", "run-example"})
_JOINED = re.compile(r"(--[^=]+)=(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Option:
    """One option as written (one or two words) and as understood."""

    words: tuple[str, ...]
    flag: str
    value: str = ""

    @property
    def properties(self) -> dict[str, str]:
        """The property that this option sets, if any."""
        if self.flag == "--conf":
            name, equals, value = self.value.partition("=")
            return {name.strip(): value.strip()} if equals else {}
        name = PROPERTY_OF_FLAG.get(self.flag, "")
        return {name: self.value} if name else {}


@dataclass(frozen=True, slots=True)
class SubmitCommand:
    """A ``spark-submit`` command line.

    Attributes:
        options: Options before the primary resource.
        rest: The primary resource and the application's arguments: everything from the first unknown word on.
        own: Our own options, which ``spark-submit`` never sees.
    """

    options: tuple[Option, ...]
    rest: tuple[str, ...]
    own: OwnOptions = field(default_factory=OwnOptions)

    @property
    def override(self) -> bool:
        """Whether the allocation wins over what the user set."""
        return self.own.override

    @property
    def workload(self) -> str:
        """Explicit key of the recurring workload; empty if none is given."""
        return self.own.workload

    @property
    def properties(self) -> dict[str, str]:
        """Properties set by flags and ``--conf``; a flag wins whatever the order."""
        found: dict[str, str] = {}
        for option in sorted(self.options, key=lambda option: option.flag != "--conf"):
            found.update(option.properties)
        return found

    @property
    def submits(self) -> bool:
        """Whether the line submits an application; ``--status``, ``--version`` and shells do not."""
        flags = {option.flag for option in self.options}
        return bool(self.rest) and self.rest[0] not in _SHELLS and not flags & _NO_SUBMISSION

    @property
    def properties_file(self) -> str | None:
        """The file given with ``--properties-file``; the last one counts."""
        return next((option.value for option in reversed(self.options) if option.flag == "--properties-file"), None)

    @property
    def proxy_user(self) -> str:
        """The user given with ``--proxy-user``; empty if there is none."""
        return next((option.value for option in reversed(self.options) if option.flag == "--proxy-user"), "")

    @property
    def loads_spark_defaults(self) -> bool:
        """Whether ``spark-defaults.conf`` is read, which it is unless another properties file replaces it."""
        return self.properties_file is None or any(option.flag == "--load-spark-defaults" for option in self.options)

    @property
    def default_name(self) -> str:
        """Spark's name for an application without one: its main class, else its file."""
        main_class = next((option.value for option in reversed(self.options) if option.flag == "--class"), "")
        return main_class or (PurePosixPath(self.rest[0]).name if self.rest else "")

    def with_properties(self, added: Mapping[str, str], replaced: Iterable[str] = ()) -> list[str]:
        """The words for ``spark-submit``, with ``added`` in front, where any of the user's words overrides it.

        Args:
            added: Properties to set.
            replaced: Properties whose own options are dropped, so that ``added`` decides.
        """
        gone = set(replaced)
        front = [word for name, value in added.items() for word in ("--conf", f"{name}={value}")]
        kept = [
            word
            for option in self.options
            if not gone & option.properties.keys() and _ALSO_SETS.get(option.flag) not in gone
            for word in option.words
        ]
        return [*front, *kept, *self.rest]


def parse_submit(words: Sequence[str]) -> SubmitCommand:
    """Parse the command line; an unknown word ends the options, and Spark decides about it.

    Raises:
        ConfigError: One of our own options has no value or an invalid one.
    """
    options: list[Option] = []
    own = OwnOptions()
    position = 0
    while position < len(words):
        word = words[position]
        joined = _JOINED.fullmatch(word)
        flag = joined[1] if joined else word
        flag = _ALIASES.get(flag, flag)
        following = words[position + 1] if position + 1 < len(words) else None
        if flag in SWITCHES and not joined:
            own = take_switch(own, flag)
            position += 1
        elif flag in VALUE_FLAGS or word.rstrip("=") in VALUE_FLAGS:
            own = take_value(own, flag.rstrip("="), joined[2] if joined else None if word.endswith("=") else following)
            position += 1 if joined else 2
        elif flag in _SWITCHES and not joined:
            options.append(Option((word,), flag))
            position += 1
        elif flag in PROPERTY_OF_FLAG or flag in _OTHER_VALUE_FLAGS:
            if joined:
                options.append(Option((word,), flag, joined[2]))
            elif following is not None:
                options.append(Option((word, following), flag, following))
            else:
                break
            position += 1 if joined else 2
        else:
            break
    return SubmitCommand(tuple(options), tuple(words[position:]), own)
