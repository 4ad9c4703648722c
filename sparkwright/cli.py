"""The ``sparkwright`` command: a table of names and targets, resolved at run time.

A target is the ``args.py`` of a room. It defines ``NAME_arguments(parser)`` and ``NAME_run(args) -> int`` for each of
its commands and imports nothing heavy at the top, so that ``--help`` answers at once.
"""

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sparkwright import __version__
from sparkwright.environment import ENV_FILE

DONE, CRASH, USAGE_ERROR, CHECK_FAILED = 0, 1, 2, 3

_FULL = {errno.ENOSPC, errno.EDQUOT}

_BESIDE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Command:
    """One subcommand and where it is implemented.

    Attributes:
        verbatim: Whether its arguments belong to another program: they reach ``NAME_run`` unparsed, as ``args.words``.
    """

    module: str
    prefix: str
    help: str
    verbatim: bool = False

    @property
    def is_here(self) -> bool:
        """Whether its room is installed: training, serving and evaluation exist only in a checkout."""
        return _BESIDE.joinpath(*self.module.split(".")).with_suffix(".py").exists()


COMMANDS = {
    "lab": Command("evaluation.lab.args", "lab", "run real workloads and failures on a small local Spark cluster"),
    "harvest": Command("sparkwright.history.harvest.args", "harvest", "read event logs into the lake"),
    "report": Command("sparkwright.report.args", "report", "summarise a folder of event logs: waste and failures"),
    "applications": Command("sparkwright.report.listings.args", "applications", "list what the lake holds"),
    "quarantine": Command("sparkwright.report.listings.args", "quarantine", "list what was set aside and why"),
    "validate": Command("sparkwright.validation.args", "validate", "check the lake against the data contracts"),
    "states": Command("sparkwright.advisor.states_args", "states", "update what is known of each workload"),
    "train": Command("training.temporal.args", "train", "train the forecaster and register it"),
    "finetune": Command("training.lora.args", "finetune", "fine-tune the troubleshooter with LoRA and register it"),
    "evaluate": Command("evaluation.args", "evaluate", "score a release on runs and failures it has not seen"),
    "promote": Command("evaluation.args", "promote", "make the challenger the champion if it is better"),
    "compare": Command("sparkwright.report.comparison.args", "compare", "show how two applications differ"),
    "serve": Command("serving.processes.args", "serve", "serve recommendations and diagnoses over HTTP"),
    "recommend": Command(
        "sparkwright.launchers.commands.recommend",
        "recommend",
        "say what to submit with: the service, or --local the lake",
    ),
    "diagnose": Command(
        "sparkwright.launchers.commands.diagnose",
        "diagnose",
        "say why an application failed, by the service or without",
    ),
    "submit": Command(
        "sparkwright.launchers.spark_submit.args", "submit", "spark-submit with the recommended allocation", True
    ),
    "inject": Command("sparkwright.launchers.inject_args", "inject", "add advice to files of Livy, Kyuubi and clouds"),
    "operator": Command("sparkwright.launchers.manifests.args", "operator", "add advice to Spark operators' manifests"),
    "policy": Command("sparkwright.policy.args", "policy", "check, explain, apply, export and read policies"),
    "feedback": Command("sparkwright.feedback.args", "feedback", "join outcomes to decisions and judge them"),
    "rollout": Command("sparkwright.report.rollout_args", "rollout", "show who is advised and what others would save"),
    "keys": Command("sparkwright.access.args", "keys", "create, list and revoke the service's API keys"),
    "up": Command("serving.processes.args", "up", "start Airflow, the MLflow UI and the service together"),
}


def _target(command: Command, role: str) -> Callable[..., int]:
    target: Callable[..., int] = getattr(importlib.import_module(command.module), f"{command.prefix}_{role}")
    return target


