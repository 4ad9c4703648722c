"""Findings against brute force: every place of a small grid, every value of a small domain."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data_contracts.policy import Policy
from data_contracts.properties.policy import kind_of
from sparkwright.policy.budgets import measured
from sparkwright.policy.check import check_policies
from sparkwright.policy.findings import told_applicant, told_values
from sparkwright.policy.names import UndecidedError, name_atoms
from sparkwright.policy.peak import default_of, peak_of
from sparkwright.policy.places import PLATFORMS
from sparkwright.policy.reading import parse_policies
from sparkwright.policy.rules import all_rules
from sparkwright.policy.scope import Applicant, Scope
from sparkwright.wildcards import matches
from tests.support.thorough import draws, relaxed

NOW = datetime(2026, 11, 30, tzinfo=UTC)
NAMES = ["", "a", "b", "ab", "ba", "aab", "x"]
HOURS = [NOW.replace(hour=hour) for hour in (1, 7, 13, 19)]
DOMAIN = {
    "spark.executor.cores": [None, *map(str, range(1, 7))],
    "spark.executor.instances": [None, *map(str, range(1, 7))],
    "spark.speculation": [None, "true", "false"],
    "spark.serializer": [None, "k", "j", "z"],
    "spark.executor.memory": [None, "450m", "512m", "1g", "2g", "3g", "4g", "5g"],
}
# What budgets look at and no rule here is about: the least of it, and as Spark has it.
LEAST = {
    "spark.driver.memory": "450m",
    "spark.driver.memoryOverhead": "0b",
    "spark.executor.memoryOverhead": "0b",
    "spark.cores.max": "1",
}


def keeps(rule, properties, platform):
    """What a rule says, once more and straight from the words of its contract."""
    if rule.budget is not None:
        used = measured(peak_of(properties, platform), rule.budget.measure)
        return used is not None and used <= Decimal(repr(rule.budget.max))
    kind, value = kind_of(rule.property), properties.get(rule.property)
    if rule.kind == "unset":
        return value is None
    if rule.kind == "require":
        return value is not None and kind.same(value, rule.text)
    in_force = value if value is not None else default_of(rule.property, properties, platform)
    if in_force is None:
        return True
    if rule.kind == "not":
        return not any(kind.same(in_force, one) for one in rule.values)
    return kind.number(in_force) >= rule.number if rule.kind == "min" else kind.number(in_force) <= rule.number


def assignments(rules, platform):
    names = sorted({rule.property for rule in rules if rule.property})
    budgets = any(rule.budget for rule in rules)
    if budgets:
        names = sorted({*names, "spark.executor.cores", "spark.executor.instances", "spark.executor.memory"})
    for values in product(*(DOMAIN[name] for name in names)):
        told = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        for cores_max in ("1", "2", "3", "6", "12") if budgets and platform == "standalone" else ("1",):
            one = {**(LEAST if budgets else {}), "spark.cores.max": cores_max, **told}
            if peak_of(one, platform).executors != 0 or platform == "local":  # a cluster has at least one executor
                yield one


def places(policies):
    scopes = [Scope(policy.scope) for policy in policies]
    for queue, user, platform, at in product(NAMES, NAMES, PLATFORMS, HOURS):
        who = Applicant(queue, "", user, "w", platform, at)
        active = frozenset(
            policy.name
            for policy, scope in zip(policies, scopes, strict=True)
            if scope.fits(who.who) and scope.holds(at)
        )
        yield platform, active


patterns = st.lists(st.sampled_from(["a", "b", "a*", "*b", "*a*", "ab"]), max_size=2, unique=True)
windows = st.lists(
    st.builds(lambda start, end: {"start": start, "end": end}, st.sampled_from(["00:00", "06:00", "12:00"]),
              st.sampled_from(["06:00", "12:00", "18:00", "00:00"])), max_size=1,
)  # fmt: skip
scopes = st.fixed_dictionaries(
    {
        "queues": patterns,
        "users": patterns,
        "platforms": st.lists(st.sampled_from(PLATFORMS), max_size=2, unique=True),
        "windows": windows,
    }
)
numbers = st.sampled_from(["1", "2", "3", "4", "5"])
bounds = st.dictionaries(
    st.sampled_from(["spark.executor.cores", "spark.executor.instances"]),
    st.one_of(numbers.map(lambda n: {"min": n}), numbers.map(lambda n: {"max": n})),
    max_size=2,
)
forbids = st.lists(
    st.sampled_from(
        [
            {"property": "spark.speculation", "values": ["true"]},
            {"property": "spark.speculation", "values": ["false"]},
            {"property": "spark.speculation"},
            {"property": "spark.serializer", "values": ["k"]},
            {"property": "spark.serializer"},
            {"property": "spark.executor.cores"},
            {"property": "spark.executor.cores", "values": ["1", "2"]},
        ]
    ),
    max_size=1,
)
requires = st.dictionaries(
    st.sampled_from(["spark.speculation"]), st.sampled_from(["true", "false"]), max_size=1
) | st.dictionaries(st.sampled_from(["spark.serializer"]), st.sampled_from(["k", "j"]), max_size=1)
budgets = st.lists(
    st.builds(
        lambda measure, most: {"measure": measure, "max": most},
        st.sampled_from(["executors", "cores"]),
        st.sampled_from([1.5, 2, 3, 4, 7]),
    ),
    max_size=1,
)
policies = st.lists(st.tuples(scopes, bounds, forbids, requires, budgets), min_size=1, max_size=4).map(
    lambda told: [
        Policy(name=f"p{at}", scope=scope, bounds=bound, forbids=forbid, requires=require, budgets=budget)
        for at, (scope, bound, forbid, require, budget) in enumerate(told)
        if bound or forbid or require or budget
    ]
)


@relaxed(8)
@given(policies)
@example([Policy(name="p0", bounds={"spark.executor.cores": {"min": "2"}}, budgets=[{"measure": "cores", "max": 2}])])
def test_conflicts_are_exactly_those_that_trying_everything_finds(policies):
    found = check_policies(policies, now=NOW, redundancy=False)
    assert found.is_complete
    rules = all_rules(policies)
    reported = [(frozenset(one.rules), one.platforms) for one in found.conflicts]
    for platform, active in set(places(policies)):
        here = [rule for rule in rules if rule.policy in active]
        can = any(all(keeps(rule, one, platform) for rule in here) for one in assignments(here, platform))
        told = [one for one, platforms in reported if platform in platforms and one <= set(here)]
        assert can == (not told), (platform, active)
    for one in found.conflicts:
        for policy in policies:
            if policy.name in one.policies:
                scope = Scope(policy.scope)
                assert scope.fits(one.applicant.who)
                assert scope.holds(one.applicant.at)
        # No rule of a conflict can be left out, and the example keeps all but the last.
        for rule in one.rules:
            rest = [other for other in one.rules if other != rule]
            platform = one.platforms[0]
            assert any(all(keeps(other, told, platform) for other in rest) for told in assignments(one.rules, platform))
        assert all(keeps(rule, one.values, one.applicant.platform) for rule in one.rules[:-1] if rule.budget is None)


@relaxed(5)
@given(policies)
def test_a_rule_is_redundant_exactly_where_leaving_it_out_changes_nothing(policies):
    found = check_policies(policies, now=NOW)
    assert found.is_complete
    gone = [one.rule for one in found.redundancies]
    kept = [rule for rule in all_rules(policies) if rule not in gone]
    cells = set(places(policies))

    def allowed(rules):
        # Of a rule only those of its own sort matter; budgets tie several properties.
        return {
            (platform, active): [
                told
                for told in assignments(all_rules(policies), platform)
                if all(keeps(rule, told, platform) for rule in rules if rule.policy in active)
            ]
            for platform, active in cells
        }

    with_all = allowed(all_rules(policies))
    assert allowed(kept) == with_all  # all of them can go together
    if found.conflicts:
        return
    for rule in kept:
        without = [one for one in kept if one != rule]
        # Unset and dynamic allocation are beyond the small domain: what it cannot tell apart is not asked.
        if rule.budget is None and not any(one.budget for one in kept):
            assert allowed(without) != with_all, rule


@relaxed(30)
@given(st.lists(st.text("ab*", min_size=1, max_size=4), min_size=1, max_size=4, unique=True))
def test_the_combinations_of_patterns_are_exactly_those_that_some_name_fits(patterns):
    atoms = {atom.fitting: atom.example for atom in name_atoms(patterns)}
    for fitting, named in atoms.items():
        assert fitting == {at for at, pattern in enumerate(patterns) if matches(pattern, named)}
    for letters in (word for length in range(6) for word in product("abx", repeat=length)):
        name = "".join(letters)
        assert frozenset(at for at, pattern in enumerate(patterns) if matches(pattern, name)) in atoms


def told(*policies):
    return parse_policies("version: 1\npolicies:\n" + "".join(f"  - {{{one}}}\n" for one in policies))


def test_budgets_conflict_with_what_they_cannot_hold():
    found = check_policies(
        told(
            "name: size, bounds: {spark.executor.memory: {min: 8g}}",
            "name: count, bounds: {spark.executor.instances: {min: 10}}",
            "name: tight, budgets: [{measure: memory_gib, max: 80}]",
            "name: wide, budgets: [{measure: memory_gib, max: 82}]",
        )
    )
    assert [one.policies for one in found.conflicts] == [("size", "count", "tight")]
    # Ten of 8 GiB, and the least driver that there is.
    assert found.conflicts[0].values["spark.executor.instances"] == "10"


def test_a_policy_that_nothing_can_keep_conflicts_with_itself():
    found = check_policies(
        told(
            "name: inside-out, bounds: {spark.executor.memory: {min: 8g, max: 4g}}",
            "name: nothing, budgets: [{measure: memory_gib, max: 0.5}]",
        )
    )
    assert {one.policies for one in found.conflicts} == {("inside-out",), ("nothing",)}


def test_hours_of_two_zones_meet_only_in_winter():
    found = check_policies(
        told(
            'name: utc, scope: {windows: [{start: "05:00", end: "06:00"}]}, bounds: {spark.executor.cores: {min: 4}}',
            'name: berlin, scope: {windows: [{start: "06:00", end: "07:00", timezone: Europe/Berlin}]}, '
            "bounds: {spark.executor.cores: {max: 2}}",
        ),
        now=datetime(2026, 7, 1, tzinfo=UTC),
    )
    [conflict] = found.conflicts
    assert conflict.applicant.at.month in {10, 11}
    assert "UTC" in told_applicant(conflict.applicant)


def test_rules_that_cover_a_scope_together_make_one_redundant():
    found = check_policies(
        told(
            'name: morning, scope: {windows: [{end: "12:00"}]}, bounds: {spark.executor.cores: {max: 2}}',
            'name: evening, scope: {windows: [{start: "12:00"}]}, bounds: {spark.executor.cores: {max: 3}}',
            "name: always, bounds: {spark.executor.cores: {max: 4}}",
        )
    )
    [one] = found.redundancies
    assert (one.rule.policy, {rule.policy for rule in one.by}) == ("always", {"morning", "evening"})
    assert int(one.values["spark.executor.cores"]) > 4
    assert told_values(one.values).startswith("spark.executor.cores=")


def test_of_two_that_say_the_same_the_later_one_can_go_and_a_conflict_makes_nothing_redundant():
    same = "bounds: {spark.executor.memory: {max: 8g}}"
    found = check_policies(told(f"name: one, {same}", f"name: two, {same}"))
    assert [one.rule.policy for one in found.redundancies] == ["two"]
    found = check_policies(
        told(
            "name: low, bounds: {spark.executor.cores: {max: 2}}",
            "name: high, bounds: {spark.executor.cores: {min: 4}}",
            "name: odd, forbids: [{property: spark.executor.cores, values: ['1']}]",
        )
    )
    # `odd` is implied by `high`, not by the contradiction.
    assert [(one.rule.policy, one.by[0].policy) for one in found.redundancies] == [("odd", "high")]


def test_sums_over_time_are_compared_period_by_period():
    found = check_policies(
        told(
            "name: day, budgets: [{measure: core_hours, per: day, max: 10}]",
            "name: week, budgets: [{measure: core_hours, per: week, max: 70}]",
            "name: tight, budgets: [{measure: core_hours, per: week, max: 69}]",
            "name: some, scope: {queues: [a]}, budgets: [{measure: core_hours, per: day, max: 12}]",
            "name: money, budgets: [{measure: cost_usd, per: day, max: 12}]",
        )
    )
    # `tight` bounds `week`; that of a queue is within that of all; money is something else.
    assert {one.rule.policy for one in found.redundancies} == {"week", "some"}


def test_too_many_combinations_are_undecided_and_said():
    many = ", ".join(f"'*{letter}*'" for letter in "abcdefghijklmnopqrst")
    with pytest.raises(UndecidedError):
        name_atoms([f"*{letter}*" for letter in "abcdefghijklmnopqrst"])
    found = check_policies(told(f"name: a, scope: {{queues: [{many}]}}, bounds: {{spark.executor.cores: {{max: 1}}}}"))
    assert not found.is_complete
    assert "fewer `*`" in found.undecided[0]


def test_no_time_means_undecided_not_clean():
    found = check_policies(told("name: a, bounds: {spark.executor.cores: {max: 1, min: 2}}"), limit_s=0.0)
    assert not found.is_complete


def test_hours_that_summer_time_leaves_out_are_noted():
    window = "{start: '02:30', end: '04:00', timezone: Europe/Berlin}"
    found = check_policies(
        told(f"name: a, scope: {{windows: [{window}]}}, bounds: {{spark.executor.cores: {{max: 1}}}}"), now=NOW
    )
    assert "its start at 02:30 does not exist in Europe/Berlin on 2027-03-28" in found.notes[0]


def planted(random, count):
    """Policies of as many queues that keep to themselves, and the pairs of them that were made to conflict."""
    policies, pairs = [], set()
    for at in range(count):
        least = random.randrange(1, 8)
        bounds = f"spark.executor.memory: {{min: {least}g, max: {least + random.randrange(0, 9)}g}}"
        policies.append(f"name: own{at}, scope: {{queues: [q{at}]}}, bounds: {{{bounds}}}")
        kind = random.choice(["none", "none", "size", "require", "budget"])
        scope = f"scope: {{queues: ['q{at}', 'x{at}*'], users: [u{at}]}}"
        if kind == "size":
            policies.append(f"name: more{at}, {scope}, bounds: {{spark.executor.memory: {{min: 17g}}}}")
        elif kind == "require":
            policies.append(f"name: more{at}, {scope}, requires: {{spark.executor.memory: 512m}}")
        elif kind == "budget":
            policies.append(f"name: more{at}, {scope}, budgets: [{{measure: memory_gib, max: 0.9}}]")
        if kind != "none":
            pairs.add(frozenset({f"own{at}", f"more{at}"}))
    return policies, pairs


@pytest.mark.parametrize("seed", range(4))
def test_every_planted_conflict_is_found_and_no_other(seed):
    policies, pairs = planted(draws(seed), 8)
    found = check_policies(told(*policies), redundancy=False)
    assert found.is_complete
    assert {frozenset(one.policies) for one in found.conflicts} == pairs
