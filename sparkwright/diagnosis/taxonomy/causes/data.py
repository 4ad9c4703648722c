"""What is read: paths, files, records, schemas."""

from sparkwright.diagnosis.taxonomy.causes.words import DRIVER_LOG, TASK_TRACE
from sparkwright.diagnosis.taxonomy.repairs.limits import rebase_as_before
from sparkwright.diagnosis.taxonomy.repairs.program import as_table_has_it, decimals_row_by_row
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.access import warehouse

_LOCAL_BLOCKS = (
    r"blockmgr-|shuffle_\d+|spark-[0-9a-f-]{36}|_temporary|_spark_metadata|(?<!\d\.)checkpoint|/state/|/offsets/|"
    r"\.sparkStaging"
)
# What the system says "no such file" of, and is no input: a program, a library that another needs.
_NO_INPUT = (
    r"Cannot run program|UnsatisfiedLinkError|shared (library|object)|Too many open files|command not found|env: "
)
_SHUFFLE = (
    r"ShuffleBlockFetcher|FetchFailed|shuffle_\d+_|BlockStoreShuffleReader|spark\.shuffle\.\w|celeborn|uniffle|"
    r"ShuffleMapTask\.runTask.{0,80}deserialize"
)
_FILES_SCHEMA = (
    r"PARQUET_COLUMN_DATA_TYPE_MISMATCH|SchemaColumnConvertNotSupportedException|Parquet column cannot be converted|"
    r"CANNOT_MERGE_(SCHEMAS|INCOMPATIBLE_DATA_TYPE)|Failed (merging|to merge) (schema|fields|incompatible)|"
    r"Unable to convert \S+ of \S+ file|Incompatible schema|schema mismatch|SCHEMA_MISMATCH(?!_FOR_PANDAS)|"
    r"Unimplemented type: \w+Type|SchemaCompatibilityException|schema compatibility check|Avro\S*IncompatibleSchema|"
    r"because schema is incompatible|cannot support rewrite value for schema type|MissingSchemaFieldException|"
    r"HoodieSchemaException|Found duplicate field\(s\)|ArrowInvalid: Schema at index|MongoTypeConversion|"
    r"mapper_parsing_exception|which are not mapped as single value|The dataType '\w+' is invalid for 'Bson|"
    r"IllegalArgumentException: Number of column in CSV header|Schema(s)? (do|does) not match|"
    r"IllegalEvolutionException|ORC does not support type conversion|AvroTypeException|"
    r"DELTA_(FAILED_TO_MERGE|SCHEMA|METADATA_MISMATCH)|PlainValuesDictionary\$|Expected Spark type|"
    r"FAILED_READ_FILE\.PARQUET_COLUMN|Detected schema change|INCOMPATIBLE_DATA_FOR_TABLE|"
    r"Cannot write incompatible data|data schema .{0,60}not (match|compatible)|"
    r"CSV header does not conform|"
    r"required field .{0,80}(not found|missing)|cannot be cast to org\.apache\.hadoop\.(hive\.serde2\.)?io|"
    r"org\.apache\.hadoop\.io\.\w+ cannot be cast|Failed to cast (value|column).{0,80}(parquet|schema)|"
    r"Illegal Parquet type|Cannot write incompatible|Mutable\w+ cannot be cast|"
    r"not compatible with (the )?(table|writer|reader) schema|MISMATCHED_SCHEMA|"
    r"Can not read value at \d+ in block.{0,300}(ClassCast|Unsupported)"
)

