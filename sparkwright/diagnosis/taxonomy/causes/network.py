"""Connections: to services, to the driver, to a port."""

from sparkwright.diagnosis.taxonomy.causes.databases import NO_CONNECTION_LEFT, NOT_REACHED
from sparkwright.diagnosis.taxonomy.causes.words import (
    DRIVER_SERVICE,
    EXECUTOR_LOG,
    FETCH,
    SERVICE_LOG,
    SHUFFLE_SERVICE,
    UNASSIGNED,
)
from sparkwright.diagnosis.taxonomy.repairs.limits import larger_pool, more_ports, reachable_driver
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.access import driver_address, service_address
from sparkwright.diagnosis.taxonomy.site_values.stores import other_port, path_style, pool_of_store

_SERVICE = r"(amazonaws\.com|core\.windows\.net|googleapis\.com|snowflakecomputing\.com|aliyuncs\.com|azure\.com)"
_NO_WAY = r"(refused|timed out|not known|UnknownHost|No route|unreachable|failed to respond|Temporary failure)"
_BACKEND = r"CoarseGrainedExecutorBackend|YarnCoarseGrainedExecutorBackend|spark://CoarseGrainedScheduler|sparkDriver\b|RpcEnv\.setupEndpointRef"
_UNREACHABLE = (
    r"UnknownHostException|Failed to connect to|Connection refused|Connection timed out|connect timed out|"
    r"Cannot find endpoint|Cannot receive any reply|Connecting to \S+ timed out|NoRouteToHost|Connection reset|"
    r"RpcTimeoutException|Futures timed out"
)
_DRIVER = (
    rf"({DRIVER_SERVICE}).{{0,200}}({_UNREACHABLE})|({_UNREACHABLE}).{{0,200}}({DRIVER_SERVICE})|"
    rf"({_UNREACHABLE}).{{0,400}}({_BACKEND})|({_BACKEND}).{{0,300}}({_UNREACHABLE})|"
    # An executor that does not come up: it asks the driver for the settings first.
    r"UndeclaredThrowableException.{0,400}Failed to connect to|Failed to connect to driver|Cannot find endpoint: spark://CoarseGrainedScheduler"
)
_AWAY = r"(Failed to connect to|Connecting to|Connection refused|UnknownHostException|UnresolvedAddressException)"
_NOT_THE_DRIVER = rf"{FETCH}|heartbeater|StandaloneAppClient|connect to master|:7077\b|{SHUFFLE_SERVICE}|RetryingBlock"
_MANAGER = (
    r":80(30|31|32|33|50|88)\b|ResourceManager|masters? (are|is) unresponsive|kubernetes\.default|"
    r"KubernetesClientException|StandaloneAppClient|spark://\S+:7077|:7077\b"
)
# Executors, Py4J and Python's workers talk over sockets, too: that one of them is gone is no service's fault.
_OWN_SOCKETS = (
    r"Py4JNetworkError|to the Java server|GatewayConnection|getLocalHost|Accept timed out|PythonRunner|"
    r"PythonWorkerFactory|TransportClientFactory|RetryingBlock|BlockTransfer|beginning fetch of|TransportChannelHandler"
)
_ELSEWHERE = (
    rf"{FETCH}|shuffle|{SHUFFLE_SERVICE}|{_DRIVER}|{_MANAGER}|{_OWN_SOCKETS}|"
    r"Address already in use|PKIX|SSLHandshake|pool(?!\(host=)|SecurityUtil\.buildTokenService"
)

