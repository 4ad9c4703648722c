"""`sparkwright submit` as a process; a script stands in for spark-submit where only streams and signals matter."""

import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest

from sparkwright.launchers.spark_submit.driver_output import DriverCopy

SUBMIT = [sys.executable, "-m", "sparkwright.cli", "submit"]


def _as_from_a_terminal() -> None:
    # Tests that run in the background, or under nohup, would hand on that they ignore these.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture
def launch(home, closed_port, spark_home, monkeypatch):
    """A function that starts `sparkwright submit` with the given spark-submit script; nobody serves."""
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", closed_port)
    started: list[subprocess.Popen[bytes]] = []

    def start(script, *words, **options):
        monkeypatch.setenv("SPARK_HOME", str(spark_home(script)))
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        started.append(subprocess.Popen([*SUBMIT, *words], preexec_fn=_as_from_a_terminal, **options))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def driver_files(home) -> tuple[bytes, str]:
    (log,) = (home.home / "drivers").glob("*.log")
    return log.read_bytes(), log.with_suffix(".exit").read_text()


def wait_for(condition, timeout_s=10.0):
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


PRINT_WORDS = 'printf "%s\\n" "$@"; echo to-stderr >&2; exit 7'


def test_without_a_service_the_words_reach_spark_submit_as_written_with_one_warning(launch, home):
    words = ["--executor-memory", "4g", "--conf", "spark.a=b c", "app.py", "--override", "$HOME", ""]
    process = launch(PRINT_WORDS, *words)
    out, err = process.communicate()
    marks, given = out.decode().split("\n")[:2], out.decode().split("\n")[2:-1]
    assert given == words
    assert marks[0] == "--conf"
    assert marks[1].startswith("spark.sparkwright.launchId=")
    warning, from_driver = err.decode().splitlines()
    assert "submitting as written" in warning
    assert from_driver == "to-stderr"
    assert process.returncode == 7


def test_the_drivers_output_and_exit_code_are_kept_under_the_launch_id(launch, home):
    process = launch(PRINT_WORDS, "app.py")
    out, _ = process.communicate()
    log, exit_code = driver_files(home)
    assert log == out + b"to-stderr\n"
    assert exit_code == "7\n"
    launch_id = out.decode().split("launchId=")[1].split("\n")[0]
    assert (home.home / "drivers" / f"{launch_id}.log").exists()


def test_they_are_kept_beside_the_event_logs_the_application_writes(launch, tmp_path):
    events = tmp_path / "events"
    launch("exit 0", "--conf", f"spark.eventLog.dir=file://{events}", "app.py").communicate()
    assert len(list((tmp_path / "drivers").glob("*.exit"))) == 1


def test_they_are_kept_beside_a_folder_that_is_configured_as_a_url(launch, tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKWRIGHT_EVENT_LOG_DIR", f"file://{tmp_path}/configured/events")
    launch("exit 0", "--conf", "spark.eventLog.dir=s3a://bucket/logs", "app.py").communicate()
    assert len(list((tmp_path / "configured" / "drivers").glob("*.exit"))) == 1


def test_they_are_kept_in_home_where_the_event_logs_are_in_a_store(launch, home, monkeypatch):
    monkeypatch.setenv("SPARKWRIGHT_EVENT_LOG_DIR", "s3://bucket/logs")
    launch("exit 3", "--conf", "spark.eventLog.dir=s3a://bucket/logs", "app.py").communicate()
    assert driver_files(home)[1] == "3\n"


def test_a_folder_that_cannot_be_written_costs_the_copy_and_not_the_job(launch, tmp_path):
    (tmp_path / "drivers").write_text("a file is in the way")
    process = launch("echo ran", "--conf", f"spark.eventLog.dir={tmp_path}/events", "app.py")
    out, err = process.communicate()
    assert (process.returncode, out) == (0, b"ran\n")
    assert b"was not kept" in err


def silent(connection):
    time.sleep(10)


def dripping(connection):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.1)


def garbage(connection):
    connection.recv(65536)
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"allocation": ')


