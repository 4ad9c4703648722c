"""What is advised for the recording of every fault of the lab that fails and that a property repairs."""

from pathlib import Path

from evaluation.lab.catalogue import CATALOGUE
from evaluation.lab.repair.commands import NOT_IN_LOGS, repairable
from evaluation.lab.truth import read_truths
from sparkwright.advisor.known_application import look_up
from sparkwright.advisor.local import diagnose_application
from sparkwright.diagnosis.cases import finer_cause
from sparkwright.lake import Lake

FAULTS = Path(__file__).parents[1] / "fixtures" / "faults"


def test_every_recorded_fault_that_a_property_repairs_is_advised_its_knob(recorded_lake: Lake) -> None:
    truths = read_truths(FAULTS, purpose="scoring", splits=("train", "validation", "test"))
    to_repair = {truth.variant: truth for truth in truths if truth.variant in repairable()}
    assert to_repair.keys() == set(repairable())
    named, without = {}, set()
    for variant, truth in to_repair.items():
        found = diagnose_application(look_up(recorded_lake, truth.app_id, None))
        named[variant] = found.root_cause
        if not CATALOGUE[variant].repair.keys() & found.remediation.properties.keys():
            without.add(variant)
            assert found.remediation.properties == {}, variant
    assert named == {name: finer_cause(name, truth.root_cause) for name, truth in to_repair.items()}
    assert without == NOT_IN_LOGS
