"""Every minimal set of rules that some application is in the scope of and none can keep.

Sets are enumerated as in Liffiton et al., "Fast, flexible MUS enumeration", Constraints 21, 2016 (MARCO): one solver
proposes rules whose scopes overlap in a place that was not settled yet, the other says whether values can keep them;
what they cannot is shrunk to the rules that matter. It ends when no place is left, so nothing is missed.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from data_contracts.properties.policy import kind_of
from sparkwright.policy.findings import Conflict
from sparkwright.policy.formulas import AT_ONCE, BUDGETED, Formulas, linked
from sparkwright.policy.peak import CONTAINERS, default_of
from sparkwright.policy.places import PLATFORMS, Places
from sparkwright.policy.rules import Rule

QUERY_MS = 5_000
_MAX_COUNTS = 200
_MIN_KINDS = frozenset({"min", "require", "not", "unset", "budget"})


class Search:
    """Looks for conflicts among rules.

    Args:
        places: Where applications can stand.
        policy_of: By name the place of a policy in them.
        rules: All rules.
        until_s: When to stop, by ``time.monotonic``.

    Attributes:
        undecided: What could not be decided, and why.
    """

    def __init__(self, places: Places, policy_of: dict[str, int], rules: Sequence[Rule], until_s: float) -> None:
        self._places = places
        self._policy_of = policy_of
        self._rules = rules
        self._until_s = until_s
        self.undecided: list[str] = []

    def conflicts(self) -> list[Conflict]:
        """All of them, each once."""
        found: dict[tuple[Rule, ...], Conflict] = {}
        for rules in linked(self._rules, with_budgets=False).values():
            self._on_all_platforms(rules, found)
        if any(rule.budget is not None for rule in self._rules):
            self._on_all_platforms(linked(self._rules, with_budgets=True).get("budgets", []), found, budgets=True)
        return list(found.values())

    def _on_all_platforms(
        self, rules: Sequence[Rule], found: dict[tuple[Rule, ...], Conflict], *, budgets: bool = False
    ) -> None:
        known: dict[tuple[object, ...], list[tuple[Rule, ...]]] = {}
        for platform in PLATFORMS:
            here = [rule for rule in rules if self._may_be_on(rule, platform)]
            if budgets:
                here = [rule for rule in here if _matters_to_budgets(rule, platform)]
                if not any(rule.budget is not None for rule in here):
                    continue
            names = sorted({rule.property for rule in here if rule.property})
            # Where the same is known of what is not set, the same rules conflict.
            alike = (*here, *(default_of(name, {}, platform) for name in names), platform in CONTAINERS, budgets)
            key = (*alike, platform) if budgets else alike
            if key not in known:
                known[key] = self._on(platform, here, _without_budgets(found) if budgets else [])
            for conflict in known[key]:
                self._keep(conflict, platform, found)

    def _may_be_on(self, rule: Rule, platform: str) -> bool:
        platforms = self._places.platforms_of(self._policy_of[rule.policy])
        return not platforms or platform in platforms

    def _on(self, platform: str, rules: Sequence[Rule], known: Iterable[tuple[Rule, ...]]) -> list[tuple[Rule, ...]]:
        if not rules:
            return []
        found: list[tuple[Rule, ...]] = []
        chooser, values = _Chooser(self._places, self._policy_of, rules, platform), _Values(rules, platform)
        for conflict in known:
            if set(conflict) <= set(rules):
                chooser.forbid(conflict)
        while True:
            if time.monotonic() > self._until_s:
                self.undecided.append(f"conflicts on {platform} among {_told(rules)}: no time left")
                return found
            chosen = chooser.choose()
            if chosen is None:
                return found
            kept = values.can_keep(chosen)
            if kept is None:
                self.undecided.append(f"whether an application on {platform} can keep {_told(chosen)}")
            if kept is not False:
                chooser.settle(chosen)
                continue
            conflict = values.shrink(chosen)
            chooser.forbid(conflict)
            found.append(conflict)

    def _keep(self, rules: tuple[Rule, ...], platform: str, found: dict[tuple[Rule, ...], Conflict]) -> None:
        if rules in found:
            before = found[rules]
            platforms = (*before.platforms, platform)
            found[rules] = Conflict(rules, platforms, before.applicant, before.values)
            return
        applicant = self._places.together([self._policy_of[rule.policy] for rule in rules], platform)
        if applicant is not None:  # found where the platform's own rules were the same
            found[rules] = Conflict(rules, (platform,), applicant, _Values(rules, platform).example(rules))


class _Chooser:
    """Proposes rules whose scopes overlap, as many as possible, where nothing was settled yet."""

    def __init__(self, places: Places, policy_of: dict[str, int], rules: Sequence[Rule], platform: str) -> None:
        import z3

        self._z3 = z3
        self._places = places
        self._rules = rules
        self._chosen = [z3.Bool(f"rule:{at}") for at in range(len(rules))]
        self._place_of = {rule: at for at, rule in enumerate(rules)}
        self._policies = [policy_of[rule.policy] for rule in rules]
        self._conflicts: list[frozenset[int]] = []
        self._solver = z3.Solver()
        self._solver.add(places.domain, places.on(platform))
        for policy in dict.fromkeys(self._policies):
            mine = [one for one, at in zip(self._chosen, self._policies, strict=True) if at == policy]
            self._solver.add(z3.Implies(z3.Or(*mine), places.scope(policy)))

    def choose(self) -> list[Rule] | None:
        if self._solver.check() != self._z3.sat:
            return None
        model = self._solver.model()
        chosen = {at for at, one in enumerate(self._chosen) if self._z3.is_true(model.eval(one))}
        # Where that application stands more rules may concern it: the more are asked about together, the fewer times.
        here = {at: self._z3.is_true(model.eval(self._places.scope(at), True)) for at in set(self._policies)}
        for at, policy in enumerate(self._policies):
            more = chosen | {at}
            if here[policy] and not any(conflict <= more for conflict in self._conflicts):
                chosen = more
        return [self._rules[at] for at in sorted(chosen)]

    def settle(self, rules: Iterable[Rule]) -> None:
        """These can be kept: ask for others."""
        inside = {self._place_of[rule] for rule in rules}
        outside = [one for at, one in enumerate(self._chosen) if at not in inside]
        self._solver.add(self._z3.Or(*outside))

    def forbid(self, rules: Iterable[Rule]) -> None:
        """These cannot be kept: never ask for all of them again."""
        conflict = frozenset(self._place_of[rule] for rule in rules)
        self._conflicts.append(conflict)
        self._solver.add(self._z3.Or(*(self._z3.Not(self._chosen[at]) for at in conflict)))


class _Values:
    """Says whether an application can keep rules, whoever they concern."""

    def __init__(self, rules: Sequence[Rule], platform: str) -> None:
        import z3

        self._z3 = z3
        self._formulas = Formulas(rules, platform)
        self._solver = z3.Solver()
        self._solver.set("timeout", QUERY_MS)
        self._kept = {rule: z3.Bool(f"kept:{at}") for at, rule in enumerate(rules)}
        self._names = {str(kept): rule for rule, kept in self._kept.items()}
        for rule, kept in self._kept.items():
            self._solver.add(z3.Implies(kept, self._formulas.rule(rule)))
        self._solver.add(*self._formulas.domain)
        self._core: list[str] = []
        # In local mode there is no executor to count.
        is_tied = any(rule.budget is not None and rule.budget.measure in AT_ONCE for rule in rules)
        self._counts = _min_counts(rules) if is_tied and platform != "local" else []

    def can_keep(self, rules: Iterable[Rule]) -> bool | None:
        kept = [self._kept[rule] for rule in rules]
        if not kept:
            return True
        if self._counts:
            return self._with_counts(kept)
        answer = self._solver.check(*kept)
        if answer == self._z3.unknown:
            return None
        self._core = [str(one) for one in self._solver.unsat_core()] if answer == self._z3.unsat else []
        return bool(answer == self._z3.sat)

    def _with_counts(self, kept: Sequence[Any]) -> bool | None:
        """The same where budgets multiply, one number of executors after the other: what is left is linear.

        Everything that a budget counts grows with it, so if any number does, one of the least that rules allow does.
        """
        self._core = [str(one) for one in kept]
        for count in self._counts:
            self._solver.push()
            self._solver.add(self._formulas.executors_are(count), *self._formulas.domain)
            answer = self._solver.check(*kept)
            self._solver.pop()
            if answer != self._z3.unsat:
                return None if answer == self._z3.unknown else True
        return False

    def shrink(self, rules: Iterable[Rule]) -> tuple[Rule, ...]:
        """A part of rules that cannot be kept of which every rule matters; the last check said that they cannot."""
        core = {self._names[one] for one in self._core}
        left = [rule for rule in rules if rule in core] or list(rules)
        for rule in list(left):
            without = [one for one in left if one != rule]
            if self.can_keep(without) is False:
                left = without
        return tuple(left)

    def example(self, rules: Sequence[Rule]) -> dict[str, str]:
        """What keeps all of them but the last."""
        if self.can_keep(rules[:-1]) is not True:
            return {}
        names = [rule.property for rule in rules if rule.property]
        if any(rule.budget is not None for rule in rules):
            names += sorted(BUDGETED)
        # Whole MiB are easier to read, where there are some.
        kept = [self._kept[rule] for rule in rules[:-1]]
        readable = self._formulas.readable(names)
        if self._solver.check(*kept, *readable) != self._z3.sat and self._solver.check(*kept) != self._z3.sat:
            return {}
        return self._formulas.example(self._solver.model(), dict.fromkeys(names))


def _min_counts(rules: Iterable[Rule]) -> list[int]:
    """Every number of executors that can be the least that rules allow."""
    numbers, refused = {1, 2}, 0
    for rule in rules:
        if rule.property and kind_of(rule.property).kind == "count":
            numbers |= {int(kind_of(rule.property).number(text)) for text in (rule.text, *rule.values) if text}
            refused += len(rule.values)
    quotients = {one // other for one in numbers for other in numbers if other}
    counts = {one + more for one in numbers | quotients for more in range(refused + 2) if one + more > 0}
    return [*sorted(counts)[:_MAX_COUNTS], 2**31 - 1]  # the last is Spark's own of dynamic allocation


def _without_budgets(found: Iterable[tuple[Rule, ...]]) -> list[tuple[Rule, ...]]:
    """What conflicts whatever the budgets are."""
    return [rules for rules in found if all(rule.budget is None for rule in rules)]


def _matters_to_budgets(rule: Rule, platform: str) -> bool:
    """Whether a rule can keep an application from a budget.

    The least that is allowed of everything is the least that an application can hold; only on a standalone cluster more
    cores for each executor make fewer executors.
    """
    return rule.kind in _MIN_KINDS or (platform == "standalone" and rule.property == "spark.executor.cores")


def _told(rules: Sequence[Rule]) -> str:
    told = [f"{rule.policy}.{rule.part}" for rule in rules[:4]]
    return ", ".join([*told, f"{len(rules) - 4} more"] if len(rules) > 4 else told)
