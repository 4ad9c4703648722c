"""The place in a file where one Spark application has its properties."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sparkwright.launchers.advice import Advice
from sparkwright.launchers.inject import Injection, inject
from sparkwright.launchers.spark_rules import NO_CAPS, SiteCaps
from sparkwright.spark.platform import platform_of


def _nothing(name: str, value: str) -> str:
    del name, value
    return ""


@dataclass(frozen=True, slots=True)
class Slot:
    """One application of a file.

    Attributes:
        label: What a person calls it.
        properties: What the user set for it.
        app_name: As Spark will know it, as far as the file tells.
        put: Sets in the document what an injection adds.
        user_name: As the event log will name the user; empty where the file does not say.
        workload: Explicit key of the recurring workload; empty where the application's name has to do.
        platform: Where it runs, as requests name it.
        caps: The most that a container may have.
        refuse: Why a property with a value is not set here; empty where it may be.
        notes: What a person should know.
    """

    label: str
    properties: dict[str, str]
    app_name: str
    put: Callable[[Injection], None]
    user_name: str = ""
    workload: str = ""
    platform: str = "yarn"
    caps: SiteCaps = NO_CAPS
    refuse: Callable[[str, str], str] = _nothing
    notes: tuple[str, ...] = ()


def put_advice(
    slot: Slot, advice: Advice, *, override: bool = False, workload: str = "", platform: str = ""
) -> tuple[Injection, dict[str, str]]:
    """Put advice into the document; what was injected, and what is not set here with the reason.

    Args:
        slot: The application.
        advice: The decision.
        override: Whether it wins over what the file sets.
        workload: Explicit key of the recurring workload; empty: the slot's.
        platform: Where it runs; empty: by ``spark.master``, else the slot's.
    """
    refused = {name: why for name, value in advice.allocation.items() if (why := slot.refuse(name, value))}
    kept = {name: value for name, value in advice.allocation.items() if name not in refused}
    injection = inject(
        slot.properties,
        replace(advice, allocation=kept),
        override,
        workload=workload or slot.workload,
        platform=platform or platform_in(slot),
        caps=slot.caps,
    )
    slot.put(injection)
    return injection, refused


def platform_in(slot: Slot) -> str:
    """Where the application runs, as far as its properties tell; else what the format stands for."""
    master = slot.properties.get("spark.master")
    return platform_of(master) if master else slot.platform


def put_into(holder: dict[str, Any], key: str) -> Callable[[Injection], None]:
    """What sets properties in the map ``holder[key]``, which is made where it is missing or null."""

    def put(injection: Injection) -> None:
        drop(holder.get(key) or {}, injection)
        if added := injection.added:
            holder[key] = {**(holder.get(key) or {}), **added}

    return put


def drop(properties: dict[str, Any], injection: Injection) -> None:
    """Take out of a map what a policy lets nobody set."""
    for name in injection.removed & properties.keys():
        del properties[name]