def dangerous(connection):
    connection.recv(65536)
    body = json.dumps(
        {"decision_id": "d", "workload_id": "w", "allocation": {"spark.driver.extraJavaOptions": "-Dx"}, "reasons": []}
    )
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())


@pytest.mark.parametrize("behaviour", [silent, dripping, garbage, dangerous])
def test_a_service_that_misbehaves_delays_the_job_by_two_seconds_at_most(
    launch, misbehaving_service, monkeypatch, behaviour
):
    url = misbehaving_service(behaviour)
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", url)
    started = time.monotonic()
    process = launch('printf "%s\\n" "$@"', "app.py")
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", url)
    out, err = process.communicate()
    assert time.monotonic() - started < 2 + 4  # and the start of Python on a busy machine
    assert out.decode().splitlines()[2:] == ["app.py"]
    assert err.count(b"submitting as written") == 1


def advising(connection):
    connection.recv(65536)
    allocation = {"spark.executor.memory": "8192m", "spark.executor.cores": "4", "spark.task.cpus": "1"}
    body = json.dumps({"decision_id": "d", "workload_id": "w", "allocation": allocation, "reasons": []})
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())


def test_the_line_about_a_decision_says_what_is_really_set(launch, misbehaving_service, monkeypatch):
    url = misbehaving_service(advising)
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", url)
    out, err = launch('printf "%s\\n" "$@"', "--executor-memory", "2g", "app.py").communicate()
    assert b"spark.executor.cores" not in out
    assert b"spark.task.cpus=1" in out
    told = err.decode().splitlines()[0]
    assert "spark.executor.memory=2g (yours; advised 8192m)" in told
    assert "spark.executor.cores left out, it does not fit yours (advised 4)" in told
    assert "spark.task.cpus=1" in told


@pytest.mark.parametrize("how", ["SPARKWRIGHT_OFF", "carried"])
def test_a_launch_that_is_switched_off_or_carries_a_decision_asks_nobody(launch, misbehaving_service, monkeypatch, how):
    asked = []

    def counting(connection):
        asked.append(connection.recv(65536))
        advising(connection)

    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", misbehaving_service(counting))
    words = ["--workload", "w"] if how == "SPARKWRIGHT_OFF" else ["--conf", "spark.sparkwright.decisionId=d0"]
    if how == "SPARKWRIGHT_OFF":
        monkeypatch.setenv(how, "1")
    process = launch('printf "%s\n" "$@"; exit 6', *words, "app.py")
    out, err = process.communicate()
    assert (process.returncode, asked) == (6, [])
    assert out.decode().splitlines() == (
        ["app.py"] if how == "SPARKWRIGHT_OFF" else [*out.decode().splitlines()[:2], *words, "app.py"]
    )
    assert (b"switched off" if how == "SPARKWRIGHT_OFF" else b"carries decision d0") in err


