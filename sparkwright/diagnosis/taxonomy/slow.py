"""What makes a run slow or wasteful without failing it.

No mark of these stands in a log: they are measured over tasks (:mod:`sparkwright.diagnosis.detectors`), and the
evidence of a failure does not hold those measures. So none of them is a diagnosis' root cause; they stand beside it.
"""

from sparkwright.diagnosis.taxonomy.repair import double_executor_memory, fixed
from sparkwright.diagnosis.taxonomy.root_cause import RootCause

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
    ),
    RootCause(
        name="too_many_partitions",
        family="slow",
        title="Too many tasks for the data",
        explanation="The work is cut into so many pieces that scheduling and starting them takes longer than doing "
        "them.",
        remedy="Let adaptive execution coalesce partitions after a shuffle, or lower spark.sql.shuffle.partitions and "
        "spark.default.parallelism.",
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
    ),
    RootCause(
        name="excessive_spill",
        family="slow",
        title="Tasks spill to disk",
        explanation="Sorts, groups or joins did not fit into the memory of a task, so rows were written to local disk "
        "and read again.",
        remedy="Make tasks smaller (more shuffle partitions) or give them more memory: executor memory, fewer cores "
        "per executor, spark.memory.fraction.",
        repair=double_executor_memory,
    ),
    RootCause(
        name="slow_node",
        family="slow",
        title="One machine is slower than the others",
        explanation="Tasks with no more to do than others take several times as long, all of them on one executor or "
        "machine.",
        remedy="Let Spark start such tasks a second time elsewhere (speculation), and take the machine out of service.",
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
    ),
    RootCause(
        name="gc_pressure",
        family="slow",
        title="Heavy garbage collection",
        explanation="The heap is so full that the collector works all the time, and tasks stand still meanwhile.",
        remedy="Give a task more heap (executor memory, or fewer cores per executor), cache less or serialised, and "
        "avoid collecting rows into large objects.",
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
    ),
    RootCause(
        name="driver_bound",
        family="slow",
        title="The driver works alone",
        explanation="Executors were there and no stage ran: the driver planned, listed files, committed, collected or "
        "ran code of its own.",
        remedy="Move what the driver's code does (loops over rows, pandas on collected data, calls of services, many "
        "small writes) into the job, list fewer files, run independent jobs at the same time.",
    ),
    RootCause(
        name="idle_cores",
        family="slow",
        title="Idle cores",
        explanation="More than half of the cores' time that executors held went by without a task.",
        remedy="Ask for fewer executors, or let dynamic allocation give them back when they are idle.",
    ),
)
