"""Words that several causes share: which log proves what, and patterns that belong to more than one."""

from sparkwright.diagnosis.taxonomy.causes.databases import TOO_MUCH_AT_ONCE

DRIVER_LOG = "The driver's log (standard error), from the first error on."
EXECUTOR_LOG = "The log of the executor that failed, its last minutes."
TASK_TRACE = "The whole stack trace of the first task that failed, with every Caused by."
CONTAINER_STATE = "The container's end as its manager tells it: YARN's diagnostics, or kubectl describe of the pod."
KERNEL_LOG = "The kernel's log of that machine (dmesg), and its memory over time."
NODE_MANAGER_LOG = "The NodeManager's log of that host."
MANAGER_LOG = "The cluster manager's own log (ResourceManager, Kubernetes API server, Spark master) for that time."
POD_EVENTS = "The events of the pod (kubectl describe pod, kubectl get events)."
SERVICE_LOG = "The log of the service that refused, for that moment."
CHECKPOINT = "The checkpoint folder: its offsets, commits, metadata and state."

UNASSIGNED = r"Can(no|')t assign requested address"  # Linux, macOS
HEAP = r"Java heap space|GC overhead limit exceeded"
BROADCAST = r"build and broadcast the table"
FETCH = r"Fetch_?Failed|Missing an output location for shuffle"
SHUFFLE_SERVICE = r":7337\b|external shuffle (server|service)|Executor is not registered \(appId"
DRIVER_SERVICE = r"-driver-svc\b"
# What the JVM says of other memory than its heap. Without a message the error is thrown by what allocates outside it
# (Unsafe.allocateMemory) or by an array beyond 2 GB: more heap helps neither.
NOT_HEAP = (
    r"Metaspace|Compressed class space|PermGen space|native thread|direct(?: buffer)? memory|allocateMemory|"
    r"Map failed|array size|array length|length exceeds implementation|CUDA|hugeCapacity|hugeLength|"
    r"Unable to acquire \d+ bytes|SparkOutOfMemoryError|_OUT_OF_MEMORY|UNABLE_TO_ACQUIRE_MEMORY|off-heap"
)
# An executor's words for its own container; Kubernetes names the container, YARN the attempt it was for.
DRIVERS_CONTAINER = (
    r"AM Container for|spark-kubernetes-driver|\bdriver (pod|container)|container (name: )?driver\b|name=driver\b|"
    r"pod[ /]\S*-driver\b|\S-driver(?= (terminated|failed|was|exited|in namespace))|Application \S+ failed \d+ times"
)
THROTTLED = (
    r"exceeded the rate at which you may call|Request ?rate ?(is ?)?(too ?)?large|"
    r"SlowDown|reduce your request rate|ThrottlingException|ThrottledException|\bThrottl(ed|ing)\b(?! job)|"
    r"Rate exceeded|ProvisionedThroughputExceeded|RequestLimitExceeded|TooManyRequests|Too Many Requests|"
    r"rate ?limit ?exceeded|exceeds? the rate limit|ServerBusy|server is busy|over the account limit|"
    r"(status ?code|http[ /][\d.]*|code|error)\W{0,4}(429|503)\b|\b503 Slow ?Down|Quota exceeded for quota metric|"
    r"\", (429|503), [A-Z]{3,6}\b|slot quota|SlotExceeded|RESOURCE_PROVIDER_THROTTLING|rejected_execution|"
    r"EsRejectedExecution|RESOURCE_EXHAUSTED: Exceeds|"
    r"exceeded (rate limits|quota for)|request limit for the .{0,80} has been reached|"
    rf"{TOO_MUCH_AT_ONCE}"
)
CREDENTIALS = (  # who somebody is, not what he may
    r"Client cannot authenticate via|No valid credentials provided|Failed to find any Kerberos tgt|LoginException|"
    r"InvalidAccessKeyId|SignatureDoesNotMatch|not allowed to impersonate|InvalidClientTokenId|AuthenticationFailed|"
    r"Authentication ?failed|failed to authenticate the request|can't be found in cache|is expired|has expired|"
    r"ExpiredToken|InvalidToken|"
    r"SIMPLE authentication is not enabled|RequestTimeTooSkewed|invalid (access|bearer) token|Auth failed for\b"
)
QUEUE = r"submit(ted|/update)? (an )?applications?|submit/update|unknown queue|to queue"
SERVICE_ACCOUNT = (
    r"system:serviceaccount|Configured service account doesn't have access|kubernetes\.client|"
    r"pods?\b.{0,80} is forbidden"
)
OFFHEAP = (
    r"Not enough spark off-heap execution memory|(?:exceeded|exceeding|exceeds?) memory (?:pool|manager) cap|"
    r"off-heap (execution )?memory.{0,40}(exhausted|not enough|insufficient|exceed)|MEM_CAP_EXCEEDED|"
    r"spark\.memory\.offHeap\.size.{0,80}(increase|too small|insufficient|larger)|"
    r"(increase|raise).{0,40}spark\.memory\.offHeap\.size|Additional allocation failed.{0,120}memory consumers|"
    r"Failed to acquire .{0,40}off-?heap|Cpu(SplitAnd)?RetryOOM|Resources exhausted: Failed to allocate additional"
)
SPOT = (
    r"\b(spot|preemptible)\b.{0,80}(interrupt|terminat|reclaim|preempt|stop|lost|shut|remov|evict|instance|node|vm)|"
    r"due to spot|SPOT_INSTANCE|preempted\b|\bpreempt(ion|ing)\b(?!: 0|\s+is not|: not)|PreemptionBy|"
    # ContainerExitStatus of YARN: PREEMPTED.
    r"exit[ _]?(status|code): ?-102\b|(instance|vm|node) (was |is being |has been )?reclaimed|"
    r"scheduled for termination by"
)
