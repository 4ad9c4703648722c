"""What makes a run slow or wasteful without failing it.

No mark of these stands in a log: they are measured over tasks (:mod:`sparkwright.diagnosis.detectors`), and the
evidence of a failure does not hold those measures. So none of them is a diagnosis' root cause; they stand beside it.
Where a failure came of the same (skew, partitions, garbage collection), the cause of the failure has a name of its own.
"""

from sparkwright.diagnosis.taxonomy.repairs.amounts import double_executor_memory, fixed
from sparkwright.diagnosis.taxonomy.root_cause import RootCause

_TASKS = "The tasks of the stage in the event log: how much each read, how long it took and where it ran."

CAUSES = (
    RootCause(
        name="data_skew",
        family="slow",
        title="Data skew: one task reads far more than the others",
        explanation="A few keys have far more rows than the others, so a few tasks of a stage read most of its bytes "
        "and the others wait for them.",
        remedy="In a join, let adaptive execution split skewed partitions and lower the size from which it does so. "
        "Elsewhere (windows, groups) only the query helps: filter keys that mean nothing (NULL, -1), add a salt, "
        "aggregate in two steps.",
        not_to_confuse=(
            ("stragglers", "There the long tasks read no more than the others."),
            ("slow_node", "There all long tasks ran on one machine."),
        ),
        needed_log=_TASKS,
        knobs=(
            "spark.sql.adaptive.skewJoin.enabled (3.0)",
            "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes (3.0)",
        ),
        repair=fixed("spark.sql.adaptive.skewJoin.enabled", "true"),
    ),
    RootCause(
        name="too_few_partitions",
        family="slow",
        title="Fewer tasks than cores",
        explanation="The work of a stage is cut into fewer pieces than there are cores, so most cores stand idle and "
        "each task is large.",
        remedy="Cut the work into at least two to three tasks a core: spark.sql.shuffle.partitions behind shuffles, "
        "spark.sql.files.maxPartitionBytes for files that can be split, spark.default.parallelism for RDDs.",
        not_to_confuse=(
            ("data_skew", "There a few of many tasks are large."),
            ("idle_cores", "There the work is small, not badly cut."),
        ),
        needed_log=_TASKS,
        knobs=(
            "spark.sql.shuffle.partitions",
            "spark.sql.files.maxPartitionBytes (2.0)",
            "spark.default.parallelism",
        ),
    ),
    RootCause(
        name="too_many_partitions",
        family="slow",
        title="Too many tasks for the data",
        explanation="The work is cut into so many pieces that scheduling and starting them takes longer than doing "
        "them.",
        remedy="Let adaptive execution coalesce partitions after a shuffle, or lower spark.sql.shuffle.partitions and "
        "spark.default.parallelism.",
        not_to_confuse=(
            ("small_files", "There the input itself is in many pieces."),
            ("driver_bound", "There no tasks run at all."),
        ),
        needed_log=_TASKS,
        knobs=(
            "spark.sql.adaptive.coalescePartitions.enabled (3.0)",
            "spark.sql.shuffle.partitions",
            "spark.default.parallelism",
        ),
        repair=fixed("spark.sql.adaptive.coalescePartitions.enabled", "true"),
    ),
    RootCause(
        name="small_files",
        family="slow",
        title="Many small input files",
        explanation="The input is many files of a few kilobytes: opening them, and a task for each, takes longer than "
        "reading them.",
        remedy="Compact the table, and let its writer write fewer files. Until then spark.sql.files.openCostInBytes "
        "decides how many small files share a task; an RDD's textFile makes a task of each.",
        not_to_confuse=(("too_many_partitions", "There the pieces come from a shuffle's setting."),),
        needed_log="How many files the scan listed and how large they are.",
        knobs=(
            "spark.sql.files.openCostInBytes (2.0)",
            "spark.sql.files.maxPartitionBytes (2.0)",
        ),
    ),
    RootCause(
        name="excessive_spill",
        family="slow",
        title="Tasks spill to disk",
        explanation="Sorts, groups or joins did not fit into the memory of a task, so rows were written to local disk "
        "and read again.",
        remedy="Make tasks smaller (more shuffle partitions) or give them more memory: executor memory, fewer cores "
        "per executor, spark.memory.fraction.",
        not_to_confuse=(
            ("gc_pressure", "There the heap is full of objects that cannot be spilled."),
            ("data_skew", "There one task spills and the others do not."),
        ),
        needed_log=_TASKS,
        knobs=(
            "spark.executor.memory",
            "spark.executor.cores",
            "spark.sql.shuffle.partitions",
            "spark.memory.fraction",
        ),
        repair=double_executor_memory,
    ),
    RootCause(
        name="slow_node",
        family="slow",
        title="One machine is slower than the others",
        explanation="Tasks with no more to do than others take several times as long, all of them on one executor or "
        "machine.",
        remedy="Let Spark start such tasks a second time elsewhere (speculation), and take the machine out of service.",
        not_to_confuse=(
            ("stragglers", "There the long tasks are spread over machines."),
            ("data_skew", "There the long tasks read more."),
        ),
        needed_log=_TASKS,
        knobs=(
            "spark.speculation",
            "spark.excludeOnFailure.enabled (3.1)",
        ),
        repair=fixed("spark.speculation", "true"),
    ),
    RootCause(
        name="stragglers",
        family="slow",
        title="A few tasks take much longer than the others",
        explanation="Tasks that read no more than the others take several times as long, on no machine in particular: "
        "a record that is expensive to work on, a call that waits, a file that is slow to open.",
        remedy="Look at the long task in the UI (its input, its thread dump): what it computes differs, not how much "
        "it reads. Cut the expensive records finer; speculation helps only where it waited.",
        not_to_confuse=(
            ("data_skew", "There the long tasks read more than the others."),
            ("slow_node", "There they all ran on one machine."),
        ),
        needed_log="A thread dump while it lasts.",
        knobs=("spark.speculation",),
    ),
    RootCause(
        name="gc_pressure",
        family="slow",
        title="Heavy garbage collection",
        explanation="The heap is so full that the collector works all the time, and tasks stand still meanwhile.",
        remedy="Give a task more heap (executor memory, or fewer cores per executor), cache less or serialised, and "
        "avoid collecting rows into large objects.",
        not_to_confuse=(
            ("excessive_spill", "There rows go to disk; here objects stay in the heap."),
            ("heap_pressure", "That is the same where something failed of it."),
        ),
        needed_log="The executors' GC time in the UI, or their logs of garbage collection.",
        knobs=(
            "spark.executor.memory",
            "spark.executor.cores",
        ),
        repair=double_executor_memory,
    ),
    RootCause(
        name="wasted_retries",
        family="slow",
        title="Work done twice",
        explanation="Tasks failed and ran again, copies were outrun, or a stage was repeated because what it had "
        "written was lost with an executor.",
        remedy="Find out why tasks fail or executors go (the failures of this application say it); repeated stages "
        "need a shuffle that outlives its executor (external shuffle service, decommissioning).",
        not_to_confuse=(("stragglers", "There a copy was started on purpose, by speculation."),),
        needed_log="The failures of this application: why tasks failed or executors went.",
    ),
    RootCause(
        name="driver_bound",
        family="slow",
        title="The driver works alone",
        explanation="Executors were there and no stage ran: the driver planned, listed files, committed, collected or "
        "ran code of its own.",
        remedy="Move what the driver's code does (loops over rows, pandas on collected data, calls of services, many "
        "small writes) into the job, list fewer files, run independent jobs at the same time.",
        not_to_confuse=(("idle_cores", "There stages run with fewer tasks than cores."),),
        needed_log="A thread dump while it lasts.",
    ),
    RootCause(
        name="idle_cores",
        family="slow",
        title="Idle cores",
        explanation="More than half of the cores' time that executors held went by without a task.",
        remedy="Ask for fewer executors, or let dynamic allocation give them back when they are idle.",
        not_to_confuse=(
            ("driver_bound", "There no stage runs at all for that time."),
            ("too_few_partitions", "There one stage has too few tasks."),
        ),
        needed_log="When executors were there and what ran on them (the event log has it).",
        knobs=(
            "spark.dynamicAllocation.enabled",
            "spark.executor.instances",
            "spark.dynamicAllocation.executorIdleTimeout",
        ),
    ),
)
