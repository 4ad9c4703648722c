"""Configuration advice as a person reads it, ready to be copied behind ``spark-submit``."""

import shlex
import textwrap
from collections.abc import Mapping, Sequence
from typing import Protocol

_WIDTH = 100
_ORDER = ("advised", "yours", "refused", "kept", "unknown")


class _Setting(Protocol):
    """One property, as :class:`sparkwright.configuration.setting.ConfigSetting` has it."""

    @property
    def name(self) -> str: ...
    @property
    def current(self) -> str: ...
    @property
    def value(self) -> str | None: ...
    @property
    def standing(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def facts(self) -> Sequence[str]: ...


class _Advice(Protocol):
    @property
    def spark_version(self) -> str: ...
    @property
    def run_ids(self) -> Sequence[str]: ...
    @property
    def settings(self) -> Sequence[_Setting]: ...
    @property
    def note(self) -> str: ...
    @property
    def properties(self) -> Mapping[str, str]: ...


def config_lines(advice: _Advice) -> list[str]:
    """The lines to print: what to set, then what was looked at with its reasons."""
    seen = f", from {len(advice.run_ids)} run(s): {', '.join(advice.run_ids)}" if advice.run_ids else f": {advice.note}"
    lines = [f"Settings for Spark {advice.spark_version or '(unknown version)'}{seen}"]
    confs = [f"--conf {shlex.quote(f'{name}={value}')}" for name, value in advice.properties.items()]
    lines += [f"  {conf}" for conf in confs] or ["  nothing to set"]
    for one in sorted(advice.settings, key=lambda one: _ORDER.index(one.standing)):
        change = f"{one.current} -> {one.value}" if one.standing == "advised" else one.current
        lines += ["", f"{one.name}: {change} ({one.standing})"]
        lines += _wrapped(one.why)
        for fact in one.facts:
            lines += _wrapped(f"- {fact}")
    return lines


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="    ", subsequent_indent="      ")
