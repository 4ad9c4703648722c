import os
from datetime import UTC, datetime
from random import Random

import pytest

from sparkwright.errors import ConfigError
from sparkwright.policy.reading import parse_policies, read_policies, set_of, version_of
from sparkwright.policy.windows import window_of
from sparkwright.wildcards import matches

CAP = """version: 1
policies:
  - name: cap
    scope: {queues: [etl, "adhoc-*"]}
    bounds:
      spark.executor.memory: {max: 8g}
"""


def test_values_are_read_as_they_are_written():
    [policy] = parse_policies(
        CAP
        + """    requires: {spark.sql.adaptive.enabled: true, spark.executor.cores: 4}
    budgets: [{measure: cores, max: 40}]
""".replace("    requires", "    requires", 1)
    )
    assert policy.requires == {"spark.sql.adaptive.enabled": "true", "spark.executor.cores": "4"}
    assert policy.budgets[0].max == 40.0


def test_a_time_of_day_is_no_number_in_base_sixty():
    [policy] = parse_policies(CAP.replace('"adhoc-*"]', "x], windows: [{start: 22:00, end: 06:30}]"))
    assert (policy.scope.windows[0].start, policy.scope.windows[0].end) == ("22:00", "06:30")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (CAP.replace("8g", "8 parsecs"), 6, "expected a size"),
        (CAP.replace("8g", "{}"), 6, "valid string"),
        (CAP.replace("bounds", "bonds"), 5, "Extra inputs"),
        (CAP.replace("name: cap", "name: Cap It"), 3, "pattern"),
        (CAP.replace("spark.executor.memory", "spark.serializer"), 6, "a property that is a number"),
        (CAP.replace("spark.executor.memory", "spark.sql.adaptive.enabled"), 6, "a switch"),
        (CAP.replace("queues", "windows").replace('[etl, "adhoc-*"]', "[{timezone: Mars/Base}]"), 4, "IANA"),
        (CAP.replace("queues", "windows").replace('[etl, "adhoc-*"]', "[{timezone: ../../etc/passwd}]"), 4, "IANA"),
        (CAP.replace("queues", "windows").replace('[etl, "adhoc-*"]', "[{start: '25:00'}]"), 4, "pattern"),
        (CAP.replace("cap", "&a cap"), 3, "no anchors"),
        (CAP.replace("8g", "!!python/object:os.system 8g"), 6, "no tags"),
        (CAP.replace("scope", "name"), 4, "twice"),
        (CAP + "---\nversion: 1\n", 7, "one document"),
        (CAP.replace("    bounds", "   bounds"), 5, "expected YAML"),
    ],
)
def test_a_mistake_is_told_with_its_line(text, line, said):
    with pytest.raises(ConfigError) as told:
        parse_policies(text, "p.yaml")
    assert f"p.yaml:{line}:" in str(told.value)
    assert said in str(told.value)


def test_bombs_are_refused_before_they_go_off():
    laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"b{n}: &b{n} [*a,*a,*a,*a,*a]\n" for n in range(9))
    for text in (laughs, "[" * 10_000, "x" * (2 << 20), "- a\n" * 200_000):
        with pytest.raises(ConfigError):
            parse_policies(text)


def test_a_folder_is_one_set_and_every_fault_of_it_is_told(tmp_path):
    (tmp_path / "a.yaml").write_text(CAP)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.yml").write_text(CAP.replace("cap", "other"))
    (tmp_path / ".hidden.yaml").write_text("nonsense: 1")
    (tmp_path / "README.md").write_text("no policy")
    read = read_policies(tmp_path)
    assert [policy.name for policy in read.policies] == ["cap", "other"]
    assert read.origin("other") == "sub/b.yml:3"
    (tmp_path / "c.yaml").write_text(CAP)
    (tmp_path / "d.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError) as told:
        read_policies(tmp_path)
    assert "c.yaml:3: expected every name once, cap is at a.yaml:3" in str(told.value)
    assert "d.yaml: expected a readable file" in str(told.value)


def test_what_is_not_there_or_may_not_be_read_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="found nothing"):
        read_policies(tmp_path / "none")
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    with pytest.raises(ConfigError, match="found nothing"):
        read_policies(fifo)  # would wait for ever


def test_the_version_is_what_the_rules_say_and_nothing_else():
    one = parse_policies(CAP)
    assert version_of(one) == version_of(parse_policies("# a comment\n" + CAP))
    assert version_of(one) != version_of(parse_policies(CAP.replace("8g", "9g")))
    assert version_of([]) == set_of([]).version == ""


def test_a_misspelt_property_is_asked_about(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text(CAP + "    requires: {spark.executor.memroyOverhead: 1g}\n")
    assert "is spark.executor.memoryOverhead meant?" in read_policies(file).notes[0]


def _slowly(pattern, name):
    """The same by trying everything."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return _slowly(pattern[1:], name) or (bool(name) and _slowly(pattern, name[1:]))
    return bool(name) and name[0] == pattern[0] and _slowly(pattern[1:], name[1:])


def test_patterns_match_as_trying_everything_does():
    random = Random(5)
    for _ in range(5000):
        pattern = "".join(random.choices("ab*", k=random.randrange(6)))
        name = "".join(random.choices("ab", k=random.randrange(7)))
        assert matches(pattern, name) == _slowly(pattern, name), (pattern, name)


def test_no_pattern_takes_long():
    pattern = "*a" * 120 + "*b"
    assert not matches(pattern, "a" * 100_000)


def _window(**told):
    policy = parse_policies(CAP.replace('queues: [etl, "adhoc-*"]', f"windows: [{told}]"))[0]
    return window_of(policy.scope.windows[0])


def _at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_window_past_midnight_belongs_to_the_day_it_starts_on():
    window = _window(days=["fri"], start="22:00", end="06:00")
    told = {
        "2026-11-27T21:59": False,  # a Friday
        "2026-11-27T22:00": True,
        "2026-11-28T05:59": True,
        "2026-11-28T06:00": False,
        "2026-11-28T22:30": False,
        "2026-11-27T05:00": False,
    }
    assert {text: window.holds(_at(text)) for text in told} == told


def test_midnight_ends_a_day_and_the_whole_day_is_one():
    assert _window(start="20:00", end="00:00").holds(_at("2026-11-27T23:59"))
    assert not _window(start="20:00", end="00:00").holds(_at("2026-11-27T00:00"))
    assert _window(days=["fri"]).holds(_at("2026-11-27T12:00"))
    assert not _window(days=["fri"]).holds(_at("2026-11-28T00:00"))
    round_the_clock = _window(days=["fri"], start="06:00", end="06:00")
    assert round_the_clock.holds(_at("2026-11-28T05:59"))
    assert not round_the_clock.holds(_at("2026-11-28T06:00"))


def test_the_wall_clock_of_the_zone_decides_in_summer_and_winter():
    window = _window(start="08:00", end="20:00", timezone="Europe/Berlin")
    assert window.holds(_at("2026-07-01T06:00"))
    assert not window.holds(_at("2026-12-01T06:00"))


def test_hours_that_summer_time_leaves_out_never_come_and_those_it_repeats_come_twice():
    window = _window(start="02:15", end="02:45", timezone="Europe/Berlin")
    minutes = [datetime(2027, 3, 28, hour, minute, tzinfo=UTC) for hour in range(24) for minute in range(60)]
    assert not any(map(window.holds, minutes))
    back = [datetime(2026, 10, 25, hour, minute, tzinfo=UTC) for hour in range(24) for minute in range(60)]
    assert sum(map(window.holds, back)) == 60
