"""Python on the workers: exceptions, dead processes, missing modules, memory, and what cannot be sent there."""

from functools import partial

from evaluation.lab.catalogue.fault import Fault
from evaluation.lab.symptom import said
from evaluation.lab.truth import Split

_python = partial(Fault, script="python_worker", inputs="clicks")


def _exception(variant: str, split: Split, proof: str) -> Fault:
    return _python("python_worker_exception", variant=variant, split=split, knob="code", symptom=said(proof))


_crash = partial(
    _python, "python_worker_crash", knob="code", symptom=said(r"Python worker exited unexpectedly \(crashed\)")
)
_memory = partial(
    _python,
    "python_memory_exceeded",
    knob="spark.executor.pyspark.memory",
    symptom=said(r"\bMemoryError|_ArrayMemoryError"),
    # The limit is shared by the cores of an executor.
    executors_count=2,
    properties={"spark.executor.pyspark.memory": "1g"},
    repair={"spark.executor.pyspark.memory": "6g"},
)
_module = partial(
    _python,
    "missing_python_module",
    knob="environment",
    symptom=said(r"ModuleNotFoundError: No module named '(geohash_fast|prophet_lite|company_metrics)"),
)

PYTHON_WORKER = {
    "python_value_error": _exception("value_error", "train", r"ValueError: invalid literal for int"),
    "python_key_error": _exception("key_error", "train", r"KeyError: \d+"),
    "python_zero_division": _exception("zero_division", "validation", r"ZeroDivisionError"),
    "python_wrong_columns": _exception("wrong_columns", "test", r"RESULT_COLUMN"),
    "crash_exit": _crash(variant="exit_code", split="train"),
    "crash_segfault": _crash(variant="segfault", split="validation"),
    "crash_killed": _crash(variant="killed", split="test", enforced_by="script"),
    "module_in_udf": _module(variant="module_in_udf", split="train"),
    "module_in_pandas": _module(variant="module_in_pandas", split="validation"),
    "module_on_driver": _module(variant="module_on_driver", split="test"),
    "memory_byte_array": _memory(variant="byte_array", split="train"),
    "memory_growing_list": _memory(variant="growing_list", split="validation"),
    "memory_numpy_matrix": _memory(variant="numpy_matrix", split="test"),
    "serialize_context": _python(
        "serialization_error",
        variant="context_captured",
        split="train",
        knob="code",
        symptom=said(r"CONTEXT_ONLY_VALID_ON_DRIVER"),
    ),
    "serialize_lock": _python(
        "serialization_error",
        variant="lock_captured",
        split="validation",
        knob="code",
        symptom=said(r"cannot pickle '_thread\.lock' object"),
    ),
    "serialize_generator": _python(
        "serialization_error",
        variant="generator_returned",
        split="test",
        knob="code",
        symptom=said(r"cannot pickle 'generator' object"),
    ),
}
