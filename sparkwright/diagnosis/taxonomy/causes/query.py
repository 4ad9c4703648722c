"""The query: its plan, its operations, and the code that is made of it."""

from sparkwright.diagnosis.taxonomy.causes.words import DRIVER_LOG, TASK_TRACE
from sparkwright.diagnosis.taxonomy.repairs.amounts import fixed
from sparkwright.diagnosis.taxonomy.repairs.options import raise_stack
from sparkwright.diagnosis.taxonomy.repairs.program import without_feature
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.code import as_spark_proposes

_OTHER_THAN_BUG = (
    r"grows beyond 64|Constant pool|InternalCompilerException.{0,200}OutOfMemory|"
    r"INTERNAL_ERROR_(MEMORY|NETWORK|BROADCAST)"
)
# Exceptions that no input may raise, and rooms of the engine that see plans and buffers, never a user's values.
_BROKEN = r"(NullPointerException|AssertionError|MatchError|IllegalStateException|ArrayIndexOutOfBoundsException)"
_INTERNALS = (
    r"(org\.apache\.spark\.(sql\.execution\.(adaptive|dynamicpruning|exchange|datasources\.parquet\.ParquetFilters|"
    r"vectorized|joins|aggregate|window)|io\.ReadAheadInputStream|sql\.catalyst\.expressions\.UnsafeRow\.assert|"
    r"sql\.delta\.(?!DeltaErrors)|sql\.hudi)|org\.apache\.(parquet\.internal|hudi|gluten|comet|iceberg)|"
    r"com\.nvidia\.spark\.rapids|io\.glutenproject)"
)

