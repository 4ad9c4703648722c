"""Keys are shown once, kept as hashes, limited, revoked without a restart; who asked is written down."""

import json
import multiprocessing
import resource
import stat
from datetime import UTC, datetime, timedelta

import pytest

from sparkwright.access import audit, key_ring
from sparkwright.access.audit import AuditLog, audit_files
from sparkwright.access.caller import Caller
from sparkwright.access.key_ring import KeyRing
from sparkwright.access.keys import KeyFile, key_of
from sparkwright.cli import main
from sparkwright.errors import ConfigError


@pytest.fixture
def file(tmp_path):
    return KeyFile(tmp_path / "home" / "keys.json")


def test_a_key_is_kept_as_a_hash_for_its_owner_only(file):
    key, text = file.create(["launcher"], "etl", queues=["etl-"])
    kept = file.path.read_text()
    assert text not in kept
    assert text.rpartition("_")[2] not in kept
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert key_of(file.read(), text, datetime.now(UTC)) == key
    assert (key.caller.team, key.caller.scopes) == ("etl", {"launcher"})


def test_nothing_but_the_key_itself_opens(file):
    key, text = file.create(["reader"], "etl")
    other, _ = file.create(["admin"], "ops")
    now = datetime.now(UTC)
    tail = text.rpartition("_")[2]
    wrong = [
        "",
        "spw",
        "spw_",
        text[:-1],
        text + "x",
        text.upper(),
        f"spw_{other.key_id}_{tail}",
        key.sha256,
        f" {text}",
    ]
    assert [one for one in [*wrong, "spw_" + key.key_id + "_", "é" * 50] if key_of(file.read(), one, now)] == []


def test_a_key_ends_when_it_expires(file):
    ends = datetime.now(UTC) + timedelta(days=1)
    _, text = file.create(["reader"], "etl", expires_at=ends)
    assert key_of(file.read(), text, ends - timedelta(seconds=1)) is not None
    assert key_of(file.read(), text, ends) is None


def test_keys_come_and_go_without_a_restart(file, monkeypatch):
    monkeypatch.setattr(key_ring, "_LOOK_EVERY_S", 0.0)
    ring = KeyRing(file)
    assert ring.find("spw_00000000_x") is None
    key, text = file.create(["reader"], "etl")
    assert ring.find(text) == key.caller
    file.revoke(key.key_id)
    assert ring.find(text) is None
    with pytest.raises(ConfigError, match="keys list"):
        file.revoke(key.key_id)


@pytest.mark.parametrize("broken", ["{", '{"version": 2, "keys": []}', '{"version": 1, "keys": [{"key_id": "x"}]}'])
def test_a_broken_file_lets_nobody_in(file, broken, monkeypatch):
    monkeypatch.setattr(key_ring, "_LOOK_EVERY_S", 0.0)
    _, text = file.create(["reader"], "etl")
    ring = KeyRing(file)
    assert ring.find(text)
    file.path.write_text(broken)
    with pytest.raises(ConfigError, match=r"keys\.json"):
        ring.find(text)


def test_a_fault_that_passes_locks_nobody_out_and_is_told_once(file, monkeypatch, caplog):
    monkeypatch.setattr(key_ring, "_LOOK_EVERY_S", 0.0)
    key, text = file.create(["reader"], "etl")
    ring = KeyRing(file)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for _ in range(3):
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        try:
            with pytest.raises(ConfigError, match="Too many open files"):
                ring.find(text)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(caplog.records) == 1
    assert ring.find(text) == key.caller


def test_a_file_that_others_may_write_to_lets_nobody_in(file):
    file.create(["reader"], "etl")
    file.path.chmod(0o666)
    with pytest.raises(ConfigError, match="chmod 600"):
        file.read()


def _create(path, count):
    for _ in range(count):
        KeyFile(path).create(["reader"], "etl")


def test_two_who_make_keys_at_once_lose_none(file):
    file.create(["reader"], "etl")
    others = [multiprocessing.get_context("spawn").Process(target=_create, args=(file.path, 10)) for _ in range(2)]
    for other in others:
        other.start()
    for other in others:
        other.join(60)
        assert other.exitcode == 0
    assert len(file.read()) == 21


def test_a_team_sees_its_queues_and_workloads():
    team = Caller("k", "etl", frozenset({"reader"}), ("etl-", "shared"), ("etl.",))
    assert team.sees("etl-nightly", "etl.orders")
    assert not team.sees("sales", "etl.orders")
    assert not team.sees("etl-nightly", "sales.orders")
    assert not team.sees("", "")
    assert Caller("k", "ops", frozenset({"reader"})).sees("anything", "at all")
    assert Caller("k", "ops", frozenset({"admin"})).may("launcher")
    assert not team.may("launcher")


