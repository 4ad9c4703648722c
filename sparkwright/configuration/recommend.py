"""The settings of a workload's next run, from its past runs: a plain function without IO."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from data_contracts.properties.catalogue import Catalogue, catalogue
from sparkwright.configuration.broadcasts import broadcast_threshold
from sparkwright.configuration.reading_files import max_partition_bytes, serializer
from sparkwright.configuration.setting import RECENT_RUNS, Allowed, ConfigSetting, Seen
from sparkwright.configuration.shuffles import adaptive_execution, shuffle_partitions, skewed_joins
from sparkwright.diagnosis.detectors.metrics import ApplicationMetrics
from sparkwright.history.application.joins import Join

NO_RUN = "no run of this workload was seen"


@dataclass(frozen=True, slots=True)
class ConfigAdvice:
    """What is said of each setting.

    Attributes:
        spark_version: Of the next run; empty where nobody knows it.
        run_ids: The runs that the advice rests on, oldest first.
        settings: One for each property that is looked at.
        note: Why nothing is known, where no run can speak for anything.
    """

    spark_version: str
    run_ids: tuple[str, ...]
    settings: tuple[ConfigSetting, ...]
    note: str = ""

    @property
    def properties(self) -> dict[str, str]:
        """What is advised, ready for ``--conf``."""
        return {one.name: one.value for one in self.settings if one.standing == "advised" and one.value is not None}


def recommend_config(
    runs: Sequence[ApplicationMetrics],
    spark_version: str,
    *,
    given: Mapping[str, str] | None = None,
    allowed: Allowed | None = None,
    known: Catalogue | None = None,
    joins: Sequence[Join] | None = None,
) -> ConfigAdvice:
    """Say what the workload's own runs speak for.

    Args:
        runs: Of one workload and one Spark version, in the order of their start.
        spark_version: Of the next run, such as 4.0.1; nothing is advised to one that nobody knows.
        given: What the request sets itself: it wins, and is said.
        allowed: What policies leave; default everything.
        joins: How SQL joined in these runs; None where nobody looked.
        known: The properties that Spark has; default those that came with the package.
    """
    own = dict(given or {})
    usable = [run for run in runs if run.shape == "batch" and run.status == "succeeded" and run.stages][-RECENT_RUNS:]
    in_force = {**(usable[-1].properties if usable else {}), **own}
    seen = Seen(usable, in_force, spark_version, joins)
    found = (
        shuffle_partitions(seen),
        broadcast_threshold(seen),
        max_partition_bytes(seen),
        adaptive_execution(seen),
        skewed_joins(seen),
        serializer(seen),
    )
    known = known or catalogue()
    return ConfigAdvice(
        spark_version=spark_version,
        run_ids=tuple(run.app_id for run in usable),
        settings=tuple(_within(one, own, spark_version, allowed, known) for one in found),
        note=_note(runs, usable),
    )


def _within(
    said: ConfigSetting, own: Mapping[str, str], version: str, allowed: Allowed | None, known: Catalogue
) -> ConfigSetting:
    """The same within what the user set, what Spark reads and what policies allow, in this order."""
    if said.standing != "advised" or said.value is None:
        return said
    if said.name in own:
        why = f"the request sets {own[said.name]}, which wins; the runs speak for {said.value}: {said.why}"
        return replace(said, standing="yours", why=why)
    refusal = known.refusal(said.name, said.value, version) or (allowed(said.name, said.value) if allowed else "")
    if refusal:
        return replace(said, standing="refused", why=f"{refusal}; the runs speak for {said.value}: {said.why}")
    return said


def _note(runs: Sequence[ApplicationMetrics], usable: Sequence[ApplicationMetrics]) -> str:
    if usable:
        return ""
    if not runs:
        return NO_RUN
    if all(run.shape != "batch" for run in runs):
        return "its runs are endless or shared: streams and notebooks are not advised here"
    return f"none of {len(runs)} run(s) seen is a batch run that succeeded and has stages"
