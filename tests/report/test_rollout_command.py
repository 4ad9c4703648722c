"""``sparkwright rollout``: what the file means, and what it keeps from whom."""

import json

import pytest

from sparkwright.advisor.rollout import FILE
from sparkwright.cli import main
from sparkwright.lake import Lake
from tests.report.not_applied.test_not_applied import decide, ran, unapplied


def write(folder, text):
    path = folder / FILE
    path.write_text(text)
    path.chmod(0o644)
    return path


def test_without_a_file_the_default_is_told(home, capsys):
    assert main(["rollout", "check", "--workload", "x"]) == 0
    told = capsys.readouterr().out
    assert "not found" in told
    assert "advice for: everybody" in told
    assert "x: advised\n" in told


def test_a_file_is_told_in_words_and_by_workload(home, capsys):
    write(
        home.home,
        "version: 1\nopt_in: {queues: [etl], teams: [data]}\nopt_out: {workloads: [pay*]}\npin: 7\n"
        "canary: {share: 1}\nshadow: 9\n",
    )
    assert main(["rollout", "check", "--workload", "orders", "--queue", "etl"]) == 0
    told = capsys.readouterr().out
    assert "advice for: 1 queue name(s) or pattern(s), 1 team name(s) or pattern(s), but not for 1 workload" in told
    assert "served: release 7, pinned" in told
    assert "canary: 100.0% of the workloads, the challenger" in told
    assert "shadow: release 9" in told
    assert "orders: advised by the release in canary" in told
    assert main(["rollout", "check", "--workload", "payroll", "--team", "data"]) == 0
    assert "payroll: report-only" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [("version: 1\nopt_inn: {}\n", "line 2: opt_inn"), ("version: 1\npin: [", "rollout.yaml:3: expected YAML")],
)
def test_a_mistake_is_wrong_use_with_line_and_field(tmp_path, home, capsys, text, said):
    path = write(tmp_path, text)
    assert main(["rollout", "check", "--file", str(path)]) == 2
    assert said in capsys.readouterr().err
    assert main(["rollout", "check", "--file", str(tmp_path / "no.yaml")]) == 2
    assert main(["rollout", "check", "--file", str(tmp_path)]) == 2


def test_what_was_not_applied_is_reported_and_an_empty_lake_says_how_to_fill_it(tmp_path, home, capsys):
    lake = Lake(str(tmp_path / "lake"))
    assert main(["rollout", "report", "--lake", lake.uri]) == 2
    assert "harvest" in capsys.readouterr().err
    ran(lake, "app-1", 8, decision_id="d1")
    assert main(["rollout", "report", "--lake", lake.uri]) == 0
    assert "found no unapplied advice" in capsys.readouterr().out
    decide(lake, "d1", withheld=unapplied("6g"))
    assert main(["rollout", "report", "--lake", lake.uri]) == 0
    told = capsys.readouterr().out
    assert "undecidable:     1 run(s); that saving is not certain: 4.0 GiB-h (15,462 GB-s) less" in told
    assert "no run held with so little while it read as much" in told
    assert main(["rollout", "report", "--lake", lake.uri, "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out)
    assert found["fates"]["undecidable"]["memory_gib_h"] == pytest.approx(4)
