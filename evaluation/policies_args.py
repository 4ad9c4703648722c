"""``sparkwright evaluate policies``: compare phrasings with their meaning; docs/policy.md has the formats."""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from sparkwright.errors import ConfigError, reason

_CASES = Path(__file__).parent / "recordings" / "policies" / "validation.jsonl"
_KEYS = ("id", "language", "text", "policy", "asks")


def policies_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--cases", type=Path, default=_CASES, metavar="FILE", help="phrasings (default: %(default)s)")
    parser.add_argument(
        "--answers", type=Path, metavar="OUT", help="file to write what was understood to, line by line"
    )
    parser.add_argument("--wrong", action="store_true", help="print the ids of those that were not understood")


def policies_run(args: argparse.Namespace) -> int:
    """Print how many are understood."""
    from sparkwright.policy.language.read import read_policy
    from sparkwright.policy.language.score import differences

    cases = _cases(args.cases)
    answers: list[str] = []
    right: Counter[str] = Counter()
    all_of: Counter[str] = Counter()
    wrong: list[str] = []
    for case in cases:
        understood = read_policy(case["text"])
        asks = sorted({one.part for one in understood.questions})
        questions = [{"part": one.part, "question": one.question} for one in understood.questions]
        answer = {"id": case["id"], "policy": understood.parts, "asks": asks, "questions": questions}
        answers.append(json.dumps(answer, ensure_ascii=False))
        faults = differences(case["policy"], case["asks"], understood)
        groups = ["all", case["language"], "to be asked back" if case["asks"] else "clear"]
        all_of.update(groups)
        if faults:
            wrong.append(f"{case['id']} ({', '.join(faults)})")
        else:
            right.update(groups)
    if args.answers is not None:
        try:
            args.answers.write_text("\n".join([*answers, ""]), encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"expected to write {args.answers}: {reason(error)}") from error
    for group in sorted(all_of, key=lambda name: (name != "all", name)):
        print(f"{group}: {right[group]} of {all_of[group]} ({right[group] / all_of[group]:.1%})")
    if args.wrong:
        print("\n".join(wrong))
    return 0


def _cases(path: Path) -> list[dict[str, Any]]:
    try:
        cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise ConfigError(f"expected lines of JSON in {path}: {reason(error)}") from error
    for number, case in enumerate(cases, start=1):
        if not isinstance(case, dict) or any(key not in case for key in _KEYS):
            raise ConfigError(f"{path}:{number}: expected {', '.join(_KEYS)}, got {json.dumps(case)[:80]}")
    if not cases:
        raise ConfigError(f"expected cases in {path}, found none")
    return cases
