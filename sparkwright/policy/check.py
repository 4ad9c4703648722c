"""Policies checked before they hold: conflicts, rules that change nothing, hours that never come."""

import time
from collections.abc import Sequence
from datetime import datetime

from data_contracts.policy import Policy
from sparkwright.policy.conflicts import Search
from sparkwright.policy.findings import Findings
from sparkwright.policy.names import UndecidedError
from sparkwright.policy.places import Places
from sparkwright.policy.reading import notes_on
from sparkwright.policy.redundancy import RedundancySearch
from sparkwright.policy.rules import all_rules
from sparkwright.policy.windows import gaps_of, window_of


def check_policies(
    policies: Sequence[Policy], *, now: datetime | None = None, limit_s: float = 60.0, redundancy: bool = True
) -> Findings:
    """Everything that is wrong with policies together; complete unless it says what is undecided.

    Args:
        policies: That hold together.
        now: From when on windows are looked at; default the present.
        limit_s: After so long what is left is undecided.
        redundancy: Whether rules that change nothing are looked for, too.

    Raises:
        ModuleNotFoundError: z3-solver is not installed (extra ``policy``).
    """
    until_s = time.monotonic() + limit_s
    notes = [f"{policy.name}: {note}" for policy in policies for note in notes_on(policy)]
    notes += [
        f"{policy.name}: {gap}"
        for policy in policies
        for window in policy.scope.windows
        for gap in gaps_of(window_of(window), now)
    ]
    try:
        places = Places(policies, now)
    except UndecidedError as error:
        return Findings(undecided=(f"scopes: {error}",), notes=tuple(notes))
    policy_of = {policy.name: at for at, policy in enumerate(policies)}
    rules = all_rules(policies)
    search = Search(places, policy_of, rules, until_s)
    conflicts = search.conflicts()
    undecided = search.undecided
    if not redundancy:
        return Findings(tuple(conflicts), (), tuple(undecided), tuple(notes))
    others = RedundancySearch(places, policy_of, rules, conflicts, until_s)
    redundancies = others.redundancies()
    return Findings(tuple(conflicts), tuple(redundancies), (*undecided, *others.undecided), tuple(notes))