def test_the_audit_log_is_lines_of_json_and_turns_over(tmp_path, monkeypatch):
    monkeypatch.setattr(audit, "_LOOK_EVERY", 4)
    first, second = (AuditLog(tmp_path / "audit", max_file_bytes=500, max_files=3) for _ in range(2))
    for number in range(60):
        (first, second)[number % 2].write(key="k", path="/v1/x\n\ud800", status=number)
    files = audit_files(tmp_path / "audit")
    assert len(files) == 3
    assert all(path.stat().st_size < 1500 for path in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    lines = [json.loads(line) for path in files for line in path.read_text().splitlines()]
    assert lines[-1]["status"] == 59
    assert lines[-1]["at"].endswith("+00:00")


def test_a_full_disk_stops_no_request(tmp_path, caplog):
    (tmp_path / "audit").write_text("a file where the folder should be")
    log = AuditLog(tmp_path / "audit")
    log.write(status=200)
    log.write(status=200)
    assert caplog.text.count("Nobody is told") == 1


def test_the_commands_make_list_and_revoke(home, capsys):
    words = ["keys", "create", "--scope", "launcher", "--team", "etl", "--queue-prefix", "etl-", "--expires", "30"]
    assert main(words) == 0
    shown = capsys.readouterr()
    text = shown.out.strip()
    [key] = KeyFile(home.home / "keys.json").read()
    assert key_of([key], text, datetime.now(UTC)) == key
    assert text not in shown.err
    assert main(["keys", "list"]) == 0
    listed = capsys.readouterr().out
    assert key.key_id in listed
    assert text not in listed
    assert main(["keys", "revoke", key.key_id]) == 0
    assert KeyFile(home.home / "keys.json").read() == []
    told = [json.loads(line) for path in audit_files(home.home / "audit") for line in path.read_text().splitlines()]
    assert [one["path"] for one in told] == [f"keys create {key.key_id}", f"keys revoke {key.key_id}"]
    assert main(["keys", "create", "--scope", "reader", "--team", "x", "--expires", "2001-01-01"]) == 2
    assert "moment to come" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--team", ""], "expected a team of 1 to 128 printable characters, got ''"),
        (["--team", "a\nb"], "expected a team of 1 to 128 printable characters, got 'a\\nb'"),
        (["--team", "x" * 129], "expected a team of 1 to 128 printable characters"),
        (["--team", "a", "--queue-prefix", ""], "expected prefixes of queues and workloads that are not empty"),
        (["--team", "a", "--workload-prefix", ""], "expected prefixes of queues and workloads that are not empty"),
    ],
)
def test_a_key_of_nobody_or_of_an_empty_prefix_is_wrong_use(home, words, expected, capsys):
    assert main(["keys", "create", "--scope", "launcher", *words]) == 2
    assert expected in capsys.readouterr().err
    assert KeyFile(home.home / "keys.json").read() == []


def test_a_user_without_a_name_makes_keys(home, monkeypatch):
    def nameless():
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert main(["keys", "create", "--scope", "launcher", "--team", "a"]) == 0
    [log] = audit_files(home.home / "audit")
    assert "keys create" in log.read_text()


def test_strangers_do_not_push_out_what_is_told_of_callers(tmp_path, monkeypatch):
    now_s = [100.0]
    monkeypatch.setattr(audit.time, "monotonic", lambda: now_s[0])
    log = AuditLog(tmp_path / "audit")
    for _ in range(500):
        log.write_stranger(key="-", status=401)
    now_s[0] += 1
    log.write_stranger(key="-", status=401)
    log.close()
    [path] = audit_files(tmp_path / "audit")
    told = [json.loads(line) for line in path.read_text().splitlines()]
    assert [one.get("status") for one in told] == [401] * 20 + [None, 401]
    assert told[20]["refused_without_a_key"] == 480


@pytest.mark.parametrize("content", ["{nonsense", '{"keys": [{"key_id": "x"}]}', '{"version": 2}', ""])
def test_a_damaged_file_of_keys_says_what_to_do(file, content):
    file.path.parent.mkdir()
    file.path.write_text(content)
    file.path.chmod(0o600)
    with pytest.raises(ConfigError, match=r"keys\.json: [^(].*; restore the file.*`sparkwright keys create`"):
        file.read()
