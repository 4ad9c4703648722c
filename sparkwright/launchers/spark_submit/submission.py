"""What is about to be submitted: the user's command line, the properties around it, and what the service is told."""

import importlib.util
import os
import pwd
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from data_contracts.properties.provenance import WORKLOAD
from data_contracts.properties.spark import PROPERTIES, is_size, with_unit
from sparkwright.errors import ConfigError, MissingProgramError
from sparkwright.launchers.advice import Advice
from sparkwright.launchers.inject import Injection, inject
from sparkwright.launchers.request import recommend_request
from sparkwright.launchers.spark_rules import NO_CAPS, SiteCaps
from sparkwright.launchers.spark_submit.yarn_caps import yarn_caps
from sparkwright.spark.command_line import SubmitCommand
from sparkwright.spark.platform import platform_of
from sparkwright.spark.properties_file import read_properties

_PROPERTY_OF_VARIABLE = {
    "MASTER": "spark.master",
    "SPARK_DRIVER_MEMORY": "spark.driver.memory",
    "SPARK_EXECUTOR_CORES": "spark.executor.cores",
    "SPARK_EXECUTOR_MEMORY": "spark.executor.memory",
}


@dataclass(frozen=True, slots=True)
class SparkSubmit:
    """The real ``spark-submit`` and the environment to run it in."""

    program: Path
    environ: dict[str, str]
    conf_dir: Path


def find_spark_submit(environ: Mapping[str, str]) -> SparkSubmit:
    """The ``spark-submit`` of SPARK_HOME, else of PATH, else of the installed pyspark.

    Raises:
        MissingProgramError: There is none.
    """
    environ = dict(environ)
    if home := environ.get("SPARK_HOME"):
        program = Path(home) / "bin" / "spark-submit"
        if not os.access(program, os.X_OK):
            raise MissingProgramError(f"expected a program at {program} because SPARK_HOME={home}, found none")
    elif found := shutil.which("spark-submit", path=environ.get("PATH")):
        program = Path(found)
    elif (spec := importlib.util.find_spec("pyspark")) and spec.submodule_search_locations:
        program = Path(spec.submodule_search_locations[0]) / "bin" / "spark-submit"
        environ.setdefault("PYSPARK_PYTHON", sys.executable)  # the Python that pyspark is installed for
    else:
        raise MissingProgramError("expected spark-submit: set SPARK_HOME, put it on PATH or install pyspark")
    conf_dir = Path(environ.get("SPARK_CONF_DIR") or program.resolve().parent.parent / "conf")
    return SparkSubmit(program, environ, conf_dir)