CAUSES = (
    RootCause(
        name="missing_input_path",
        family="data",
        title="Input does not exist",
        explanation="The application reads a path or file that is not there: it was never written, has another name, "
        "or was replaced while the application ran.",
        remedy="Check the path in the message and whether the job that writes it has run; refresh the table if files "
        "under it were replaced.",
        not_to_confuse=(
            ("analysis_error", "There a table or column name is unknown."),
            ("wrong_filesystem", "`Wrong FS`: it exists, on another file system."),
            ("permission_denied", "There it exists and may not be read."),
        ),
        needed_log=DRIVER_LOG,
        knobs=("spark.sql.warehouse.dir", "spark.eventLog.dir", "spark.sql.files.ignoreMissingFiles"),
        marks=(
            mark(
                r"PATH_NOT_FOUND|Input path does not exist|Path does not exist|FILE_NOT_EXIST|NoSuchKey|NoSuchBucket|"
                r"LOAD_DATA_PATH_NOT_EXISTS|Input Pattern \S+ matches 0 files|InvalidInputException|BlobNotFound|"
                r"ContainerNotFound|The specified (bucket|container|key|blob|path|filesystem) does not exist|"
                r"DELTA_FILE_NOT_FOUND|DELTA_(TABLE|PATH)_\w*(NOT_FOUND|DOES_NOT_EXIST)|"
                r"underlying files have been updated|referenced in the transaction log cannot be found|"
                r"expecting process data from version|earliest available version in the _delta_log|"
                r"\", 404, [A-Z]{3,6}\b|Bucket \S* ?does not exist|"
                r"specified resource does not exist|not found in path \S|(Location|Item) (does not exist|"
                r"not found): ?\S|DELTA_FILE_\w*NOT_FOUND|in any of the configured local directories|"
                r"Cannot run program \W?\S*(userFiles-|"
                r"/spark-)[^\s\"]*\.\w+\W{1,3}(\(in directory [^)]*\))?:? ?error=2\b|"
                r"Failed to open input stream for file|can't open file \S+:? \[Errno 2\]|"
                r"get main class in JAR .{0,120}does not exist|"
                # A jar or a file that submission was told of; a path that a function of Python opens.
                r"NoSuchFileException: \S+\.(jar|py|zip|egg|whl|conf|properties|json|yaml|csv|txt|parquet)\b|"
                r"iceberg\.exceptions\.NotFoundException|"
                r"FileNotFoundError: \[Errno 2\] No such file or directory: '[^']*[/.][^']*'|"
                # A store's or HDFS's own words, not those of a program about a file of its machine.
                r"FileNotFoundException\W.{0,200}(File does not exist: \S*/|\b(does not exist|not found)\b|"
                r"No such file or directory: \w+://)",
                unless=_LOCAL_BLOCKS,
            ),
            mark(
                r"FileNotFoundException|NoSuchFileException|File does not exist|No such file or directory|"
                r"FilesystemNotFound",
                Strength.GENERAL,
                unless=rf"{_LOCAL_BLOCKS}|{_NO_INPUT}|Permission denied|StateStore|FetchFailed|StreamChunkId|"
                rf"ShuffleBlock",
            ),
        ),
        to_fill=warehouse,
    ),
    RootCause(
        name="schema_mismatch",
        family="data",
        title="Columns of files are not what the reader was told",
        explanation="The files hold a column in another type or shape than the schema they are read or written with, "
        "or do not agree with one another.",
        remedy="Read with the type that the files have and cast afterwards, or write the files that differ again. Let "
        "writers check the schema before they append (Delta: mergeSchema where the change is wanted).",
        not_to_confuse=(
            ("cast_error", "There one value does not convert."),
            ("corrupt_file", "There the file cannot be decoded at all."),
            ("analysis_error", "There the query names a column that no table has."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.sql.parquet.enableVectorizedReader",
            "spark.sql.parquet.mergeSchema",
            "spark.databricks.delta.schema.autoMerge.enabled (Delta)",
            "spark.sql.storeAssignmentPolicy (3.0)",
        ),
        marks=(
            mark(
                _FILES_SCHEMA, unless=r"StateStore|STATE_STORE|streaming state|checkpoint|not found in serialized data"
            ),
        ),
        repair=decimals_row_by_row,
        to_fill=as_table_has_it,
    ),
    RootCause(
        name="malformed_record",
        family="data",
        title="A record cannot be parsed",
        explanation="A line or record is not what its format says (JSON, CSV, XML, Avro, Protobuf), and the reader was "
        "told to stop at such a record.",
        remedy="Repair or drop the record; mode PERMISSIVE keeps it aside (columnNameOfCorruptRecord), DROPMALFORMED "
        "leaves it out.",
        not_to_confuse=(
            ("corrupt_file", "There the file itself is damaged, not its text."),
            ("cast_error", "There the record is read and a value does not convert."),
        ),
        needed_log=TASK_TRACE,
        marks=(
            mark(
                r"MALFORMED_RECORD|MALFORMED_CSV_RECORD|Malformed records? (are|is|was)? ?detected|"
                r"BadRecordException|"
                r"JsonParseException|MALFORMED_PROTOBUF|Malformed (CSV|JSON|XML|Avro|Protobuf)|TextParsingException|"
                r"exceeds the maximum number of characters|Unterminated quoted|Invalid UTF-8|MalformedInputException|"
                r"MALFORMED_CHARACTER_CODING|Error deserializing (Avro|JSON|Protobuf|key/value)|"
                r"not a valid JSON|\bJSONException\b|SerDeException.{0,120}(token|parse|malformed)|Malformed (data|"
                r"line)\b|"
                r"Unknown magic byte|XMLStreamException|SAXParseException|ParseError at \[row|Unable to parse file\b|"
                r"invalid char between encapsulated token|MismatchedInputException|SerDeException.{0,120}expected|"
                r"Error tokenizing data|(CSV|"
                r"JSON) parse error|"
                r"parse an empty string for data type|protocol message contained an invalid tag|"
                r"parsing a protocol message",
                unless=r"\borc\b|hadoop\.ipc|checkpoint|/offsets|/commits|delta_log|kubernetes|HTTP|PythonException",
            ),
            mark(r"\[DATA_QUALITY_ERROR\]|too many filtered rows"),  # of a load into Doris or StarRocks
            # The readers of text formats, wherever the value breaks.
            mark(
                r"Exception.{0,200} at .{0,600}(CSVTypeCast|UnivocityParser|JacksonParser|StaxXmlParser)",
                Strength.GENERAL,
            ),
        ),
    ),
    RootCause(
        name="datetime_rebase_required",
        family="data",
        title="Old dates need a decision between calendars",
        explanation="Dates before 1582 (timestamps before 1900), or date patterns, mean something else since Spark 3.0 "
        "than before, and Spark refuses to choose.",
        remedy="Say which is meant: spark.sql.parquet.datetimeRebaseModeInRead and ...InWrite (3.0: "
        "spark.sql.legacy.parquet...), spark.sql.avro..., spark.sql.parquet.int96RebaseModeIn...: LEGACY for files "
        "shared with Spark 2 or Hive, CORRECTED for others; of patterns, spark.sql.legacy.timeParserPolicy.",
        not_to_confuse=(
            ("schema_mismatch", "There the type differs."),
            ("cast_error", "There the text is no date in any calendar."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.sql.parquet.datetimeRebaseModeInRead (3.1; 3.0: spark.sql.legacy.parquet.datetimeRebaseModeInRead)",
            "spark.sql.parquet.datetimeRebaseModeInWrite (3.1; 3.0: spark.sql.legacy.parquet...)",
            "spark.sql.parquet.int96RebaseModeInRead (3.1)",
            "spark.sql.parquet.int96RebaseModeInWrite (3.1)",
            "spark.sql.avro.datetimeRebaseModeInRead (3.1)",
            "spark.sql.avro.datetimeRebaseModeInWrite (3.1)",
            "spark.sql.legacy.timeParserPolicy (3.0)",
        ),
        marks=(
            mark(
                r"SparkUpgradeException|INCONSISTENT_BEHAVIOR_CROSS_VERSION|upgrading (of|to) Spark|"
                r"set \W{0,2}spark\.sql\.\S*RebaseMode|set \W{0,2}spark\.sql\.\S*timeParserPolicy|"
                r"(READ|WRITE)_ANCIENT_DATETIME|week-based patterns are unsupported|Illegal pattern (character|"
                r"letter)"
            ),
        ),
        repair=rebase_as_before,
    ),
    RootCause(
        name="corrupt_file",
        family="data",
        title="A file is damaged or of another format",
        explanation="A file could not be decoded: it is cut off, damaged, or not of the format the reader expects.",
        remedy="Write the file in the message again, or move it away. spark.sql.files.ignoreCorruptFiles skips such "
        "files and silently loses their rows: use it only knowing that.",
        not_to_confuse=(
            ("malformed_record", "There the file is whole and one record is not."),
            ("shuffle_data_corruption", "There the damaged bytes are a shuffle block, not an input."),
            ("schema_mismatch", "There the file decodes and its columns differ."),
        ),
        needed_log=TASK_TRACE,
        knobs=("spark.sql.files.ignoreCorruptFiles (loses rows)",),
        marks=(
            mark(
                r"CANNOT_READ_FILE_FOOTER|Could not read footer|is not a (valid )?(Parquet|ORC|Avro) file|"
                r"Expected magic number|Malformed ORC file|Not an Avro data file|Not a data file|"
                r"ParquetDecodingException|ZipException|incorrect (header|data|length) check|"
                r"invalid (stored block|code lengths|distance|block type)|Not in GZIP format|"
                r"Unexpected end of (input|ZLIB|file|stream)|FAILED_TO_UNCOMPRESS|"
                r"corrupt(ed)? (file|block|footer|data|record|page)|premature EOF|is too small to be a Parquet file|"
                r"Invalid postscript|BlockMissingException|Could not obtain block|ChecksumException|"
                r"Checksum (error|mismatch)|file is (corrupt|truncated|damaged)|VERSIONS_NOT_CONTIGUOUS|"
                r"versions? \(.{0,80}\) are not contiguous|Delta table could not be recovered|Invalid sync|"
                r"bzip2: corrupt|not an? (SequenceFile|RCFile)|not found in serialized data|(could|"
                r"can) ?not read page|"
                r"Cannot obtain block length|Unknown frame descriptor|ZstdIOException|SnappyIOException|"
                r"bad block header|\bcrc error|transaction log has been truncated|"
                r"Reached the end of stream with \d+ bytes left|Invalid (LZO|LZ4|GZIP|BZIP2|ZSTD|Snappy) header|"
                r"could be corrupt log block|CorruptedLogFile|not a (valid|checksum|gzipped|zip|"
                r"\w+ archive)( \w+)? file|file size is 0|is not \S+ formatted|"
                r"not a valid (\w+ )?(\([\w ]+\) )?file|Not an? \w+ file|Corrupted \w+ archive|"
                r"Input is not in the \w+ format|"
                r"Could not decompress|Src size is incorrect|magic bytes not found|"
                r"InvalidProtocolBufferException.{0,200}orc|Magic mismatch",
                unless=rf"{_SHUFFLE}|PlainValuesDictionary|checkpoint|HDFSMetadataLog|STATE_STORE|\.snapshot|"
                rf"serializer\.Kryo",
            ),
            mark(r"find all part files of the checkpoint version"),
            mark(r"FAILED_READ_FILE|Encountered error while reading file", Strength.SYMPTOM, unless=r"FILE_NOT_EXIST"),
        ),
    ),
)
