"""The simulator: responses that recover what they were made of, physics that holds, a fleet that is the same again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest

from data_contracts.tables import Application, Executor, Run, Stage
from data_contracts.tables.simulation import LatentNeed
from evaluation.lab.simulator.fit import fit, fit_runs
from evaluation.lab.simulator.fleet import Fleet, simulate
from evaluation.lab.simulator.forms import FORMS, log_shortage, pool_mib
from evaluation.lab.simulator.lab_runs import read_lab_runs, whole_inputs
from evaluation.lab.simulator.left_out import LeftOut, leave_out
from evaluation.lab.simulator.need import NEED, death_probability, fit_need, need_mib
from evaluation.lab.simulator.outcomes import run_workload
from evaluation.lab.simulator.queueing import Claims, granted
from evaluation.lab.simulator.response import Form, fit_response
from evaluation.lab.simulator.responses import Responses, load_responses
from evaluation.lab.simulator.rows import write_fleet
from evaluation.lab.simulator.settings import FLEET, FleetSettings, settings_hash
from sparkwright.cli import DONE, USAGE_ERROR, main
from sparkwright.config import load_config
from sparkwright.errors import ConfigError, SplitCrossedError
from sparkwright.history.context.log_context import ContextConfig
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of
from sparkwright.validation.validate import validate

SHIPPED = "de498e6c6674"
"""Hash of the shipped fleet. Whoever changes it makes another fleet: figures on the two are not to be compared, and
what was trained on the old one is to be trained again."""

SMALL = ["workload_count=24", "weeks=2", "too_little_share=0.4", "surge.probability=0.05"]


@pytest.fixture(scope="module")
def responses() -> Responses:
    return load_responses()


@pytest.fixture(scope="module")
def settings() -> FleetSettings:
    return load_config(FleetSettings, FLEET, SMALL)


@pytest.fixture(scope="module")
def fleet(settings: FleetSettings, responses: Responses) -> Fleet:
    return simulate(settings, responses)


@pytest.fixture(scope="module")
def lake(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    written = Lake(str(tmp_path_factory.mktemp("fleet") / "lake"))
    write_fleet(written, fleet)
    return written


@pytest.fixture(scope="module")
def real(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The recorded campaign."""
    harvested = Lake(str(tmp_path_factory.mktemp("real") / "lake"))
    harvest(recorded / "eventlogs", ContextConfig(driver_log_dir=recorded / "drivers"), harvested)
    return harvested


@pytest.fixture(scope="module")
def refitted(real: Lake) -> Responses:
    """Responses to the recorded campaign alone."""
    return fit(real)


def test_the_shipped_fleet_is_the_one_that_was_frozen(responses: Responses) -> None:
    assert settings_hash(load_config(FleetSettings, FLEET, []), responses) == SHIPPED


def test_the_hash_is_of_every_setting_and_of_the_responses_but_not_of_the_day_and_the_errors(
    settings: FleetSettings, responses: Responses
) -> None:
    stamp = settings_hash(settings, responses)
    assert settings_hash(settings.model_copy(update={"retries": {1: 1.0}}), responses) != stamp
    assert settings_hash(settings, responses.model_copy(update={"died_gc_ratio": 0.9})) != stamp
    other_day = responses.model_copy(update={"fitted_on": responses.fitted_on.replace(year=2000)})
    assert settings_hash(settings, other_day) == stamp
    scored = responses.need.errors.model_copy(update={"runs": 9.0})
    gc = responses.responses["gc_ratio"].model_copy(update={"errors": scored})
    other_errors = responses.model_copy(
        update={
            "need": responses.need.model_copy(update={"errors": scored}),
            "responses": responses.responses | {"gc_ratio": gc},
        }
    )
    assert settings_hash(settings, other_errors) == stamp


