"""A line of ``spark-submit`` within another format."""

from collections.abc import Sequence

from data_contracts.properties.provenance import WORKLOAD
from sparkwright.launchers.inject import Injection
from sparkwright.spark.command_line import SubmitCommand, parse_submit


def parse_line(words: Sequence[str]) -> SubmitCommand | None:
    """The line as understood; None where it submits nothing that could be advised."""
    command = parse_submit(words)
    return command if command.submits else None


def name_of(command: SubmitCommand) -> str:
    """The application's name, as far as the line tells."""
    return command.properties.get("spark.app.name") or command.default_name


def workload_of(command: SubmitCommand) -> str:
    """The explicit key of the line, ours or Spark's way."""
    return command.workload or command.properties.get(WORKLOAD, "")


def words_with(command: SubmitCommand, injection: Injection) -> list[str]:
    """The words with what an injection adds; our own options are gone, since nobody there knows them."""
    return command.with_properties(injection.added, injection.replaced)
