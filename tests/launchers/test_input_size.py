"""The size of an input is looked up within the time, or not known."""

import os
import sys
import time
from pathlib import Path

import boto3
import pytest

from sparkwright.launchers.input_size import input_size
from tests.support.moto_server import moto_server


@pytest.fixture
def table(tmp_path: Path) -> Path:
    files = {"day=1/a": 5000, "day=2/b,c": 300, "_SUCCESS": 7, "_temporary/0/x": 9, ".crc/y": 11, "_day=3/z": 13}
    for name, size in files.items():
        path = tmp_path / "table" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    return tmp_path / "table"


def test_sizes_files_folders_and_globs_are_added_up(table: Path):
    assert input_size(["1k"], 0.0) == (1024, "")
    assert input_size([str(table)], 20) == (5313, "")
    assert input_size([f"{table}/day=*", "1k", f"file://{table}/day=1/a"], 20) == (5300 + 1024 + 5000, "")
    assert input_size([f"{table}/day=1,{table}/day=2/b,c"], 20).size_bytes is None
    assert input_size([f"{table}/day=2/b,c"], 20) == (300, "")


def test_what_is_not_there_is_not_known_and_says_where(table: Path):
    size, fault = input_size([str(table / "day=9")], 20)
    assert (size, fault) == (None, f"{table / 'day=9'}: no such file or folder")
    assert "one of" in input_size(["ftp://host/x"], 20).fault
    assert "secret1" not in input_size(["s3://user:secret1secret1@nowhere.invalid:1/x"], 1).fault


def test_a_look_up_that_hangs_is_left_when_the_time_is_over(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")  # nobody writes: whoever opened it would wait for ever
    hanging = {**os.environ, "PYTHONSTARTUP": "", "PYTHONPATH": str(tmp_path)}
    (tmp_path / "sitecustomize.py").write_text("import time; time.sleep(30)")
    began = time.monotonic()
    size, fault = input_size([str(tmp_path)], 0.3, hanging)
    assert (size, time.monotonic() - began < 3) == (None, True)
    assert "within 0.3 s" in fault


def test_an_interpreter_that_is_gone_is_a_reason_and_no_crash(table: Path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(table / "gone"))
    assert input_size([str(table)], 5).size_bytes is None


def test_a_place_in_a_store_is_a_file_or_what_lies_below_it():
    with moto_server() as cloud:
        names = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
        places = {"AWS_ENDPOINT_URL": cloud, "AWS_ALLOW_HTTP": "true", "AWS_EC2_METADATA_DISABLED": "true"}
        client = boto3.client(
            "s3",
            region_name="us-east-1",
            endpoint_url=cloud,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        client.create_bucket(Bucket="lake")
        for key, size in {"day=1/a": 5000, "day=1/_SUCCESS": 7, "day=2/b": 300, "day=2/_temporary/0/x": 9}.items():
            client.put_object(Bucket="lake", Key=key, Body=bytes(size))
        environ = {**os.environ, **names, **places}
        assert input_size(["s3://lake"], 60, environ) == (5300, "")
        assert input_size(["s3a://lake/day=1,s3://lake/day=2/b"], 60, environ) == (5300, "")
        missing = input_size(["s3://lake/day=9"], 60, environ)
        assert (missing.size_bytes, missing.fault[:16]) == (None, "s3://lake/day=9:")
