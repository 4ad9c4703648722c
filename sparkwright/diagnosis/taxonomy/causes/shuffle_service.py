"""The external shuffle service: not set up, gone, or too busy."""

from sparkwright.diagnosis.taxonomy.causes.words import NODE_MANAGER_LOG
from sparkwright.diagnosis.taxonomy.repairs.services import (
    forget_lost_hosts,
    other_service,
    same_service,
    shuffle_without_service,
    wait_for_service,
)
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, mark

CAUSES = (
    RootCause(
        name="shuffle_service_misconfigured",
        family="platform",
        title="The external shuffle service is not set up",
        explanation="The application counts on the external shuffle service and the machines do not run one that fits: "
        "no auxiliary service of that name, another port, secret or protocol, or dynamic allocation without any.",
        remedy="Set the service up on every NodeManager (yarn.nodemanager.aux-services=spark_shuffle with the jar of "
        "this Spark), or do without: spark.shuffle.service.enabled=false and, for dynamic allocation, "
        "spark.dynamicAllocation.shuffleTracking.enabled=true (3.0).",
        not_to_confuse=(
            ("shuffle_service_unavailable", "There it is set up and does not run."),
            ("shuffle_service_overloaded", "There it runs and answers too late."),
        ),
        needed_log=NODE_MANAGER_LOG,
        knobs=(
            "spark.shuffle.service.enabled",
            "spark.dynamicAllocation.shuffleTracking.enabled (3.0)",
            "spark.dynamicAllocation.enabled",
            "spark.shuffle.service.port",
            "spark.authenticate",
        ),
        marks=(
            mark(
                r"auxService:? ?\w+ does not exist|InvalidAuxService|Dynamic allocation .{0,60}requires|"
                r"Unsupported shuffle manager of executor|No class defined for \w*shuffle|"
                r"no more than one external shuffle service|ClassNotFoundException: \S*ShuffleService|"
                r"Unknown challenge message|Expected SaslMessage|"
                r"SaslMessage.{0,80}shuffle|"
                r"shuffle service.{0,80}(not (configured|enabled|supported)|version|secret)|"
                r"Unable to register with external shuffle server due to.{0,80}(Unknown message|Sasl|Invalid|secret|"
                r"UnsupportedOperation)"
            ),
        ),
        repair=shuffle_without_service,
        to_fill=same_service,
    ),
    RootCause(
        name="shuffle_service_overloaded",
        family="platform",
        title="The external shuffle service answers too late",
        explanation="The shuffle service of a machine runs but cannot keep up: registrations and fetches time out, or "
        "it refuses more chunks than it may serve at once.",
        remedy="Wait longer for it (spark.shuffle.registration.timeout and .maxAttempts, 2.3), give it threads and "
        "heap "
        "(spark.shuffle.io.serverThreads on the NodeManager), ask it less at once "
        "(spark.reducer.maxReqsInFlight, spark.reducer.maxBlocksInFlightPerAddress), write fewer, larger blocks.",
        not_to_confuse=(
            ("shuffle_service_unavailable", "There the connection is refused or the executor is not known."),
            ("shuffle_service_misconfigured", "There it never worked."),
            ("fetch_failure", "That is what follows."),
        ),
        needed_log=NODE_MANAGER_LOG,
        knobs=(
            "spark.reducer.maxReqsInFlight (2.0)",
            "spark.shuffle.registration.timeout (2.3)",
            "spark.shuffle.registration.maxAttempts (2.3)",
            "spark.shuffle.io.maxRetries",
            "spark.shuffle.io.retryWait",
            "spark.reducer.maxBlocksInFlightPerAddress (2.2)",
        ),
        marks=(
            mark(
                r"(external shuffle (server|service)|:7337\b|registerWithShuffleServer|ExternalShuffle\w*Client|"
                r"ExternalBlockStoreClient).{0,400}(Timeout waiting for task|TimeoutException|timed out|quiet for|"
                r"too many|rejected)|Timeout waiting for task.{0,400}(ShuffleServer|external shuffle|ExternalShuffle)|"
                r"(number of )?chunks being transferred|maxChunksBeingTransferred|7337\S* has been quiet for",
                unless=r"Failed to connect to \S+:7337(?!.{0,300}(Timeout waiting|timed out))",
            ),
        ),
        repair=wait_for_service,
    ),
    RootCause(
        name="shuffle_service_unavailable",
        family="platform",
        title="The external shuffle service does not answer",
        explanation="The shuffle service of a machine (port 7337) is gone or has forgotten the executors it served: "
        "its "
        "NodeManager or the whole machine stopped or was restarted.",
        remedy="Bring the NodeManager (or the standalone worker) back, let it recover its state "
        "(yarn.nodemanager.recovery.enabled), and let one failed fetch forget all outputs of that host "
        "(spark.files.fetchFailure.unRegisterOutputOnHost=true, 2.3).",
        not_to_confuse=(
            ("shuffle_service_overloaded", "There it answers too late."),
            ("node_lost", "Then the whole machine went: the manager says so."),
            ("shuffle_service_misconfigured", "There it was never there."),
        ),
        needed_log=NODE_MANAGER_LOG,
        knobs=(
            "spark.files.fetchFailure.unRegisterOutputOnHost (2.3)",
            "spark.shuffle.service.enabled (false on Kubernetes)",
            "spark.dynamicAllocation.shuffleTracking.enabled (3.0)",
            "spark.stage.maxConsecutiveAttempts (2.2)",
            "spark.shuffle.manager",
            "spark.celeborn.master.endpoints (Celeborn)",
            "spark.shuffle.service.db.enabled (3.0, standalone)",
        ),
        marks=(
            mark(
                r"Executor is not registered \(appId|Failed to connect to \S+:7337\b|"
                r"(refused|reset|closed|unreachable).{0,60}:7337\b|"
                r":7337\b.{0,120}(refused|reset by peer|is closed|unreachable)|"
                r"Unable to register with external shuffle server|Failed to connect to external shuffle server",
                unless=r"Timeout waiting for task|timed out waiting|Sasl|Unknown challenge|quiet for",
            ),
            # Celeborn's status codes, and what Uniffle says.
            mark(
                r"RESERVE_SLOTS_FAILED|SLOT_NOT_AVAILABLE|REGISTER_SHUFFLE_FAILED|WORKER_UNKNOWN|"
                r"PUSH_DATA_CREATE_CONNECTION_FAIL|SHUFFLE_DATA_LOST|(no|get) available (shuffle server|worker)s?|"
                r"getShuffleAssignments with|is not registered or NM was restarted|(Rss|"
                r"Celeborn)\w*Exception.{0,200}(connect|unavailable|lost)",
            ),
        ),
        repair=forget_lost_hosts,
        to_fill=other_service,
    ),
)
