"""What a replay shows beside its tables: the page, its plots, and the run of MLflow."""

import re
import xml.etree.ElementTree as ET

import pytest

from evaluation.advice.bars import ORACLE, bars_section, fleet_bars
from evaluation.advice.bootstrap import Difference
from evaluation.advice.claims import Claim, kept_risk
from evaluation.advice.learned import LIGHTGBM
from evaluation.advice.page import page_html, write_page
from evaluation.advice.plots import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Plot,
    Point,
    frontier_plot,
    reliability_plot,
    tradeoff_plot,
)
from evaluation.advice.policies import USER, Choice
from evaluation.advice.product import by_bound, by_penalty
from evaluation.advice.report import Column, Report, Section
from evaluation.advice.tracked import EXPERIMENT, log_report
from sparkwright.errors import ConfigError
from sparkwright.registry import tracking

AXES = {"saved": "saved", "died": "death_share", "x": "GiB-h", "y": "deaths"}
NAMES = ["user", "ours", "ours, penalty 1", "ours, penalty 3", "ours, penalty 10"]
ROWS = [
    {
        "policy": name,
        "death_share": 0.01 * at,
        "saved": Difference(-0.1 * at, -0.1 * at - 0.05, -0.1 * at + 0.05) if at else None,
    }
    for at, name in enumerate(NAMES)
]


def claims(claim, deaths, count=20):
    return [[Claim(claim, number < deaths, number) for number in range(100)] for _ in range(count)]


@pytest.fixture
def report():
    risk = kept_risk("Kept risk", {"ours": [*claims(0.02, 2), *claims(0.3, 30), *claims(0.0005, 0)]})
    columns = (Column("policy", "policy"), Column(("death_share", "saved"), "deaths / <saved>"))
    section = Section("Some <fleet>", columns, ROWS)
    plots = [
        tradeoff_plot("trade", ROWS, **AXES),
        frontier_plot("front", ROWS, **AXES),
        reliability_plot("kept", risk[0].rows),
    ]
    return Report("fleet", {"seeds": 3, "fleets": ["a", "b"]}, [section, *risk], ("simulated",), plots)


def test_the_page_lets_nothing_in_and_escapes_what_it_shows(report):
    html = page_html(report)
    assert "<script" not in html and "http:" not in html and "https:" not in html
    assert "default-src &#39;none&#39;; style-src &#39;sha256-" in html
    assert "Some &lt;fleet&gt;" in html and "<fleet>" not in html
    assert html.count("<figure>") == 3
    assert "<td>a, b</td>" in html


def test_every_point_lies_within_its_plot_and_says_what_it_is(report):
    for number, plot in enumerate(report.plots):
        svg = ET.fromstring(re.findall(r"<svg.*?</svg>", page_html(report), re.DOTALL)[number])
        circles = [one for one in svg.iter() if one.tag == "circle"]
        assert len(circles) == sum(map(len, plot.series.values())) > 0
        for circle in circles:
            assert LEFT <= float(circle.get("cx")) <= WIDTH - RIGHT
            assert TOP <= float(circle.get("cy")) <= HEIGHT - BOTTOM
            assert any(circle.find("title").text.startswith(name) for name in plot.series)


def test_a_claim_that_is_kept_lies_on_the_diagonal():
    (section,) = kept_risk("Kept risk", {"ours": claims(0.02, 2), "liar": claims(0.02, 8)})
    plot = reliability_plot("kept", section.rows)
    assert {name: [(one.x, one.y) for one in some] for name, some in plot.series.items()} == {
        "ours": [(pytest.approx(0.02), pytest.approx(0.02))],
        "liar": [(pytest.approx(0.02), pytest.approx(0.08))],
    }
    drawn = plot.drawn()
    (left, low), (right, high) = drawn["diagonal"]
    ours, liar = ((one["points"][0]["x"], one["points"][0]["y"]) for one in drawn["series"])
    part = (ours[0] - left) / (right - left)
    assert ours[1] == pytest.approx(low + part * (high - low), abs=0.2)
    assert liar[1] < ours[1]  # higher on the page


def test_the_frontier_joins_one_policy_by_its_penalties_and_the_trade_off_leaves_them_out():
    front, trade = frontier_plot("front", ROWS, **AXES), tradeoff_plot("trade", ROWS, **AXES)
    assert [point.label for point in front.series["ours"]] == ["penalty 1", "penalty 3", "penalty 10"]
    assert [*trade.series] == ["user", "ours"]
    assert trade.series["user"] == [Point(0.0, 0.0)]


