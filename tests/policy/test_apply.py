import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from data_contracts.api.diagnosis import Diagnosis, Remediation
from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import HeapEvidence, RecommendRequest
from data_contracts.properties.policy import kind_of
from sparkwright.advisor.core import ForecastReply, conclude, prepare, reply
from sparkwright.advisor.fallback import own_properties
from sparkwright.allocation.advise import advise
from sparkwright.errors import ConfigError, ServiceError
from sparkwright.explanation.template import explain_recommendation
from sparkwright.launchers.advice import read_advice
from sparkwright.launchers.spark_submit.submission import SparkSubmit, read_submission
from sparkwright.policy.apply import Policies, in_force
from sparkwright.policy.budgets import measured
from sparkwright.policy.diagnosing import within_policies
from sparkwright.policy.peak import peak_of
from sparkwright.policy.reading import parse_policies, set_of
from sparkwright.policy.scope import Applicant
from sparkwright.policy.source import PolicySource
from sparkwright.spark.command_line import parse_submit
from tests.allocation.runs import DIED, runs
from tests.allocation.runs import request as runs_request
from tests.support.thorough import draws

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
HEAP = "spark.executor.memory"


def policies(*told):
    text = "version: 1\npolicies:\n" + "".join(f"  - {{name: p{at}, {one}}}\n" for at, one in enumerate(told))
    return Policies(set_of(parse_policies(text)))


def decided(told, given=None, platform="yarn", advised=None, **more):
    request = RecommendRequest(
        app_name="job", platform=platform, properties=SparkProperties.model_validate(given or {}), **more
    )
    asked = prepare(request, AT)
    reply = ForecastReply(fault="none")
    if advised is not None:
        own = own_properties(request, workload_id=asked.workload_id, decision_id=asked.decision_id, why="x")
        reply = ForecastReply(recommendation=own.model_copy(update={"allocation": advised}))
    return conclude(asked, reply, told)


def test_the_capped_value_stands_beside_the_one_that_would_have_gone_out():
    told = policies("bounds: {spark.executor.memory: {max: 8g}}")
    given, decision = decided(told, {HEAP: "4g"}, advised={HEAP: "12288m"})
    assert given.allocation == {HEAP: "8g"}
    [change] = given.policy_changes
    assert (change.uncapped, change.capped, change.policies) == ("12288m", "8g", ["p0"])
    assert json.loads(decision.allocation_json) == {HEAP: "8g"}
    assert decision.policy_version == given.policy_version == told.version


def test_what_a_recommendation_says_it_changes_is_what_policies_left_of_it():
    told = policies(f"bounds: {{{HEAP}: {{max: 8g}}}}", "requires: {spark.sql.adaptive.enabled: true}")
    given, decision = decided(told, {HEAP: "16g"}, advised={HEAP: "12288m", "spark.executor.cores": "2"})
    changes = {one.property: (one.current, one.advised) for one in given.changes}
    assert changes == {HEAP: ("16g", "8g"), "spark.executor.cores": (None, "2")}
    assert all(given.allocation[name] == advised for name, (_, advised) in changes.items())
    assert json.loads(decision.allocation_json) == given.allocation
    # Nothing is told of a change that a policy took back.
    assert decided(policies(f"requires: {{{HEAP}: 4g}}"), {HEAP: "4g"}, advised={HEAP: "2048m"})[0].changes == []


def test_the_explanation_says_what_policies_left_and_names_them():
    told = policies(f"bounds: {{{HEAP}: {{max: 8g}}}}", "requires: {spark.sql.adaptive.enabled: true}")
    given, _ = decided(told, {HEAP: "16g"}, advised={HEAP: "12288m"})
    text = " ".join(explain_recommendation(given.model_dump(mode="json")))
    assert f"Set {HEAP} from 16g to 8g: policy p0" in text
    assert "policy p1: spark.sql.adaptive.enabled must be true" in text.replace("Policy", "policy")
    assert "to 12288m" not in text
    without_advice, _ = decided(told, {HEAP: "16g"})
    text = " ".join(explain_recommendation(without_advice.model_dump(mode="json")))
    assert "as written" not in text
    assert f"Set {HEAP} from 16g to 8g: policy p0" in text


