"""Size limits other than the heap: results, messages, broadcasts, single objects."""

from sparkwright.diagnosis.taxonomy.causes.words import BROADCAST, DRIVER_LOG, TASK_TRACE
from sparkwright.diagnosis.taxonomy.repairs.amounts import (
    double_seconds,
    raise_kryo_buffer,
    raise_result_limit,
    shuffle_instead_of_broadcast,
)
from sparkwright.diagnosis.taxonomy.repairs.limits import (
    raise_message_size,
    register_no_classes,
    smaller_pieces,
)
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.code import registered_classes
from sparkwright.diagnosis.taxonomy.site_values.memory import no_broadcast

_TWO_GB = (
    r"Size exceeds Integer\.MAX_VALUE|Requested array size exceeds VM limit|Required array (length|"
    r"size) (\d+ \+ \d+ is )?too large|"
    r"Required length exceeds implementation limit|Too large frame|frame length exceeds 2147483647|"
    r"Cannot grow BufferHolder|OversizedAllocation|"
    r"hugeCapacity|hugeLength|exceeds? (the )?(size )?limit(ation)?:? \(?(214748\d{4}|2GB|2 GB)|"
    r"more than max allowed \(214748\d{4}\)|cannot contain more than 214748\d{4}|format requires -?2147483648|"
    r"cannot serialize a (bytes|string)\w* (object )?larger than 4|COLLECTION_SIZE_LIMIT_EXCEEDED|"
    r"Too large page size|Cannot allocate a page (with more than|of \d+ bytes)|"
    r"in the vectorized reader \((integer overflow|requested (2147483[6-9]\d\d|214748[4-9]\d{3}|"
    r"21474[9]\d{4}|2147[5-9]\d{5}|214[89]\d{6}|21[5-9]\d{7}|2[2-9]\d{8}|[3-9]\d{9}|\d{11,}) bytes)|"
    r"offset overflow while concatenating|CudfColumnSizeOverflow|"
    r"exceeds Integer\.MAX_VALUE|"
    r"MAX_ROUNDED_ARRAY_LENGTH|more than 2147483647|(larger|"
    r"greater) than 2 ?GB"
)

