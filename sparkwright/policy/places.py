"""Scopes as a finite grid: every place that an application can stand in, as policies see it, with an example of each.

Source of the idea: what scopes ask of a name or a moment has finitely many answers (:mod:`sparkwright.policy.names`,
:mod:`sparkwright.policy.moments`), so a solver over their numbers leaves nothing out.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from data_contracts.policy import Policy
from sparkwright.policy.moments import moment_atoms
from sparkwright.policy.names import name_atoms
from sparkwright.policy.scope import Applicant
from sparkwright.policy.windows import Window, window_of

PLATFORMS = ("yarn", "kubernetes", "standalone", "local")
_DIMENSIONS = ("queues", "teams", "users", "workloads")


class Places:
    """The places of an application, by numbers that a solver can choose.

    Args:
        policies: Whose scopes make the grid.
        now: From when on windows are looked at; default the present.

    Raises:
        UndecidedError: Patterns can be combined in too many ways.
    """

    def __init__(self, policies: Sequence[Policy], now: datetime | None = None) -> None:
        import z3

        self._z3 = z3
        self._policies = policies
        self.platform = z3.Int("platform")
        self._at: dict[str, Any] = {}
        self._examples: dict[str, list[Any]] = {}
        self._fitting: dict[str, list[frozenset[int]]] = {}
        for name in _DIMENSIONS:
            self._add_names(name)
        self._add_moments(now or datetime.now(UTC))
        self.domain = z3.And(
            self.platform >= 0,
            self.platform < len(PLATFORMS),
            *(z3.And(at >= 0, at < len(self._examples[name])) for name, at in self._at.items()),
        )
        self._scopes = [self._scope(at) for at in range(len(policies))]

    def scope(self, policy: int) -> Any:
        """That the application is in the scope of a policy, as a formula."""
        return self._scopes[policy]

    def on(self, platform: str) -> Any:
        """That it runs on this platform, as a formula."""
        return self.platform == PLATFORMS.index(platform)

    def platforms_of(self, policy: int) -> Sequence[str]:
        """Where a policy holds; empty: everywhere."""
        return self._policies[policy].scope.platforms

    def together(self, policies: Iterable[int], platform: str) -> Applicant | None:
        """An application that all of these policies concern; None where there is none."""
        solver = self._z3.Solver()
        solver.add(self.domain, self.on(platform), *(self._scopes[at] for at in policies))
        return self.example(solver.model()) if solver.check() == self._z3.sat else None

    def example(self, model: Any) -> Applicant:
        """The application that a solver's model stands for."""
        told = {name: self._examples[name][_number(model, at)] for name, at in self._at.items()}
        return Applicant(
            queue=told["queues"],
            team=told["teams"],
            user=told["users"],
            workload=told["workloads"],
            platform=PLATFORMS[_number(model, self.platform)],
            at=told["moments"],
        )

    def _add_names(self, dimension: str) -> None:
        by_policy: list[list[str]] = [getattr(policy.scope, dimension) for policy in self._policies]
        patterns = list(dict.fromkeys(pattern for one in by_policy for pattern in one))
        atoms = name_atoms(patterns)
        place = {pattern: at for at, pattern in enumerate(patterns)}
        wanted = [frozenset(place[pattern] for pattern in one) for one in by_policy]
        self._add(dimension, wanted, [(atom.fitting, atom.example) for atom in atoms])

    def _add_moments(self, now: datetime) -> None:
        by_policy = [[window_of(one) for one in policy.scope.windows] for policy in self._policies]
        windows: list[Window] = list(dict.fromkeys(window for one in by_policy for window in one))
        place = {window: at for at, window in enumerate(windows)}
        wanted = [frozenset(place[window] for window in one) for one in by_policy]
        self._add("moments", wanted, [(atom.fitting, atom.example) for atom in moment_atoms(windows, now)])

    def _add(
        self, dimension: str, wanted: Sequence[frozenset[int]], atoms: Iterable[tuple[frozenset[int], Any]]
    ) -> None:
        """One dimension: of examples that the same policies take, one is enough."""
        found: dict[frozenset[int], Any] = {}
        for fitting, example in atoms:
            taken = frozenset(at for at, one in enumerate(wanted) if not one or one & fitting)
            if taken not in found or found[taken] == "":
                found[taken] = example
        self._at[dimension] = self._z3.Int(dimension)
        self._examples[dimension] = list(found.values())
        self._fitting[dimension] = list(found)

    def _scope(self, policy: int) -> Any:
        z3 = self._z3
        parts = []
        for name, at in self._at.items():
            taken = [place for place, policies in enumerate(self._fitting[name]) if policy in policies]
            if len(taken) < len(self._fitting[name]):
                parts.append(z3.Or(*(at == place for place in taken)))
        platforms = self._policies[policy].scope.platforms
        if platforms:
            parts.append(z3.Or(*(self.on(platform) for platform in platforms)))
        return z3.And(*parts)


def _number(model: Any, variable: Any) -> int:
    return int(model.eval(variable, model_completion=True).as_long())
