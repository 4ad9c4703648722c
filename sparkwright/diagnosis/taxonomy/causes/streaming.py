"""Streams and tables: checkpoints, offsets, state, and commits to table formats."""

from sparkwright.diagnosis.taxonomy.causes.databases import IN_EACH_OTHERS_WAY
from sparkwright.diagnosis.taxonomy.causes.words import CHECKPOINT, DRIVER_LOG, SERVICE_LOG, TASK_TRACE
from sparkwright.diagnosis.taxonomy.repairs.limits import longer_poll, wait_for_state_lock
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.connectors import slower_stream

CAUSES = (
    RootCause(
        name="streaming_checkpoint_mismatch",
        family="streaming",
        title="A streaming query does not fit its checkpoint",
        explanation="A streaming query was changed (its keys, its state, its sources) and started over the checkpoint "
        "of what it used to be.",
        remedy="Start the changed query with a new checkpoint location, and decide where it should begin to read; or "
        "undo the change.",
        not_to_confuse=(
            ("checkpoint_corrupt", "There a file of the checkpoint is missing or broken."),
            ("kafka_offsets_unavailable", "There the offsets are right and the topic has dropped them."),
        ),
        needed_log=CHECKPOINT,
        marks=(
            mark(
                r"STATE_STORE_\w*(SCHEMA|KEY_ROW_FORMAT|VALUE_ROW_FORMAT|INVALID_CONFIG|INVALID_PROVIDER|"
                r"INVALID_VARIABLE)|Provided (key |value )?schema do(es)?n't match|"
                r"schema does not match existing state|STREAMING_STATEFUL_OPERATOR_NOT_MATCH|"
                r"sources in the checkpoint|STREAM_STREAM_JOIN_INCOMPATIBLE|Offsets committed out of order|"
                r"StateSchemaNotCompatible|The underlying reason is either the file format of the state|"
                r"(stateful operator|state store)\w* .{0,60}(not match|changed|different from)|"
                r"STREAMING_QUERY_EVOLUTION|POST_SCHEMA_EVOLUTION|"
                r"checkpoint .{0,80}(incompatible|was (created|written) (by|with) (a|another|different))|"
                r"differs? from .{0,40}(in|of) the checkpoint|DIFFERENT_DELTA_TABLE|unexpected Delta table|"
                r"previous(ly)? .{0,40}checkpoint.{0,60}(different|mismatch)|"
                r"assertion failed.{0,200} at .{0,200}OffsetSeq\.toStreamProgress"
            ),
        ),
    ),
    RootCause(
        name="concurrent_streaming_query",
        family="streaming",
        title="Two streaming queries share a checkpoint",
        explanation="Another run of the query is active, or was restarted while the old one still wrote to the same "
        "checkpoint.",
        remedy="Let one run at a time use a checkpoint: stop the old one for certain before the new one starts, and "
        "give every query a location of its own.",
        not_to_confuse=(
            ("checkpoint_corrupt", "There nobody else writes."),
            ("concurrent_write_conflict", "There two writers of a table conflict."),
        ),
        needed_log=DRIVER_LOG,
        marks=(
            mark(
                r"same id is already active|CONCURRENT_(QUERY|STREAM_LOG_UPDATE)|Concurrent update to the log|"
                r"Multiple streaming (jobs|queries) (detected|are (using|concurrently))|Multiple \w+ are using|"
                r"New receiver .{0,80}higher epoch|"
                r"(another|other) (instance|run) of (this|the same) (streaming )?query|"
                r"terminated .{0,60}concurrent run",
                unless="ConcurrentTransaction",  # Delta's: two runs of one query, seen in the table
            ),
        ),
    ),
    RootCause(
        name="checkpoint_corrupt",
        family="streaming",
        title="The checkpoint is damaged",
        explanation="A file of the checkpoint (offsets, commits, metadata, state, the sink's log) is missing, empty or "
        "cut off.",
        remedy="Restore the folder from a backup, or start with a new checkpoint and say where to begin "
        "(startingOffsets). Do not delete single files; keep the checkpoint on a store with atomic renames.",
        not_to_confuse=(
            ("streaming_checkpoint_mismatch", "There the checkpoint is whole and the query is another."),
            ("state_store_failure", "There the files are whole and the state store cannot work."),
        ),
        needed_log=CHECKPOINT,
        marks=(
            mark(
                r"MALFORMED_LOG_FILE|(Incomplete|Malformed|Corrupt\w*) log file|STREAMING_CHECKPOINT_MISSING_METADATA|"
                r"BATCH_METADATA_NOT_FOUND|batch \d+ (doesn't|does not) exist|CHECKPOINT_FILE_CHECKSUM|"
                r"CHECKPOINT_RDD_BLOCK|(delta|snapshot|changelog) file .{0,300}(does not exist|not found|corrupt)|"
                r"CANNOT_READ_\w*(DELTA|SNAPSHOT)|"
                r"(failed to read|cannot read|error reading) (streaming |the )?(log|checkpoint|metadata|delta|"
                r"snapshot|state)\b|_spark_metadata/\S+ .{0,40}(doesn't|does not) exist|"
                r"failed to (restore|recover|load) .{0,40}checkpoint|Error reading stream metadata|"
                r"Checkpoint block \S+ not found|Invalid checkpoint directory|/receivedData/|"
                r"checkpoint\S* .{0,60}(is corrupt|corrupted|missing|is empty)|"
                r"/(offsets|commits|state)/\S* ?.{0,40}(No such file|does not exist|EOF|empty|Unexpected end)|"
                r"unable to find .{0,30}(offsets|commits) for batch|doesn't exist when compacting batch|"
                r"/sources/\d+/\S+ (does not|doesn't) exist|"
                r"(Exception|EOF)\S*:? .{0,200} at .{0,300}(HDFSMetadataLog\.get|OffsetSeqLog\.deserialize|"
                r"(CommitLog|SerializedOffset)\S*\.(deserialize|apply))"
            ),
            mark(
                r"(FileNotFoundException|does not exist).{0,300}/(offsets|commits|state|_spark_metadata|checkpoints?)/"
            ),
        ),
    ),
    RootCause(
        name="kafka_offsets_unavailable",
        family="streaming",
        title="Kafka no longer has the offsets",
        explanation="The query asks for records that the topic has dropped (retention), or the topic was deleted, made "
        "anew or is not there.",
        remedy="Decide about the lost records: failOnDataLoss=false on the source goes on without them, a new "
        "checkpoint begins elsewhere. Keep records longer than the query may be down; read faster or with limits "
        "(maxOffsetsPerTrigger).",
        not_to_confuse=(
            ("connection_refused", "There the broker does not answer."),
            ("streaming_checkpoint_mismatch", "There the query changed, not the topic."),
        ),
        needed_log=SERVICE_LOG,
        knobs=(
            "failOnDataLoss (option of the source)",
            "spark.streaming.kafka.consumer.poll.ms",
            "spark.streaming.kafka.maxRatePerPartition",
            "spark.streaming.backpressure.enabled",
            "spark.streaming.kafka.allowNonConsecutiveOffsets (2.3)",
        ),
        to_fill=slower_stream,
        marks=(
            mark(
                r"OffsetOutOfRange|Offsets out of range|not available in Kafka any ?more|KAFKA_DATA_LOSS|"
                r"(source )?option \W?failOnDataLoss|offset was changed from|Cannot fetch (offset|record)|"
                r"but consumer reset to|data may have been (missed|lost)|match what are assigned|MATCH_ASSIGNED|"
                r"LOST_TOPIC_PARTITIONS|does not host this topic|available offset which is less than|"
                r"OffsetNotAvailable|"
                r"operation on an invalid topic|supplied offset .{0,60}is invalid|NoOffsetForPartition|"
                r"with no reset policy|"
                r"offset \S+ is greater than the (resolved )?end offset|numRecords must not be negative|"
                r"after polling for|UnknownTopicOrPartition|"
                r"(topic|partition)s? .{0,60}(not present in metadata|are gone|is gone|deleted|does not exist)|"
                r"Failed to get records for .{0,200}|wrong record .{0,200}after seeking|Couldn't find (new |"
                r"leader )?offsets?\b|"
                r"Cannot find (earliest|latest|initial) offsets|"
                r"beginning offset .{0,60}(after|larger|greater)|TRIM(MED)?_HORIZON|ExpiredIteratorException"
            ),
        ),
        repair=longer_poll,
    ),
    RootCause(
        name="state_store_failure",
        family="streaming",
        title="The state store failed",
        explanation="A stateful operator could not load, lock or commit its state: an earlier attempt still holds it, "
        "RocksDB failed, or the store answered wrongly.",
        remedy="Wait longer for the lock (spark.sql.streaming.stateStore.rocksdb.lockAcquireTimeoutMs), let zombie "
        "tasks end (fewer restarts and decommissions in mid-batch), give RocksDB disk and memory, upgrade where the "
        "message is a known defect.",
        not_to_confuse=(
            ("checkpoint_corrupt", "There a file of the state is missing or broken."),
            ("library_or_engine_bug", "The state store has had defects of its own: see its release notes."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.sql.streaming.stateStore.rocksdb.lockAcquireTimeoutMs (3.2)",
            "spark.sql.streaming.stateStore.providerClass",
        ),
        marks=(
            mark(
                r"RocksDB instance could not be acquired|CANNOT_(LOAD|WRITE)_STATE_STORE|RocksDBException|"
                r"Error (committing|loading) (version|state)|Failed to commit version \d+ into|"
                r"state store .{0,80}(fail|error|unable|"
                r"cannot)|"
                r"Unable to (load|commit|fetch) .{0,30}state|"
                r"STATE_STORE_(COMMIT|ROW_CHECKSUM|OPERATION_OUT|INVALID_STAMP|BASE_CHECKPOINT)",
                unless=r"does not exist|not found|schema|No space left|Too many open files",
            ),
            mark(r"Failed to rename .{0,300}/state/\d"),
            mark(r"StateStore(Id|Provider)?\b.{0,300}(Exception|failed|error)", Strength.GENERAL),
            mark(r"Exception.{0,600}(HDFSBacked|RocksDB)StateStore", Strength.GENERAL),
        ),
        repair=wait_for_state_lock,
    ),
    RootCause(
        name="concurrent_write_conflict",
        family="table_format",
        title="Two writers of a table were in each other's way",
        explanation="Another transaction (a job, OPTIMIZE, compaction, a schema change) changed the table or files "
        "this "
        "one had read before it could commit.",
        remedy="Run such jobs one after another, restrict them to partitions of their own (name them in the "
        "condition), "
        "retry the transaction, or raise the table's commit retries (Iceberg: commit.retry.num-retries).",
        not_to_confuse=(
            ("output_commit_failure", "There plain files are moved, without a table's log."),
            ("concurrent_streaming_query", "There a checkpoint is shared, not a table."),
        ),
        needed_log="The table's history (DESCRIBE HISTORY, snapshots) around that time.",
        marks=(
            mark(
                r"Concurrent(Append|DeleteRead|DeleteDelete|Write|Transaction)\w*Exception|DELTA_CONCURRENT|"
                r"MetadataChangedException|ProtocolChangedException|CommitFailedException|CommitStateUnknown|"
                r"FileAlreadyExistsException.{0,200}_delta_log/|conflicting (files|commit|instant|delete)|"
                # Google's store: an object was made or changed by somebody else since it was looked at.
                r"412 Precondition Failed|WriteConflictException|HoodieLockException|"
                r"(by|due to|against) (a )?concurrent (update|transaction|write|operation|modification)|"
                rf"{IN_EACH_OTHERS_WAY}|write conflict|conflicts detected|Missing required files to delete|"
                r"not same as the current table metadata|found new (position|equality) delete for|TABLE LOCK TIMEOUT|"
                r"Cannot commit.{0,80}(stale|not same|conflict|changed|latest)|branch \S+ has changed|"
                r"transaction ((was|is|has been) )?(aborted|conflict)\w*|TransactionConflict|Unable to acquire lock|"
                r"(Failed|Unable) to acquire (the )?lock|waiting for (a )?lock on|"
                r"optimistic (concurrency|transaction)|Serialization(Failure)?.{0,40}conflict",
                unless=r"state store|RocksDB|StreamLog|same id is already active|Kafka|consumer",
            ),
        ),
    ),
)