def test_the_users_own_setting_above_a_bound_is_capped_though_the_advice_is_below_it():
    given, _ = decided(policies("bounds: {spark.executor.memory: {max: 8g}}"), {HEAP: "16g"}, advised={HEAP: "4096m"})
    [change] = given.policy_changes
    assert (change.uncapped, change.capped) == ("16g", "4096m")


def test_where_nobody_advises_policies_hold_all_the_same():
    given, _ = decided(policies("bounds: {spark.executor.memory: {max: 8g}}"), {HEAP: "16g"})
    assert (given.answered_by, given.allocation) == ("fallback", {HEAP: "8g"})


def test_sizes_are_compared_as_spark_reads_them():
    for text in ("8g", "8192m", "8192", "8388608k"):
        assert not decided(policies("bounds: {spark.executor.memory: {max: 8192}}"), {HEAP: text})[0].policy_changes


def test_a_least_above_sparks_own_default_is_set_although_nobody_asked():
    given, _ = decided(policies("bounds: {spark.executor.memory: {min: 2g}}"))
    assert given.allocation == {HEAP: "2g"}
    assert not decided(policies("bounds: {spark.executor.memory: {min: 1g}}"))[0].policy_changes


def test_the_overhead_that_spark_derives_counts():
    told = policies("bounds: {spark.executor.memoryOverhead: {min: 1g}}")
    assert decided(told, {HEAP: "4g"})[0].allocation["spark.executor.memoryOverhead"] == "1g"
    assert not decided(told, {HEAP: "20g"})[0].policy_changes
    assert not decided(told, {HEAP: "4g"}, platform="standalone")[0].policy_changes  # no effect there


def test_what_is_required_is_set_whatever_was_asked():
    told = policies("requires: {spark.sql.adaptive.enabled: true, spark.executor.cores: 2}")
    given, _ = decided(told, {"spark.sql.adaptive.enabled": "false", "spark.executor.cores": "8"})
    assert given.allocation["spark.executor.cores"] == "2"
    assert given.required == {"spark.sql.adaptive.enabled": "true"}


def test_what_is_forbidden_goes_or_takes_a_value_that_is_not():
    told = policies("forbids: [{property: spark.jars}, {property: spark.dynamicAllocation.enabled, values: [true]}]")
    given, _ = decided(told, {"spark.jars": "a.jar", "spark.dynamicAllocation.enabled": "TRUE"})
    assert {one.property: one.capped for one in given.policy_changes} == {
        "spark.jars": None,
        "spark.dynamicAllocation.enabled": "false",
    }
    assert "spark.jars" not in in_force({"spark.jars": "a.jar"}, given)


def test_a_bound_that_is_itself_forbidden_gives_the_nearest_below():
    told = policies(
        "bounds: {spark.executor.cores: {max: 4}}", "forbids: [{property: spark.executor.cores, values: ['4', '3']}]"
    )
    assert decided(told, {"spark.executor.cores": "8"})[0].allocation["spark.executor.cores"] == "2"


def test_the_narrower_of_two_bounds_holds_and_is_the_one_that_is_named():
    told = policies("bounds: {spark.executor.memory: {max: 8g}}", "bounds: {spark.executor.memory: {max: 6g}}")
    [change] = decided(told, {HEAP: "16g"})[0].policy_changes
    assert (change.capped, change.policies) == ("6g", ["p1"])


@pytest.mark.parametrize(
    ("scope", "fits"),
    [
        ("queues: [etl]", True),
        ("queues: ['e*', other]", True),
        ("queues: [ETL]", False),
        ("users: [bob]", False),
        ("platforms: [kubernetes]", False),
        ("teams: [ads]", False),
        ("workloads: ['*job']", True),
        ("queues: [etl], users: [ann]", True),
        ("windows: [{days: [fri], start: '11:00', end: '13:00'}]", True),
        ("windows: [{days: [fri], start: '11:00', end: '13:00', timezone: Asia/Tokyo}]", False),
    ],
)
def test_a_policy_concerns_whom_its_scope_fits(scope, fits):
    told = policies(f"scope: {{{scope}}}, bounds: {{spark.executor.memory: {{max: 2g}}}}")
    given, _ = decided(told, {HEAP: "4g"}, queue="etl", user_name="ann")
    assert bool(given.policy_changes) == fits
    assert given.policy_version == told.version  # which rules were looked at is known either way


