"""The product's part of the loop: harvest the runs of one fault, diagnose them, and advise."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data_contracts.properties.spark import parse_size_bytes
from evaluation.lab.campaign import Launch
from evaluation.lab.repair.loop import Ran, Repaired
from evaluation.lab.repair.rows import KeptValue
from sparkwright.advisor.known_application import look_up
from sparkwright.advisor.local import diagnose, diagnose_application, recommend
from sparkwright.errors import ConfigError, LakeError
from sparkwright.history.context.log_context import ContextConfig
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake
from sparkwright.spark.platform import platform_of

_MEMORY = ("spark.executor.memory", "spark.executor.memoryOverhead")


@dataclass(frozen=True, slots=True)
class Explained:
    """The part of a diagnosis that the loop uses."""

    root_cause: str
    properties: Mapping[str, str]


class Product:
    """Harvest, rules and advisor over the folder of one fault's runs, and a lake in it.

    Args:
        folder: Laid out as a campaign's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lake = Lake(str(folder / "lake"))

    def explain(self, ran: Ran) -> Explained:
        """Diagnose a run by its event log and the logs around it; without an application, by its driver's log.

        Nothing is explained if neither says anything.
        """
        try:
            self._harvest()
            found = diagnose_application(look_up(self._lake, _app_id(ran), None))
        except LakeError:
            try:
                found = diagnose(str(self._folder / "drivers" / f"{ran.launch_id}.log"), self._lake.uri)
            except ConfigError:
                return Explained("unknown", {})
        return Explained(found.root_cause, found.remediation.properties)

    def kept(self, done: Repaired, launch: Launch) -> tuple[KeptValue, ...]:
        """Return executor memory that a repair set and that held, next to what is advised for the next submission.

        The job is submitted again as it was, with the properties of the run that failed. If the lab's watcher enforced
        the container as YARN does, advice is requested for YARN: a standalone worker does not count overhead.
        """
        held = {name: done.properties[name] for name in _MEMORY if name in done.properties}
        if not done.succeeded or not held:
            return ()
        self._harvest()
        try:
            own = look_up(self._lake, _app_id(done.first), None).properties or {}
        except LakeError:  # it died before it was an application
            own = {}
        platform = "yarn" if launch.enforced_by == "watcher" else platform_of(own.get("spark.master"))
        name = launch.workload
        request = {"app_name": name, "workload": name, "platform": platform, "properties": own}
        next_one = own | recommend(request, self._lake.uri).allocation
        return tuple(
            KeptValue(
                name=key,
                repaired=value,
                advised=next_one.get(key, ""),
                kept=_mib(next_one.get(key, "0")) >= _mib(value),
            )
            for key, value in held.items()
        )

    def _harvest(self) -> None:
        config = ContextConfig(driver_log_dir=self._folder / "drivers", standalone_work_dir=self._folder / "executors")
        harvest(self._folder / "eventlogs", config, self._lake)


def _app_id(ran: Ran) -> str:
    return ran.event_log.removeprefix("eventlog_v2_")


def _mib(text: str) -> int:
    return parse_size_bytes(text, default_unit="m")
