"""Budgets of one run: fewer executors first, smaller ones only where one is too many.

The heap is what the evidence says that a task needs; how many executors there are only says how long it takes.
"""

from decimal import Decimal

from data_contracts.api.recommendation import Forecast
from data_contracts.api.report import Prices
from data_contracts.properties.policy import size_text
from data_contracts.properties.spark import GIB, MIB
from sparkwright.policy.fit import Fitted
from sparkwright.policy.limits import Limits
from sparkwright.policy.peak import SMALLEST_HEAP_BYTES, Peak, count, peak_of
from sparkwright.policy.rules import Rule

_HOUR_MS = 3_600_000
_INSTANCES, _HEAP, _CORES = "spark.executor.instances", "spark.executor.memory", "spark.executor.cores"
_DYNAMIC = "spark.dynamicAllocation."
_UNBOUNDED = 2**31 - 1
_AT_ONCE = frozenset({"memory_gib", "cores", "executors"})


def keep_budgets(
    fitted: Fitted, limits: Limits, platform: str, forecast: Forecast | None = None, prices: Prices | None = None
) -> None:
    """Make an application fit the budgets of one run; say where it cannot, and what adds up beyond one.

    Args:
        fitted: Within the limits of its properties; it is changed.
        limits: What holds for the application.
        platform: Of the request.
        forecast: How long it runs.
        prices: What an hour costs.
    """
    at_once = [rule for rule in limits.budgets if rule.budget is not None and rule.budget.measure in _AT_ONCE]
    for rule in at_once:
        _keep(fitted, rule, limits, platform)
    for rule in limits.budgets:
        if rule not in at_once:
            _tell(fitted, rule, platform, forecast, prices)


def measured(peak: Peak, measure: str) -> Decimal | None:
    """A measure of a budget at one moment, in its own unit; None where the properties do not tell."""
    if measure == "executors":
        return None if peak.executors is None else Decimal(peak.executors)
    if measure == "cores":
        return None if peak.cores is None else Decimal(peak.cores)
    return None if peak.memory_bytes is None else Decimal(peak.memory_bytes) / GIB


def _keep(fitted: Fitted, rule: Rule, limits: Limits, platform: str) -> None:
    budget = rule.budget
    assert budget is not None
    limit = Decimal(repr(budget.max))
    peak = peak_of(fitted.in_force, platform)
    used = measured(peak, budget.measure)
    if used is None:
        if platform == "standalone":
            _bound_cores(fitted, rule, peak, limit)
        return
    if used <= limit:
        return
    unbounded = peak.executors is not None and peak.executors >= _UNBOUNDED
    before = f"{'unbounded' if unbounded else format(used, '.6g')} {budget.measure}"
    lowest = _min_executors(limits)
    if peak.executors and (wanted := max(lowest, _executors_within(peak, budget.measure, limit))) < peak.executors:
        _set_executors(fitted, rule, wanted, platform, before)
    if _is_within(fitted, rule, platform, limit):
        return
    if budget.measure == "memory_gib":
        _shrink_heap(fitted, rule, limits, platform, limit)
    elif budget.measure == "cores":
        _shrink_cores(fitted, rule, limits, platform, limit)
    if not _is_within(fitted, rule, platform, limit):
        left = measured(peak_of(fitted.in_force, platform), budget.measure)
        fitted.say("*", rule, before, None, f"nothing that is allowed fits: {left:.6g} are left")


def _is_within(fitted: Fitted, rule: Rule, platform: str, limit: Decimal) -> bool:
    assert rule.budget is not None
    used = measured(peak_of(fitted.in_force, platform), rule.budget.measure)
    return used is None or used <= limit


