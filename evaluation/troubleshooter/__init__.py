"""Score troubleshooters on failures that strangers reported in public."""

from pathlib import Path

RECORDINGS = Path(__file__).parents[1] / "recordings" / "failures"
"""Folder of ``train.jsonl``, ``validation.jsonl`` and ``test.jsonl``, with a data card on their origin."""
