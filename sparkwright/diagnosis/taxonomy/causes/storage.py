"""Disks, object stores and what is written to them."""

from sparkwright.diagnosis.taxonomy.causes.words import DRIVER_LOG, NODE_MANAGER_LOG, SERVICE_LOG, TASK_TRACE, THROTTLED
from sparkwright.diagnosis.taxonomy.repairs.limits import fewer_shuffle_files, retry_throttled
from sparkwright.diagnosis.taxonomy.repairs.program import committer, without_speculation
from sparkwright.diagnosis.taxonomy.repairs.settings import one_file_system
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.access import fewer_files, file_system, local_folder
from sparkwright.diagnosis.taxonomy.site_values.connectors import fewer_parts, gentler

CAUSES = (
    RootCause(
        name="disk_full",
        family="storage",
        title="Local disk full",
        explanation="A disk that Spark writes shuffle files, spills, logs or output to had no space left, or so little "
        "that the cluster manager took the machine out of service.",
        remedy="Free or add local disk (spark.local.dir), spread the work over more machines, or write less: spills "
        "shrink with more memory per task, shuffle files with an earlier filter or aggregation. On Kubernetes, a "
        "larger "
        "volume or ephemeral-storage limit for spark-local-dir.",
        not_to_confuse=(
            ("node_lost", "A machine that YARN calls unhealthy for its disks is lost because of them."),
            ("storage_limit_exceeded", "There a quota or a service's limit is reached, not a disk."),
            ("open_file_limit_reached", "There it says `Too many open files`."),
        ),
        needed_log=NODE_MANAGER_LOG,
        knobs=(
            "spark.emr-serverless.executor.disk (EMR Serverless)",
            "spark.local.dir (standalone; YARN takes its own local-dirs)",
            "spark.kubernetes.executor.volumes.* (Kubernetes)",
            "spark.kubernetes.local.dirs.tmpfs (Kubernetes)",
            "spark.worker.cleanup.enabled (standalone)",
        ),
        marks=(
            mark(
                r"No space left on device|Disk space too low on|Disk quota exceeded|\bENOSPC\b|Errno 28\b|"
                r"There is not enough space on the disk"
            ),
            # YARN's health check of disks (LocalDirsHandlerService, DirectoryCollection).
            mark(
                r"used space above threshold|usable space is below configured utilization|no more usable space|"
                r"(local|log)-dirs (are bad|have errors|usable)|No space available in any of the local directories|"
                r"DiskErrorException(?!: Could not find \S+ in any)|disk (usage|utilization|space).{0,60}(threshold|"
                r"full|exceed|above)|"
                r"disk (is )?full|disk\b.{0,30}\bis full|DiskOutOfSpaceException|insufficient disk space|"
                r"not enough disk space|"
                r"out of disk space|The table \S+ is full"
            ),
            # The kubelet evicts pods (pkg/kubelet/eviction): of a node that runs low, or over their own limit.
            mark(
                r"low on resource: \[?(ephemeral-storage|DiskPressure)|ephemeral[- ]local storage usage exceeds|"
                r"Usage of EmptyDir volume \S+ exceeds the limit|had condition: \[DiskPressure\]|"
                r"exceeded its local ephemeral storage"
            ),
        ),
        to_fill=local_folder,
    ),
    RootCause(
        name="open_file_limit_reached",
        family="storage",
        title="Too many open files",
        explanation="A process reached its limit on open files and sockets: shuffles with very many partitions, or "
        "files that are opened and never closed.",
        remedy="Raise the limit (ulimit -n, nofile of the service or container), close what your functions open, or "
        "write fewer files at once (sort by the partition column before writing).",
        not_to_confuse=(
            ("disk_full", "There it says `No space left on device`."),
            ("native_thread_limit", "There threads are refused, not files."),
        ),
        needed_log="The limits of the process (/proc/PID/limits) and what it has open (lsof).",
        knobs=(
            "spark.shuffle.manager (1.x)",
            "spark.shuffle.sort.bypassMergeThreshold",
            "spark.sql.shuffle.partitions",
        ),
        repair=fewer_shuffle_files,
        to_fill=fewer_files,
        marks=(mark(r"Too many open files|\bEMFILE\b|\bENFILE\b|Errno 24\b"),),
    ),
    RootCause(
        name="storage_limit_exceeded",
        family="storage",
        title="A limit of the storage is reached",
        explanation="The file system or object store refused to take more: a quota of space or names, the number of "
        "blocks, parts or entries, the size of an object, the length of a name.",
        remedy="Raise the quota or free what it counts; write larger or fewer files, or shorter names, where the limit "
        "is fixed.",
        not_to_confuse=(
            ("disk_full", "There a local disk is full."),
            ("service_throttled", "There the rate is limited, and waiting helps."),
        ),
        needed_log=SERVICE_LOG,
        knobs=("spark.hadoop.fs.s3a.multipart.size", "spark.eventLog.rolling.enabled (3.0)", "spark.eventLog.dir"),
        to_fill=fewer_parts,
        marks=(
            mark(
                r"(DS|NS)?QuotaExceededException|quota( \([^)]*\))? of (directory )?\S+ is exceeded|"
                r"MaxDirectoryItemsExceeded|"
                r"directory item limit|BlockCountExceedsLimit|block count exceeds|committed block count|"
                r"EntityTooLarge|exceeds the maximum allowed size|Part ?number must be|File name too long|"
                r"QuotaByStorageType|Quota by storage type|Number of parts in multipart upload exceeded|"
                r"request body is too large|RequestBodyTooLarge|exceeded the maximum allowed size|"
                r"RecordTooLarge|request included a message larger|exceeds maximum number of parts|SizeLimitReached|"
                r"(File|LOB|object) size .{0,20}exceed|not allowed when used memory|"
                r"name must not exceed \d+|minimum free drive threshold|StorageFull|\b507\b.{0,20}Insufficient|"
                r"document size is larger than maximum|BSONObjectTooLarge|"
                r"ENAMETOOLONG|maximum path component|(Account|Storage) ?(capacity|quota)\w* (is )?(exceeded|reached)|"
                r"InsufficientStorage|KeyTooLong|exceeds the maximum (object|blob|file|key|name)",
                unless=r"ResourceQuota|exceeded quota|namespaces?/",
            ),
            # HDFS, when no DataNode takes a block.
            mark(r"could only be (replicated|written) to \d+"),
        ),
    ),
    RootCause(
        name="service_throttled",
        family="storage",
        title="A service throttles the requests",
        explanation="A store, catalog or key service refused requests because they came too fast (429, 503 SlowDown, "
        "`Rate exceeded`).",
        remedy="Ask less often: fewer tasks at once, fewer and larger files, other prefixes; let the client retry "
        "longer (spark.hadoop.fs.s3a.retry.limit and .attempts.maximum; EMR: fs.s3.maxRetries), or raise the quota.",
        not_to_confuse=(
            ("connection_pool_exhausted", "There the client's own pool is empty."),
            ("permission_denied", "There it is 403, and slower does not help."),
        ),
        needed_log=SERVICE_LOG,
        knobs=(
            "spark.dynamicAllocation.maxExecutors",
            "spark.executor.instances",
            "spark.hadoop.fs.s3a.attempts.maximum",
            "spark.hadoop.fs.s3a.retry.limit (Hadoop 3.1)",
            "spark.hadoop.fs.s3.maxRetries (EMR)",
            "spark.hadoop.fs.azure.io.retry.max.retries",
            "spark.hadoop.fs.gs.http.max.retry",
            "spark.hadoop.aws.glue.max-error-retries (Glue's catalog)",
            "spark.es.batch.*",
            "spark.cassandra.output.*",
            "spark.streaming.kinesis.retry.* (2.3)",
            "spark.hadoop.dynamodb.throughput.* (EMR)",
        ),
        repair=retry_throttled,
        marks=(
            mark(
                THROTTLED,
                unless=r"too many running jobs|ForCapacity|spark compute|vcore|capacity.{0,20}exceeded|Livy|"
                r"kubernetes|concurrent runs|pull rate limit",
            ),
        ),
        to_fill=gentler,
    ),
    RootCause(
        name="output_commit_failure",
        family="storage",
        title="The output could not be committed",
        explanation="Tasks wrote their files, but moving them into place failed: another job or attempt had removed, "
        "taken or already written them.",
        remedy="Let one job write to a path at a time, delete what a failed run left, and use a committer made for "
        "the store (S3A committers, a table format) instead of renames.",
        not_to_confuse=(
            ("concurrent_write_conflict", "There a table format's transaction conflicts."),
            ("permission_denied", "There the right to write is missing."),
        ),
        needed_log=DRIVER_LOG,
        knobs=(
            "spark.sql.sources.commitProtocolClass",
            "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version",
            "spark.hadoop.fs.s3a.committer.name",
            "spark.speculation",
        ),
        marks=(
            mark(
                r"Authorized committer|CommitDenied|Commit denied for (partition|stage)|task commit success|"
                r"_temporary\S* (does not exist|\(No such file)|"
                r"(does not exist|No such file)\S* .{0,80}/_temporary|NoSuchUpload|LeaseExpiredException|no lease on|"
                r"Output path already exists|specified (multipart )?upload does not exist|PathCommitException|"
                r"Unable to clear (output|partition) directory|FileOutputCommitter.{0,200}(failed\b|exception)|"
                r"(job|task) commit failed|Failed to delete files / subfolders in blob|"
                r"Failed to (rename|commit|move) .{0,200}(_temporary|\.spark-staging|staging)|RenameOperation|"
                r"rename .{0,200}(returned false|failed).{0,100}|FAILED_RENAME|Could not rename|Failed to rename|"
                r"cannot overwrite non empty|Unable to move (source|file)|error while (moving|renaming|"
                r"copying) (files|the output)",
                unless=r"Mkdirs failed|/state/\d",
            ),
            mark(r"AlreadyExistsException: \S*_temporary", unless="_delta_log"),
            mark(r"(Task|Job) .{0,40}(aborted|failed) .{0,30}commit|FileAlreadyExistsException", Strength.GENERAL),
        ),
        repair=without_speculation,
        to_fill=committer,
    ),
    RootCause(
        name="wrong_filesystem",
        family="storage",
        title="A path of another file system",
        explanation="A path was handed to a file system that it does not belong to: another scheme, bucket or account "
        "than the one in use, or a URI without a host.",
        remedy="Write paths with their scheme and authority, and get the file system from the path "
        "(path.getFileSystem(conf)), not the default one; or set spark.hadoop.fs.defaultFS to it.",
        not_to_confuse=(
            ("missing_input_path", "There the file system is right and the path is not there."),
            ("missing_class", "`No FileSystem for scheme`: the connector's jar is missing."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.hadoop.fs.s3.impl",
            "spark.hadoop.fs.defaultFS",
            "spark.yarn.stagingDir (YARN)",
            "spark.sql.warehouse.dir",
        ),
        marks=(
            mark(
                r"Wrong FS\b|Wrong (bucket|scheme): \S+, in path|does not support access to the request path|"
                r"scheme \S+ does not match the scheme|from URI \S+ is not a valid filename|has invalid authority|"
                r"InvalidUriAuthority|is not a valid DFS filename|Incomplete HDFS URI|"
                r"Relative path in absolute URI|"
                # A store's scheme before a path of another file system's: the default was changed under the submitter.
                r"File (does )?not (found|exist) ?: ?(s3[an]?|gs|abfss?|wasbs?):/(?!/)|"
                r"Cannot find filesystem for|Wrong scheme|expected (scheme|authority)|URI has an authority component"
            ),
        ),
        repair=one_file_system,
        to_fill=file_system,
    ),
)
