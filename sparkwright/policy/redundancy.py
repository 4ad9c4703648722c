"""Rules that change nothing: whatever they refuse is refused by the others, wherever they hold.

Rules that contradict one another refuse everything; that is a conflict, and makes no other rule redundant.
"""

import time
from collections.abc import Sequence
from typing import Any

from sparkwright.policy.conflicts import QUERY_MS
from sparkwright.policy.findings import Conflict, Redundancy
from sparkwright.policy.formulas import AT_ONCE, BUDGETED, Formulas, linked
from sparkwright.policy.peak import CONTAINERS, default_of
from sparkwright.policy.places import PLATFORMS, Places
from sparkwright.policy.rules import Rule
from sparkwright.policy.scope import Applicant

_MAX_TRIES = 64
_PERIODS = {"run": 0, "day": 1, "week": 7, "month": 31}


class RedundancySearch:
    """Looks for rules that could go.

    Args:
        places: Where applications can stand.
        policy_of: By name the place of a policy in them.
        rules: All rules.
        conflicts: All conflicts among them.
        until_s: When to stop, by ``time.monotonic``.

    Attributes:
        undecided: What could not be decided, and why.
    """

    def __init__(
        self,
        places: Places,
        policy_of: dict[str, int],
        rules: Sequence[Rule],
        conflicts: Sequence[Conflict],
        until_s: float,
    ) -> None:
        self._places = places
        self._policy_of = policy_of
        self._rules = rules
        self._conflicts = conflicts
        self._until_s = until_s
        self.undecided: list[str] = []

    def redundancies(self) -> list[Redundancy]:
        """The rules that could go together; of two that say the same the later one."""
        found: list[Redundancy] = []
        for rules in self._groups():
            kept = list(rules)
            asked = _Implication(self._places, self._policy_of, rules)
            for rule in reversed(rules):
                if time.monotonic() > self._until_s:
                    self.undecided.append(f"whether {rule.policy}.{rule.part} changes anything: no time left")
                    continue
                by = self._because(rule, [one for one in kept if one != rule], asked)
                if by is not None:
                    kept.remove(rule)
                    applicant, values = asked.example(rule, by)
                    found.append(Redundancy(rule, by, applicant, values))
        return sorted(found, key=lambda one: self._rules.index(one.rule))

    def _groups(self) -> list[list[Rule]]:
        """Rules that can make one another redundant; without the budgets where those are not needed."""
        return [list(rules) for rules in linked(self._rules, with_budgets=True).values()]

    def _because(self, rule: Rule, others: Sequence[Rule], asked: "_Implication") -> tuple[Rule, ...] | None:
        """Rules that contradict one another nowhere where the rule holds and refuse all that it does."""
        if rule.budget is not None and rule.budget.per != "run":
            return self._total_because(rule, others, asked)
        tries = [list(others)]
        seen: set[frozenset[Rule]] = set()
        while tries:
            left = tries.pop()
            if frozenset(left) in seen:
                continue
            seen.add(frozenset(left))
            if len(seen) > _MAX_TRIES or asked.is_undecided:
                asked.is_undecided = False
                self.undecided.append(f"whether {rule.policy}.{rule.part} changes anything")
                return None
            core = asked.implied_by(rule, left)
            if core is None:
                continue
            conflict = self._conflict_in(core, rule)
            if conflict is None:
                return tuple(asked.shrink(rule, core))
            tries += [[one for one in left if one != gone] for gone in conflict]
        if asked.is_undecided:
            asked.is_undecided = False
            self.undecided.append(f"whether {rule.policy}.{rule.part} changes anything")
        return None

    def _conflict_in(self, core: Sequence[Rule], rule: Rule) -> tuple[Rule, ...] | None:
        """A conflict within rules that some application is in which the rule concerns, too."""
        inside = set(core)
        for conflict in self._conflicts:
            if inside.issuperset(conflict.rules):
                policies = [self._policy_of[one.policy] for one in (*conflict.rules, rule)]
                if any(self._places.together(policies, platform) for platform in conflict.platforms):
                    return conflict.rules
        return None

    def _total_because(self, rule: Rule, others: Sequence[Rule], asked: "_Implication") -> tuple[Rule, ...] | None:
        """Of what adds up: a budget of no more for a period at least as long, or so many shorter ones, of everybody."""
        assert rule.budget is not None
        days = _PERIODS[rule.budget.per]
        for other in others:
            budget = other.budget
            if budget is None or budget.per == "run" or budget.measure != rule.budget.measure:
                continue
            other_days = _PERIODS[budget.per]
            # A period touches one more of the shorter ones than fit into it, unless those divide it.
            times = 1 if other_days >= days else days if other_days == 1 else -(-days // other_days) + 1
            if times * budget.max <= rule.budget.max and asked.covers(other, rule):
                return (other,)
        return None


class _Implication:
    """Whether rules refuse all that another one does."""

    def __init__(self, places: Places, policy_of: dict[str, int], rules: Sequence[Rule]) -> None:
        import z3

        self._z3 = z3
        self._places = places
        self._policy_of = policy_of
        self._rules = rules
        self._on: list[tuple[str, Formulas, Any]] = []
        self._formulas: dict[tuple[str, Rule], Any] = {}
        self._kept = {rule: z3.Bool(f"kept:{at}") for at, rule in enumerate(rules)}
        self._by_name = {str(kept): rule for rule, kept in self._kept.items()}
        self.is_undecided = False
        self._model: Any = None
        self._core: list[str] = []
        for platforms in _alike(rules):
            platform = platforms[0]
            formulas = Formulas(rules, platform)
            solver = z3.Solver()
            solver.set("timeout", QUERY_MS)
            solver.add(places.domain, z3.Or(*map(places.on, platforms)))
            for rule, kept in self._kept.items():
                formula = self._formulas[platform, rule] = formulas.rule(rule)
                solver.add(z3.Implies(z3.And(kept, places.scope(policy_of[rule.policy])), formula))
            solver.add(*formulas.domain)
            self._on.append((platform, formulas, solver))

    def implied_by(self, rule: Rule, others: Sequence[Rule]) -> list[Rule] | None:
        """Those of the others that are needed; None where they let something pass that the rule does not."""
        core: set[Rule] = set()
        for platform, _, solver in self._on:
            answer = self._ask(solver, platform, rule, others)
            if answer != self._z3.unsat:
                self.is_undecided |= answer == self._z3.unknown
                return None
            core |= {self._by_name[name] for name in self._core}
        return [one for one in others if one in core]

    def shrink(self, rule: Rule, core: Sequence[Rule]) -> list[Rule]:
        """As few of the rules as are enough."""
        left = list(core)
        for one in core:
            without = [other for other in left if other != one]
            if self.implied_by(rule, without) is not None:
                left = without
        self.is_undecided = False
        return left

    def covers(self, other: Rule, rule: Rule) -> bool:
        """Whether everybody in the scope of a rule is in that of the other."""
        z3, scope = self._z3, self._places.scope
        solver = z3.Solver()
        solver.add(self._places.domain, scope(self._policy_of[rule.policy]))
        solver.add(z3.Not(scope(self._policy_of[other.policy])))
        return bool(solver.check() == z3.unsat)

    def example(self, rule: Rule, by: Sequence[Rule]) -> tuple[Applicant | None, dict[str, str]]:
        """An application that breaks the rule."""
        for platform, formulas, solver in self._on:
            names = [one.property for one in (rule, *by) if one.property]
            if rule.budget is not None and rule.budget.measure in AT_ONCE:
                names += sorted(BUDGETED)
            readable = self._ask(solver, platform, rule, [], formulas.readable(names))
            if readable == self._z3.sat or self._ask(solver, platform, rule, []) == self._z3.sat:
                model = self._model
                return self._places.example(model), formulas.example(model, dict.fromkeys(names))
        return None, {}

    def _ask(self, solver: Any, platform: str, rule: Rule, others: Sequence[Rule], more: Sequence[Any] = ()) -> Any:
        solver.push()
        solver.add(
            *more, self._places.scope(self._policy_of[rule.policy]), self._z3.Not(self._formulas[platform, rule])
        )
        answer = solver.check(*(self._kept[one] for one in others))
        # Both are gone with what was added for the question.
        if answer == self._z3.sat:
            self._model = solver.model()
        elif answer == self._z3.unsat:
            self._core = [str(one) for one in solver.unsat_core()]
        solver.pop()
        return answer


def _alike(rules: Sequence[Rule]) -> list[list[str]]:
    """The platforms in groups on which the rules mean the same."""
    if any(rule.budget is not None for rule in rules):
        return [[platform] for platform in PLATFORMS]
    names = sorted({rule.property for rule in rules})
    found: dict[tuple[object, ...], list[str]] = {}
    for platform in PLATFORMS:
        key = (*(default_of(name, {}, platform) for name in names), platform in CONTAINERS)
        found.setdefault(key, []).append(platform)
    return list(found.values())