@dataclass(frozen=True, slots=True)
class Submission:
    """A command line with the properties around it.

    Attributes:
        explicit: What the user set for this application: flags, ``--conf``, properties file.
        effective: The same over the site's ``spark-defaults.conf`` and environment: what Spark would use.
        user_name: The user as the event log will name it.
        caps: What the site lets one container have.
    """

    command: SubmitCommand
    explicit: dict[str, str]
    effective: dict[str, str]
    user_name: str
    caps: SiteCaps = NO_CAPS

    @property
    def request(self) -> dict[str, object]:
        """The body for ``/v1/recommend``, without what is looked up; secrets stay here."""
        return self.request_for(None)

    def request_for(self, input_bytes: int | None, launch_id: str = "") -> dict[str, object]:
        """The body for ``/v1/recommend``; secrets stay here.

        Args:
            input_bytes: What the run will read; None: not known.
            launch_id: Names this launch; empty: it has no name that the service may know.
        """
        return recommend_request(
            {**self.effective, **self._language()},
            app_name=self.effective.get("spark.app.name") or self.command.default_name,
            user_name=self.user_name,
            workload=self.command.workload or self.explicit.get(WORKLOAD, ""),
            launch_id=launch_id,
            attempt=self.command.own.attempt,
            input_bytes=input_bytes,
            max_risk=self.command.own.max_risk,
            deadline_s=self.command.own.deadline_s,
        )

    @property
    def exits_with_driver(self) -> bool:
        """Whether the exit code of ``spark-submit`` is the application's.

        In cluster mode the driver runs elsewhere: YARN's client says how it ended where it waits for it, those of the
        standalone cluster and of Kubernetes only whether it was submitted (``org.apache.spark.deploy.yarn.Client``,
        ``RestSubmissionClient`` and ``KubernetesClientApplication`` of Spark 4). Then the event log alone knows.
        """
        if self.effective.get("spark.submit.deployMode", "client") != "cluster":
            return True
        waits = self.effective.get("spark.yarn.submit.waitAppCompletion", "true").strip().lower() == "true"
        return waits and platform_of(self.effective.get("spark.master")) == "yarn"

    def _language(self) -> dict[str, str]:
        """What ``spark-submit`` will say of Python and R on Kubernetes, where they have more memory beside the heap."""
        on_kubernetes = platform_of(self.effective.get("spark.master")) == "kubernetes"
        if not on_kubernetes or self.effective.get("spark.submit.deployMode") != "cluster":
            return {}
        language = {".py": "python", ".R": "r"}.get(PurePosixPath(self.command.rest[0]).suffix)
        return {"spark.kubernetes.resource.type": language} if language else {}

    def injected(self, launch_id: str, advice: Advice | None) -> Injection:
        """What the application is submitted with, and why; without advice only the marks are added."""
        return inject(
            self.explicit,
            advice,
            self.command.override,
            launch_id=launch_id,
            workload=self.command.workload,
            site=self.effective,
            caps=self.caps,
        )

    def words(self, injection: Injection) -> list[str]:
        """The words for ``spark-submit``."""
        mended = _mended_sizes(self.command)
        added = injection.added
        added |= {name: value for name, value in mended.items() if name not in added}
        return self.command.with_properties(added, mended.keys() | injection.replaced)


def _mended_sizes(command: SubmitCommand) -> dict[str, str]:
    """Sizes that Spark reads as a property but a JVM's command line does not, as the same size with its unit.

    In client mode ``spark-submit`` puts ``spark.driver.memory`` behind ``-Xmx`` as it stands: `` 4g `` ends the JVM,
    and ``4096`` means bytes there.
    """
    mended: dict[str, str] = {}
    for option in command.options:
        for name, value in option.properties.items():
            written = option.value.partition("=")[2] if option.flag == "--conf" else option.value
            with suppress(KeyError, ValueError):
                PROPERTIES[name].check(value)
                if is_size(name) and written != with_unit(name, value):
                    mended[name] = with_unit(name, command.properties[name])
    return mended


def read_submission(command: SubmitCommand, spark: SparkSubmit) -> Submission:
    """The command with the properties of its file and of the site.

    Raises:
        ConfigError: The properties file cannot be read.
    """
    explicit: dict[str, str] = {}
    if command.properties_file:
        try:
            explicit = read_properties(Path(command.properties_file))
        except OSError as error:
            raise ConfigError(f"expected a properties file at {command.properties_file}: {error.strerror}") from error
    explicit.update(command.properties)
    site = {name: spark.environ[key] for key, name in _PROPERTY_OF_VARIABLE.items() if key in spark.environ}
    if command.loads_spark_defaults:
        with suppress(OSError):  # most sites have none, and Spark goes on without one, too
            site.update(read_properties(spark.conf_dir / "spark-defaults.conf"))
    effective = {**site, **explicit}
    caps = yarn_caps(spark.environ) if platform_of(effective.get("spark.master")) == "yarn" else NO_CAPS
    return Submission(command, explicit, effective, _spark_user(spark.environ, command.proxy_user), caps)


def _spark_user(environ: Mapping[str, str], proxy_user: str) -> str:
    """The user as the event log will name it (``Utils.getCurrentUserName``: SPARK_USER, else who is logged in)."""
    named = environ.get("SPARK_USER") or proxy_user or environ.get("HADOOP_USER_NAME")
    if named:
        return named
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's user without a name
        return ""
