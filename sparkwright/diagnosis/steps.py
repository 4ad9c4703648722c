"""One message as the steps it tells of: what failed, because of what, down to what nothing in it explains.

Spark nests: a job is aborted because a task failed too often, because its executor was lost, because its container was
killed. Java nests once more, by ``Caused by:``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis.facts import decisive_line


class Level(IntEnum):
    """How far a step is from the first cause; whatever has a higher level may follow from what has a lower one."""

    CAUSE = 0
    """Nothing known stands behind it: an exception of its own, a kill that says why."""
    NODE = 1
    """A machine that went away, or that nobody gives: which may have a reason of its own."""
    PROCESS = 2
    """A process that ended with nothing but a code or a signal."""
    EXECUTOR = 3
    """An executor that is gone or silent."""
    FETCH = 4
    """Shuffle files or blocks that could not be had."""
    TASK = 5
    """A task that failed because something else did."""
    JOB = 6
    """A job, stage or query that was given up."""
    DRIVER = 7
    """The application as a whole: an exit code, a context that was stopped."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a message.

    Attributes:
        line: What it says, whole, in one line.
    """

    line: str
    level: Level


# What a logger writes before what it has to say; its own words are kept where they name an exception.
_LOGGER = re.compile(
    r"^(?:(TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL) +)?"
    r"(?:(?!\w*(?:Error|Exception|Failure|Reason):)[A-Z][\w$.]+(?::| -) +)?"
)
# A kill, a loss or a refusal that names its reason, wherever it stands.
_SAYS_WHY = re.compile(
    r"OOMKilled|exceeding (?:physical |virtual )?memory limits|beyond (?:the )?'?(?:physical|virtual)'? memory limit|"
    r"Evicted|low on resource|[Pp]reempt|OutOfMemoryError|No space left on device|insufficient memory|[Dd]ecommission|"
    r"DeadlineExceeded|Netty OOM|NodeShutdown|disrupted by|fatal error has been detected|"
    r"ephemeral[- ]?(?:local )?storage"
)
_NODE = re.compile(
    r"released on a \*?lost\*? node|\b(?:UNHEALTHY|LOST)\b|NO_SLAVE_LEFT|[Nn]ode \S+ (?:is|was) lost|"
    r"NodeLost|NotReady|Initial job has not accepted any resources|[Ww]orker (?:lost|shutting down)|worker.*timed out"
)
_PROCESS = re.compile(
    r"[Ee]xit(?:ed)? ?(?:with )?(?:a )?(?:non-zero )?(?:exit )?(?:[Ss]tatus|[Cc]ode)(?: is|:)? ?-?\d+|exitCode: ?-?\d+|"
    r"Killed by external signal|RECEIVED SIGNAL|termination reason: Error|reason Error\b"
)
_EXECUTOR = re.compile(
    r"ExecutorLostFailure|Lost executor|[Ee]xecutor \S+ (?:exited|is lost)|[Ee]xecutor heartbeat timed out|"
    r"[Ee]xecutor lost|no recent heartbeats|RPC client disassociated|Driver \S+ disassociated|Slave lost|"
    r"Executor Process Lost|"
    r"Container (?:marked as failed|from a bad node)|Executor self-exiting|communicating with driver in heartbeater"
)
_FETCH = re.compile(
    r"FetchFailed|Missing an output location for shuffle|MetadataFetchFailed|Failed to (?:fetch|get) (?:remote )?block|"
    r"Executor is not registered|BlockNotFoundException|shuffle_\d+_\d+_\d+\.(?:index|data)"
)
# Below a fetch that failed, these tell of a peer that is gone, not of a service that is down.
_OF_A_FETCH = re.compile(
    r"ConnectException|Failed to connect|Connection (?:refused|reset|from \S+ closed)|ClosedChannelException|"
    r"TimeoutException|timed out|NoRouteToHost|Broken pipe|Executor is not registered"
)
_TASK = re.compile(r"TaskResultLost|^Lost task|^Resubmitted|^(?:\S+: )?Task failed while|TASK_WRITE_FAILED")
_JOB = re.compile(
    r"^(?:\S+: )?(?:Job aborted|Writing job aborted|.{0,200}has failed the maximum allowable number of times|"
    r"Task \S+ in stage \S+ failed \d+ times|An error occurred while calling|Exception thrown in awaitResult|"
    r"\w*Stage \d+ .{0,200}failed in|.{0,200}terminated with (?:exception|error))|WRITING_JOB_ABORTED|STREAM_FAILED"
)
_DRIVER = re.compile(
    r"[Dd]river exited with|Final app status|SparkContext (?:was|has been) (?:shut down|stopped)|stopped SparkContext|"
    r"Job \d+ cancelled|[Aa]pplication \S+ failed \d+ times?|AM Container for|User application exited|"
    r"Max number of executor failures|SystemExit|finished with failed status"
)
_LEVELS = (
    (_DRIVER, Level.DRIVER),
    (_JOB, Level.JOB),
    (_FETCH, Level.FETCH),
    (_EXECUTOR, Level.EXECUTOR),
    (_TASK, Level.TASK),
    (_NODE, Level.NODE),
    (_PROCESS, Level.PROCESS),
)
# What a message says before it comes to the reason; the rest is the next step.
_HEADS = re.compile(
    r"(?:\w*Stage \d+ [^\n]{0,300}?failed in \S+ s due to )?(?:\S+Exception: )?Job aborted due to stage failure:\s*"
    r"(?=\S)"
    r"|(?:\S+Exception: )?Task \S+ in stage \S+ failed \d+ times?, most recent failure:\s*(?=\S)"
    r"|(?:\w*Stage \d+ \([^\n]{0,300}?\) )?has failed the maximum allowable number of times: \d+\. "
    r"Most recent failure reason:\s*(?=\S)"
    r"|Lost task \S+ in stage \S+ \(TID \d+\)(?: \([^)]*\)|,[^)]{0,200}\))?:\s*(?=\S)"
    r"|Lost task \S+ in stage \S+ \(TID \d+[^)]{0,200}\):\s*(?=\S)"
    r"|Lost executor \S+ on \S+:\s*(?=\S)"
    r"|(?:ExecutorLostFailure )?\([Ee]xecutor \S+ (?:exited|is)[^)]{0,200}\)\s*Reason:\s*(?=\S)"
    r"|ExecutorLostFailure:?\s*(?=\S)"
    r"|FetchFailed\(.{0,600}?message=\s*(?=\S)"
    r"|Container (?:marked as failed|from a bad node):? \S+ on host: \S+?\. Exit status: -?\d+\. Diagnostics:\s*(?=\S)"
    r"|The executor with\s+id \S+ exited with exit code -?\d+(?:\([^)]{0,80}\))?\.\s*(?=\S)"
    r"|Application \S+ failed \d+ times? (?:in previous \d+ milliseconds )?due to AM Container for \S+ exited with"
    r"\s+exitCode:? -?\d+\.?\s*(?=\S)"
    r"|(?:\S+Exception: )?(?:\[STREAM_FAILED\] )?Query \[?[^\]\n]{0,200}\]? terminated with (?:exception|error):?\s*"
    r"(?=\S)"
    r"|Final app status: \w+, exitCode: \d+, \(reason:\s*(?=\S)",
    re.DOTALL,
)
# Before the words of Spark stand the frames of the program that asked, and how it was asked.
_ASKED_BY = re.compile(
    r"Traceback \(most recent call last\)|Exception in thread|py4j\.|An error occurred while calling"
)
_WORDS_OF_SPARK = re.compile(r"(?:[\w.$]+Exception: )?(?:Job aborted due to stage failure:|\[STREAM_FAILED\] Query)")
_CAUSED_BY = re.compile(r"^Caused by: ", re.MULTILINE)
_DRIVER_TRACE = re.compile(r"^\s*Driver stacktrace:", re.MULTILINE)
_MAX_STEPS = 12


def steps_of(item: EvidenceItem) -> tuple[Step, ...]:
    """The steps that a fact tells of, the outermost first; never empty. The last one is the nearest to a cause."""
    pieces = list(_pieces(item.message)) or [item.message]
    steps: list[Step] = []
    fetching = False
    for position, piece in enumerate(pieces):
        # The class of a fact is that of what was thrown innermost.
        thrown = item.exception_class if position == len(pieces) - 1 else ""
        line = decisive_line(item.model_copy(update={"message": piece, "exception_class": thrown}))
        level = level_of(line)
        if fetching and level is Level.CAUSE and _OF_A_FETCH.search(line):
            level = Level.FETCH
        fetching = fetching or level is Level.FETCH
        if not steps or line != steps[-1].line:
            steps.append(Step(line, level))
    return tuple(steps)


def is_talk(message: str) -> bool:
    """Whether a message is a log record below a warning that tells of nothing that went wrong."""
    found = _LOGGER.match(message)
    return (
        found is not None
        and found[1] in {"TRACE", "DEBUG", "INFO"}
        and level_of(message) is not Level.NODE
        and (_SAYS_WHY.search(message) is None)
    )


def level_of(line: str) -> Level:
    """How far from the first cause one line is, by its words alone."""
    if _SAYS_WHY.search(line):
        return Level.CAUSE
    return next((level for pattern, level in _LEVELS if pattern.search(line)), Level.CAUSE)


def _pieces(message: str) -> Iterator[str]:
    end = _DRIVER_TRACE.search(message, 1)
    trace = ""
    if end:
        # Behind the driver's trace stands what the driver's own exception was caused by: the same once more, mostly.
        message, trace = message[: end.start()], message[end.start() :]
    rest = _LOGGER.sub("", message.strip(), count=1)
    if _ASKED_BY.match(rest) and (found := _WORDS_OF_SPARK.search(rest)):
        rest = rest[found.start() :]
    for _ in range(_MAX_STEPS):
        head = _HEADS.match(rest)
        if head is None:
            break
        yield head[0].strip()
        rest = rest[head.end() :]
        if head[0].startswith("FetchFailed("):
            rest = rest.rstrip().removesuffix(")")
    causes = _CAUSED_BY.split(rest) + _CAUSED_BY.split(trace)[1:]
    yield from (piece for piece in causes[:1] + causes[1:][-_MAX_STEPS:] if piece.strip())
