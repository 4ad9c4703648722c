"""The machines and the network: executors, shuffle files, disks, connections."""

from sparkwright.diagnosis.taxonomy.repair import double_seconds, fit_largest_container
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark

_MISSING_OUTPUT = "Missing an output location for shuffle"
_FETCH = rf"FetchFailed|{_MISSING_OUTPUT}"
_REFUSED_BY_DATABASE = (  # as the drivers of Oracle and SQL Server say it
    r"Network Adapter could not establish the connection|TCP/IP connection to the host .* has failed"
)
_NOT_CONNECTED = (  # Spark's own words, whatever the driver threw, and MySQL's, of a connection that was lost, too
    r"FAILED_JDBC.*(Failed to connect|Couldn't connect)|Communications link failure"
)

CAUSES = (
    RootCause(
        name="disk_full",
        family="cluster",
        title="Local disk full",
        explanation="A disk that Spark writes shuffle files, spills or output to had no space left.",
        remedy="Free or add local disk (spark.local.dir), spread the work over more machines, or write less: spills "
        "shrink with more memory per task, shuffle files with an earlier filter or aggregation.",
        marks=(
            mark(r"No space left on device|Disk quota exceeded|There is not enough space on the disk"),
            # The kubelet evicts pods (pkg/kubelet/eviction): of a node that runs low, or over their own limit.
            mark(
                r"low on resource: ephemeral-storage|ephemeral local storage usage exceeds|"
                r"[Uu]sage of EmptyDir volume \S+ exceeds the limit|had condition: \[DiskPressure\]"
            ),
        ),
    ),
    RootCause(
        name="connection_refused",
        family="cluster",
        title="A service could not be reached",
        explanation="The application opened a connection to a service (database, metastore, object store, broker) and "
        "nobody answered there.",
        remedy="Check that the host and port in the message are right, that the service runs, that driver and "
        "executors may reach it from where they run, and, where it answers, the credentials.",
        marks=(
            mark(rf"[Cc]onnection (to \S+ )?refused|{_REFUSED_BY_DATABASE}", unless=_FETCH + r"|shuffle"),
            mark(
                r"ConnectException|UnknownHostException|NoRouteToHostException|"
                rf"Name or service not known|connect timed out|Connect to \S+ failed|{_NOT_CONNECTED}",
                Strength.GENERAL,
                unless=_FETCH + r"|shuffle",
            ),
        ),
    ),
    RootCause(
        name="fetch_failure",
        family="cluster",
        title="Shuffle data could not be fetched",
        explanation="A task asked for shuffle files of an earlier stage and the executor that held them was gone or "
        "did not answer, so Spark had to compute them again.",
        remedy="Find out why the executor that held the files went away. Where machines come and go, let shuffle files "
        "outlive executors (external shuffle service, decommissioning).",
        marks=(
            mark(_FETCH, Strength.SYMPTOM, unless=_MISSING_OUTPUT),
            mark(_MISSING_OUTPUT, Strength.TRACE),
            mark(r"blockmgr-\S+ ?\(No such file or directory\)|shuffle_\d+_\d+_\d+\.(index|data)", Strength.SYMPTOM),
        ),
    ),
    RootCause(
        name="executor_heartbeat_timeout",
        family="cluster",
        title="An executor stopped answering",
        explanation="An executor sent no heartbeat for spark.network.timeout, so the driver gave it up although its "
        "process may still live: long garbage collections, a machine that swaps or is frozen, a network that is cut.",
        remedy="Look at what the executor did before (garbage collection, load of the machine). If such pauses pass, "
        "wait longer: raise spark.network.timeout.",
        # A symptom: of a heap that is full, too, and then that is the cause.
        marks=(mark(r"[Ee]xecutor heartbeat timed out", Strength.SYMPTOM),),
        repair=double_seconds("spark.network.timeout", 120),
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
        marks=(
            mark(
                r"ExecutorLostFailure|Lost executor|[Ee]xecutor heartbeat timed out|RPC client disassociated|"
                r"TaskResultLost|[Ww]orker (lost|shutting down)|[Ee]xecutor decommission|preempt|worker.*timed out|"
                r"[Ee]xit(ed)? (with )?(exit )?(status|code):? \d+|Killed by external signal|executor is lost",
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
        marks=(
            mark(r"Required executor memory .*is above the max threshold"),
            # A symptom, and the last of them: a slow start says so, too, and an application whose executors die.
            mark(r"Initial job has not accepted any resources", Strength.SYMPTOM),
        ),
        repair=fit_largest_container,
    ),
)
