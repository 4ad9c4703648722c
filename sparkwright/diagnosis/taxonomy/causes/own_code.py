"""What rows and the program's own code do wrong: values, types and exceptions."""

from sparkwright.diagnosis.taxonomy.causes.words import TASK_TRACE
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.code import lenient_sql

_MISTAKES = (  # what a program does wrong by itself
    r"NullPointerException|(Array|String)?IndexOutOfBoundsException|NoSuchElementException|scala\.MatchError|"
    r"NotImplementedError|IllegalArgumentException|IllegalStateException|RuntimeException|"
    r"UnsupportedOperationException"
)
_ORG = (
    r"apache|spark_?project|codehaus|eclipse|jboss|json4s|objenesis|xerial|postgresql|mariadb|elasticsearch|opensearch|"
    r"mongodb|bson|slf4j|springframework|hibernate|antlr|joda|datanucleus|tensorflow|locationtech|geotools|jpmml|"
    r"rocksdb|roaringbitmap|neo4j|glassfish|mortbay|jctools|threeten|openjdk|tukaani|jetbrains|scala\w*"
)
_LIBRARY_FRAMES = r"(?: at (?:scala|java|jdk)\S*\(\S*\)){0,6}"
# A frame of the user's own: of no package that Spark, the JVM or a connector brings.
_OWN_FRAME = (
    rf"at (?!(java|javax|jdk|sun|scala|kotlin|akka|org\.({_ORG})|io|net|com\.(amazonaws|google|microsoft|azure|mysql|"
    r"databricks|esotericsoftware|fasterxml|twitter|github|datastax|snowflake|crealytics|ibm|oracle|sun|univocity|"
    r"clearspring|codahale|mongodb|couchbase|ververica|linkedin|uber|nvidia|intel)|py4j|software|breeze|ml\.dmlc|"
    r"shaded|oracle|oshi)\.)[a-z]\w*\.[\w.$<>]+\("
)

CAUSES = (
    RootCause(
        name="cast_error",
        family="program",
        title="A value does not fit its type",
        explanation="A value could not be converted to the type the query asks for; under ANSI rules Spark stops "
        "instead of writing NULL.",
        remedy="Use try_cast (or try_to_timestamp, try_to_number) where bad values may become NULL, or clean the "
        "column named in the message.",
        not_to_confuse=(
            ("malformed_record", "There the line cannot be parsed at all."),
            ("arithmetic_overflow", "There a computation left the range, not a conversion."),
            ("schema_mismatch", "There the files have another type than the table."),
        ),
        needed_log=TASK_TRACE,
        knobs=("spark.sql.ansi.enabled (3.0; on since 4.0)", "spark.sql.storeAssignmentPolicy (3.0)"),
        marks=(
            mark(
                r"CAST_INVALID_INPUT|CAST_OVERFLOW|CANNOT_PARSE_|CONVERSION_INVALID_INPUT|\bINVALID_FORMAT\b|"
                r"cannot be cast to \S|NumberFormatException|DateTimeParseException|DATETIME_FIELD_OUT_OF_BOUNDS|"
                r"FAILED_PARSE_|invalid input syntax for type|Unparseable date|Cannot cast .{1,200} to \w+Type\b|"
                r"use \W?try_cast",
                unless=r"class \S+ cannot be cast to class|ClassCastException|\"\d+[smh]\"|Upgrade|"
                r"INCONSISTENT_BEHAVIOR|invalid_conf|spark\.\w+\.\w+ should be",
            ),
            mark(
                r"ClassCastException: (class )?(java\.(lang|math|sql|time)\.\w+|org\.apache\.spark\S+\.GenericRow\w*) "
                r"cannot be cast to |is not a valid external type for schema of|INVALID_EXTERNAL_TYPE|"
                r"Timestamp format must be yyyy-mm-dd",
                unless=r"parquet|hive|\borc\b|hadoop|Mutable",
            ),
        ),
        to_fill=lenient_sql,
    ),
    RootCause(
        name="arithmetic_overflow",
        family="program",
        title="Arithmetic overflow or invalid operation",
        explanation="A computation left the range of its type or divided by zero; under ANSI rules Spark stops instead "
        "of writing NULL or a wrapped number.",
        remedy="Compute in a wider type (bigint, decimal), or try_add, try_multiply, try_divide where NULL will do.",
        not_to_confuse=(("cast_error", "There a value is converted, not computed."),),
        needed_log=TASK_TRACE,
        knobs=("spark.sql.ansi.enabled (3.0; on since 4.0)",),
        marks=(
            mark(
                r"ARITHMETIC_OVERFLOW|DIVIDE_BY_ZERO|REMAINDER_BY_ZERO|NUMERIC_VALUE_OUT_OF_RANGE|ArithmeticException|"
                r"(integer|long|decimal|bigint|int) overflow|division by zero|cannot be represented as Decimal|"
                r"causes overflow|exceeds max precision \d+",
                unless=r"ZeroDivisionError|PythonException|vectorized reader",
            ),
        ),
        to_fill=lenient_sql,
    ),
    RootCause(
        name="user_code_exception",
        family="program",
        title="The application's own code threw",
        explanation="An exception came out of the user's code: a function Spark calls for rows, or the program around "
        "the session.",
        remedy="Fix the code at the first frame of its own in the stack trace, for the value in the message.",
        not_to_confuse=(
            ("python_worker_exception", "There a Python worker raised it."),
            ("library_or_engine_bug", "There no frame above Spark's is the user's own."),
        ),
        needed_log=TASK_TRACE,
        marks=(
            mark(
                r"Failed to execute user.defined function|FAILED_EXECUTE_UDF|USER_RAISED_EXCEPTION|raise_error",
                Strength.GENERAL,
                unless=r"PythonException",
            ),
            mark(
                rf"({_MISTAKES})(?:(?! at ).){{0,300}}{_LIBRARY_FRAMES} {_OWN_FRAME}",
                Strength.GENERAL,
                unless=r"PythonException",
            ),
            mark(
                r"User class threw exception: (java\.lang\.(NullPointer|\w*IndexOutOfBounds)Exception|"
                r"scala\.MatchError|"
                r"java\.util\.NoSuchElementException)(?!.{0,300} at org\.apache)",
                Strength.GENERAL,
                side="driver",
            ),
            # The driver's program in Python; a worker's traceback says PythonException.
            mark(
                r"Traceback \(most recent call last\).{0,3000}?(?<![.\w])(KeyError|NameError|IndexError|TypeError|"
                r"ValueError|UnboundLocalError|ZeroDivisionError|AttributeError|AssertionError|FileExistsError): ",
                Strength.GENERAL,
                side="driver",
                unless=r"PythonException|Py4J|pyspark/(serializers|worker|cloudpickle)|pyspark\.errors",
            ),
        ),
    ),
)
