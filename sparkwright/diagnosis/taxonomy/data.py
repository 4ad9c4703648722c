"""What is read and computed: paths, permissions, files, values."""

from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark

_LOCAL_BLOCKS = r"blockmgr-|shuffle_\d+|spark-[0-9a-f-]{36}"
# What the system says "no such file" of, and is no input: a program, a library that another needs.
_NO_INPUT = r"Cannot run program|UnsatisfiedLinkError|shared (library|object)|Too many open files"

CAUSES = (
    RootCause(
        name="permission_denied",
        family="data",
        title="No permission",
        explanation="The user or role the application runs as may not read or write what it asked for.",
        remedy="Grant the right on the path or table in the message, or run as a user who has it.",
        marks=(
            mark(
                r"[Pp]ermission denied|AccessControlException|AccessDeniedException|Access Denied|"
                r"INSUFFICIENT_PERMISSIONS|AccessDenied|403 Forbidden|not authorized to perform"
            ),
            # All that Hadoop's local file system says of a folder that may not be made.
            mark(r"Mkdirs failed to create", Strength.GENERAL),
        ),
    ),
    RootCause(
        name="missing_input_path",
        family="data",
        title="Input does not exist",
        explanation="The application reads a path or file that is not there: it was never written, has another name, "
        "or was replaced while the application ran.",
        remedy="Check the path in the message and whether the job that writes it has run; refresh the table if files "
        "under it were replaced.",
        marks=(
            mark(
                r"PATH_NOT_FOUND|Input path does not exist|[Pp]ath does not exist|FILE_NOT_EXIST|NoSuchKey|"
                r"LOAD_DATA_PATH_NOT_EXISTS|Input Pattern \S+ matches 0 files|InvalidInputException"
            ),
            mark(
                r"FileNotFoundException|NoSuchFileException|No such file or directory",
                Strength.GENERAL,
                unless=rf"{_LOCAL_BLOCKS}|{_NO_INPUT}",
            ),
        ),
    ),
    RootCause(
        name="schema_mismatch",
        family="data",
        title="Columns of files are not what the reader was told",
        explanation="The files hold a column in another type or shape than the schema they are read with, or do not "
        "agree with one another.",
        remedy="Read with the type that the files have and cast afterwards, or write the files that differ again. Let "
        "writers check the schema before they append.",
        marks=(
            mark(
                r"PARQUET_COLUMN_DATA_TYPE_MISMATCH|SchemaColumnConvertNotSupportedException|"
                r"CANNOT_MERGE_(SCHEMAS|INCOMPATIBLE_DATA_TYPE)|Failed merging schema|"
                r"Unable to convert \S+ of \S+ file|Incompatible schema|schema mismatch|SCHEMA_MISMATCH|"
                r"IllegalEvolutionException|ORC does not support type conversion"
            ),
        ),
    ),
    RootCause(
        name="corrupt_file",
        family="data",
        title="A file is damaged or of another format",
        explanation="A file could not be decoded: it is cut off, damaged, or not of the format the reader expects.",
        remedy="Write the file in the message again, or move it away. spark.sql.files.ignoreCorruptFiles skips such "
        "files and silently loses their rows: use it only knowing that.",
        marks=(
            mark(
                r"CANNOT_READ_FILE_FOOTER|[Cc]ould not read footer|is not a Parquet file|[Ee]xpected magic number|"
                r"MALFORMED_RECORD_IN_PARSING|MALFORMED_CSV_RECORD|Malformed records are detected|Malformed ORC file|"
                r"Not an Avro data file|Not a data file|ParquetDecodingException|ZipException|"
                r"[Ii]ncorrect (header|data) check|[Ii]nvalid (stored block|code lengths)|[Nn]ot in GZIP format|"
                r"Unexpected end of (input|ZLIB|file)|FAILED_TO_UNCOMPRESS|[Cc]orrupt(ed)? (file|block|footer|data)|"
                r"Invalid UTF-8|JsonParseException|premature EOF",
            ),
            mark(r"FAILED_READ_FILE|Encountered error while reading file", Strength.GENERAL, unless=r"FILE_NOT_EXIST"),
        ),
    ),
    RootCause(
        name="cast_error",
        family="data",
        title="A value does not fit its type",
        explanation="A value could not be converted to the type the query asks for; under ANSI rules Spark stops "
        "instead of writing NULL.",
        remedy="Use try_cast (or try_to_timestamp, try_to_number) where bad values may become NULL, or clean the "
        "column named in the message.",
        marks=(
            mark(
                r"CAST_INVALID_INPUT|CAST_OVERFLOW|CANNOT_PARSE_|CONVERSION_INVALID_INPUT|INVALID_FORMAT|"
                r"cannot be cast to|NumberFormatException|DateTimeParseException|DATETIME_FIELD_OUT_OF_BOUNDS|"
                r"FAILED_PARSE_",
                unless=r"class \S+ cannot be cast to class",
            ),
        ),
    ),
    RootCause(
        name="arithmetic_overflow",
        family="data",
        title="Arithmetic overflow or invalid operation",
        explanation="A computation left the range of its type or divided by zero; under ANSI rules Spark stops instead "
        "of writing NULL or a wrapped number.",
        remedy="Compute in a wider type (bigint, decimal), or try_add, try_multiply, try_divide where NULL will do.",
        marks=(
            mark(
                r"ARITHMETIC_OVERFLOW|DIVIDE_BY_ZERO|REMAINDER_BY_ZERO|NUMERIC_VALUE_OUT_OF_RANGE|"
                r"ArithmeticException|(integer|long|decimal) overflow|[Dd]ivision by zero",
            ),
        ),
    ),
)