def test_a_response_finds_the_numbers_that_its_runs_were_made_with() -> None:
    dice = np.random.default_rng(1)
    form = Form("log", 1.0, "size", (("feature", 0.0, 3.0),))
    codes = np.repeat(np.arange(4), 60)
    truth = np.column_stack([dice.normal(6, 0.5, 4), dice.normal(3, 0.5, 4), dice.uniform(0.5, 1.5, 4)])
    size, features = np.exp(dice.uniform(0, 6, len(codes))), dice.uniform(0, 1, (len(codes), 1))
    eta = form.eta(truth[codes], size, features) + dice.normal(0, 0.05, len(codes))
    found = fit_response(form, eta, size, features, codes, 4)
    assert np.abs(found.own - truth).max() < 0.15
    assert np.abs(found.shared - truth.mean(0)).max() < 0.4


def test_a_bound_holds_where_the_runs_say_otherwise() -> None:
    dice = np.random.default_rng(2)
    form = Form("logit", features=(("log_pressure", 0.0, 4.0),))
    features = dice.uniform(-2, 0, (80, 1))
    eta = -2 - 0.8 * features[:, 0]
    found = fit_response(form, eta, np.ones(80), features, np.zeros(80, int), 1)
    assert found.own[0, 1] >= 0
    assert found.shared[1] >= 0


def test_the_needed_heap_is_found_from_deaths_and_survivals_alone() -> None:
    dice = np.random.default_rng(3)
    count = 400
    size, heap = np.exp(dice.uniform(2, 5, count)), np.exp(dice.uniform(5.5, 8.5, count))
    needed = 250 + 14 * size
    died = np.log(needed) + 0.05 * dice.logistic(size=count) > np.log(heap)
    none = np.zeros((count, len(NEED.features)))
    found = fit_need(heap, died, size, none, np.zeros(count, int), 1)
    again = need_mib(found.coefficients.of(np.zeros(count, int)), size, none)
    assert np.abs(np.log(again / needed)).max() < 0.12
    assert found.spread < 0.12


def test_a_run_that_read_its_input_twice_before_it_died_has_the_input_of_its_sisters() -> None:
    codes, died = np.array([0, 0, 0, 0, 1]), np.array([False, True, True, True, True])
    read = np.array([45.0, 90.4, 60.0, 44.8, 90.0])
    assert whole_inputs(read, codes, died, [""] * 5).tolist() == [45.0, 44.8, 60.0, 44.8, 90.0]


def test_a_run_that_died_early_has_the_input_of_the_good_runs_of_its_scale() -> None:
    codes, died = np.zeros(4, int), np.array([False, False, True, True])
    read = np.array([100.0, 200.0, 50.0, 50.0])
    assert whole_inputs(read, codes, died, ["0.1", "0.2", "0.1", "0.2"]).tolist() == [100.0, 200.0, 100.0, 200.0]


def test_nothing_that_memory_relieves_ever_rises_with_memory(responses: Responses) -> None:
    relieved = ("log_pressure", "log_high_pressure", "log_fill", "log_shortage")
    for name, form in FORMS.items():
        low = [bound for feature, bound, _ in form.features if feature in relieved]
        assert all(bound >= 0 for bound in low), name
        for coefficients in [responses.responses[name].shared, *responses.responses[name].own.values()]:
            given = coefficients[form.intercept_count :]
            assert all(
                value >= 0 for (feature, _, _), value in zip(form.features, given, strict=True) if feature in relieved
            ), name
    heaps = np.geomspace(400, 64_000, 50)
    assert (np.diff(death_probability(heaps, np.full(50, 2000.0), responses.need.noise)) <= 0).all()
    wanted = np.full(50, 3000.0)
    assert (np.diff(log_shortage(wanted, heaps)) <= 0).all()
    assert (np.diff((wanted > pool_mib(heaps)).astype(int)) <= 0).all()