@pytest.mark.parametrize(("named", "is_sent"), [([], True), (["--conf", "spark.sparkwright.launchId=mine"], False)])
def test_only_a_launch_that_the_launcher_named_is_told_to_the_service(
    launch, misbehaving_service, monkeypatch, named, is_sent
):
    """A line that names its launch is run again as it stands: a retry must not be given the heap that died."""
    asked = []

    def listening(connection):
        received = connection.makefile("rb")
        length = next(int(line.split(b":")[1]) for line in received if line.lower().startswith(b"content-length"))
        while received.readline().strip():
            pass
        asked.append(json.loads(received.read(length)))
        connection.sendall(b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n")

    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", misbehaving_service(listening))
    out, _ = launch('printf "%s\\n" "$@"', *named, "app.py").communicate()
    [launch_id] = {word.split("=")[1] for word in out.decode().splitlines() if "launchId=" in word}
    assert {request.get("launch_id") for request in asked} == {launch_id if is_sent else None}
    assert (len(asked) > 1) == is_sent  # only that is the same question when it is asked again


@pytest.mark.parametrize(
    "variable", [("SPARKWRIGHT_LAUNCHER_TIMEOUT_S", "soon"), ("SPARKWRIGHT_SERVICE_URL", "nonsense")]
)
def test_settings_that_are_wrong_hold_no_job_back(launch, monkeypatch, variable):
    monkeypatch.setenv(*variable)
    process = launch("echo ran; exit 5", "app.py")
    monkeypatch.setenv(*variable)
    out, err = process.communicate()
    assert (process.returncode, out) == (5, b"ran\n")
    assert b"submitting as written" in err


def test_a_properties_file_that_is_missing_is_left_to_spark_submit(launch):
    process = launch("echo $2; exit 1", "--properties-file", "no-such-file", "app.py")
    out, err = process.communicate()
    assert (process.returncode, out) == (1, b"no-such-file\n")
    assert b"no-such-file" in err


def test_lines_that_submit_nothing_are_handed_over_untouched(launch):
    process = launch('echo "$@"', "--status", "driver-1", "--master", "spark://h:1")
    assert process.communicate()[0] == b"--status driver-1 --master spark://h:1\n"


def listens_for(name):
    """A spark-submit that says each signal it gets and soon ends with 33; bash would lose one SIGINT in thousands."""
    return f"""exec {sys.executable} -c '
import os, signal, sys, time
heard = []
signal.signal(signal.{name}, lambda number, frame: heard.append(os.write(1, b"got\\n")))
print("ready", flush=True)
for _ in range(200):
    if heard:
        time.sleep(0.2)
        sys.exit(33)
    time.sleep(0.05)
sys.exit(1)'"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1"])
def test_a_signal_to_the_launcher_reaches_spark_submit_once(launch, home, name):
    process = launch(listens_for(name), "app.py")
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.Signals[name])
    assert process.communicate()[0] == b"got\n"
    assert process.returncode == 33
    assert driver_files(home)[1] == "33\n"


def test_a_spark_submit_that_is_killed_gives_128_and_the_signal(launch, home):
    process = launch("kill -KILL $$", "app.py")
    process.communicate()
    assert process.returncode == 137
    assert driver_files(home)[1] == "137\n"


def test_a_signal_kills_spark_submit_even_while_it_starts(launch):
    process = launch("sleep 30", "app.py")
    time.sleep(0.05)
    process.terminate()
    assert process.wait(timeout=5) in {-signal.SIGTERM, 143}


def test_standard_input_reaches_spark_submit(launch):
    process = launch("cat", "app.py", stdin=subprocess.PIPE)
    assert process.communicate(b"\x00\xff\n\r\n")[0] == b"\x00\xff\n\r\n"


def test_two_streams_into_one_file_keep_their_order(launch, tmp_path):
    with (tmp_path / "all").open("wb") as both:
        launch("for i in $(seq 50); do echo out$i; echo err$i >&2; done", "app.py", stdout=both, stderr=both).wait()
    lines = (tmp_path / "all").read_text().splitlines()[1:]  # the first is our warning
    assert lines == [f"{stream}{i}" for i in range(1, 51) for stream in ("out", "err")]


def test_a_reader_that_goes_away_ends_the_job_as_it_would_without_us(launch):
    process = launch("while echo line; do :; done 2>/dev/null; exit 9", "app.py")
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=10) in {9, 128 + signal.SIGPIPE}


def test_a_process_left_in_the_background_is_not_waited_for(launch):
    started = time.monotonic()
    process = launch("sleep 20 & echo done", "app.py")
    assert process.communicate()[0] == b"done\n"
    assert time.monotonic() - started < 10


def in_terminal(home, spark_submit_home, words, keys=b"", ready=b"ready"):
    """Exit code and output of `sparkwright submit` in a terminal of its own."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["SPARK_HOME"] = str(spark_submit_home)
        os.execv(sys.executable, [*SUBMIT, *words])
    output = b""
    sent = False
    while True:
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break
        if not data:
            break
        output += data
        if keys and not sent and ready in output:
            os.write(terminal, keys)
            sent = True
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), output


def test_in_a_terminal_the_driver_still_has_a_terminal(home, closed_port, spark_home, monkeypatch):
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", closed_port)
    script = '[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo three terminals; echo ready; read line; echo "got $line"; exit 4'
    code, output = in_terminal(home, spark_home(script), ["app.py"], b"hello\n")
    assert code == 4
    assert b"three terminals\r\nready\r\n" in output
    assert b"got hello\r\n" in output
    assert driver_files(home)[0] == b"three terminals\nready\ngot hello\n"


