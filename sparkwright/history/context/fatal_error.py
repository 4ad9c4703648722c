"""The JVM's own report of its death: ``hs_err_pid<pid>.log``, and its head, which the process also prints.

Sections and wording are those of HotSpot's ``src/hotspot/share/utilities/vmError.cpp``, tested on files of Java 17;
sections change order between releases, so lines are recognised by how they begin.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEADER = re.compile(r"^# (?:A fatal error has been detected|There is insufficient memory)")
FILE_NAME = re.compile(r"^hs_err.*\.log$|^java_error.*\.log$")
_UNSAID = re.compile(
    r"^(?:JRE version|Java VM:|Possible (?:reasons|solutions)|(?:No |Failed to write )?[Cc]ore dump|CreateCoredump|"
    r"If you would like|https?:|An error report file|/\S+\.log$|This output file|See problematic frame|"
    r"The crash happened outside|(?:The system is out|The process is running|This process is running|In 32 bit mode)|"
    r"(?:Reduce|Increase|Check if|Decrease|Set larger|Use 64 bit|JVM is running|placed in|maximum limit|"
    r"to set the Java Heap))"
)
_KEPT = (
    re.compile(r"^(Current thread .{0,40}?: +\S*Thread \"[^\"]{0,200}\")"),
    re.compile(r"^(Memory: .{0,200})"),
    re.compile(r"^((?:memory_(?:limit|usage|max_usage)(?:_in_bytes)?|memory_swap_current\S*): .{0,80})"),
)
_COMMAND = re.compile(r"^(?:Command Line|java_command|jvm_args): (.*)")
_OF_COMMAND = re.compile(
    r"-Xmx\S+|-XX:MaxDirectMemorySize=\S+|--executor-id \S+|[\w.$]*(?:ExecutorBackend|SparkSubmit|ApplicationMaster)\b"
)
_EXECUTOR_ID = re.compile(r"--executor-id (\S+)")
_JAVA_FRAMES = re.compile(r"^Java frames")
_FRAME = re.compile(r"^[Jj] .*?([\w.$]+\.[\w$<>]+)\(")
_LIBRARY = re.compile(r"^(?:java|jdk|sun|scala|org\.apache\.spark)\.")
_MAX_HEAD_LINES = 60
_MAX_FRAMES = 3


@dataclass(frozen=True, slots=True)
class FatalError:
    """The content of one report.

    Attributes:
        text: The reason, the frame and the thread in which it happened, the process and its memory.
        executor_id: None if the process was not an executor, empty if the file does not say which.
    """

    text: str
    executor_id: str | None


def shortened(lines: Sequence[str]) -> str:
    """The head of a report, without comment marks and without its generic advice."""
    kept: list[str] = []
    for line in lines[:_MAX_HEAD_LINES]:
        if not line.startswith("#"):
            break
        words = line[1:].strip()
        if words and not _UNSAID.match(words):
            kept.append(words)
    return "\n".join(kept)


def read_fatal_error(lines: Iterable[str]) -> FatalError | None:
    """Read a whole file; None if it is not such a report.

    Args:
        lines: The lines of the file from its start; a file that does not begin like a report is not read further.
    """
    head: list[str] = []
    kept: list[str] = []
    command: dict[str, None] = {}
    executor_id: str | None = None
    frames = -1  # the frames have not begun
    for line in lines:
        if line.startswith("#"):
            head.append(line)
            continue
        if not head and line.strip():
            return None
        if found := _COMMAND.match(line):
            command |= dict.fromkeys(_OF_COMMAND.findall(found[1]))
            if "ExecutorBackend" in found[1] and not executor_id:
                number = _EXECUTOR_ID.search(found[1])
                executor_id = number[1] if number else ""
        elif found := next((match for pattern in _KEPT if (match := pattern.match(line))), None):
            kept.append(" ".join(found[1].split()))
        elif _JAVA_FRAMES.match(line):
            frames = 0
        elif 0 <= frames < _MAX_FRAMES and (found := _FRAME.match(line)) and not _LIBRARY.match(found[1]):
            frames += 1
            kept.append(f"in {found[1]}")
    if not any(HEADER.match(line) for line in head):
        return None
    process = [f"Process: {' '.join(command)}"] if command else []
    return FatalError("\n".join([shortened(head), *dict.fromkeys(kept), *process]), executor_id)
