"""Commands that take a file and print it with advice: reading, asking about what is in it, printing, notes."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from sparkwright.errors import ConfigError, reason
from sparkwright.launchers.asking import Asked, ask
from sparkwright.launchers.environment import LauncherEnvironment, read_environment
from sparkwright.redaction import redact_text
from sparkwright.spark.own_options import OwnOptions

Ask = Callable[[dict[str, object]], Asked]


def read_text(file: str) -> str:
    """What a file holds, or standard input where it is ``-``.

    Raises:
        ConfigError: It cannot be read, is too long, or nothing is piped in.
    """
    from sparkwright.launchers.manifests.yaml_text import MAX_BYTES

    if file == "-" and sys.stdin.isatty():
        raise ConfigError("expected a file, or something piped into standard input, got a terminal")
    try:
        content = sys.stdin.buffer.read(MAX_BYTES + 1) if file == "-" else Path(file).read_bytes()
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"expected UTF-8 text in {file}: {reason(error)}") from error
    if len(content) > MAX_BYTES:
        raise ConfigError(f"expected at most {MAX_BYTES} bytes, got more in {file}")
    return text


def write_text(text: str) -> None:
    """Print it as UTF-8, whatever the locale says."""
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def asking_within(own: OwnOptions) -> Ask | None:
    """What asks the service about one application after the other, all of them within the launcher's time limit.

    None where Sparkwright is switched off, or where its settings cannot be used: then everything passes as it is.
    """
    try:
        where = read_environment()
    except ConfigError as error:
        say(f"no recommendation: {error}")
        return None
    if where.off:
        say("switched off by SPARKWRIGHT_OFF")
        return None
    until = time.monotonic() + where.timeout_s
    size = _input_bytes(own, where)
    failed: list[str] = []

    def asking(request: dict[str, object]) -> Asked:
        if failed:  # one that did not answer would cost each of them the time again
            return Asked(fault=f"not asked again: {failed[0]}")
        asked = ask({**request, **({} if size is None else {"input_bytes": size})}, where, until - time.monotonic())
        if asked.is_unreachable:
            failed.append(asked.fault)
        return asked

    return asking


def _input_bytes(own: OwnOptions, where: LauncherEnvironment) -> int | None:
    if not own.inputs:
        return None
    from sparkwright.launchers.input_size import input_size

    size, fault = input_size(own.inputs, 0.75 * where.timeout_s)
    if fault:
        say(f"the size of the input is not known: {fault}")
    return size


def say(text: str) -> None:
    """Tell a person; the output belongs to a program."""
    print(f"sparkwright: {redact_text(text)}", file=sys.stderr, flush=True)
