"""The platform around Spark: queues, pods, images, sessions."""

from sparkwright.diagnosis.taxonomy.causes.words import MANAGER_LOG, POD_EVENTS
from sparkwright.diagnosis.taxonomy.repairs.requests import limits_of_quota
from sparkwright.diagnosis.taxonomy.repairs.services import ask_for_less_cpu, default_queue
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.access import image
from sparkwright.diagnosis.taxonomy.site_values.capacity import capacity, pod_placement, queue, within_quota

CAUSES = (
    RootCause(
        name="namespace_quota_exceeded",
        family="platform",
        title="The namespace's quota is used up",
        explanation="Kubernetes refused pods because the namespace's ResourceQuota or LimitRange leaves no room for "
        "them as they are asked for.",
        remedy="Raise the quota, ask for fewer or smaller executors, wait for others to end, or set the limits that "
        "the "
        "quota demands (spark.kubernetes.executor.limit.cores).",
        not_to_confuse=(
            ("kubernetes_rbac_denied", "`forbidden: User ... cannot`: there the right is missing."),
            ("pod_unschedulable", "There the pod is accepted and no node takes it."),
        ),
        needed_log=POD_EVENTS,
        knobs=(
            "spark.executor.instances",
            "spark.dynamicAllocation.maxExecutors",
            "spark.kubernetes.executor.limit.cores",
            "spark.kubernetes.driver.limit.cores",
            "spark.executor.memory",
            "spark.driver.memory",
        ),
        marks=(
            mark(
                r"exceeded quota|failed quota|maximum (cpu|memory|ephemeral-storage) usage per (pod|container)|"
                r"(cpu|memory) max limit to request ratio|must specify (limits|requests)|minimum (cpu|"
                r"memory) usage per|LimitRange"
            ),
        ),
        repair=limits_of_quota,
        to_fill=within_quota,
    ),
    RootCause(
        name="pod_unschedulable",
        family="platform",
        title="No node takes the pod",
        explanation="Kubernetes accepted the pod and finds no node for it: not enough CPU or memory left, a taint it "
        "does not tolerate, a selector that fits nothing, a volume that cannot be bound.",
        remedy="Ask for what a node has (spark.executor.memory with overhead, "
        "spark.kubernetes.executor.request.cores), "
        "give tolerations by a pod template (spark.kubernetes.executor.podTemplateFile, 3.0), correct the node "
        "selector, or add nodes.",
        not_to_confuse=(
            ("resource_starvation", "That is all the driver sees; the pod's events say why."),
            ("namespace_quota_exceeded", "There the pod is not even accepted."),
            ("image_pull_failed", "There a node took it and lacks its image."),
        ),
        needed_log=POD_EVENTS,
        knobs=(
            "spark.kubernetes.executor.podTemplateFile (3.0)",
            "spark.kubernetes.executor.request.cores (2.4)",
            "spark.kubernetes.driver.request.cores (3.0)",
            "spark.kubernetes.node.selector.[label]",
            "spark.kubernetes.executor.volumes.*",
            "spark.executor.memory",
            "spark.executor.cores",
        ),
        repair=ask_for_less_cpu,
        marks=(
            mark(
                r"FailedScheduling|nodes? (are|is) available: |\bUnschedulable\b|didn't tolerate|"
                r"had (un)?tolerated taint|didn't match (Pod's )?node|unbound immediate PersistentVolumeClaim|"
                r"didn't have enough resource|\bOutOf(cpu|pods)\b|(Failed to|Cannot) schedule pods?|"
                r"running PreBind plugin|binding volumes: timed out|no instance type satisfied|"
                r"persistentvolumeclaim \S+ not found|FailedAttachVolume|Multi-Attach error|"
                r"NotTriggerScaleUp|pod didn't trigger scale-up|no nodes available to schedule",
                unless=r"cordon|SchedulingDisabled",
            ),
            mark(r"Unable to attach or mount volumes", unless="configmap"),
            # Of the driver's own configuration this is said in passing: the pod is faster than its config map.
            mark(r"FailedMount|MountVolume\.\S+ failed", Strength.SYMPTOM, unless="configmap"),
        ),
        to_fill=pod_placement,
    ),
    RootCause(
        name="image_pull_failed",
        family="platform",
        title="The container image could not be pulled",
        explanation="A node could not get the image: its name or tag does not exist, the registry wants credentials or "
        "does not answer, or it was built for another processor.",
        remedy="Correct spark.kubernetes.container.image, and give the pull secret "
        "(spark.kubernetes.container.image.pullSecrets).",
        not_to_confuse=(
            ("pod_unschedulable", "There no node took the pod yet."),
            ("permission_denied", "The registry may refuse with `denied`: still the image."),
        ),
        needed_log=POD_EVENTS,
        knobs=(
            "spark.kubernetes.container.image",
            "spark.kubernetes.driver.container.image",
            "spark.kubernetes.executor.container.image",
            "spark.kubernetes.container.image.pullSecrets (2.4)",
            "spark.kubernetes.container.image.pullPolicy",
        ),
        marks=(
            mark(
                r"ErrImage\w*|ImagePull\w*|InvalidImageName|pull access denied|"
                r"(Fail(ed|ing) to|Error|cannot|unable to) pull (docker )?image|"
                r"manifest (unknown|for \S+ not found)|Unable to find image|image pull failed|"
                r"(?<!cannot execute binary file: )exec format error|"
                r"not present with pull policy of Never|pull rate limit|ImageInspectError|(inspect|unpack) image|"
                r"RegistryUnavailable|failed to fetch (anonymous|oauth) token|"
                r"failed to resolve reference|no match for platform in manifest|Back-off pulling image"
            ),
        ),
        to_fill=image,
    ),
    RootCause(
        name="admission_limit_reached",
        family="platform",
        title="The platform lets no more applications in",
        explanation="A limit on how many applications, sessions, steps or cores may be active at once is reached; "
        "Spark itself has not started, or waits for its turn.",
        remedy="Wait, run fewer at once, or raise the limit: the queue's share for application masters, the number of "
        "steps, sessions or concurrent runs, the workspace's cores.",
        not_to_confuse=(
            ("queue_rejected", "There the queue is wrong for good, not full."),
            ("resource_starvation", "There the application runs and gets no executors."),
        ),
        needed_log=MANAGER_LOG,
        knobs=(
            "spark.yarn.queue (YARN)",
            "spark.dynamicAllocation.maxExecutors",
        ),
        marks=(
            mark(
                r"Throttling job|too many running jobs|AM resource limit exceeded|"
                r"Queue .{0,80}already has \d+ applications|maximum (system )?application limit|"
                r"exceeds? max\w* (app|running)|maxRunningApps|too many sessions|"
                r"(maximum|max) number of (active|running|concurrent|open) \w+|Concurrent ?Runs ?Exceeded|"
                r"concurrent runs exceeded|MAX_CONCURRENT\w*|maximum concurrent|"
                r"concurrent (run|job|session|compute|capacity)\w* .{0,40}(limit|exceed|reached)|maximumCapacity|"
                r"ApplicationMaxCapacityExceeded|ResourceNumberLimitExceeded|v?cores? (quota|limit)|"
                r"exceed\w* .{0,60}v?cores? quota|(WORKSPACE|COMPUTE)_CAPACITY_EXCEEDED|POOL_MAX_CAPACITY|"
                r"exceeding approved .{0,60}quota|TooManyRequestsForCapacity|High system memory usage|"
                r"(compute|capacity|API rate) limit.{0,80}(hit|reached|exceeded)|hit a Spark compute|"
                r"INSUFFICIENT_INSTANCE_CAPACITY|maximum concurrent compute|Max concurrent (compute|job runs)|"
                r"\bREQUEST_LIMIT_EXCEEDED(?!: ?TotalRequests)|CPUS_ALL_REGIONS|AZURE_QUOTA_EXCEEDED|"
                r"[A-Z]+_(REQUEST|RUN)_LIMIT_EXCEEDED|Insufficient Instance Capacity|exceeding quota limits|"
                r"cores exceed\b|Connection limit per (user|IP)|(enough|insufficient)_?( ?free)?_?addresses|"
                r"Insufficient '?(CPUS|SSD_TOTAL_GB|DISKS_TOTAL_GB|IN_USE_ADDRESSES)|"
                r"(vCPU|instance)\w* limit exceeded|VcpuLimitExceeded|InstanceLimitExceeded|"
                r"InsufficientInstanceCapacity|(ZONE|REGION)_RESOURCE_POOL_EXHAUSTED|"
                r"CLOUD_PROVIDER_RESOURCE_STOCKOUT|"
                r"not enough free memory to run|stockout|vCPU.{0,60} exceeds .{0,20}service quota"
            ),
        ),
        to_fill=capacity,
    ),
    RootCause(
        name="queue_rejected",
        family="platform",
        title="The queue refused the application",
        explanation="The resource manager does not take the application into that queue: it does not exist, is no "
        "leaf, "
        "is stopped, or the user may not submit to it.",
        remedy="Name a queue that exists and that the user may submit to: spark.yarn.queue; or have its rights (ACL) "
        "changed.",
        not_to_confuse=(
            ("admission_limit_reached", "There the queue is right and full."),
            ("permission_denied", "There a path or table is refused, not a queue."),
        ),
        needed_log=MANAGER_LOG,
        knobs=("spark.yarn.queue (YARN)", "spark.kubernetes.job.queue (Volcano: the pod group template)"),
        repair=default_queue,
        marks=(
            mark(
                r"(to )?unknown queue|not a leaf queue|to non-?leaf queue|(rejected|refused) by (the )?queue|"
                r"queue placement|"
                r"(cannot|not allowed to|does not have permission to|can't) submit .{0,40}application.{0,80}queue|"
                r"Queue .{0,60}(is STOPPED|is DRAINING|does not exist|doesn't exist|not found)|"
                r"Failed to submit application.{0,80}to YARN ?:|Reject(ing|ed)? (application )?submission|"
                r"permission to submit/update|unable to find job queue|submit job to queue with state|"
                r"(queue|pool) \S+ (does not exist|is not (a )?(valid|known))",
                unless=r"already has \d+ applications|maximum .{0,40}limit|requested (memory|resource)",
            ),
        ),
        to_fill=queue,
    ),
    RootCause(
        name="application_killed_externally",
        family="platform",
        title="Somebody ended the application",
        explanation="A person, a scheduler's time limit or a script ended the application or its cluster; nothing in "
        "the application failed before.",
        remedy="Find out who and why: the message names a user or a limit. If a time limit ended it, raise the "
        "limit or "
        "make the job shorter.",
        not_to_confuse=(
            ("node_preempted", "There the provider took the machines."),
            ("session_expired", "There a session stood idle for too long."),
            ("executor_lost", "There only executors were ended."),
        ),
        needed_log=MANAGER_LOG,
        marks=(
            # Words of who ended it: Airflow, whose task waits for the application, and Dataproc's agent.
            mark(r"Received SIGTERM\. Terminating subprocesses|AirflowTaskTimeout|Killing orphaned yarn application"),
            mark(
                r"(application|job|run|batch|step|query|statement|driver|cluster)\b.{0,60}\b(killed|cancell?ed|"
                r"terminated|stopped|deleted|aborted) by (the )?(a )?(user|admin|operator|request|timeout|scheduler|"
                r"client)|killed by user|user cancell?ed|cancell?ed by user|SPARK_JOB_CANCELLED|USER_?CANCELL?ED|"
                r"longer than (the )?specified deadline|Asked to cancel job|"
                r"Job \d+ cancelled (?!because SparkContext)|OPERATION_CANCELED|"
                r"cancelled part of cancelled job group|"
                r"DeadlineExceeded|activeDeadlineSeconds|exceeded .{0,40}(execution|run|job) ?(time ?out|time limit)|"
                r"(run|job|execution|step) timed out after|JobRunTimeout|run exceeded its timeout|"
                r"timed? ?out .{0,30}(configured|maximum) (timeout|duration)|Task not found|"
                r"Cluster .{0,60}(was )?(deleted|terminated) .{0,40}(user|request|api)|USER_REQUEST|"
                r"SQLTimeoutException: Query timed out|killed via the (Web )?UI|externally set to|"
                r"exceeded the lifetime period|our application: KILLED",
                unless=r"SPOT|preempt|idle|INACTIVITY|heartbeat|broadcast",
            ),
        ),
    ),
    RootCause(
        name="session_expired",
        family="platform",
        title="The session expired",
        explanation="The session (Livy, Connect, Thrift, a notebook's) had ended, mostly for standing idle, when it "
        "was "
        "asked for more.",
        remedy="Open a new session, and give it a longer idle time where work pauses for long "
        "(livy.server.session.timeout, the platform's idle timeout).",
        not_to_confuse=(
            ("token_expired", "There the credentials ran out."),
            ("application_killed_externally", "There the application was ended while it worked."),
        ),
        needed_log=MANAGER_LOG,
        marks=(
            mark(
                r"INVALID_HANDLE|Session no longer exists|"
                r"(?<!Spark)Session .{0,60}(timed out|expired|(was |has been )?closed|is not active|isn't active|"
                r"not found|"
                r"does not exist)|session\b.{0,80}\b(idle|inactivity)|"
                r"cluster .{0,40}terminated .{0,60}(idle|inactivity)|(idle|inactivity) .{0,60}\bsession|"
                r"\b(inactive|idle) for (more|longer) than|"
                r"Deleting \w*Session \d+ because|"
                r"terminated .{0,60}inactivity|Invalid ?Session ?Handle|InvalidSessionException|SessionExpired|"
                r"session has (timed out|ended|expired)|NO_ACTIVE_SESSION|"
                r"session .{0,40}in state (dead|killed|shutting_down)",
                unless=r"ZooKeeper|zookeeper|token|heartbeat",
            ),
        ),
    ),
)
