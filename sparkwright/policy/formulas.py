"""Rules as formulas over what an application sets: the same meaning as :mod:`sparkwright.policy.fit`, for a solver.

Sizes are bytes, times microseconds, switches 0 and 1; words are numbered, 0 is any word that no policy mentions. What
is not set amounts to Spark's own default where one is known (:func:`sparkwright.policy.peak.default_of`).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from data_contracts.properties.policy import PropertyKind, kind_of, size_text, time_text
from data_contracts.properties.spark import GIB, MIB, PROPERTIES
from sparkwright.policy.peak import CONTAINERS, SMALLEST_HEAP_BYTES, default_of
from sparkwright.policy.rules import Number, Rule

_INSTANCES, _HEAP, _CORES = "spark.executor.instances", "spark.executor.memory", "spark.executor.cores"
_OVERHEAD, _FACTOR = "spark.executor.memoryOverhead", "spark.executor.memoryOverheadFactor"
_DRIVER, _DRIVER_OVERHEAD = "spark.driver.memory", "spark.driver.memoryOverhead"
_DYNAMIC, _CORES_MAX = "spark.dynamicAllocation.enabled", "spark.cores.max"
_DYNAMIC_COUNTS = tuple(f"spark.dynamicAllocation.{name}Executors" for name in ("min", "initial", "max"))
_OFFHEAP, _OFFHEAP_ON, _PYSPARK = (
    "spark.memory.offHeap.size",
    "spark.memory.offHeap.enabled",
    "spark.executor.pyspark.memory",
)
BUDGETED = frozenset(
    {
        *(_INSTANCES, _HEAP, _CORES, _OVERHEAD, _FACTOR, _DRIVER, _DRIVER_OVERHEAD, _DYNAMIC, _CORES_MAX),
        *(*_DYNAMIC_COUNTS, _OFFHEAP, _OFFHEAP_ON, _PYSPARK, "spark.driver.cores", "spark.driver.memoryOverheadFactor"),
    }
)
"""Properties that budgets of one run depend on."""
AT_ONCE = frozenset({"memory_gib", "cores", "executors"})
"""Measures that an application holds at one moment; the others add up over its run."""
_LARGEST_COUNT, _LARGEST_SIZE = 2**31 - 1, 2**60


class Formulas:
    """What an application on one platform sets, as variables of a solver.

    Args:
        rules: Every rule that will be asked about: they say which words are told apart.
        platform: Where it runs.
    """

    def __init__(self, rules: Iterable[Rule], platform: str) -> None:
        import z3

        self._z3 = z3
        self._platform = platform
        self._sets: dict[str, Any] = {}
        self._values: dict[str, Any] = {}
        self._domain: list[Any] = []
        self._words: dict[str, list[str]] = {}
        for rule in rules:
            if rule.property and kind_of(rule.property).kind == "text":
                words = self._words.setdefault(rule.property, [""])
                words += [text for text in (rule.text, *rule.values) if text and text not in words]
        self._totals: dict[str, Any] = {}
        self._has_within = False

    @property
    def domain(self) -> list[Any]:
        """What holds of all variables that were asked for so far."""
        return self._domain

    def rule(self, rule: Rule) -> Any:
        """That the application keeps the rule."""
        z3 = self._z3
        if rule.budget is not None:
            return self._budget(rule.budget.measure, Fraction(repr(rule.budget.max)))
        is_set, value = self._variables(rule.property)
        if rule.kind == "unset":
            return z3.Not(is_set)
        kind = kind_of(rule.property)
        if rule.kind == "require":
            return z3.And(is_set, value == self._constant(kind, rule.property, rule.text))
        effective, is_known = self._effective(rule.property)
        if rule.kind == "not":
            holds = z3.And(*(effective != self._constant(kind, rule.property, text) for text in rule.values))
        else:
            bound = self._constant(kind, rule.property, rule.text)
            holds = effective >= bound if rule.kind == "min" else effective <= bound
        return holds if is_known else z3.Implies(is_set, holds)

    def executors_are(self, count: int) -> Any:
        """That so many executors run at once: with that the formulas of budgets are linear."""
        return self._executors()[0] == count

    def readable(self, names: Iterable[str]) -> list[Any]:
        """That sizes are whole MiB and that nothing beside these properties is set: for examples."""
        sizes = [self._values[name] % MIB == 0 for name in names if name in self._sets and kind_of(name).kind == "size"]
        return sizes + [self._z3.Not(is_set) for name, is_set in self._sets.items() if name not in names]

    def example(self, model: Any, names: Iterable[str]) -> dict[str, str]:
        """What the application of a model sets of these properties, as Spark reads it."""
        told: dict[str, str] = {}
        for name in names:
            if name not in self._sets or not self._z3.is_true(model.eval(self._sets[name], model_completion=True)):
                continue
            value = model.eval(self._values[name], model_completion=True)
            kind = kind_of(name)
            if kind.kind == "factor":
                told[name] = str(float(value.as_fraction()))
                continue
            number = int(value.as_long())
            if kind.kind == "text":
                told[name] = self._words[name][number] or "anything-else"
            elif kind.kind == "flag":
                told[name] = "true" if number else "false"
            else:
                written = {"size": size_text, "time": time_text}.get(kind.kind, str)
                told[name] = written(number)
        return told

    def _variables(self, name: str) -> tuple[Any, Any]:
        if name in self._sets:
            return self._sets[name], self._values[name]
        z3, kind = self._z3, kind_of(name)
        is_set = self._sets[name] = z3.Bool(f"set:{name}")
        value = self._values[name] = (z3.Real if kind.kind == "factor" else z3.Int)(f"value:{name}")
        least, most = _range(name, kind, len(self._words.get(name, [""])))
        self._domain += [value >= least, value <= most]
        return is_set, value

    def _effective(self, name: str) -> tuple[Any, bool]:
        """The value in force, and whether one is known where the property is not set."""
        is_set, value = self._variables(name)
        if name in {_OVERHEAD, _DRIVER_OVERHEAD} and self._platform in CONTAINERS:
            heap = self._in_force(_HEAP if name == _OVERHEAD else _DRIVER)
            return self._z3.If(is_set, value, self._derived(heap, name == _OVERHEAD)), True
        default = default_of(name, {}, self._platform)
        if default is None:
            return value, False
        return self._z3.If(is_set, value, self._constant(kind_of(name), name, default)), True

    def _in_force(self, name: str) -> Any:
        return self._effective(name)[0]

    def _derived(self, heap: Any, of_executor: bool) -> Any:
        """The overhead that Spark derives: whole MiB, at least 384."""
        z3 = self._z3
        mib = heap / MIB  # of whole numbers, rounded down
        factor_name = _FACTOR if of_executor else "spark.driver.memoryOverheadFactor"
        if factor_name in self._sets:
            is_set, factor = self._variables(factor_name)
            share = z3.If(is_set, z3.ToInt(factor * z3.ToReal(mib)), mib / 10)
        else:
            share = mib / 10
        return z3.If(share > 384, share, 384) * MIB

    def _budget(self, measure: str, most: Fraction) -> Any:
        z3 = self._z3
        if measure not in AT_ONCE:
            # No property decides how long a run takes: a number of its own.
            total = self._totals.get(measure)
            if total is None:
                total = self._totals[measure] = z3.Real(f"total:{measure}")
                self._domain.append(total >= 0)
            return total <= z3.Q(most.numerator, most.denominator)
        executors, is_bounded = self._executors()
        if measure == "executors":
            used = executors
        elif measure == "cores":
            cores = self._in_force(_CORES) if self._platform in CONTAINERS else self._cores_or_one()
            if self._platform == "standalone":  # an executor takes all that its worker has: nobody can tell how many
                is_bounded = z3.And(is_bounded, self._variables(_CORES)[0])
            used = self._in_force("spark.driver.cores") if self._platform != "local" else z3.IntVal(1)
            used = used + (executors * cores if self._platform != "local" else 0)
        else:
            used = self._memory(executors)
        if measure == "memory_gib":
            most = most * GIB
        # Whole numbers on the left: what is over the last one does not matter.
        return z3.And(is_bounded, used <= most.numerator // most.denominator)

    def _memory(self, executors: Any) -> Any:
        z3 = self._z3
        is_on, offheap = self._in_force(_OFFHEAP_ON), self._in_force(_OFFHEAP)
        beside = z3.If(is_on == 1, offheap, 0)
        driver = self._in_force(_DRIVER)
        if self._platform == "local":
            return driver + beside
        is_set, pyspark = self._variables(_PYSPARK)
        executor = self._in_force(_HEAP) + beside + z3.If(is_set, pyspark, 0)
        if self._platform in CONTAINERS:
            executor = executor + self._in_force(_OVERHEAD)
            driver = driver + self._in_force(_DRIVER_OVERHEAD)
        return executors * executor + driver

    def _cores_or_one(self) -> Any:
        is_set, cores = self._variables(_CORES)
        return self._z3.If(is_set, cores, 1)

    def _executors(self) -> tuple[Any, Any]:
        """Executors at one moment, and that something bounds them."""
        z3 = self._z3
        if self._platform == "local":
            return z3.IntVal(0), z3.BoolVal(True)
        is_dynamic = self._in_force(_DYNAMIC) == 1
        peak = self._in_force(_DYNAMIC_COUNTS[2])
        for name in (*_DYNAMIC_COUNTS[:2], *([_INSTANCES] if self._platform != "standalone" else [])):
            is_set, count = self._variables(name)
            peak = z3.If(z3.And(is_set, count > peak), count, peak)
        if self._platform != "standalone":
            return z3.If(is_dynamic, peak, self._in_force(_INSTANCES)), z3.BoolVal(True)
        is_set, most = self._variables(_CORES_MAX)
        within = z3.Int("executors within spark.cores.max")
        if not self._has_within:
            self._has_within = True
            cores = self._cores_or_one()
            self._domain += [within >= 1, within * cores <= most, most < (within + 1) * cores]
        dynamic = z3.If(z3.And(is_set, within < peak), within, peak)
        return z3.If(is_dynamic, dynamic, within), z3.Or(is_dynamic, is_set)

    def _constant(self, kind: PropertyKind, name: str, text: str) -> Any:
        if kind.kind == "text":
            return self._words[name].index(text)
        return _exact(self._z3, kind.number(text))


def _exact(z3: Any, number: Number) -> Any:
    if isinstance(number, Decimal):
        fraction = Fraction(number)
        return z3.Q(fraction.numerator, fraction.denominator)
    return number


def _range(name: str, kind: PropertyKind, words: int) -> tuple[Any, Any]:
    """The least and the most that Spark reads."""
    known = PROPERTIES.get(name)
    if kind.kind == "text":
        return 0, words - 1
    if kind.kind == "flag":
        return 0, 1
    if kind.kind == "count":
        is_positive = known is not None and known.value_type == "count"
        return int(is_positive or name in {_INSTANCES, _DYNAMIC_COUNTS[2]}), _LARGEST_COUNT
    if kind.kind == "factor":
        return 0, 10**9
    if kind.kind == "time":
        return 0, 2**62
    if name in {_HEAP, _DRIVER}:
        return SMALLEST_HEAP_BYTES, _LARGEST_SIZE
    return -1 if name.endswith("Threshold") else 0, _LARGEST_SIZE


def linked(rules: Iterable[Rule], *, with_budgets: bool) -> Mapping[str, list[Rule]]:
    """The rules in groups that have nothing to do with one another: of each property, and all that budgets tie.

    Args:
        rules: Any.
        with_budgets: Whether budgets of one run tie the properties that they depend on; else they are left out.
    """
    rules = list(rules)
    ties = with_budgets and any(rule.budget is not None and rule.budget.measure in AT_ONCE for rule in rules)
    groups: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.budget is not None:
            tied = rule.budget.measure in AT_ONCE
            if tied and not with_budgets:
                continue
            groups.setdefault("budgets" if tied else rule.budget.measure, []).append(rule)
        elif ties and rule.property in BUDGETED:
            groups.setdefault("budgets", []).append(rule)
        elif rule.property in {_HEAP, _OVERHEAD, _FACTOR}:
            groups.setdefault("executor memory", []).append(rule)
        elif rule.property in {_DRIVER, _DRIVER_OVERHEAD, "spark.driver.memoryOverheadFactor"}:
            groups.setdefault("driver memory", []).append(rule)
        else:
            groups.setdefault(rule.property, []).append(rule)
    return groups
