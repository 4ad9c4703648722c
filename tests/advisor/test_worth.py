from sparkwright.advisor.worth import changes_of, saving_of
from sparkwright.prices import load_prices

ASKED = {
    "spark.executor.memory": "4g",
    "spark.executor.memoryOverhead": "1g",
    "spark.executor.cores": "2",
    "spark.executor.instances": "10",
}


def test_a_change_is_another_value_not_another_spelling():
    advised = {"spark.executor.memory": "4096m", "spark.executor.cores": "1", "spark.driver.memory": "2048m"}
    changes = {one.property: (one.current, one.advised) for one in changes_of(ASKED, advised)}
    assert changes == {"spark.executor.cores": ("2", "1"), "spark.driver.memory": (None, "2048m")}


def test_half_of_heap_and_cores_for_half_an_hour_on_yarn():
    advised = {"spark.executor.memory": "2048m", "spark.executor.cores": "1"}
    saved = saving_of(ASKED, advised, "yarn", 30 * 60_000, load_prices(None))
    assert saved is not None
    assert (saved.memory_gib_h, saved.core_h) == (10.0, 5.0)
    assert saved.money is not None
    assert abs(saved.money - (10 * 0.004445 + 5 * 0.04048)) < 1e-12
    assert saved.currency == "USD"


def test_what_costs_more_is_negative_and_nothing_is_priced_without_a_sheet():
    saved = saving_of(ASKED, {"spark.executor.memory": "8192m"}, "yarn", 3_600_000, None)
    assert saved is not None
    assert (saved.memory_gib_h, saved.core_h, saved.money, saved.currency) == (-40.0, 0.0, None, None)


def test_the_overhead_counts_only_where_it_is_reserved():
    advised = {"spark.executor.memoryOverhead": "512m"}
    saved = {name: saving_of(ASKED, advised, name, 3_600_000, None) for name in ("yarn", "kubernetes", "standalone")}
    assert saved["yarn"] == saved["kubernetes"]
    assert saved["yarn"] is not None
    assert saved["yarn"].memory_gib_h == 5.0
    assert saved["standalone"] is None or saved["standalone"].memory_gib_h == 0.0


def test_under_dynamic_allocation_nobody_knows_the_executors_before():
    dynamic = {**ASKED, "spark.dynamicAllocation.enabled": "true"}
    assert saving_of(dynamic, {"spark.executor.memory": "2048m"}, "yarn", 1000, None) is None