def _overview() -> str:
    width = max(map(len, COMMANDS))
    here, elsewhere = (
        [f"  {name:<{width}}  {command.help}" for name, command in COMMANDS.items() if command.is_here is wanted]
        for wanted in (True, False)
    )
    return (
        "usage: sparkwright [--env-file FILE] COMMAND [options]    (COMMAND --help explains one; --version)\n\n"
        "Sparkwright learns from Spark's history what each workload needs.\n\n"
        + "\n".join(here)
        + ("\n\nin a checkout of Sparkwright, after `make install`:\n" + "\n".join(elsewhere) if elsewhere else "")
        + "\n\nexit codes: 0 success, 1 crash, 2 wrong usage, 3 a check failed"
    )


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = sys.argv[1:] if argv is None else argv
    if words and words[0] == "--env-file":
        if len(words) < 2:
            print("sparkwright: expected --env-file FILE COMMAND ...", file=sys.stderr)
            return USAGE_ERROR
        os.environ[ENV_FILE], words = words[1], words[2:]
    if named := os.environ.get(ENV_FILE):  # absolute, so that programs started in another folder read the same file
        os.environ[ENV_FILE] = str(Path(named).expanduser().absolute())
    if not words or words[0] in {"-h", "--help"}:
        print(_overview())
        return DONE if words else USAGE_ERROR
    if words[0] in {"-V", "--version"}:
        print(f"sparkwright {__version__}")
        return DONE
    name, *rest = words
    if name not in COMMANDS:
        print(f"sparkwright: expected one of {', '.join(COMMANDS)}; got {name!r}", file=sys.stderr)
        return USAGE_ERROR
    command = COMMANDS[name]
    if not command.is_here:
        print(
            f"sparkwright {name}: expected a checkout of Sparkwright: {command.module.partition('.')[0]} is not in the "
            f"installed package; clone the repository, run `make install` in it, then `.venv/bin/sparkwright {name}`",
            file=sys.stderr,
        )
        return USAGE_ERROR
    try:
        return _run(name, command, rest)
    except ModuleNotFoundError as error:
        from sparkwright.extras import extra_with

        if (extra := extra_with(error.name or "", name)) is None:
            raise
        print(
            f"sparkwright {name}: expected the package {error.name}, found none; it comes with an extra: "
            f"pip install 'sparkwright[{extra}]'",
            file=sys.stderr,
        )
        return USAGE_ERROR


def _full_disk(error: BaseException | None) -> str | None:
    """Return what was full, if that is what an error or one below it says."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in _FULL:
            return f"{f' {error.filename}' if error.filename else ''}, found none: {error.strerror}"
        if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL":
            return f", found none: {error}"
        error = error.__cause__ or error.__context__
    return None


def _drop_output() -> None:
    """Lead what is left of the output nowhere: Python would complain again when it flushes at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(name: str, command: Command, words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"sparkwright {name}", description=command.help)
    _target(command, "arguments")(parser)
    if command.verbatim and words[:1] not in (["-h"], ["--help"]):
        args = argparse.Namespace(words=words)
    else:
        args = parser.parse_args(words)
    from sparkwright.errors import CheckFailed, SparkwrightError
    from sparkwright.redaction import redact_text

    try:
        code = _target(command, "run")(args)
        sys.stdout.flush()
        return code
    except CheckFailed as verdict:
        print(f"sparkwright {name}: {redact_text(str(verdict))}", file=sys.stderr)
        return CHECK_FAILED
    except SparkwrightError as error:
        print(f"sparkwright {name}: {redact_text(str(error))}", file=sys.stderr)
        return USAGE_ERROR
    except BrokenPipeError:
        _drop_output()  # the reader (head, less) has closed the pipe
        return DONE
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # rich's answer to the same
            return DONE
        raise
    except Exception as error:
        if (full := _full_disk(error)) is None:
            raise
        print(f"sparkwright {name}: expected room to write{full}", file=sys.stderr)
        _drop_output()
        return USAGE_ERROR
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
