"""Input faults: paths, files, and the classes that should read them."""

from functools import partial

from evaluation.lab.catalogue.fault import Fault
from evaluation.lab.symptom import said
from evaluation.lab.truth import Split

_inputs = partial(Fault, script="inputs")


def _missing(variant: str, split: Split, proof: str) -> Fault:
    return _inputs("missing_input_path", variant=variant, split=split, knob="data", symptom=said(proof))


def _corrupt(variant: str, split: Split, proof: str) -> Fault:
    return _inputs("corrupt_file", variant=variant, split=split, knob="data", symptom=said(proof))


def _class(variant: str, split: Split, proof: str) -> Fault:
    return _inputs("missing_class", variant=variant, split=split, knob="environment", symptom=said(proof))


def _schema(variant: str, split: Split, proof: str) -> Fault:
    return Fault("schema_mismatch", "schemas", variant, split, "data", said(proof))


def _checkpoint(variant: str, split: Split, proof: str) -> Fault:
    return Fault("streaming_checkpoint_mismatch", "streaming", variant, split, "code", said(proof))


INPUTS = {
    "missing_parquet": _missing("parquet_gone", "train", r"PATH_NOT_FOUND"),
    "missing_csv": _missing("csv_gone", "train", r"PATH_NOT_FOUND"),
    "missing_text": _missing("text_gone", "validation", r"Input path does not exist"),
    "missing_vanished": _missing("vanished", "test", r"FILE_NOT_EXIST"),
    "corrupt_not_parquet": _corrupt(
        "not_parquet", "train", r"is not a Parquet file|NOT_PARQUET|CANNOT_READ_FILE_FOOTER"
    ),
    "corrupt_records": _corrupt("bad_records", "train", r"MALFORMED_RECORD_IN_PARSING"),
    "corrupt_pages": _corrupt(
        "damaged_pages", "validation", r"FAILED_TO_UNCOMPRESS|could not decode|ParquetDecodingException"
    ),
    "corrupt_gzip": _corrupt("cut_gzip", "test", r"Unexpected end of input stream"),
    "class_format": _class("missing_format", "train", r"DATA_SOURCE_NOT_FOUND"),
    "class_driver": _class("missing_driver", "validation", r"ClassNotFoundException: com\.mysql\.cj\.jdbc\.Driver"),
    "class_function": _class("missing_function", "test", r"CANNOT_LOAD_FUNCTION_CLASS"),
    "schema_text_for_number": _schema("text_for_number", "train", r"PARQUET_COLUMN_DATA_TYPE_MISMATCH"),
    "schema_merged_days": _schema("merged_days", "validation", r"CANNOT_MERGE_SCHEMAS|Failed merging schema"),
    "schema_date_for_number": _schema("date_for_number", "train", r"PARQUET_COLUMN_DATA_TYPE_MISMATCH"),
    "schema_orc_struct": _schema("orc_struct", "test", r"IllegalEvolutionException"),
    "checkpoint_other_key": _checkpoint("other_key", "train", r"STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE"),
    "checkpoint_one_more_source": _checkpoint(
        "one_more_source", "validation", r"There are \[1\] sources in the checkpoint offsets and now there are \[2\]"
    ),
    "checkpoint_other_aggregates": _checkpoint("other_aggregates", "test", r"STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE"),
}