def test_ctrl_c_in_a_terminal_reaches_the_driver_once(home, closed_port, spark_home, monkeypatch):
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", closed_port)
    code, output = in_terminal(home, spark_home(listens_for("SIGINT")), ["app.py"], b"\x03")
    assert code == 33
    assert output.count(b"got") == 1


def test_a_spark_home_without_spark_is_an_error_that_names_it(home, monkeypatch, tmp_path):
    monkeypatch.setenv("SPARK_HOME", str(tmp_path))
    ran = subprocess.run([*SUBMIT, "app.py"], capture_output=True, text=True)
    assert ran.returncode == 2
    assert str(tmp_path) in ran.stderr


def test_the_copy_keeps_the_start_and_the_end_of_a_long_output(tmp_path):
    copy = DriverCopy(tmp_path / "d.log", head_bytes=100, tail_bytes=50)
    for number in range(1000):
        copy.write(f"line {number:04}\n".encode())
    copy.close()
    kept = (tmp_path / "d.log").read_bytes()
    assert kept.startswith(b"line 0000\nline 0001\n")
    assert kept.endswith(b"line 0998\nline 0999\n")
    assert b"bytes left out" in kept
    assert len(kept) < 300


@pytest.mark.parametrize(
    ("line", "app_id"),
    [
        ("INFO X: Connected to Spark cluster with app ID app-20260101000000-0001", "app-20260101000000-0001"),
        ("INFO YarnClientImpl: Submitted application application_17_0042", "application_17_0042"),
        ("Logging events to file:/x/eventlog_v2_local-179549/events_1_local-179549.zstd", "local-179549"),
        ("Logging events to hdfs://n/application_17_0042_1.inprogress", "application_17_0042"),
        ("Adding file spark-submit /app-1-2/ local-1", ""),
    ],
)
def test_the_application_id_is_found_wherever_the_output_is_cut(tmp_path, line, app_id):
    for cut in range(1, len(line)):
        copy = DriverCopy(tmp_path / "d.log")
        copy.write(line[:cut].encode())
        copy.write(line[cut:].encode() + b"\n")
        copy.close()
        assert (copy.app_id or "") == app_id


@pytest.mark.slow
def test_a_real_application_runs_through_the_launcher(home, closed_port, monkeypatch, tmp_path):
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", closed_port)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.delenv("SPARK_HOME", raising=False)
    app = tmp_path / "app.py"
    app.write_text(
        "import sys\nfrom pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "print('launch', spark.conf.get('spark.sparkwright.launchId'), spark.range(10).count(), sys.argv[1:])\n"
        "sys.exit(5)\n"
    )
    ran = subprocess.run([*SUBMIT, "--master", "local[1]", str(app), "--name", "x"], capture_output=True, text=True)
    log, exit_code = driver_files(home)
    (path,) = (home.home / "drivers").glob("*.log")
    assert f"launch {path.stem} 10 ['--name', 'x']" in ran.stdout
    assert ran.stdout.encode() in log or ran.stdout.splitlines()[-1].encode() in log
    assert exit_code == f"{ran.returncode}\n"
    assert ran.returncode != 0


def test_the_key_reaches_the_service_and_nobody_else(launch, misbehaving_service, home, monkeypatch):
    heard: list[bytes] = []

    def answer(connection):
        heard.append(connection.recv(65536))
        body = b'{"decision_id": "d1", "workload_id": "w", "allocation": {}}'
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    key = "spw_12345678_secretsecretsecret"
    monkeypatch.setenv("SPARKWRIGHT_API_KEY", key)
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", misbehaving_service(answer))
    process = launch('printf "%s\\n" "$@"; env', "app.py")
    out, err = process.communicate()
    assert process.returncode == 0
    assert [f"Authorization: Bearer {key}".encode() in one for one in heard] == [True, True]
    kept = b"".join(path.read_bytes() for path in (home.home / "drivers").iterdir())
    assert key.encode() not in out + err + kept
    assert b"decisionId=d1" in out
