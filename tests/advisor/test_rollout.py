"""The owner's rollout file: who is meant, what is refused, and what holds while it is broken."""

import re
import time

import pytest

from sparkwright.advisor.rollout import FILE, Rollout, RolloutFollower
from sparkwright.errors import ConfigError
from sparkwright.redaction import redact_text
from sparkwright.wildcards import matches


def write(folder, text):
    path = folder / FILE
    path.write_text(text)
    path.chmod(0o644)
    return path


def read(folder, text) -> Rollout:
    return Rollout.read(write(folder, text))


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("nightly", "nightly", True),
        ("nightly", "nightly_2", False),
        ("etl/*", "etl/ana/orders", True),
        ("*orders", "etl/ana/orders", True),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("*", "", True),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("ab*bc", "abc", False),
        ("[a-z]?", "b1", False),
        ("**x**", "axb", True),
    ],
)
def test_a_star_is_any_run_of_characters_and_nothing_else_is_special(pattern, text, expected):
    assert matches(pattern, text) is expected


def test_many_stars_take_no_power_of_the_length_of_a_name():
    started_s = time.process_time()
    assert not matches("*a" * 120 + "*b", "a" * 256)
    assert time.process_time() - started_s < 1


def test_without_a_file_everybody_is_advised(tmp_path):
    rollout = Rollout.read(tmp_path / FILE)
    assert rollout.is_opted_in("any", "", "-")
    assert not rollout.is_canary("any")


def test_any_of_workload_queue_and_team_opts_in_and_opt_out_wins(tmp_path):
    rollout = read(
        tmp_path,
        """
        version: 1
        opt_in: {workloads: [nightly_*], queues: [etl], teams: [data]}
        opt_out: {workloads: ["*payroll*"]}
        """,
    )
    assert rollout.is_opted_in("nightly_orders", "", "-")
    assert rollout.is_opted_in("x", "etl", "-")
    assert rollout.is_opted_in("x", "", "data")
    assert not rollout.is_opted_in("x", "adhoc", "ml")
    assert not rollout.is_opted_in("nightly_payroll", "etl", "data")


def test_a_queue_or_team_that_nobody_names_is_no_part_of_all_queues(tmp_path):
    rollout = read(tmp_path, "version: 1\nopt_in: {queues: ['*'], teams: ['*']}\n")
    assert not rollout.is_opted_in("x", "", "")
    assert not rollout.is_opted_in("x", "", "-")
    assert rollout.is_opted_in("x", "q", "")


def test_nobody_is_an_empty_opt_in_and_one_left_open_is_refused(tmp_path):
    assert not read(tmp_path, "version: 1\nopt_in: {}\n").is_opted_in("x", "q", "t")
    with pytest.raises(ConfigError, match=r"opt_in: expected workloads, queues or teams"):
        read(tmp_path, "version: 1\nopt_in:\n#  workloads: [a]\n")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("version: 1\nopt_inn: {}\n", 2, "opt_inn"),
        ("version: 1\nopt_in:\n  queues:\n    - etl\n    - 7\n", 5, "opt_in.queues.1"),
        ("version: 1\nopt_in:\n  queues: etl\n", 3, "opt_in.queues"),
        ("version: 1\n\ncanary:\n  share: 5\n", 4, "canary.share"),
        ("version: 1\ncanary:\n  share: 0\n", 3, "canary.share"),
        ("version: 1\ncanary:\n  share: .nan\n", 3, "canary.share"),
        ("version: 1\ncanary:\n  release: champion\n  share: 0.1\n", 3, "canary.release"),
        ("version: 1\ncanary: {}\n", 2, "canary.share"),
        ("version: 1\npin: latest\n", 2, "pin"),
        ("version: 1\npin: true\n", 2, "pin"),
        ("version: 1\npin: 0\n", 2, "pin"),
        ("version: 2\n", 1, "version"),
        ("version: true\n", 1, "version"),
        ("opt_in: {}\n", 1, "version"),
        ("version: 1\npin: 3\npin: 4\n", 3, "expected every key once"),
        ("version: 1\nopt_in: &a {queues: [x]}\nopt_out: *a\n", 2, "alias"),
        ("version: 1\nshadow: [\n", 3, "expected"),
        ("- version\n", 1, "expected keys and values"),
    ],
)
def test_a_mistake_is_told_by_line_and_field(tmp_path, text, line, said):
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, text)
    assert f"line {line}: " in str(refused.value) or f"{FILE}:{line}: " in str(refused.value)
    assert said in str(refused.value)
    assert FILE in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet\n",
        "just words",
        "\x00",
        "a: b: c",
        "[" * 5000,
        "!!python/none",
        "? [a]\n: b",
        "version: 0x" + "f" * 9000,
        "version: " + "9" * 9000,
        "version: 2001-99-99",
    ],
    ids=range(11),
)
def test_what_is_no_rollout_at_all_is_an_error_and_no_crash(tmp_path, text):
    with pytest.raises(ConfigError, match=FILE):
        read(tmp_path, text)


