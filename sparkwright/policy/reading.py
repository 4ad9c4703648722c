"""Policy files: read, checked, and named by a hash of what they say.

A file that is wrong in one place is wrong as a whole: half of the rules would be another policy. Every mistake is told
with its line.
"""

import difflib
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from data_contracts.policy import Bound, Policy, PolicyFile
from data_contracts.properties.policy import PropertyKind, kind_of, known_names
from sparkwright.errors import ConfigError, reason
from sparkwright.parsing.yaml_lines import MAX_BYTES, Document, Place, read_yaml
from sparkwright.policy.windows import zone_of

_SUFFIXES = frozenset({".yaml", ".yml"})
_MAX_FILES = 1000
_MAX_POLICIES = 2000
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a policy stands."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The policies that are in force together.

    Attributes:
        policies: In the order of files and lines.
        origins: By name.
        version: Hash of what they say; the same wherever the files lie and however they are laid out. Empty where
            there is no policy.
        notes: What is not wrong, but perhaps not meant.
    """

    policies: tuple[Policy, ...] = ()
    origins: dict[str, Origin] | None = None
    version: str = ""
    notes: tuple[str, ...] = ()

    def origin(self, name: str) -> str:
        """Where a policy stands, as a person finds it."""
        found = (self.origins or {}).get(name)
        return str(found) if found else "-"


def set_of(policies: "list[Policy] | tuple[Policy, ...]", notes: tuple[str, ...] = ()) -> PolicySet:
    """Policies that are in no file."""
    return PolicySet(tuple(policies), {}, version_of(policies), notes)


def version_of(policies: "list[Policy] | tuple[Policy, ...]") -> str:
    """The name of what policies say: any change of a rule gives another, a comment or another file does not."""
    if not policies:
        return ""
    told = sorted(json.dumps(one.model_dump(mode="json"), sort_keys=True) for one in policies)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def join(sets: list[PolicySet]) -> PolicySet:
    """Policies of several files or folders as one set.

    Raises:
        ConfigError: A name is in two of them.
    """
    if len(sets) == 1:
        return sets[0]
    policies = [policy for one in sets for policy in one.policies]
    names = [policy.name for policy in policies]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"expected every name once, got twice: {', '.join(twice)}")
    origins = {name: origin for one in sets for name, origin in (one.origins or {}).items()}
    return PolicySet(tuple(policies), origins, version_of(policies), tuple(note for one in sets for note in one.notes))


def read_policies(path: Path) -> PolicySet:
    """The policies of a file, or of every ``.yaml`` and ``.yml`` of a folder and the folders in it.

    Raises:
        ConfigError: It cannot be read, or something is wrong in it; the message names every file and line.
    """
    faults: list[str] = []
    policies: list[Policy] = []
    origins: dict[str, Origin] = {}
    notes: list[str] = []
    for file in _files(path):
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        try:
            read = _read_file(file, name)
        except ConfigError as error:
            faults.append(str(error))
            continue
        for policy, line in read:
            if policy.name in origins:
                faults.append(f"{name}:{line}: expected every name once, {policy.name} is at {origins[policy.name]}")
                continue
            origins[policy.name] = Origin(name, line)
            policies.append(policy)
            notes += [f"{name}:{line}: {policy.name}: {note}" for note in notes_on(policy)]
    if len(policies) > _MAX_POLICIES:
        faults.append(f"expected at most {_MAX_POLICIES} policies, got {len(policies)}")
    if faults:
        shown = "\n".join(f"  {one}" for text in faults[:_SHOWN] for one in text.splitlines())
        more = f"\n  and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise ConfigError(f"the policies of {path} are wrong:\n{shown}{more}")
    return PolicySet(tuple(policies), origins, version_of(policies), tuple(notes))


def parse_policies(text: str, name: str = "policies") -> list[Policy]:
    """The policies of one text.

    Raises:
        ConfigError: Something is wrong in it; the message has a line for each mistake.
    """
    return [policy for policy, _ in _parse(text, name)]


def faults_in(policy: Policy) -> list[tuple[Place, str]]:
    """What the schema cannot say is wrong with a policy: the place within it, and what was expected."""
    found: list[tuple[Place, str]] = []
    for name, bound in policy.bounds.items():
        found += [(("bounds", name, *place), text) for place, text in _bound_faults(name, bound)]
    for name, value in policy.requires.items():
        found += [(("requires", name), text) for text in _value_faults(kind_of(name), value)]
    for at, forbidden in enumerate(policy.forbids):
        for number, value in enumerate(forbidden.values):
            texts = _value_faults(kind_of(forbidden.property), value)
            found += [(("forbids", at, "values", number), text) for text in texts]
    for at, window in enumerate(policy.scope.windows):
        try:
            zone_of(window.timezone)
        except ConfigError as error:
            found.append((("scope", "windows", at, "timezone"), str(error)))
    return found


def notes_on(policy: Policy) -> list[str]:
    """What in a policy is perhaps not meant: names that no table of ours knows."""
    names = [*policy.bounds, *policy.requires, *(one.property for one in policy.forbids)]
    found = []
    for name in dict.fromkeys(names):
        if not kind_of(name).is_known:
            close = difflib.get_close_matches(name, known_names(), n=1, cutoff=0.9)
            found.append(f"{name} is no property that is known here{f'; is {close[0]} meant?' if close else ''}")
    return found


def _bound_faults(name: str, bound: Bound) -> list[tuple[Place, str]]:
    kind = kind_of(name)
    if not kind.is_numeric:
        kinds = "a switch: require or forbid a value" if kind.kind == "flag" else "text, or not known here"
        return [((), f"expected a property that is a number, {name} is {kinds}")]
    ends = [(end, text) for end, text in (("min", bound.min), ("max", bound.max)) if text is not None]
    return [((end,), fault) for end, text in ends for fault in _value_faults(kind, text)]


def _value_faults(kind: PropertyKind, text: str) -> list[str]:
    if kind.kind == "text":
        return [] if text.isprintable() else [f"expected a value on one line, got {text[:40]!r}"]
    try:
        kind.number(text)
    except ValueError as error:
        return [str(error)]
    return []


def _files(path: Path) -> list[Path]:
    try:
        if path.is_dir():
            found = sorted(
                one
                for one in path.rglob("*")
                # Kubernetes mounts the files of a ConfigMap as links into folders that begin with dots.
                if one.suffix in _SUFFIXES
                and one.is_file()
                and not any(part.startswith(".") for part in one.relative_to(path).parts)
            )
        elif path.is_file():
            found = [path]
        else:
            raise ConfigError(f"expected a policy file or a folder of them at {path}, found nothing")
    except OSError as error:
        raise ConfigError(f"expected a readable policy file or folder at {path}: {reason(error)}") from error
    if len(found) > _MAX_FILES:
        raise ConfigError(f"expected at most {_MAX_FILES} policy files in {path}, got {len(found)}")
    return found


def _read_file(file: Path, name: str) -> list[tuple[Policy, int]]:
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise ConfigError(f"{name}: expected at most {MAX_BYTES} bytes, got more: split the file")
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}: expected a readable file in UTF-8: {reason(error)}") from error
    return _parse(text, name)


def _parse(text: str, name: str) -> list[tuple[Policy, int]]:
    document = read_yaml(text, name)
    try:
        read = PolicyFile.model_validate(_typed(document.value, name))
    except ValidationError as error:
        told = [_told(document, name, one["loc"], one["msg"], one["input"]) for one in error.errors(include_url=False)]
        raise ConfigError("\n".join(told[:_SHOWN])) from None
    faults = [
        f"{name}:{_line(document, at, place)}: {policy.name}: {'.'.join(map(str, place))}: {text}"
        for at, policy in enumerate(read.policies)
        for place, text in faults_in(policy)
    ]
    if faults:
        raise ConfigError("\n".join(faults[:_SHOWN]))
    return [(policy, document.line(("policies", at))) for at, policy in enumerate(read.policies)]


def _told(document: Document, name: str, place: Place, message: str, given: object) -> str:
    where = f"{name}:{document.line(tuple(place))}: {'.'.join(map(str, place)) or 'the file'}"
    return f"{where}: {message}" + (f", got {given!r:.60}" if isinstance(given, str) else "")


def _line(document: Document, at: int, place: Place) -> int:
    return document.line(("policies", at, *place))


def _typed(value: object, name: str) -> object:
    """The document with its two numbers as numbers; everything else is text in the schema, too."""
    if value is None:
        raise ConfigError(f"{name}: expected `version: 1` and `policies:`, got an empty file")
    if not isinstance(value, dict):
        return value
    typed = dict(value)
    if typed.get("version") == "1":
        typed["version"] = 1
    policies = typed.get("policies")
    if policies is None and "policies" in typed:
        typed["policies"] = []
    if isinstance(policies, list):
        typed["policies"] = [_without_nulls(one) for one in policies]
    return typed


def _without_nulls(policy: object) -> object:
    """A key without a value is a key that is not there: ``queues:`` with nothing behind it says nothing."""
    if isinstance(policy, dict):
        return {key: _without_nulls(value) for key, value in policy.items() if value is not None}
    return [_without_nulls(one) for one in policy] if isinstance(policy, list) else policy
