"""Machines: taken away, defective or lost."""

from sparkwright.diagnosis.taxonomy.causes.words import KERNEL_LOG, MANAGER_LOG, SPOT
from sparkwright.diagnosis.taxonomy.repairs.requests import before_it_goes, move_blocks_in_time
from sparkwright.diagnosis.taxonomy.repairs.services import avoid_machine, avoid_machine_before, forget_lost_hosts
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.capacity import queue_or_other_storage

CAUSES = (
    RootCause(
        name="node_preempted",
        family="cluster",
        title="Machines or containers were taken away",
        explanation="The provider took spot or preemptible machines back, or the scheduler gave the containers to "
        "somebody with a higher claim. Executors and their shuffle files went with them.",
        remedy="Keep the driver and enough executors on machines that stay, enable decommissioning "
        "(spark.decommission.enabled and spark.storage.decommission.enabled, 3.1), or raise the queue's or pod's "
        "priority.",
        not_to_confuse=(
            ("node_lost", "There the machine failed; here it was taken."),
            ("executor_lost", "There nothing says why."),
            ("application_killed_externally", "There somebody ended the application on purpose."),
        ),
        needed_log=MANAGER_LOG,
        knobs=(
            "spark.stage.ignoreDecommissionFetchFailure (3.4)",
            "spark.decommission.enabled (3.1)",
            "spark.storage.decommission.enabled (3.1)",
            "spark.storage.decommission.shuffleBlocks.enabled (3.1)",
            "spark.storage.decommission.fallbackStorage.path (3.1)",
            "spark.yarn.queue (YARN)",
        ),
        marks=(
            mark(
                SPOT,
                unless=r"nodes are available|NO_SLAVE_LEFT|Preemption is not helpful|No preemption victims",
            ),
            mark(r"\bdisrupting (via|node|nodeclaim)|EventType\W{1,4}Preempt"),
            mark(
                r"karpenter|cluster[- ]?autoscaler|scal(e|ed|ing)[- ]?down (the |a )?(node|cluster|worker)|"
                r"\bdrain(ed|ing)? (the |a )?node|node .{0,40}(drain|scaled down|removed by)",
                Strength.GENERAL,
                unless=r"nodes are available|NotTriggerScaleUp|didn't trigger scale-up",
            ),
            # Spark moves blocks away from executors that are told to go: by the platform, or as idle ones.
            mark(
                r"(being|start|begin)\w* decommission|Decommission executors? |Executor \S+ on \S+ is decommissioned",
                Strength.SYMPTOM,
            ),
        ),
        repair=move_blocks_in_time,
        to_fill=queue_or_other_storage,
    ),
    RootCause(
        name="bad_node",
        family="cluster",
        title="One machine is defective",
        explanation="A machine keeps failing what others can do: a disk with errors or read-only, a health check that "
        "fails, a wrong installation.",
        remedy="Take the machine out of service; let Spark avoid it meanwhile (spark.excludeOnFailure.enabled, 3.1; "
        "before: spark.blacklist.enabled).",
        not_to_confuse=(
            ("node_lost", "There the machine went; here it stays and fails."),
            ("disk_full", "A machine is unhealthy most often because its disks are full."),
        ),
        needed_log=KERNEL_LOG,
        knobs=("spark.excludeOnFailure.enabled (3.1; before: spark.blacklist.enabled)",),
        repair=avoid_machine,
        to_fill=avoid_machine_before,
        marks=(
            mark(
                r"I/O error,? (on )?dev |I/O \d+ QID|ReadonlyFilesystem|FilesystemIsReadOnly|KernelDeadlock|(EXT4|"
                r"XFS)\S* .{0,40}(error|corruption)|Remounting filesystem read-only|failed volumes|"
                r"NVRM: Xid|fallen off the bus|Read-only file system|Input/output error|\bEIO\b|uncorrectable (ECC|"
                r"memory) error|Machine check|"
                r"Remote I/O error"
            ),
            mark(
                r"Failed to create local dir|bad spark\.local\.dir|exit(ed)? (with )?(exit )?(status|code):? ?53\b",
                Strength.GENERAL,
            ),
            mark(
                r"Transitioned from \w+ to UNHEALTHY|node .{0,60}\bunhealthy\b|health ?check.{0,60}(failed|unhealthy)|"
                r"cannot run anywhere due to node and executor",
                Strength.SYMPTOM,
                unless="used space above",
            ),
        ),
    ),
    RootCause(
        name="node_lost",
        family="cluster",
        title="A machine was lost",
        explanation="A whole machine went away or stopped reporting, and its executors, shuffle files and shuffle "
        "service with it.",
        remedy="Find out why it went (provider's events, its own log); let one failed fetch forget all outputs of a "
        "host (spark.files.fetchFailure.unRegisterOutputOnHost=true, 2.3) so that retries do not ask it again.",
        not_to_confuse=(
            ("node_preempted", "There the provider says that it took the machine."),
            ("disk_full", "YARN loses machines whose disks are full: see the node's health report."),
            ("executor_lost", "There one process went, not its machine."),
        ),
        needed_log=MANAGER_LOG,
        knobs=(
            "spark.files.fetchFailure.unRegisterOutputOnHost (2.3)",
            "spark.stage.maxConsecutiveAttempts (2.2)",
            "spark.decommission.enabled (3.1)",
            "spark.storage.decommission.enabled (3.1)",
            "spark.storage.decommission.shuffleBlocks.enabled (3.1)",
        ),
        marks=(
            mark(
                r"released on a \*?lost\*? node|exit[ _]?status: ?-100\b|\bNODE_LOST\b|NodeLost|NodeNotReady|"
                r"NO_SLAVE_LEFT|CLOUD_PROVIDER_SHUTDOWN|COMMUNICATION_LOST|node is (lost|not ready|shutting down)|"
                r"imminent node shutdown|Transitioned from \w+ to LOST|"
                r"(host|node|instance|vm) \S* ?(was |has been |is )?(terminated|lost|deleted|rebooted|"
                r"unreachable)\b(?! (by|with) (a )?user)|Deactivating Node|"
                r"node\.kubernetes\.io/(unreachable|not-ready)|TaintManagerEviction|node no longer exists|PodGC\b|"
                r"Heartbeat lost for host|INSTANCE_UNREACHABLE|Removing worker-\S+ because|"
                r"LivelinessMonitor\W.{0,20}Expired:\S+:\d+"
            ),
        ),
        repair=forget_lost_hosts,
        to_fill=before_it_goes,
    ),
)
