"""Prepare campaigns to be kept with the code: smaller, and without a trace of the machine that ran them.

What is changed, and nothing else:

* only verified runs are taken (the others have no truth), and of the runs that prove a fault the first one, whose truth
  holds the proof: a fault whose runs are not all in waits for the next recording; event logs are compressed harder,
  checksum files and executor logs are left out;
* the script that makes a fault has a neutral name, and so has its part that did, as in tracebacks: neither may tell a
  reader of the logs what happened;
* folders of this machine become neutral names (``/lab``, ``/lab/data``, ``/spark``, ``/venv``, ``/python``,
  ``/sparkwright``), also in messages and tracebacks; the user who ran the lab and the kernel are not named;
* of the environment event, Spark properties and the Java version stay; class path, Hadoop, metrics and system
  properties (three quarters of a small log) go.

The result is still what Spark wrote: the History Server and the harvest read it, and it can be recorded again together
with what has run since.
"""

import getpass
import io
import json
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import zstandard

from evaluation.lab.catalogue import CATALOGUE
from evaluation.lab.manifest import Manifest
from evaluation.lab.observation import segments
from evaluation.lab.processes import spark_home
from evaluation.lab.truth import Split, read_truths
from sparkwright.errors import CheckFailed, ConfigError

_ENVIRONMENT = '"Event":"SparkListenerEnvironmentUpdate"'
_KEPT_SYSTEM_PROPERTIES = ("java.version", "os.arch", "os.name", "user.timezone")
_LEVEL = 19
_KEPT = ("eventlogs", "drivers", "truth")
_SCRIPT = re.compile(r"/[\w./-]+/(?:evaluation/lab/faults/\w+|\.running/job)\.py")
_PARTS = "|".join(sorted({fault.variant for fault in CATALOGUE.values()}))
_PART = re.compile(rf'(File \\?"/lab/job\.py\\?", line \d+, in )(?:{_PARTS})\b')
_OWN_HOME = re.compile(r"(?<!\w)/home/lab\b")


def record(campaigns: Sequence[Path], target: Path, cache: Path) -> int:
    """Copy runs of ``campaigns`` to ``target``, redacted, replacing it as a whole; return their number.

    Raises:
        ConfigError: One of ``campaigns`` has no verified run, two have the same launch, or ``target`` contains
            something else.
        CheckFailed: A trace of this machine would be left; it names the file, and ``target`` is unchanged.
    """
    strange = sorted({path.name for path in target.iterdir()} - set(_KEPT)) if target.is_dir() else []
    if strange:
        raise ConfigError(
            f"expected an empty folder or a recording to replace in {target}, found {strange[0]} there as well: the "
            "target comes last"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
        partial = Path(scratch) / target.name
        for folder in _KEPT:
            (partial / folder).mkdir(parents=True)
        count = sum(_copy_campaign(campaign, partial, _names(campaign, cache)) for campaign in campaigns)
        _refuse_traces(partial)
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
    return count


def _copy_campaign(campaign: Path, target: Path, names: list[tuple[str, str]]) -> int:
    truths = read_truths(campaign, purpose="scoring", splits=get_args(Split))
    first = [truth for truth in truths if truth.repeat == 1 and not truth.repaired]
    if (campaign / "manifest.json").exists() and Manifest.read(campaign).proves:
        first = [truth for truth in first if truth.proof is not None or truth.variant not in CATALOGUE]
    for truth in first:
        if (target / "truth" / f"{truth.launch_id}.json").exists():
            raise ConfigError(f"expected each launch once, {truth.launch_id} of {campaign} was recorded before it")
        files = [f"drivers/{truth.launch_id}.log", f"drivers/{truth.launch_id}.exit", f"truth/{truth.launch_id}.json"]
        diagnostics = f"drivers/{truth.launch_id}.diagnostics"
        if (campaign / diagnostics).exists():
            files.append(diagnostics)
        for file in files:
            text = (campaign / file).read_text(encoding="utf-8", errors="replace")
            (target / file).write_text(_redact(text, names), encoding="utf-8")
        event_log = f"eventlogs/eventlog_v2_{truth.app_id}"
        _copy_event_log(campaign / event_log, target / event_log, names)
    return len(first)


def _names(campaign: Path, cache: Path) -> list[tuple[str, str]]:
    """Return folders of this machine and their neutral names, inner ones first."""
    repository = Path(__file__).resolve().parents[2]
    folders = {
        str(campaign.resolve()): "/lab",
        str(cache.resolve()): "/lab/data",
        str(spark_home()): "/spark",
        str(spark_home().resolve()): "/spark",
        sys.prefix: "/venv",
        sys.base_prefix: "/python",
        str(repository): "/sparkwright",
        str(Path.home()): "/home/lab",  # what _OWN_HOME allows
    }
    return sorted(folders.items(), key=lambda pair: -len(pair[0]))


def _redact(text: str, names: list[tuple[str, str]]) -> str:
    for folder, name in names:
        text = text.replace(folder, name)
    text = _PART.sub(r"\1part", _SCRIPT.sub("/lab/job.py", text))
    text = re.sub(rf"(acls (?:groups )?to: ){re.escape(getpass.getuser())}\b,?", r"\1", text)
    return re.sub(r"OS info Linux, [^,\n]+,", "OS info Linux,", text)


def _copy_event_log(source: Path, target: Path, names: list[tuple[str, str]]) -> None:
    target.mkdir()
    for status in source.glob("appstatus_*"):
        (target / status.name).touch()
    for segment in segments(source):
        with segment.open("rb") as raw:
            stream = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
            lines = [_redact_event(line, names) for line in io.TextIOWrapper(stream, encoding="utf-8")]
        (target / segment.name).write_bytes(zstandard.ZstdCompressor(level=_LEVEL).compress("".join(lines).encode()))


def _redact_event(line: str, names: list[tuple[str, str]]) -> str:
    if line.startswith("{" + _ENVIRONMENT):
        event = json.loads(line)
        system = event["System Properties"]
        event["System Properties"] = {name: system[name] for name in _KEPT_SYSTEM_PROPERTIES if name in system}
        for part in ("Hadoop Properties", "Metrics Properties", "Classpath Entries"):
            event[part] = {}
        line = json.dumps(event, separators=(",", ":")) + "\n"
    return _redact(line, names)


def _refuse_traces(folder: Path) -> None:
    """Check every file once more for traces of this machine."""
    # Next to the repository is the person's other work; the folder for temporary files is everybody's.
    beside = {f"{Path(__file__).resolve().parents[3]}/"} - {f"{tempfile.gettempdir()}/"}
    words = [*beside, f"{Path.home()}/", "/home/", "/opt/"]
    traces = re.compile("|".join(map(re.escape, words)) + rf"|hostname,? {re.escape(socket.gethostname())}\b")
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            if file.suffix == ".zstd":
                content = zstandard.ZstdDecompressor().decompress(content, max_output_size=2**31)
            text = _OWN_HOME.sub("", content.decode("utf-8", errors="replace"))
            found = traces.search(text)
            if found:
                raise CheckFailed(f"{file.name} still names this machine: {found[0]!r}; nothing was recorded")
