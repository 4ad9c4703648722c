"""Executors and the manager: what is lost or never granted; machines stand in ``machines.py``."""

from sparkwright.diagnosis.taxonomy.causes.words import CONTAINER_STATE, EXECUTOR_LOG, FETCH, MANAGER_LOG
from sparkwright.diagnosis.taxonomy.repairs.requests import (
    fit_largest_container,
    wait_for_manager,
)
from sparkwright.diagnosis.taxonomy.repairs.services import (
    fetch_from_executors,
    normal_network_timeout,
    normal_stage_attempts,
    own_network_timeout,
)
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.capacity import fitting_request, manager_address
from sparkwright.diagnosis.taxonomy.site_values.connectors import other_codec

_MISSING_OUTPUT = "Missing an output location for shuffle"
CAUSES = (
    RootCause(
        name="cluster_manager_unavailable",
        family="cluster",
        title="The cluster manager does not answer",
        explanation="The application could not reach the cluster manager, or the manager has no machines: "
        "ResourceManager, Spark master or Kubernetes' API server.",
        remedy="Bring the manager and its workers back; check the address (spark.master, yarn-site.xml), its high "
        "availability and the way to it.",
        not_to_confuse=(
            ("resource_starvation", "There the manager answers and grants nothing."),
            ("admission_limit_reached", "There it answers and lets nobody else in."),
        ),
        needed_log=MANAGER_LOG,
        knobs=(
            "spark.master",
            "spark.kubernetes.driver.master (Kubernetes)",
            "spark.hadoop.yarn.resourcemanager.hostname (YARN)",
            "spark.kubernetes.driver.requestTimeout (Kubernetes, 3.0)",
            "spark.kubernetes.driver.connectionTimeout (Kubernetes, 3.0)",
        ),
        marks=(
            mark(
                r"masters are unresponsive|cluster resource is empty|"
                r"Retrying connect to server: \S+:80(30|31|32|33|50)\b|to \S+:80(30|31|32|33|50|88) failed on|"
                r"Connection to \S+:7077 failed|reach the cluster manager|Failed to connect to (master|"
                r"/?kubernetes\.default)|Master removed our application(?!: KILLED)|"
                r"ResourceManager.{0,80}(not available|unavailable|refused|unreachable|Standby)|"
                r"StandbyException.{0,80}(ResourceManager|YARN)|"
                r"(kubernetes\.default\S*|KubernetesClientException|API server).{0,300}(timed? ?out|timeout|refused|"
                r"UnknownHost|unavailable|reset|no route)|UnknownHost\w*:? kubernetes\.default|"
                r"no (active )?(worker|node ?manager)s? (is|are )?(registered|available|running)",
                unless=r"Forbidden|quota|exec-\d+ .{0,60}not ready|Trying to failover",
            ),
        ),
        repair=wait_for_manager,
        to_fill=manager_address,
    ),
    RootCause(
        name="shuffle_data_corruption",
        family="cluster",
        title="Shuffle data arrived damaged",
        explanation="A shuffle block could not be decompressed or did not match its checksum: faulty memory, disk or "
        "network on a machine, or a defect of the codec.",
        remedy="Find the machine the blocks came from and take it out; 3.2 and later tell disk and network apart "
        "(spark.shuffle.checksum.enabled). spark.shuffle.detectCorrupt (2.2) fetches such a block again.",
        not_to_confuse=(
            ("corrupt_file", "There an input file is damaged, not a shuffle block."),
            ("fetch_failure", "There the block could not be fetched at all."),
        ),
        needed_log="The whole stack trace of the fetch, and which hosts the blocks came from.",
        knobs=(
            "spark.shuffle.push.enabled (3.2)",
            "spark.shuffle.detectCorrupt (2.2)",
            "spark.shuffle.detectCorrupt.useExtraMemory (3.0)",
            "spark.io.compression.codec",
            "spark.stage.maxConsecutiveAttempts (2.2)",
        ),
        marks=(
            mark(
                r"reached end of stream after reading \d+ bytes.{0,400}(UnsafeRowSerializer|shuffle)|"
                r"(FAILED_TO_UNCOMPRESS|PARSING_ERROR|Stream is corrupt|Decompression error|"
                r"Data corruption|ZstdIO).{0,1500}(BufferReleasingInputStream|ShuffleBlockFetcherIterator)|"
                r"Unexpected crc value for blockId|Stream is corrupted|shuffle (block|data|file)\S* .{0,40}corrupt|"
                r"corrupt.{0,60}shuffle|"
                r"(FetchFailed|ShuffleBlockFetcher|shuffle_\d+_|BlockStoreShuffleReader).{0,500}(FAILED_TO_UNCOMPRESS|"
                r"corrupt|decompress|Decompression error|PARSING_ERROR|checksum)|"
                r"(FAILED_TO_UNCOMPRESS|Decompression error|corrupt|PARSING_ERROR).{0,500}(FetchFailed|"
                r"ShuffleBlockFetcher|BlockStoreShuffleReader|shuffle_\d+_|spark\.shuffle\.\w|celeborn|uniffle)",
                unless=r"TorrentBroadcast|detectCorrupt",
            ),
        ),
        repair=fetch_from_executors,
        to_fill=other_codec,
    ),
    RootCause(
        name="fetch_failure",
        family="cluster",
        title="Shuffle data could not be fetched",
        explanation="A task asked for shuffle files of an earlier stage and the executor that held them was gone or "
        "did not answer, so Spark had to compute them again.",
        remedy="Find out why the executor that held the files went away. Where machines come and go, let shuffle files "
        "outlive executors (external shuffle service, decommissioning).",
        not_to_confuse=(
            ("executor_lost", "The loss of the executor comes first."),
            ("shuffle_service_unavailable", "There it is the shuffle service (port 7337) that does not answer."),
            ("shuffle_data_corruption", "There the block came and was damaged."),
        ),
        needed_log="The log of the executor that held the files, not of the one that asked.",
        knobs=("spark.stage.maxConsecutiveAttempts (2.2)",),
        marks=(
            mark(FETCH, Strength.SYMPTOM, unless=_MISSING_OUTPUT),
            mark(_MISSING_OUTPUT, Strength.TRACE),
            mark(
                r"RetryingBlock\w+|beginning fetch of \d+|Failed to (fetch|get) (remote )?block|starting block fetches",
                Strength.SYMPTOM,
            ),
            mark(r"Merged shuffle (data|index|meta) file .{0,200}not found", Strength.SYMPTOM),
            mark(r"blockmgr-\S+ ?\(No such file or directory\)|shuffle_\d+_\d+_\d+\.(index|data)", Strength.SYMPTOM),
        ),
        repair=normal_stage_attempts,
        own_limit=normal_stage_attempts,
    ),
    RootCause(
        name="executor_heartbeat_timeout",
        family="cluster",
        title="An executor stopped answering",
        explanation="An executor sent no heartbeat for spark.network.timeout, so the driver gave it up although its "
        "process may still live: long garbage collections, a machine that swaps or is frozen, a network that is cut.",
        remedy="Look at what the executor did before (garbage collection, load of the machine). If such pauses pass, "
        "wait longer: raise spark.network.timeout.",
        not_to_confuse=(
            ("heap_pressure", "Long collections are the usual reason; the executor's GC time shows them."),
            ("executor_lost", "There the process ended."),
            ("node_lost", "There the whole machine went."),
        ),
        needed_log=EXECUTOR_LOG,
        knobs=("spark.network.timeout", "spark.executor.heartbeatInterval"),
        # A symptom: of a heap that is full, too, and then that is the cause.
        marks=(
            mark(
                r"Executor heartbeat timed out|no recent heartbeats|driver in heartbeater|"
                r"unable to send heartbeats to driver",
                Strength.SYMPTOM,
            ),
        ),
        repair=normal_network_timeout,
        own_limit=own_network_timeout,
    ),
    RootCause(
        name="executor_lost",
        family="cluster",
        title="An executor went away",
        explanation="An executor ended or stopped answering, and nothing in the logs says why. Exit codes 137 and 143 "
        "say only that it was killed or told to stop: preemption, a lost spot machine, the kernel and a person with "
        "kill all look the same.",
        remedy="Look into the executor's own log and the cluster manager's events for that moment. If machines are "
        "taken away often, enable decommissioning or use machines that stay.",
        not_to_confuse=(
            ("container_memory_kill", "There the manager says that a memory limit was exceeded."),
            ("node_preempted", "There somebody says that the machine was taken."),
            ("node_lost", "There the whole machine went."),
        ),
        needed_log=CONTAINER_STATE,
        marks=(
            mark(
                r"ExecutorLostFailure|Lost executor|Executor heartbeat timed out|RPC client disassociated|"
                r"TaskResultLost|worker (lost|shutting down)|Executor decommission|worker.{0,100}timed out|"
                r"exit(ed)? (with )?(exit )?(status|code):? \d+|Killed by external signal|executor is lost|"
                r"Max number of executor failures|slave lost|"
                r"executor with id \S+ was deleted|"
                r"executor with ID \S+ .{0,60}was not found in the (Kubernetes )?cluster",
                Strength.SYMPTOM,
                side="executor",  # a driver's exit code says nothing of executors
            ),
        ),
    ),
    RootCause(
        name="resource_starvation",
        family="cluster",
        title="The cluster granted no executor",
        explanation="The application asked for executors that no machine of the cluster can hold, or that others "
        "occupy: its tasks waited until somebody ended it.",
        remedy="Ask for executors that fit a machine: less memory (heap and overhead together), fewer cores. Or wait "
        "for, or add, capacity in the queue.",
        not_to_confuse=(
            ("pod_unschedulable", "There Kubernetes says why no node takes the pod."),
            ("driver_unreachable", "There executors start and cannot register."),
            ("admission_limit_reached", "There the application itself has not been let in."),
        ),
        needed_log=MANAGER_LOG,
        knobs=(
            "spark.driver.memory",
            "spark.yarn.am.memory (YARN, client mode)",
            "spark.executor.memory",
            "spark.executor.memoryOverhead",
            "spark.executor.cores",
            "spark.executor.instances",
            "spark.dynamicAllocation.maxExecutors",
        ),
        marks=(
            mark(
                r"Required (executor|AM) memory .{0,300}above the max threshold|InvalidResourceRequestException|"
                r"Invalid resource request|SPARK-24819|has reached its maximum (limit|capacity)|"
                r"exceeds maximum AM resource|"
                r"requested (memory|virtual cores|resource) .{0,80}(> max|greater than|exceed)|"
                r"requires more resource than any of Workers|"
                r"Cannot allocate containers? as requested resource is greater|"
                r"Uncaught exception: .{0,60}resource request|resources?\W{1,3}\d+\W.{0,60}has a capacity of\W{1,3}\d+"
            ),
            # A symptom, and the last of them: a slow start says so, too, and an application whose executors die.
            mark(
                r"Initial job has not accepted any resources|waiting for resources to be assigned for AM",
                Strength.SYMPTOM,
            ),
        ),
        repair=fit_largest_container,
        to_fill=fitting_request,
    ),
)
