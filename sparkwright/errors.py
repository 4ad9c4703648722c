"""Every error that Sparkwright raises on purpose.

    SparkwrightError                 a person can act on the message; the CLI prints it and exits with 2
    ├── ConfigError                  a YAML file, --set override or SPARKWRIGHT_* variable is wrong
    ├── HistoryError                 an event log cannot be read; the harvest sets it aside and goes on
    │   ├── TruncatedError           it ends in the middle; what came before was read
    │   ├── NoEventsError            it holds no Spark event at all: some other file
    │   └── UnreachableError         its server or store does not deliver it; the next harvest asks again
    ├── ContextError                 what lies around an event log cannot be used; the harvest goes on without it
    │   └── StoreError               a store does not deliver files that may exist; the next harvest asks again
    ├── LakeError                    a table is missing, or does not match its contract
    ├── RegistryError                MLflow has no such model, version or alias
    ├── ContractMismatchError        a model was trained on columns that now mean something else
    ├── LeakageError                 a feature is known only after the moment of the decision
    ├── SplitCrossedError            data that is reserved for scoring would be learned from
    ├── EngineError                  a language model gave no usable answer; the rules answer instead
    ├── DecisionLogError             the decision log cannot be written or read; the service answers 503
    ├── ServiceError                 the service cannot be used; the launcher fails open
    │   ├── NoAnswerError            nobody answered, or no complete answer came in time
    │   ├── ProblemError             it refused, with a status and the fields that are wrong
    │   └── CircuitOpenError         it failed so often in a row that it is not asked for a while
    └── MissingProgramError          a program such as java or spark-submit is not installed
    CheckFailed                      a check failed (exit 3): data broke a contract, a model is no better

A message says what was expected, what came and what to do.
"""

from typing import NamedTuple


class SparkwrightError(Exception):
    """Base of all errors a person can act on."""


class ConfigError(SparkwrightError):
    """A configuration value is wrong; the message lists every fault."""


class HistoryError(SparkwrightError):
    """An event log cannot be read.

    Attributes:
        offset_bytes: Offset of the fault in the decompressed log.
    """

    def __init__(self, message: str, offset_bytes: int = 0) -> None:
        super().__init__(message)
        self.offset_bytes = offset_bytes


class TruncatedError(HistoryError):
    """An event log ends in the middle of a compressed block; expected while its application runs."""


class NoEventsError(HistoryError):
    """A file holds no Spark event at all: it is some other file, or empty."""


class UnreachableError(HistoryError):
    """The file system, store or History Server of an event log does not deliver it, perhaps only for now."""


class ContextError(SparkwrightError):
    """A server or a store around event logs cannot be used.

    Attributes:
        place: What a person calls it.
    """

    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.place = place


class StoreError(ContextError):
    """A store does not deliver files around event logs, perhaps only for now."""


class LakeError(SparkwrightError):
    """A table of the lake is missing or broken."""


class RegistryError(SparkwrightError):
    """The model registry lacks what was requested."""


class ContractMismatchError(SparkwrightError):
    """A model's columns no longer mean what the contracts say."""


class LeakageError(SparkwrightError):
    """A feature would leak information from after the decision."""


class SplitCrossedError(SparkwrightError):
    """Data that is reserved for scoring would be learned from."""


class EngineError(SparkwrightError):
    """A language model gave no usable answer."""


class ServiceError(SparkwrightError):
    """The recommendation service could not be used."""


class NoAnswerError(ServiceError):
    """Nobody answered: no connection, no answer in time, or a truncated one."""


class FieldFault(NamedTuple):
    """One fault of a request: a JSON pointer to the field, as a URI fragment, and what is wrong with it."""

    pointer: str
    detail: str


class ProblemError(ServiceError):
    """The service refused with a problem document (RFC 9457).

    Attributes:
        status: HTTP status of the answer: any but 200.
        detail: What was expected, what came, what to do.
        faults: What is wrong, field by field, with a request that breaks its contract.
        retry_after_s: Seconds after which to ask again; None if the answer does not say.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        detail: str,
        faults: tuple[FieldFault, ...] = (),
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.detail, self.faults, self.retry_after_s = status, detail, faults, retry_after_s


class CircuitOpenError(ServiceError):
    """The service was not asked, because it kept failing.

    Attributes:
        retry_after_s: Seconds until the next try whether it is back.
    """

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DecisionLogError(SparkwrightError):
    """The decision log could not be used."""


class MissingProgramError(SparkwrightError):
    """A program that is needed is not installed."""


class CheckFailed(Exception):  # noqa: N818 - it is a result, not a fault
    """A check failed; the message says which and why."""


def reason(error: BaseException) -> str:
    """An error's text for the end of a message: an OSError without number and path; the type if there is no text."""
    return str(getattr(error, "strerror", None) or "").strip() or str(error).strip() or type(error).__name__