def test_responses_are_of_no_workload_that_is_only_scored_on(responses: Responses, tmp_path: Path) -> None:
    assert "bucket_reports" not in responses.need.own
    crossed = responses.model_copy(update={"shapes": {"bucket_reports": responses.shapes["sort"]}})
    (tmp_path / "crossed.json").write_text(crossed.model_dump_json(), encoding="utf-8")
    with pytest.raises(SplitCrossedError, match="bucket_reports"):
        load_responses(tmp_path / "crossed.json")


def test_the_shipped_fit_tells_deaths_of_runs_that_it_has_not_seen(responses: Responses) -> None:
    assert responses.death_count > 50
    assert responses.need.errors.runs < 0.7 * responses.need.errors.naive_runs


def test_a_fit_to_the_recorded_campaign_says_on_what_it_stands_and_beats_guessing_volumes(refitted: Responses) -> None:
    assert (refitted.run_count, refitted.death_count) == (35, 5)
    for name in ("shuffle_write_bytes", "input_record_count"):
        errors = refitted.responses[name].errors
        assert errors.runs < errors.naive_runs / 2
    # hash_join died of 640 MiB at 33 MiB of input, and did not at 20.
    own = np.tile(refitted.need.of("hash_join"), (2, 1))
    least, most = need_mib(own, np.array([20.0, 33.0]), np.tile([np.log(2), 0.0, 0.0], (2, 1)))
    assert least < 640 < most


def test_what_was_left_out_is_told_by_nothing_that_was_learned_from_it(real: Lake) -> None:
    runs = read_lab_runs(real)
    groups = leave_out(runs.codes)
    assert sum(group.at for group in groups).tolist() == [2] * len(runs.codes)  # once by runs, once by workloads
    group = next(group for group in groups if group.by == "workloads" and runs.died[group.at].any())
    fit_runs(runs, [group])
    peaks = ("peak_unified_memory_bytes", "peak_jvm_heap_bytes")
    otherwise = replace(
        runs,
        died=np.where(group.at, ~runs.died, runs.died),
        columns=runs.columns | {name: np.where(group.at, 3 * runs[name], runs[name]) for name in peaks},
    )
    again = LeftOut(group.by, group.at, group.codes)
    fit_runs(otherwise, [again])
    for name in ("log_pressure", "log_shortage", "heap_peak_mib"):
        assert again.situation[name].tolist() == group.situation[name].tolist(), name


def test_no_tenth_takes_more_of_a_workload_than_its_share() -> None:
    codes = np.repeat([0, 1, 2], [7, 10, 25])
    for group in leave_out(codes):
        if group.by == "runs":
            assert (np.bincount(codes[group.at], minlength=3) <= [1, 1, 3]).all()


def test_what_nothing_could_be_scored_on_has_no_error(real: Lake) -> None:
    runs = read_lab_runs(real)
    need, _, _ = fit_runs(runs, [])
    assert need.errors.runs is need.errors.workloads is None


def test_the_same_settings_make_the_same_workload_whichever_others_are_made(
    fleet: Fleet, settings: FleetSettings, responses: Responses
) -> None:
    for one in (fleet.workloads[7], fleet.workloads[2]):
        alone, among = run_workload(settings, responses, one.workload.number), one.workload
        assert alone.submission == among.submission
        for name, values in alone.totals.items():
            assert values.tolist() == among.totals[name].tolist()
        assert alone.attempts.needed_mib.tolist() == among.attempts.needed_mib.tolist()


def test_another_seed_makes_another_fleet(fleet: Fleet, settings: FleetSettings, responses: Responses) -> None:
    other = run_workload(settings.model_copy(update={"seed": 1}), responses, 0)
    assert other.calendar.input_mib.tolist() != fleet.workloads[0].workload.calendar.input_mib.tolist()


