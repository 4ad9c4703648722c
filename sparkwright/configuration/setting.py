"""What is said of one property, and what it may rest on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from data_contracts.properties.catalogue import version_key
from sparkwright.diagnosis.detectors.metrics import ApplicationMetrics, StageMetrics
from sparkwright.diagnosis.detectors.timeline import Timeline
from sparkwright.diagnosis.detectors.words import is_on
from sparkwright.history.application.joins import Join

Standing = Literal["advised", "kept", "yours", "refused", "unknown"]
"""advised: set it; kept: the runs speak for what is in force; yours: the request sets it, which wins; refused: a policy
or that Spark version does not have it; unknown: nothing that was seen tells."""

RECENT_RUNS = 5


@dataclass(frozen=True, slots=True)
class ConfigSetting:
    """One property.

    Attributes:
        name: As Spark spells it.
        current: What is in force, Spark's default where nobody set it.
        value: What to set, with its unit; None unless ``advised``, ``yours`` or ``refused`` would set another.
        why: A sentence.
        facts: Figures of the runs that speak for it, one short text each.
    """

    name: str
    current: str
    value: str | None
    standing: Standing
    why: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """The runs that advice may rest on: the newest batch runs of one Spark version that succeeded, oldest first.

    Attributes:
        properties: In force in the next run, as far as that is known: of the newest run, under those of the request.
        spark_version: Of the next run; empty where nobody knows it.
        joins: How SQL joined in the runs; None where nobody looked.
    """

    runs: Sequence[ApplicationMetrics]
    properties: Mapping[str, str]
    spark_version: str = ""
    joins: Sequence[Join] | None = None

    def is_since(self, *version: int) -> bool:
        """Whether the next run's Spark is at least this version; False where nobody knows it."""
        known = version_key(self.spark_version)
        return known is not None and known >= version

    @property
    def is_adaptive(self) -> bool:
        """Whether adaptive execution is in force; on by default since Spark 3.2 (SPARK-33679)."""
        return is_on(self.properties, "spark.sql.adaptive.enabled", self.is_since(3, 2, 0))

    @property
    def sql_stages(self) -> list[StageMetrics]:
        """Complete stages of SQL executions."""
        return [stage for stage in self.stages if stage.sql_execution_id is not None]

    @property
    def stages(self) -> list[StageMetrics]:
        """Complete stages."""
        return [stage for run in self.runs for stage in run.stages if stage.status == "complete"]

    @property
    def shuffled(self) -> list[StageMetrics]:
        """SQL stages that read a shuffle."""
        return [stage for stage in self.sql_stages if stage.shuffle_read_bytes > 0]

    @property
    def scans(self) -> list[StageMetrics]:
        """SQL stages that read files more than shuffles."""
        return [stage for stage in self.sql_stages if stage.input_bytes > stage.shuffle_read_bytes]

    def slots(self) -> int:
        """Tasks that could run at once, the most of any stage; at least 1."""
        return max((round(Timeline(run).slots(stage)) for run in self.runs for stage in run.stages), default=1)


Allowed = Callable[[str, str], str]
"""Why an organisation does not let a property be set to a value; empty where it does."""