CAUSES = (
    RootCause(
        name="driver_result_size_exceeded",
        family="program",
        title="Results larger than the driver accepts",
        explanation="The tasks of one job sent back more serialized bytes than spark.driver.maxResultSize allows, "
        "so Spark aborted the job before the driver's heap would overflow.",
        remedy="Write the result to storage instead of collecting it, or aggregate first. If the driver really needs "
        "it all, raise spark.driver.maxResultSize and give the driver the heap to hold it.",
        not_to_confuse=(
            ("driver_heap_oom", "There the heap itself ran out; here Spark stopped before."),
            ("rpc_message_too_large", "There one message is too large, here the sum of all results."),
        ),
        needed_log=DRIVER_LOG,
        knobs=("spark.driver.maxResultSize", "spark.driver.memory"),
        marks=(mark(r"(bigger|larger) than ((local )?(spark\.driver\.)?maxResultSize|local result size limit)"),),
        repair=raise_result_limit,
    ),
    RootCause(
        name="broadcast_timeout",
        family="program",
        title="Broadcast timed out",
        explanation="The small side of a join was not computed and sent within spark.sql.broadcastTimeout.",
        remedy="Find out why the broadcast side is slow (it is a whole query of its own); give it more time, or let "
        "the join shuffle by removing the broadcast hint or lowering spark.sql.autoBroadcastJoinThreshold.",
        not_to_confuse=(
            ("broadcast_too_large", "There the table does not fit; here it only came late."),
            ("executor_heartbeat_timeout", "There an executor fell silent."),
        ),
        needed_log=DRIVER_LOG,
        knobs=("spark.sql.broadcastTimeout", "spark.sql.autoBroadcastJoinThreshold"),
        marks=(
            mark(r"Could not execute broadcast in"),
            mark(
                r"TimeoutException.{0,600}broadcast|broadcast.{0,300}(TimeoutException|Futures timed out)",
                unless="ContextCleaner",  # a driver that hardly moves cannot let go of broadcasts either
            ),
        ),
        repair=double_seconds("spark.sql.broadcastTimeout", 300),
        to_fill=no_broadcast,
    ),
    RootCause(
        name="broadcast_too_large",
        family="memory",
        title="Broadcast table too large",
        explanation="The side of a join that was to be broadcast does not fit: the driver must hold it whole, and so "
        "must every executor.",
        remedy="Let the join shuffle: switch automatic broadcasts off and remove broadcast hints; old statistics make "
        "Spark underestimate a table (ANALYZE TABLE). A larger driver heap helps only a little.",
        not_to_confuse=(
            ("driver_heap_oom", "There nothing names a broadcast."),
            ("broadcast_timeout", "There it fits and comes late."),
        ),
        needed_log=DRIVER_LOG,
        knobs=(
            "spark.sql.autoBroadcastJoinThreshold",
            "spark.sql.adaptive.autoBroadcastJoinThreshold (3.2)",
            "spark.sql.maxBroadcastTableSize",
        ),
        marks=(
            mark(
                rf"{BROADCAST}|Cannot broadcast the table|Can ?not build a (Long)?HashedRelation|"
                r"broadcast.{0,40}larger than (8|2) ?GB|broadcast(ed)? table .{0,60}exceeds|EXECUTOR_BROADCAST_JOIN_OOM"
            ),
            # The thread or the plan node that collects the side to be broadcast.
            mark(r"(?<!Spark)OutOfMemoryError.{0,1500}(BroadcastExchangeExec|TorrentBroadcast\.(write|block))"),
            mark(r"broadcast-exchange-\d+.{0,60}OutOfMemoryError"),
            # The table that a driver builds to broadcast; a task builds one for a shuffled hash join.
            mark(r"enough memory to build hash map|Initial capacity was \d+, but maximum capacity is", side="driver"),
        ),
        repair=shuffle_instead_of_broadcast,
    ),
    RootCause(
        name="two_gb_limit_exceeded",
        family="memory",
        title="One object larger than 2 GB",
        explanation="An array of the JVM, a block, a record or an Arrow vector came to more than 2 GB, which none of "
        "them can hold. Memory is not the limit.",
        remedy="Make the pieces smaller: more partitions, no collect_list or group of one key's rows, shorter strings "
        "and smaller batches. Arrow's strings can be large (spark.sql.execution.arrow.useLargeVarTypes, 3.5).",
        not_to_confuse=(
            ("executor_heap_oom", "There the message is `Java heap space`, and more heap helps."),
            ("kryo_buffer_overflow", "There Kryo's own limit is reached, far below 2 GB."),
            ("rpc_message_too_large", "There the message names spark.rpc.message.maxSize."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.maxRemoteBlockSizeFetchToMem (2.3)",
            "spark.sql.parquet.columnarReaderBatchSize (2.4)",
            "spark.sql.orc.columnarReaderBatchSize (2.4)",
            "spark.sql.execution.arrow.useLargeVarTypes (3.5)",
            "spark.sql.shuffle.partitions",
        ),
        marks=(
            mark(_TWO_GB),
            # One row whose collection outgrew an array shows as a negative size, or as an error without a message.
            mark(
                r"NegativeArraySizeException.{0,120} at (com\.esotericsoftware\.kryo|java\.io\.ByteArray|"
                r"org\.apache\.spark\.(unsafe|sql\.catalyst\.expressions\.(Unsafe|codegen)))",
                unless="corrupt",
            ),
            mark(r"NegativeArraySizeException|ArrowCapacityError", Strength.GENERAL, unless="corrupt"),
        ),
        repair=smaller_pieces,
    ),
    RootCause(
        name="rpc_message_too_large",
        family="program",
        title="A message between driver and executors is too large",
        explanation="A serialized task, a map status or a request is larger than spark.rpc.message.maxSize: the task "
        "drags in a large object, or there are very many partitions.",
        remedy="Broadcast large values instead of capturing them, do not parallelize() large local data; or raise "
        "spark.rpc.message.maxSize (at most 2047 MiB; before 1.6 spark.akka.frameSize).",
        not_to_confuse=(
            ("driver_result_size_exceeded", "There all results together are too large."),
            ("two_gb_limit_exceeded", "There no property can raise the limit."),
        ),
        needed_log=DRIVER_LOG,
        knobs=("spark.rpc.message.maxSize", "spark.connect.grpc.maxInboundMessageSize (Spark Connect)"),
        marks=(
            mark(
                r"(exceeds|exceeds max allowed:|increasing) spark\.(rpc\.message\.maxSize|akka\.frameSize)|"
                r"gRPC message exceeds maximum size|(Received|Sent) message larger than max"
            ),
        ),
        repair=raise_message_size,
    ),
    RootCause(
        name="kryo_buffer_overflow",
        family="program",
        title="An object does not fit Kryo's buffer",
        explanation="An object or result was serialized with Kryo and outgrew spark.kryoserializer.buffer.max.",
        remedy="Raise spark.kryoserializer.buffer.max (below 2048m; Spark 1: spark.kryoserializer.buffer.max.mb), or "
        "make the object smaller.",
        not_to_confuse=(
            ("serialization_error", "There the object cannot be serialized at all."),
            ("two_gb_limit_exceeded", "Beyond 2 GB no buffer helps."),
        ),
        needed_log=TASK_TRACE,
        knobs=("spark.kryoserializer.buffer.max",),
        marks=(mark(r"KRYO_BUFFER_OVERFLOW|Buffer overflow\.? Available|increase spark\.kryoserializer\.buffer\.max"),),
        repair=raise_kryo_buffer,
    ),
    RootCause(
        name="kryo_class_not_registered",
        family="program",
        title="A class is not registered with Kryo",
        explanation="Kryo is told to take registered classes only, or driver and executors registered different ones.",
        remedy="Register the class (spark.kryo.classesToRegister, spark.kryo.registrator) on every side, or do not "
        "require it: spark.kryo.registrationRequired=false.",
        not_to_confuse=(
            ("missing_class", "There the class itself is not on the classpath."),
            ("kryo_buffer_overflow", "There the object is too large."),
        ),
        needed_log=TASK_TRACE,
        knobs=("spark.kryo.registrationRequired", "spark.kryo.classesToRegister", "spark.kryo.registrator"),
        marks=(
            mark(r"Class is not registered: |use: kryo\.register|Encountered unregistered class ID"),
            mark(r"FAILED_REGISTER_CLASS_WITH_KRYO|Failed to register classes with Kryo", Strength.GENERAL),
        ),
        repair=register_no_classes,
        to_fill=registered_classes,
    ),
)