def _executors_within(peak: Peak, measure: str, limit: Decimal) -> int:
    if measure == "executors":
        return int(limit)
    if measure == "cores":
        return int((limit - peak.driver_cores) // (peak.executor_cores or 1))
    return int((limit * GIB - peak.driver_bytes) // peak.executor_bytes)


def _min_executors(limits: Limits) -> int:
    told = [1]
    for name in (_INSTANCES, f"{_DYNAMIC}minExecutors", f"{_DYNAMIC}initialExecutors", f"{_DYNAMIC}maxExecutors"):
        one = limits.properties.get(name)
        bounds = () if one is None else (one.minimum, one.required)
        told += [int(rule.number) for rule in bounds if rule is not None and rule.number is not None]
    return max(told)


def _set_executors(fitted: Fitted, rule: Rule, executors: int, platform: str, before: str) -> None:
    """So many executors at most, by the properties that decide on it."""
    did = f"{before} would be held; {executors} executor{'' if executors == 1 else 's'} at most"
    if platform == "standalone" and "spark.cores.max" in fitted.in_force:
        cores = count(fitted.in_force, _CORES) or 1
        fitted.change("spark.cores.max", rule, fitted.in_force["spark.cores.max"], str(executors * cores), did)
        return
    if fitted.in_force.get(f"{_DYNAMIC}enabled", "").strip().lower() != "true":
        fitted.change(_INSTANCES, rule, fitted.in_force.get(_INSTANCES), str(executors), did)
        return
    name = f"{_DYNAMIC}maxExecutors"
    fitted.change(name, rule, fitted.in_force.get(name), str(executors), did)
    for name in (f"{_DYNAMIC}minExecutors", f"{_DYNAMIC}initialExecutors", _INSTANCES):
        if (count(fitted.in_force, name) or 0) > executors:
            fitted.change(name, rule, fitted.in_force[name], str(executors), did)


def _bound_cores(fitted: Fitted, rule: Rule, peak: Peak, limit: Decimal) -> None:
    """A standalone cluster gives an application all it has unless ``spark.cores.max`` says otherwise."""
    assert rule.budget is not None
    within = max(1, _executors_within(peak, rule.budget.measure, limit))
    cores = (
        within
        if rule.budget.measure == "cores" and peak.executor_cores is None
        else within * (peak.executor_cores or 1)
    )
    fitted.change("spark.cores.max", rule, None, str(cores), f"nothing bounds it; {cores} cores at most")


def _shrink_heap(fitted: Fitted, rule: Rule, limits: Limits, platform: str, limit: Decimal) -> None:
    """Smaller heaps for the executors that have to be there."""
    name = "spark.driver.memory" if platform == "local" else _HEAP
    one = limits.properties.get(name)
    lowest = SMALLEST_HEAP_BYTES
    for bound in () if one is None else (one.minimum, one.required):
        if bound is not None and bound.number is not None:
            lowest = max(lowest, int(bound.number))
    low = -(-lowest // MIB)
    before = fitted.in_force.get(name)
    peak = peak_of(fitted.in_force, platform)
    high = max(peak.executor_bytes, peak.driver_bytes) // MIB

    def fits(mib: int) -> bool:
        used = measured(peak_of({**fitted.in_force, name: f"{mib}m"}, platform), "memory_gib")
        return used is not None and used <= limit

    if not fits(low):
        return
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    fitted.change(name, rule, before, size_text(low * MIB), f"{before or 'the default'} would not fit; {low}m holds")


def _shrink_cores(fitted: Fitted, rule: Rule, limits: Limits, platform: str, limit: Decimal) -> None:
    peak = peak_of(fitted.in_force, platform)
    if not peak.executors or not peak.executor_cores:
        return
    cores = int((limit - peak.driver_cores) // peak.executors)
    one = limits.properties.get(_CORES)
    if cores < 1 or (one is not None and one.breach(str(cores)) is not None):
        return
    before = fitted.in_force.get(_CORES)
    fitted.change(_CORES, rule, before, str(cores), f"{peak.executor_cores} would not fit; {cores} hold")


def _tell(fitted: Fitted, rule: Rule, platform: str, forecast: Forecast | None, prices: Prices | None) -> None:
    """A budget that adds up: no property lowers it, so it is said before the run, and nothing is changed."""
    assert rule.budget is not None
    used = run_total(peak_of(fitted.in_force, platform), rule.budget.measure, forecast, prices)
    if used is not None and used > rule.budget.max:
        what = f"{used:.4g} {rule.budget.measure.replace('_', ' ')}"
        said = f"this run alone is forecast to take {what}; no property lowers that, ask whoever made the policy"
        fitted.say("*", rule, what, None, said)


def run_total(peak: Peak, measure: str, forecast: Forecast | None, prices: Prices | None) -> float | None:
    """What one run is forecast to take of a measure that adds up; None where nobody knows.

    Args:
        peak: What it holds, taken to be held all the time.
        measure: Of the budget.
        forecast: How long it runs, by the median.
        prices: What an hour costs, in US dollars.
    """
    if forecast is None or peak.memory_bytes is None:
        return None
    hours = forecast.duration_ms.p50 / _HOUR_MS
    memory, cores = peak.memory_bytes / GIB * hours, None if peak.cores is None else peak.cores * hours
    if measure == "memory_gib_hours":
        return memory
    if measure == "core_hours":
        return cores
    if prices is None or cores is None or prices.currency != "USD":
        return None
    return memory * prices.memory_gib_hour + cores * prices.vcore_hour