def test_windows_are_looked_at_anew_each_minute():
    told = policies("scope: {windows: [{start: '12:00', end: '12:01'}]}, bounds: {spark.executor.memory: {max: 2g}}")
    who = [Applicant("q", "", "u", "w", "yarn", AT + timedelta(seconds=s)) for s in (-1, 0, 59, 60)]
    assert [told.limits(one).is_free for one in who] == [True, False, False, True]


def test_a_budget_takes_executors_before_memory():
    told = policies("budgets: [{measure: memory_gib, max: 20}]")
    given, _ = decided(told, {HEAP: "4g", "spark.executor.instances": "10"})
    assert given.allocation == {HEAP: "4g", "spark.executor.instances": "4"}
    only = policies("budgets: [{measure: memory_gib, max: 6}]", "bounds: {spark.executor.instances: {min: 3}}")
    given, _ = decided(only, {HEAP: "4g", "spark.executor.instances": "10"})
    assert given.allocation["spark.executor.instances"] == "3"
    assert measured(peak_of(given.allocation, "yarn"), "memory_gib") <= 6


def test_unbounded_dynamic_allocation_is_bounded_by_a_budget():
    given, _ = decided(
        policies("budgets: [{measure: executors, max: 12}]"), {"spark.dynamicAllocation.enabled": "true"}
    )
    assert given.allocation["spark.dynamicAllocation.maxExecutors"] == "12"


def test_a_budget_that_nothing_fits_is_said_and_breaks_nothing():
    given, _ = decided(policies("budgets: [{measure: memory_gib, max: 0.01}]"), {HEAP: "4g"})
    assert given.policy_changes[-1].property == "*"
    assert "nothing that is allowed fits" in given.policy_changes[-1].text


def test_no_recommendation_ever_leaves_a_policy_that_can_be_kept():
    random = draws(3)
    for _ in range(400):
        least, most = sorted(random.choices(range(1, 33), k=2))
        told = policies(
            f"bounds: {{spark.executor.memory: {{min: {least}g, max: {most}g}}, spark.executor.cores: {{max: 6}}}}",
            f"budgets: [{{measure: cores, max: {random.randrange(8, 60)}}}, {{measure: executors, max: 9}}]",
            "forbids: [{property: spark.executor.cores, values: ['5', '6']}]",
        )
        given = {HEAP: f"{random.randrange(1, 64)}g", "spark.executor.cores": str(random.randrange(1, 12))}
        platform = random.choice(["yarn", "kubernetes", "standalone", "unknown"])
        if random.random() < 0.5:
            given["spark.dynamicAllocation.enabled"] = "true"
        if random.random() < 0.5:
            given["spark.executor.instances" if platform != "standalone" else "spark.cores.max"] = "80"
        answer, _ = decided(told, given, platform)
        applicant = Applicant("", "", "", answer.workload_id, platform, AT)
        limits = told.limits(applicant)
        now = in_force(given, answer)
        assert all(one.breach(now[name]) is None for name, one in limits.properties.items() if name in now)
        if not any(one.property == "*" for one in answer.policy_changes):
            peak = peak_of(now, platform)
            for rule in limits.budgets:
                used = measured(peak, rule.budget.measure)
                assert used is None or used <= Decimal(repr(rule.budget.max)), (now, answer.policy_changes)


def test_a_death_under_a_cap_names_the_cap():
    told = policies("bounds: {spark.executor.memory: {max: 2g}}")
    request = RecommendRequest(app_name="job", platform="yarn")
    asked = prepare(request, AT)
    own = own_properties(request, workload_id=asked.workload_id, decision_id=asked.decision_id, why="x")
    died = HeapEvidence(executor_memory_bytes=2 << 30, standing="died", run_count=3, input_bytes=10)
    reply = own.model_copy(update={"allocation": {HEAP: "4096m"}, "heap_evidence": [died], "trial": True})
    given, _ = conclude(asked, ForecastReply(recommendation=reply), told)
    assert "3 runs of this workload died with no less than 2g: under policy p0" in given.policy_changes[0].text
    assert not given.trial