def test_a_run_died_where_it_was_given_less_than_it_needed_and_only_there(lake: Lake) -> None:
    runs = {row["app_id"]: row for row in lake.read(Run).to_pylist()}
    needs = lake.read(LatentNeed).to_pylist()
    died = {
        need["app_id"] for need in needs if need["needed_heap_bytes"] > runs[need["app_id"]]["executor_memory_bytes"]
    }
    assert died == {app_id for app_id, run in runs.items() if run["memory_verdict"] == "heap_oom"}
    assert len(died) > 5
    assert len(needs) == len(runs)


def test_workloads_that_never_ran_are_left_out(responses: Responses) -> None:
    rarely = ["workload_count=4", "weeks=1", "ad_hoc_per_week=0.5"]
    schedules = {"hourly": 0.0, "six_hourly": 0.0, "daily": 0.0, "weekly": 0.0, "ad_hoc": 1.0}
    settings = load_config(FleetSettings, FLEET, rarely).model_copy(update={"schedules": schedules})
    made = simulate(settings, responses)
    assert 0 < len(made.workloads) < 4
    assert all(len(one.ids) for one in made.workloads)


def test_users_try_again_with_the_same_setting_and_raise_it_only_afterwards(fleet: Fleet) -> None:
    raised = 0
    for one in fleet.workloads:
        tried = one.workload.attempts
        again = tried.number > 0
        assert (tried.heap_mib[again] == np.roll(tried.heap_mib, 1)[again]).all()
        assert (np.diff(tried.heap_mib) >= 0).all()
        raised += int((np.diff(tried.heap_mib) > 0).sum())
    assert raised > 0


def test_what_is_written_keeps_every_contract(lake: Lake, tmp_path: Path) -> None:
    report = validate(lake, tmp_path)
    assert report.failures == []
    assert {suite.table for suite in report.suites} == {"applications", "stages", "executors", "runs", "latent_needs"}
    for row_type in (Application, Stage, Executor, Run, LatentNeed):
        values = [row.model_dump() for row in rows_of(row_type, lake.read(row_type))]
        assert [rule.name for rule in row_type.rules for row in values if rule.broken_by(row)] == []


def test_everything_carries_its_origin_and_its_fleet(lake: Lake, fleet: Fleet) -> None:
    for row_type in (Application, Run):
        assert set(lake.read(row_type)["origin"].to_pylist()) == {"simulated"}
    assert set(lake.read(LatentNeed)["fleet"].to_pylist()) == {fleet.stamp}
    assert all(fleet.stamp in text for text in lake.read(Application)["properties_json"].to_pylist())


def test_writing_a_fleet_again_replaces_it_and_leaves_other_rows_alone(
    fleet: Fleet, settings: FleetSettings, responses: Responses, tmp_path: Path
) -> None:
    shared = Lake(str(tmp_path / "lake"))
    write_fleet(shared, fleet)
    mine = rows_of(Run, shared.read(Run, filters=[("app_id", "=", fleet.workloads[0].ids[0])]))[0]
    shared.merge(Run, [mine.model_copy(update={"app_id": "app-1", "origin": "lab"})])
    other = simulate(settings.model_copy(update={"name": "fleets"}), responses)
    write_fleet(shared, other)
    write_fleet(shared, fleet)
    count = sum(len(one.ids) for one in (*fleet.workloads, *other.workloads))
    assert {row_type: shared.read(row_type).num_rows for row_type in (Run, Application)} == {
        Run: count + 1,
        Application: count,
    }


def test_the_largest_stages_hold_most_of_a_run_and_all_parts_add_up(lake: Lake) -> None:
    for name in ("executor_run_time_ms", "jvm_gc_time_ms", "task_count"):
        of_runs = {row["app_id"]: row[name] for row in lake.read(Run, columns=["app_id", name]).to_pylist()}
        for row_type in (Stage, Executor):
            table = lake.read(row_type, columns=["app_id", name]).group_by("app_id").aggregate([(name, "sum")])
            assert dict(zip(table["app_id"].to_pylist(), table[f"{name}_sum"].to_pylist(), strict=True)) == of_runs