CAUSES = (
    RootCause(
        name="analysis_error",
        family="program",
        title="The query does not fit its tables",
        explanation="Spark could not make a plan: a column, table or function does not exist, types do not match, or "
        "the SQL has a mistake. No data was read.",
        remedy="Correct the query at the place in the message, or the schema it expects.",
        not_to_confuse=(
            ("missing_input_path", "There the path does not exist, not the name."),
            ("schema_mismatch", "There the files differ from the table's schema."),
            ("unsupported_operation", "There the query is understood and Spark cannot do it."),
        ),
        needed_log=DRIVER_LOG,
        knobs=("the property that Spark's message proposes",),
        marks=(
            mark(
                r"UNRESOLVED_(COLUMN|ROUTINE|MAP_KEY|FIELD|USING_COLUMN)|TABLE_OR_VIEW_NOT_FOUND|PARSE_SYNTAX_ERROR|"
                r"DATATYPE_MISMATCH|AMBIGUOUS_REFERENCE|MISSING_AGGREGATION|MISSING_GROUP_BY|WRONG_NUM_ARGS|"
                r"UNBOUND_SQL_PARAMETER|FIELD_NOT_FOUND|COLUMN_ALREADY_EXISTS|NUM_COLUMNS_MISMATCH|cannot resolve '|"
                r"Table or view not found|Undefined function|is ambiguous, could be|mismatched input '|"
                r"(Database|Table|Namespace|Schema) '\S+' not found|no viable alternative at input|"
                r"NoSuch(Table|Database|Namespace|Function|View)Exception|due to data type mismatch|"
                r"SemanticException|"
                r"TableNotFoundException|Cannot convert column into bool|does not exist\. Available( fields)?: |"
                r"detailMessage = unknown (table|database)"
            ),
            mark(
                r"AnalysisException|ParseException(?!.{0,200}(date|timestamp))",
                Strength.GENERAL,
                unless=r"Path does not exist|PATH_NOT_FOUND|HiveException|not supported|is not allowed|MetaException|"
                r"Streaming|UNSUPPORTED_|(does not|doesn't) support |supports? only |only supported |"
                r"Operation not allowed: |unresolved object",
            ),
        ),
        to_fill=as_spark_proposes,
    ),
    RootCause(
        name="unsupported_operation",
        family="program",
        title="The operation is not supported",
        explanation="What was asked for is understood, but Spark, the source, the sink or the mode of the query cannot "
        "do it.",
        remedy="Write it another way: the message names the operation. In streaming, another output mode or a "
        "watermark; on a table format, its own commands.",
        not_to_confuse=(
            ("analysis_error", "There a name or type is wrong."),
            ("library_or_engine_bug", "There it should work and does not."),
        ),
        needed_log=DRIVER_LOG,
        knobs=("the property that Spark's message proposes",),
        marks=(
            # A stream's source that was changed; a metastore without the tables that an operation needs.
            mark(
                r"Detected (a )?(data update|deleted data)\b.{0,400}(source|version)|"
                r"Table/View '(HIVE_LOCKS|NEXT_LOCK_ID|NEXT_TXN_ID|TXNS)' does not exist|"
                # Databricks: what a cluster that users share lets nobody call.
                r"Py4JSecurityException|PySparkNotImplementedError|"
                r"Cannot delete file where some, but not all, rows match"
            ),
            mark(
                r"UnsupportedOperationException(?!.{0,200}(parquet|PlainValuesDictionary|getSubject|"
                r"DirectByteBuffer|hash map|Unimplemented type|Security Manager))|UNSUPPORTED_\w+|"
                r"must be executed with writeStream|output mode not supported|"
                r"NOT_SUPPORTED\w*\b|"
                r"does not support ([\w-]+ ){0,4}(operation|statement|command|write|read|update|delete|mode|"
                r"overwrite|"
                r"append|create|alter|join|truncate)|data ?source (does not|doesn't) support |"
                r"supports only a single column|"
                r"Operation not allowed: |Unsupported type in conversion (to|from) Arrow|"
                r"not supported in conversion to Arrow|"
                r"is not (white|allow)listed\b|\[NOT_IMPLEMENTED\]|FeatureNotSupported|\w (is|are) not (yet |"
                r"currently )?supported|"
                r"(is|are) only supported (with|in|for|on)\b|"
                r"(operation|statement|command|feature|mode|join|aggregation|function)s? (is|are) not (yet )?allowed",
                Strength.GENERAL,
                unless=r"Java \d+ is not supported|HashedRelation|IPC format|(?<!\) is )not implemented|getSubject|"
                r"whitelisted and has id|deploy mode|"
                r"protocol|cipher|codec|\[DELTA_MULTIPLE_SOURCE_ROW",
            ),
        ),
        to_fill=as_spark_proposes,
    ),
    RootCause(
        name="library_or_engine_bug",
        family="program",
        title="A defect of Spark or of a library",
        explanation="The engine or a library broke on work that is valid: an internal error, an assertion, code that "
        "it generated and that does not compile.",
        remedy="Look the message up in the project's issues and upgrade to a release with the fix; until then rewrite "
        "what triggers it, or switch off the feature (code generation, adaptive execution, a vectorized reader).",
        not_to_confuse=(
            ("version_incompatibility", "There two libraries do not fit; here one is wrong."),
            ("unsupported_operation", "There the message says that it is not supported."),
            ("user_code_exception", "There the first frame is the user's own."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.sql.codegen.wholeStage",
            "spark.sql.adaptive.enabled",
            "spark.sql.parquet.enableVectorizedReader",
            "spark.sql.orc.enableVectorizedReader",
            "spark.sql.iceberg.vectorization.enabled (Iceberg)",
        ),
        marks=(
            mark(
                r"\[INTERNAL_ERROR\]|you hit a bug in Spark|fill? a bug report|failed with an internal error|"
                r"failed to compile: |CodeGenerator: failed to compile|unresolved object|"
                r"ColumnarBatch (and \S+ are|cannot be cast to )|cannot be cast to (class )?\S+\.ColumnarBatch\b|"
                r"Found duplicate rewrite attributes|"
                r"Couldn't find \S+#\d+L? in \[|Binding attribute, tree|assertion failed: No plan for |"
                r"Resolved attribute\(s\).{0,200}missing from|PLAN_VALIDATION_FAILED|key not found: \w+#\d+|"
                r"(NullPointerException|AssertionError|MatchError)(?:(?! at ).){0,200}"
                r" at org\.apache\.spark\.sql\.catalyst\.(optimizer|rules|planning)\.|"
                rf"{_BROKEN}(?:(?! at ).){{0,200}} at {_INTERNALS}\.|"
                r"\.adaptive\.\w+ cannot be cast to|Caught Hive MetaException attempting to get partition metadata|"
                r"IndexOutOfBoundsException.{0,120} at org\.apache\.spark\.sql\.(catalyst\.util\.|"
                r"execution\.vectorized)|"
                r"FsUrlConnection cannot be cast|KafkaConsumer is not safe for multi-threaded|"
                r"VeloxRuntimeError.{0,80}(INVALID_STATE|UNREACHABLE_CODE|UNKNOWN)|"
                r"CometNativeException: .{0,20}internal|actual read row count \d+ is not equal to|"
                # A file of Iceberg closed its client while others still read.
                r"Connection pool shut down.{0,600}iceberg",
                unless=_OTHER_THAN_BUG,
            ),
            mark(
                r"INTERNAL_ERROR|this is a bug|report (this|a) bug|Malformed class name|"
                r"not safe for multi-threaded access|"
                r"MISSING_ATTRIBUTES",
                Strength.GENERAL,
                unless=_OTHER_THAN_BUG,
            ),
            mark(
                r"(NullPointerException|AssertionError|ClassCastException|NoSuchElementException: key not found|"
                r"assertion failed|MatchError|"
                r"IllegalStateException)(?:(?! at ).){0,300}(?: at (?:scala|java|"
                r"jdk)\S*\(\S*\)){0,6} at org\.apache\.(spark\.(sql\.(catalyst|execution)|scheduler|storage|shuffle|"
                r"memory)|iceberg|hudi|parquet|orc)\.",
                Strength.GENERAL,
                unless=r"Generated(Class|Iterator)|BlockManager|StateStore|RocksDB|FileFormatWriter|stopped|"
                r"PlainValues",
            ),
        ),
        repair=without_feature,
    ),
    RootCause(
        name="codegen_limit_exceeded",
        family="program",
        title="Generated code is too large for the JVM",
        explanation="The code that Spark generates for a plan outgrew a limit of class files: 64 KB a method, 65,535 "
        "constants a class. Spark mostly falls back; where it cannot, the query fails.",
        remedy="Switch whole-stage code generation off for this query (spark.sql.codegen.wholeStage=false), or cut it: "
        "fewer columns and expressions at once, write an intermediate result.",
        not_to_confuse=(
            ("metaspace_oom", "There too many classes fill the memory of classes."),
            ("stack_overflow", "There the plan is too deep, not its code too long."),
        ),
        needed_log=DRIVER_LOG,
        knobs=("spark.sql.codegen.wholeStage", "spark.sql.codegen.maxFields", "spark.sql.codegen.hugeMethodLimit"),
        marks=(
            mark(
                r"grows beyond 64 ?KB|has grown past JVM limit|\bcode too large\b|Invalid method Code length|"
                r"Code of method .{0,200} grows",
                unless="codegen disabled",
            ),
        ),
        repair=fixed("spark.sql.codegen.wholeStage", "false"),
    ),
    RootCause(
        name="stack_overflow",
        family="program",
        title="The stack of a thread overflowed",
        explanation="Recursion went too deep: a plan or lineage that grows in a loop, an expression of thousands of "
        "parts, deeply nested data.",
        remedy="Cut the plan: checkpoint() or write an intermediate result in loops, IN with a join instead of "
        "thousands of ORs. A larger stack (-Xss) moves the limit.",
        not_to_confuse=(
            ("codegen_limit_exceeded", "There a method is too long."),
            ("user_code_exception", "There code threw."),
        ),
        needed_log=DRIVER_LOG,
        knobs=("spark.driver.extraJavaOptions (-Xss)", "spark.executor.extraJavaOptions (-Xss)"),
        marks=(
            mark(
                r"StackOverflowError|FAILED_TO_PARSE_TOO_COMPLEX|maximum recursion depth exceeded|"
                r"excessively deep recursion"
            ),
        ),
        repair=raise_stack,
    ),
)