def test_a_launcher_lets_a_policy_win_over_the_user_and_refuses_code_from_it(tmp_path):
    told = policies(
        "bounds: {spark.executor.memory: {max: 8g}}, "
        "requires: {spark.sql.adaptive.enabled: true, spark.serializer: evil.X}",
        "forbids: [{property: spark.jars}]",
    )
    words = ["--executor-memory", "16g", "--jars", "a.jar", "--conf", "spark.x=1", "app.py"]
    answer, _ = decided(told, {HEAP: "16g", "spark.jars": "a.jar"}, advised={HEAP: "4096m"})
    advice = read_advice(answer.model_dump(mode="json"))
    assert advice.enforced == {HEAP: "p0", "spark.sql.adaptive.enabled": "p0"}
    assert advice.refused == {"spark.jars": "p1"}
    assert "spark.serializer=evil.X" in advice.left[0]
    spark = SparkSubmit(tmp_path / "spark-submit", {}, tmp_path)
    submission = read_submission(parse_submit(words), spark)
    line = submission.words(submission.injected("l1", advice))
    assert f"{HEAP}=4096m" in line
    assert "spark.sql.adaptive.enabled=true" in line
    assert "16g" not in line
    assert "a.jar" not in line
    assert not any("evil.X" in word for word in line)


@pytest.mark.parametrize("changes", [[{"property": 3}], "x", [None], [{"property": "a", "policies": "b"}]])
def test_a_launcher_refuses_what_is_no_policy_change(changes):
    answer = decided(policies("bounds: {spark.executor.memory: {max: 8g}}"))[0].model_dump(mode="json")
    with pytest.raises(ServiceError):
        read_advice({**answer, "policy_changes": changes})


def test_files_that_change_hold_at_once_and_broken_ones_leave_those_of_before(tmp_path):
    file = tmp_path / "p.yaml"
    text = "version: 1\npolicies:\n  - {name: a, bounds: {spark.executor.memory: {max: 8g}}}\n"
    file.write_text(text)
    source = PolicySource(tmp_path)
    first = source.current.version
    assert not source.refresh()
    file.write_text(text.replace("8g", "16g"))
    assert source.refresh()
    assert source.current.version != first
    second = source.current
    file.write_text(text.replace("8g", "8 parsecs"))
    for _ in range(2):  # told again and again, until somebody mends it
        with pytest.raises(ConfigError, match=r"p\.yaml:3"):
            source.refresh()
    assert source.current is second
    file.unlink()
    (tmp_path / "empty.yaml").write_text("version: 1\n")
    assert source.refresh()
    assert source.current.version == ""
    with pytest.raises(ConfigError):
        PolicySource(tmp_path / "gone")


def test_a_repair_above_a_cap_is_not_advised_and_the_cap_is_named():
    told = policies("bounds: {spark.executor.memory: {max: 2g}}")
    who = Applicant("", "", "", "w", "yarn", AT)
    failed = Diagnosis(
        root_cause="executor_heap_oom",
        title="Executor ran out of heap",
        explanation="",
        evidence=[],
        remediation=Remediation(text="more", properties={HEAP: "4g", "spark.executor.cores": "1"}),
        answered_by="rules",
    )
    capped = within_policies(failed, told, who, {HEAP: "2048m"})
    assert capped.remediation.properties == {"spark.executor.cores": "1"}
    assert "had the most it allows (2048m) when it died" in capped.notes[0]
    below = within_policies(failed, told, who, {HEAP: "1g"})
    assert below.remediation.properties[HEAP] == "2g"
    assert within_policies(failed, None, who, {}) is failed
    assert within_policies(failed, told, None, {}) is failed


def test_deaths_under_a_cap_do_not_inflate_what_is_advised_after_it():
    told = policies("bounds: {spark.executor.memory: {max: 2g}}")
    asked_for = runs_request(**{"spark__executor__memory": "2g"})
    given_out = []
    for count in (1, 3, 6):
        asked = prepare(asked_for, AT)
        advice = advise(asked_for, runs([(2048, DIED, 4096)] * count))
        given, _ = conclude(asked, ForecastReply(recommendation=reply(asked, advice)), told)
        [change] = [one for one in given.policy_changes if one.property == HEAP]
        given_out.append(given.allocation)
        assert change.capped == given.allocation[HEAP] == "2g"
        assert f"{count} run{'' if count == 1 else 's'} of this workload died with no less than 2g" in change.text
        # The evidence stays evidence: without the policy more than 2 GiB would be advised.
        assert kind_of(HEAP).number(change.uncapped) > 2 << 30
    assert given_out[0] == given_out[1] == given_out[2]