def test_a_full_queue_makes_runs_wait_in_turn_and_a_retry_follows_what_failed() -> None:
    def claims(queue: str, at: list[int], number: list[int], cores: int) -> Claims:
        whole = [np.array(values) for values in (at, number, [50] * len(at), [cores] * len(at), [100] * len(at))]
        return Claims(queue, *whole)

    first, second, elsewhere = granted(
        [
            claims("a", [0, 0], [0, 1], 6),  # fails at 100 and is tried again at 150
            claims("a", [10, 20], [0, 0], 4),
            claims("b", [10], [0], 4),
        ],
        {"a": 8, "b": 8},
    )
    assert [values.tolist() for values in first] == [[0, 150], [0, 50]]
    assert [values.tolist() for values in second] == [[10, 20], [90, 80]]
    assert [values.tolist() for values in elsewhere] == [[10], [0]]


def test_more_runs_at_night_less_input_at_weekends_and_growth_in_the_end(responses: Responses) -> None:
    calm = ["workload_count=60", "weeks=6", "surge.probability=0", "growth_per_week.mean=0.1", "weekend_drop=1.5"]
    made = simulate(load_config(FleetSettings, FLEET, calm), responses)
    hours, weekend, early, late = np.zeros(24), [], [], []
    for one in made.workloads:
        calendar = one.workload.calendar
        day = np.floor(calendar.at_s / 86_400)
        if calendar.schedule == "daily":
            hours += np.bincount((calendar.at_s % 86_400 // 3600).astype(int), minlength=24)
            is_weekend = (day + 3) % 7 >= 5
            if is_weekend.any():
                weekend.append(np.median(calendar.input_mib[is_weekend]) / np.median(calendar.input_mib[~is_weekend]))
            early.append(np.median(calendar.input_mib[:5]))
            late.append(np.median(calendar.input_mib[-5:]))
    assert hours[:8].sum() > hours[16:].sum()
    assert np.median(weekend) < 0.8
    assert np.median(np.array(late) / early) > 1.2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "expected --out, --event-logs or --beside"),
        (["--out", "x", "--limit", "5"], "with --event-logs"),
        (["--out", "x", "--set", "queues.etl=0.9"], "add up to 1"),
        (["--out", "x", "--set", "heap_gib=[4, 2]"], "ascending"),
    ],
)
def test_what_makes_no_fleet_is_said(home, capsys, words: list[str], expected: str) -> None:
    assert main(["lab", "simulate", *words]) == USAGE_ERROR
    assert expected in capsys.readouterr().err


def test_a_lake_without_real_runs_cannot_be_fitted(home, capsys, lake: Lake, tmp_path: Path) -> None:
    assert main(["lab", "fit", "--lake", lake.uri, "--out", str(tmp_path / "r.json")]) == USAGE_ERROR
    assert "origin lab" in capsys.readouterr().err
    assert not (tmp_path / "r.json").exists()


def test_one_command_makes_a_fleet_and_says_what_it_is_like(home, capsys, tmp_path: Path) -> None:
    where = ["--out", str(tmp_path / "lake"), "--event-logs", str(tmp_path / "logs"), "--limit", "3"]
    small = [word for change in SMALL for word in ("--set", change)]
    assert main(["lab", "simulate", *where, *small]) == DONE
    said = capsys.readouterr().out
    assert "(simulated)" in said
    assert "3 event logs" in said
    assert len(list((tmp_path / "logs").iterdir())) == 3
    assert pc.count_distinct(Lake(str(tmp_path / "lake")).read(Run)["workload_id"]).as_py() > 10


def test_a_file_of_responses_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="run sparkwright lab fit"):
        load_responses(tmp_path / "none.json")
    (tmp_path / "broken.json").write_text('{"spark": 4}', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"broken\.json"):
        load_responses(tmp_path / "broken.json")
