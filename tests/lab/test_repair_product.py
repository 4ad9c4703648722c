"""What lab repair asks of the product, over recorded runs."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.lab.manifest import FOLDERS
from evaluation.lab.repair.commands import plan
from evaluation.lab.repair.loop import Ran, Repaired, Round
from evaluation.lab.repair.product import Product

RECORDED = Path(__file__).resolve().parents[1] / "fixtures" / "faults"
[(_, LAUNCH)] = plan(["result_collect"], [1], None)
HEAP, OVERHEAD = "spark.executor.memory", "spark.executor.memoryOverhead"


def _folder(target: Path, launch_id: str, app_id: str) -> Path:
    """A folder with one recorded run."""
    for name in FOLDERS:
        (target / name).mkdir()
    shutil.copytree(RECORDED / "eventlogs" / f"eventlog_v2_{app_id}", target / "eventlogs" / f"eventlog_v2_{app_id}")
    for ending in ("log", "exit"):
        shutil.copy(RECORDED / "drivers" / f"{launch_id}.{ending}", target / "drivers")
    return target


def _ran(launch_id: str, app_id: str) -> Ran:
    return Ran(launch_id, f"eventlog_v2_{app_id}" if app_id else "", 1, True, "seen", False, 1, 1.0)


@pytest.fixture
def result_collect(tmp_path: Path) -> tuple[Product, Ran]:
    """A run that collected too much."""
    launch_id, app_id = "proof-fault_result_collect", "app-20261128135242-0000"
    return Product(_folder(tmp_path, launch_id, app_id)), _ran(launch_id, app_id)


def test_a_run_is_explained_by_its_event_log_and_repaired_by_the_figures_in_it(
    result_collect: tuple[Product, Ran],
) -> None:
    product, ran = result_collect
    found = product.explain(ran)
    assert (found.root_cause, dict(found.properties)) == (
        "driver_result_size_exceeded",
        {"spark.driver.maxResultSize": "37m"},  # twice the 18.4 MiB that were refused
    )


def test_a_run_without_an_event_log_is_explained_by_its_drivers_output(result_collect: tuple[Product, Ran]) -> None:
    product, ran = result_collect
    shutil.rmtree(product._folder / "eventlogs" / ran.event_log)
    assert product.explain(replace(ran, event_log="")).root_cause == "driver_result_size_exceeded"


def test_a_run_that_left_nothing_is_not_explained(result_collect: tuple[Product, Ran]) -> None:
    product, ran = result_collect
    shutil.rmtree(product._folder / "eventlogs" / ran.event_log)
    (product._folder / "drivers" / f"{ran.launch_id}.log").write_text("", encoding="utf-8")
    found = product.explain(replace(ran, event_log=""))
    assert (found.root_cause, dict(found.properties)) == ("unknown", {})


def test_memory_that_the_next_recommendation_takes_back_is_told(result_collect: tuple[Product, Ran]) -> None:
    product, ran = result_collect
    good = replace(ran, exit_code=0)
    properties = {HEAP: "100g", OVERHEAD: "1m", "spark.driver.maxResultSize": "37m"}
    done = Repaired(ran, (Round("executor_heap_oom", properties, good),), properties)
    # No run of the lake had 100 GB, so nothing can advise them; and a standalone worker counts no overhead.
    heap, overhead = product.kept(done, LAUNCH)
    assert (heap.name, heap.repaired, heap.kept) == (HEAP, "100g", False)
    assert (overhead.name, overhead.advised, overhead.kept) == (OVERHEAD, "", False)
    assert product.kept(replace(done, properties={"spark.driver.maxResultSize": "37m"}), LAUNCH) == ()
