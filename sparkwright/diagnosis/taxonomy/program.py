"""The program and the query themselves: classes, closures, names and types."""

from sparkwright.diagnosis.taxonomy.repair import raise_kryo_buffer
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark

CAUSES = (
    RootCause(
        name="missing_class",
        family="program",
        title="Class or data source not on the classpath",
        explanation="The JVM was asked for a class or data source that no jar has, or only in another version.",
        remedy="Add the package that brings it (--packages or --jars), built for this Spark and Scala version.",
        marks=(
            mark(
                r"ClassNotFoundException|NoClassDefFoundError|DATA_SOURCE_NOT_FOUND|CANNOT_LOAD_FUNCTION_CLASS|"
                r"Failed to find (the )?data source|Failed to load class|No suitable driver",
            ),
            mark(r"NoSuchMethodError|NoSuchFieldError|AbstractMethodError|IncompatibleClassChangeError"),
        ),
    ),
    RootCause(
        name="serialization_error",
        family="program",
        title="Something could not be serialized",
        explanation="A function or object that has to travel to the executors, or back, cannot be serialized: often "
        "it drags in a connection, a lock or the SparkContext.",
        remedy="Create such objects inside the function, once per partition, and keep the session out of it. Where "
        "Kryo's buffer overflowed, the object is only too large for it: raise spark.kryoserializer.buffer.max.",
        marks=(
            mark(
                r"Task not serializable|NotSerializableException|PicklingError|[Cc]ould not serialize object|"
                r"CONTEXT_ONLY_VALID_ON_DRIVER|[Cc]annot pickle|KryoException|KRYO_BUFFER_OVERFLOW|"
                r"SerializationException",
                unless="No space left on device",  # the serializer writes to the disk
            ),
        ),
        repair=raise_kryo_buffer,
    ),
    RootCause(
        name="streaming_checkpoint_mismatch",
        family="program",
        title="A streaming query does not fit its checkpoint",
        explanation="A streaming query was changed (its keys, its state, its sources) and started over the checkpoint "
        "of what it used to be.",
        remedy="Start the changed query with a new checkpoint location, and decide where it should begin to read; or "
        "undo the change.",
        marks=(
            mark(
                r"STATE_STORE_\w*(SCHEMA|KEY_ROW_FORMAT|VALUE_ROW_FORMAT)|Provided schema doesn't match to the schema|"
                r"STREAMING_STATEFUL_OPERATOR_NOT_MATCH|sources in the checkpoint"
            ),
        ),
    ),
    RootCause(
        name="analysis_error",
        family="program",
        title="The query does not fit its tables",
        explanation="Spark could not make a plan: a column, table or function does not exist, types do not match, or "
        "the SQL has a mistake. No data was read.",
        remedy="Correct the query at the place in the message, or the schema it expects.",
        marks=(
            mark(
                r"UNRESOLVED_(COLUMN|ROUTINE|MAP_KEY|FIELD|USING_COLUMN)|TABLE_OR_VIEW_NOT_FOUND|PARSE_SYNTAX_ERROR|"
                r"DATATYPE_MISMATCH|AMBIGUOUS_REFERENCE|MISSING_AGGREGATION|MISSING_GROUP_BY|WRONG_NUM_ARGS|"
                r"UNBOUND_SQL_PARAMETER|FIELD_NOT_FOUND|COLUMN_ALREADY_EXISTS|NUM_COLUMNS_MISMATCH|INCOMPATIBLE_COLUMN"
            ),
            mark(r"AnalysisException|ParseException", Strength.GENERAL),
        ),
    ),
)
