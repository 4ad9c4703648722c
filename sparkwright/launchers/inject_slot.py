"""One application in a file of another launcher: asked about, and given what was advised."""

import argparse

from data_contracts.properties.provenance import DECISION_ID
from sparkwright.launchers.file_asking import Ask, say
from sparkwright.launchers.formats.slot import Slot, platform_in, put_advice
from sparkwright.launchers.inject import told
from sparkwright.launchers.request import recommend_request
from sparkwright.spark.own_options import OwnOptions


def advise(slot: Slot, args: argparse.Namespace, own: OwnOptions, asking: Ask) -> bool:
    """Whether the application got advice, which then is in the document."""
    for note in slot.notes:
        say(f"{slot.label}: {note}")
    if (earlier := slot.properties.get(DECISION_ID)) and not own.override:
        say(f"{slot.label} carries decision {earlier[:64]} already: left as it is")
        return False
    platform = args.platform or platform_in(slot)
    workload = own.workload or slot.workload
    request = recommend_request(
        slot.properties,
        app_name=args.app_name or slot.app_name,
        user_name=args.user or slot.user_name,
        queue=args.queue,
        workload=workload,
        platform=platform,
        attempt=own.attempt,
        max_risk=own.max_risk,
        deadline_s=own.deadline_s,
    )
    asked = asking(request)
    advice = asked.advice
    if advice is None:
        say(f"{slot.label}: no recommendation, left as it is: {asked.fault}")
        return False
    injection, refused = put_advice(slot, advice, override=own.override, workload=workload, platform=platform)
    for line in told(injection, advice):
        say(f"{slot.label}: {line}")
    for name, why in refused.items():
        say(f"{slot.label}: {name}={advice.allocation[name]} is advised and not set: {why}")
    return bool(injection.added or injection.removed)