def test_policies_are_named_by_their_bound_and_join_one_frontier():
    made = by_bound([0.005, 0.02], lambda alpha: {"ours": lambda observation: Choice(int(1000 * alpha))})
    assert {name: policy(None).heap_bytes for name, policy in made.items()} == {
        "ours, bound 0.50%": 5,
        "ours, bound 2.00%": 20,
    }
    rows = [ROWS[2] | {"policy": name} for name in made]
    (series,) = frontier_plot("front", rows, **AXES).series.values()
    assert [point.label for point in series] == ["bound 0.50%", "bound 2.00%"]


def test_policies_are_named_by_their_penalty():
    made = by_penalty([1, 30], lambda penalty: {"ours": lambda observation: Choice(int(penalty))})
    assert {name: policy(None).heap_bytes for name, policy in made.items()} == {
        "ours, penalty 1": 1,
        "ours, penalty 30": 30,
    }


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("values", [[], [0.0], [0.0, 1e-6, 0.9], [-0.6, 0.3], [5.0]])
def test_axes_hold_whatever_comes(values, scale):
    plot = Plot("any", "x", "y", {"a": [Point(value, value) for value in values]}, scale=scale, diagonal=True)
    drawn = plot.drawn()
    assert len(drawn["series"][0]["points"]) == len(values)
    assert all(LEFT <= x <= WIDTH - RIGHT for x, _ in drawn["x_ticks"])
    assert len(drawn["x_ticks"]) < 40


def test_a_page_that_cannot_be_written_is_told(report, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="expected to write"):
        write_page(report, tmp_path / "file" / "page.html")


def test_every_figure_is_a_metric_of_a_run_with_the_page_beside_it(report, registry_home):
    run_id = log_report(report)
    client = tracking.connect(registry_home)
    run = client.get_run(run_id)
    assert client.get_experiment(run.info.experiment_id).name == EXPERIMENT
    assert run.data.metrics["0.ours_ penalty 3.death_share"] == pytest.approx(0.03)
    assert run.data.metrics["0.ours.saved.low"] == pytest.approx(-0.15)
    assert run.data.params["seeds"] == "3"
    names = {artefact.path for artefact in client.list_artifacts(run_id)}
    assert names == {"advice.html", "advice.json", "sections.json"}


def test_no_two_figures_share_a_name():
    risk = kept_risk("Kept risk", {"ours": claims(0.02, 2), "theirs": [*claims(0.02, 2), *claims(0.3, 4)]})
    bars = bars_section([(where, lambda name: ORACLE[:2], [FAIR | {"policy": "ours"}]) for where in ("here", "there")])
    report = Report("fleet", {}, [Section("one", (), ROWS), Section("two", (), ROWS), *risk, *bars])
    names = [name for name, _ in report.figures()]
    assert len(names) == len({*names}) > 50
    assert dict(report.figures())["3.there.deaths in the last half.ours.value"] == 0.004


FAIR = {"deaths_per_case": 1.6, "late_death_share": 0.004}


def test_a_bar_is_met_missed_or_has_nothing_to_judge_and_holds_for_our_policies_alone():
    rows = [FAIR | {"policy": name} for name in ("product", USER, LIGHTGBM, "product, penalty 3")]
    (section,) = bars_section([("oracle", lambda name: ORACLE[:2], rows)])
    assert [(row["policy"], row["asked"], row["reached"], row["met"]) for row in section.rows] == [
        ("product", "at most 1.50", "1.60", "missed"),
        ("product", "at most 0.50%", "0.40%", "met"),
    ]
    silent = {"policy": "product", "died_over_claimed": None}
    assert bars_section([("tight", fleet_bars(False, False), [silent])])[0].rows[0]["met"] == "nothing to judge"
    assert bars_section([("oracle", lambda name: ORACLE, rows[1:])]) == []


def test_a_least_bar_is_missed_below_and_the_hint_has_bars_of_its_own():
    row = {"claim_share": 0.59, "gib_h_against_user": Difference(-0.36, -0.5, -0.1), "first_death_share": 0.01}
    bars = fleet_bars(True, False)
    (section,) = bars_section([("drifting", bars, [row | {"policy": "product"}, row | {"policy": "product, hint"}])])
    asked = [(one["policy"], one["asked"], one["met"]) for one in section.rows]
    assert asked == [
        ("product", "at most -20.0%", "met"),
        ("product", "at most 2.00%", "met"),
        ("product", "at least 60.00%", "missed"),
        ("product, hint", "at most -35.0%", "met"),
        ("product, hint", "at most 1.50%", "met"),
        ("product, hint", "at least 60.00%", "missed"),
    ]
