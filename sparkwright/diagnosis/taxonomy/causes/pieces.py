"""How work is cut: one key with most of the data, too few pieces, too many of them."""

from sparkwright.diagnosis.taxonomy.repairs.limits import fewer_pieces, more_partitions
from sparkwright.diagnosis.taxonomy.repairs.program import balanced_joins
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.memory import larger_pieces

CAUSES = (
    RootCause(
        name="skewed_data",
        family="data",
        title="One key holds most of the data",
        explanation="A few keys have far more rows than the others, so one task got more than it can hold or finish, "
        "while its neighbours were done long before.",
        remedy="Let adaptive execution split it (spark.sql.adaptive.skewJoin.enabled, 3.0), filter keys that mean "
        "nothing (NULL, -1), add a salt, or aggregate in two steps.",
        not_to_confuse=(
            ("few_partitions", "There all tasks are large."),
            ("executor_heap_oom", "That is what follows: of one task, again and again."),
        ),
        needed_log="The sizes and durations of the stage's tasks (its summary in the UI).",
        knobs=(
            "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes (3.0)",
            "spark.sql.adaptive.skewJoin.enabled (3.0)",
            "spark.sql.adaptive.enabled (3.0)",
        ),
        marks=(mark(r"\b(data|key|partition|join) skew\b|skewed (data|keys?|partitions?|joins?)", Strength.SYMPTOM),),
        repair=balanced_joins,
    ),
    RootCause(
        name="few_partitions",
        family="program",
        title="The work is in too few pieces",
        explanation="One or a few tasks had to do all of the work: a file that cannot be split, a window without "
        "PARTITION BY, a JDBC read or repartition into one piece.",
        remedy="Cut it: more partitions (spark.sql.shuffle.partitions, spark.sql.files.maxPartitionBytes), PARTITION "
        "BY in windows, partitionColumn with bounds for JDBC, a splittable format instead of gzip.",
        not_to_confuse=(
            ("skewed_data", "There only a few of many tasks are large."),
            ("executor_heap_oom", "That may follow; more heap only moves the limit."),
        ),
        needed_log="How many tasks the stage had, and how large they were.",
        knobs=("spark.sql.shuffle.partitions", "spark.sql.files.maxPartitionBytes", "spark.default.parallelism"),
        marks=(
            # Warnings of runs that end well, too: whatever else is told counts more.
            mark(
                r"Moving all data to a single partition|one large unsplittable file|"
                r"contains a task of very large size",
                Strength.TRACE,
            ),
        ),
        repair=more_partitions,
    ),
    RootCause(
        name="many_partitions",
        family="program",
        title="The work or its output is in too many pieces",
        explanation="More partitions than the driver, the shuffle or the table can keep track of.",
        remedy="Coalesce before writing, partition the table by a coarser column, lower spark.sql.shuffle.partitions; "
        "Hive's limit is hive.exec.max.dynamic.partitions.",
        not_to_confuse=(
            ("driver_heap_oom", "That may follow from the bookkeeping."),
            ("driver_result_size_exceeded", "Very many small results add up to that."),
        ),
        needed_log="How many tasks or partitions there were.",
        knobs=(
            "spark.sql.shuffle.partitions",
            "spark.hadoop.hive.exec.max.dynamic.partitions",
            "spark.sql.files.maxPartitionBytes",
        ),
        marks=(
            mark(
                r"Number of dynamic partitions created is|(set|by) hive\.exec\.max\.dynamic\.partitions|"
                r"DYNAMIC_PARTITION_WRITE_PARTITION_NUM_LIMIT_EXCEEDED|too many (shuffle |dynamic )?partitions|"
                r"hive\.metastore\.limit\.partition\.request|Number of partitions scanned .{0,60}exceeds limit|"
                r"total number of created files now is|hive\.exec\.max\.created\.files"
            ),
        ),
        repair=fewer_pieces,
        to_fill=larger_pieces,
    ),
)