CAUSES = (
    RootCause(
        name="driver_unreachable",
        family="network",
        title="Executors cannot reach the driver",
        explanation="Executors were started but could not connect to the driver: its name does not resolve where they "
        "run, a firewall or service mesh stands between, or it announces an address that only it knows.",
        remedy="Make the driver's address one that executors reach: spark.driver.host and spark.driver.bindAddress, "
        "fixed ports (spark.driver.port, spark.driver.blockManager.port) that are open; on Kubernetes a headless "
        "service whose name resolves before the driver is ready "
        "(spark.kubernetes.driver.service.publishNotReadyAddresses).",
        not_to_confuse=(
            ("resource_starvation", "There no executor is started at all."),
            ("connection_refused", "There a service of somebody else does not answer."),
            ("executor_lost", "There executors had worked before."),
        ),
        needed_log=EXECUTOR_LOG,
        knobs=(
            "spark.driver.host",
            "spark.driver.bindAddress (2.1)",
            "spark.driver.port",
            "spark.driver.blockManager.port",
            "spark.kubernetes.driver.service.publishNotReadyAddresses (Kubernetes, 4.2)",
        ),
        marks=(
            mark(_DRIVER, unless=rf"{FETCH}|heartbeater|issue communicating|StandaloneAppClient|connect to master"),
            # An executor asks the driver for messages (createClient) and for the files of the application.
            mark(rf"{_AWAY}.{{0,700}}NettyRpcEnv\.createClient", side="executor", unless=_NOT_THE_DRIVER),
            mark(
                rf"({_AWAY}|FAILED_TO_CONNECT|TimeoutException).{{0,700}}(NettyRpcEnv\.(downloadClient|openChannel)|"
                r"NettyRpcEnv\$FileDownload)",
                unless=_NOT_THE_DRIVER,
            ),
            # Utils.startServiceOnPort, of a service that may take any port: then it is the address that is wrong.
            mark(
                rf"on a random free port|{UNASSIGNED}.{{0,60}}Service '?(spark)?Driver'?|"
                rf"Service '?(spark)?Driver'? .{{0,200}}{UNASSIGNED}"
            ),
            mark(rf"{UNASSIGNED}|InetAddress\.getLocalHost", Strength.GENERAL),
        ),
        repair=reachable_driver,
        to_fill=driver_address,
    ),
    RootCause(
        name="port_conflict",
        family="network",
        title="A port is in use",
        explanation="A service of the driver, an executor or a daemon found its port, and those it tried after it, "
        "taken by another process.",
        remedy="Let it try more ports (spark.port.maxRetries), choose another one, or stop what holds them: many "
        "drivers on one machine, a daemon that is already running.",
        not_to_confuse=(
            ("connection_refused", "There nobody listens; here somebody else does."),
            ("driver_unreachable", "`Cannot assign requested address` is about the address, not the port."),
        ),
        needed_log="What listens on that port on that machine (ss -ltnp).",
        knobs=("spark.port.maxRetries", "spark.ui.port", "spark.driver.port", "spark.blockManager.port"),
        marks=(
            mark(
                r"Address already in use|failed after \d+ retries \(starting from \d+\)|"
                r"port( \d+)? is (already )?(in use|taken|allocated)|port (already )?in use\b|"
                r"Failed to bind to (address )?\S+:[1-9]|Could not create ServerSocket|"
                r"Only one usage of each socket address",
                unless=rf"{UNASSIGNED}|on a random free port",
            ),
        ),
        repair=more_ports,
        to_fill=other_port,
    ),
    RootCause(
        name="connection_pool_exhausted",
        family="network",
        title="The connection pool is empty",
        explanation="All connections of a client's pool were in use (or the service takes no more of them), and a "
        "request waited for one until it gave up.",
        remedy="Enlarge the pool (spark.hadoop.fs.s3a.connection.maximum; EMR: spark.hadoop.fs.s3.maxConnections), "
        "close streams and connections, or let fewer tasks ask at once (JDBC: numPartitions).",
        not_to_confuse=(
            ("service_throttled", "There the service refuses by rate (429, 503)."),
            ("connection_refused", "There nobody answers."),
        ),
        needed_log=SERVICE_LOG,
        knobs=(
            "spark.dynamicAllocation.maxExecutors",
            "spark.hadoop.fs.s3a.connection.maximum",
            "spark.hadoop.fs.s3.maxConnections (EMR)",
            "spark.hadoop.fs.oss.connection.maximum",
            "spark.hadoop.fs.obs.connection.maximum",
            "spark.hadoop.fs.cos.connection.maximum",
        ),
        marks=(
            mark(
                r"Timeout waiting for connection from pool|ConnectionPoolTimeout|"
                r"Connection is not available, request timed out|Cannot get a connection|"
                rf"pool (error )?.{{0,20}}(exhausted|is full|is empty)|{NO_CONNECTION_LEFT}|"
                r"waiting for a (connection|free available connection)|waiting for connection lease|"
                r"checkout a connection|Pool(Queue)?(:? is|:)? empty|PoolExhausted|Pool limit of|"
                r"outstanding acquire operations|obtaining a connection from the pool|"
                r"Acquire operation took longer than|Pool exhausted|BusyPool|"
                r"Pool is busy|Could not get a resource from the pool"
            ),
        ),
        repair=larger_pool,
        to_fill=pool_of_store,
    ),
    RootCause(
        name="connection_refused",
        family="network",
        title="A service could not be reached",
        explanation="The application opened a connection to a service (database, metastore, object store, broker) and "
        "nobody answered there.",
        remedy="Check that the host and port in the message are right, that the service runs, that driver and "
        "executors may reach it from where they run, and, where it answers, the credentials.",
        not_to_confuse=(
            ("driver_unreachable", "There executors look for their own driver."),
            ("tls_handshake_failure", "There the service answers and TLS fails."),
            ("fetch_failure", "There it is another executor that does not answer."),
            ("service_throttled", "There the service answers: later."),
        ),
        needed_log=SERVICE_LOG,
        knobs=(
            "spark.hadoop.hive.metastore.uris",
            "spark.hadoop.fs.s3a.endpoint",
            "spark.hadoop.fs.defaultFS",
            "spark.cassandra.connection.host",
            "spark.es.nodes",
            "spark.es.nodes.wan.only",
            "spark.redis.host",
            "spark.hadoop.hbase.zookeeper.quorum",
            "spark.hadoop.fs.s3a.path.style.access",
            "spark.eventLog.dir",
            "spark.jars.repositories",
            "spark.jars.ivySettings",
            "spark.mongodb.read.connection.uri",
        ),
        repair=path_style,
        to_fill=service_address,
        marks=(
            mark(
                rf"connection (to \S+ )?refused|{NOT_REACHED}|Could not connect to meta ?store|"
                rf"Unable to execute HTTP request: .{{0,200}}{_NO_WAY}|{_SERVICE}.{{0,80}}{_NO_WAY}|"
                rf"{_NO_WAY}.{{0,60}}{_SERVICE}|Server access error at url|"
                r"TTransportException.{0,80}(ConnectException|NoRouteToHost|SocketTimeout|timed out)|"
                r"METASTORE_DOWN|Call From \S+ to \S+ failed on|Failed connecting to\b|"
                r"Exception: (\S+Exception: )*java\.net\.(UnknownHost|Connect|NoRouteToHost)Exception|"
                r"Failed to establish a new connection|Failed to connect to (service endpoint|the \w+ ?Server)|"
                r"(broker|coordinator) is not available|server disconnected before|fewer in-sync replicas|"
                r"set up IO streams: \S*(UnknownHost|Connect|NoRoute)|Unable to connect to \S+:\d+|"
                r"ZooKeeperConnectionException|MasterNotRunning|is not in ZooKeeper|ServiceUnavailableException|"
                r"KeeperErrorCode = ConnectionLoss|RetriesExhausted.{0,300}failed on (local|connection) exception|"
                r"expired before the position for partition|NoRouteToHostException: (?!.{0,200}executor)|"
                r"METASTORE_COMPONENT_UNHEALTHY|Could not find S3 endpoint or NAT gateway|"
                rf"all nodes failed|Could not reach any contact point|NoHostAvailable|NoNodeAvailable|"
                r"Failed to construct kafka consumer.{0,200}bootstrap|No resolvable bootstrap urls|"
                r"Cannot detect ES version|"
                r"Connection to node -?\d+ .{0,60}could not be established|Timed out waiting for a node assignment|"
                rf"while waiting (for a server that matches|to connect\. Client view)|"
                r"Connect to \S+ failed|ConnectTimeoutException|"
                r"communication error\. Message|:9042\].{0,20}Timed out|"
                # Clients whose answer did not come in time: of Cassandra, HBase, Redis, Elasticsearch, Doris, a store.
                r"(OperationTimedOut|DriverTimeout|ScannerTimeout)Exception|waiting for server response|"
                r"JedisConnectionException|Connect to Doris|EsHadoopException: Node \S+ failed|"
                r"Error accessing gs://.{0,600}SocketTimeoutException|failed to connect to all addresses|"
                r"Received an UnknownHostException|Couldn't connect to host|MailConnectException|"
                r"Excluding datanode|ClickHouseException: Connect timed out",
                unless=_ELSEWHERE,
            ),
            mark(
                r"ConnectException|UnknownHost|NoRouteToHost|Name or service not known|connect timed out|"
                r"Connection timed out|Read timed out|SocketTimeoutException|Temporary failure in name resolution|"
                r"Network is unreachable|Failed to (get|update) metadata|while fetching topic metadata|"
                r"Could not open client transport",
                Strength.GENERAL,
                unless=_ELSEWHERE,
            ),
        ),
    ),
)