def test_aliases_within_aliases_take_no_time(tmp_path):
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    started_s = time.perf_counter()
    with pytest.raises(ConfigError, match="alias"):
        read(tmp_path, "\n".join(lines))
    assert time.perf_counter() - started_s < 2


def test_every_mistake_comes_at_once(tmp_path):
    with pytest.raises(ConfigError, match=r"2 mistake\(s\):\n  line 2: .*\n  line 3: "):
        read(tmp_path, "version: 1\npin: x\nshadow: y\n")


def test_a_mistake_says_what_came_in_words_that_are_not_hidden_as_a_secret(tmp_path):
    """`pin:` is the name of a secret elsewhere, and what the command prints is redacted."""
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, "version: 1\npin: latest\ncanary: 0.05\nopt_in: {workload: [x], queues: etl}\n")
    said = str(refused.value)
    assert redact_text(said) == said
    assert "line 2: pin (got 'latest'): expected text that fits" in said
    assert "line 3: canary (got 0.05): expected keys and values" in said
    assert "line 4: opt_in.workload (got ['x']): there is no such key" in said
    assert "line 4: opt_in.queues (got 'etl'): expected a list" in said


def test_a_link_to_nothing_is_no_removed_file(tmp_path):
    """A volume that is not mounted: who was kept out stays out."""
    target = write(tmp_path, "version: 1\nopt_in: {}\n").rename(tmp_path / "elsewhere.yaml")
    link = tmp_path / FILE
    link.symlink_to(target)
    follower = RolloutFollower(link)
    assert follower.look()
    target.unlink()
    assert not follower.look()
    assert "behind the link" in follower.note
    assert not follower.rollout.is_opted_in("x", "", "-")
    started = RolloutFollower(link)
    assert started.look()
    assert not started.rollout.is_opted_in("x", "", "-")
    link.unlink()
    assert follower.look()
    assert follower.rollout.is_opted_in("x", "", "-")


def test_a_file_that_others_may_write_is_refused(tmp_path):
    path = write(tmp_path, "version: 1\n")
    path.chmod(0o666)
    with pytest.raises(ConfigError, match="chmod 644"):
        Rollout.read(path)


def test_versions_are_numbers_or_words_and_a_canary_is_the_challenger_where_nothing_is_said(tmp_path):
    said = read(tmp_path, "version: 1\npin: 7\nshadow: '12'\ncanary: {share: 1}\n").said
    assert (said.pin, said.shadow, said.canary.release) == ("7", "12", "challenger")


def canaries(folder, share, seed="") -> set[int]:
    rollout = read(folder, f"version: 1\ncanary: {{share: {share}, seed: '{seed}'}}\n")
    return {number for number in range(4000) if rollout.is_canary(f"workload-{number}")}


def test_a_workload_does_not_change_sides_when_the_share_grows(tmp_path):
    five, ten = canaries(tmp_path, 0.05), canaries(tmp_path, 0.1)
    assert 0.035 < len(five) / 4000 < 0.065
    assert five < ten
    assert five == canaries(tmp_path, 0.05)
    assert five != canaries(tmp_path, 0.05, "other")
    assert len(canaries(tmp_path, 1)) == 4000


def test_the_file_is_read_when_it_changes_and_holds_while_it_is_broken(tmp_path):
    follower = RolloutFollower(tmp_path / FILE)
    assert not follower.look()
    assert follower.rollout.is_opted_in("x", "", "-")
    write(tmp_path, "version: 1\nopt_in: {workloads: [a]}\n")
    assert follower.look()
    assert not follower.look()
    for broken in ("version: 1\nopt_in: {workloads: [a", "version: 1\nopt_inn: {}\n"):
        write(tmp_path, broken)
        assert not follower.look()
        assert re.search(rf"{FILE}:3: |line 2: ", follower.note)
        assert follower.rollout.is_opted_in("a", "", "-")
        assert not follower.rollout.is_opted_in("x", "", "-")
    write(tmp_path, "version: 1\nopt_in: {workloads: [x]}\n")
    assert follower.look()
    assert follower.note == ""
    (tmp_path / FILE).unlink()
    assert follower.look()
    assert follower.rollout.is_opted_in("anybody", "", "-")


def test_a_service_that_starts_beside_a_broken_file_advises_nobody_until_it_is_mended(tmp_path):
    write(tmp_path, "version: 1\nopt_in: {workloads: [a]\n")
    follower = RolloutFollower(tmp_path / FILE)
    follower.look()
    assert not follower.rollout.is_opted_in("a", "", "-")
    assert follower.note
    write(tmp_path, "version: 1\nopt_in: {workloads: [a]}\n")
    assert follower.look()
    assert follower.rollout.is_opted_in("a", "", "-")
