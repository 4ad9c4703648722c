"""Who may do what, and who somebody is."""

from sparkwright.diagnosis.taxonomy.causes.databases import NOT_ALLOWED, NOT_AUTHENTICATED
from sparkwright.diagnosis.taxonomy.causes.words import (
    CREDENTIALS,
    DRIVER_LOG,
    MANAGER_LOG,
    QUEUE,
    SERVICE_ACCOUNT,
    SERVICE_LOG,
    TASK_TRACE,
)
from sparkwright.diagnosis.taxonomy.repairs.program import new_client_each_time
from sparkwright.diagnosis.taxonomy.root_cause import RootCause, Strength, mark
from sparkwright.diagnosis.taxonomy.site_values.access import kerberos, service_account, staging, trust_store
from sparkwright.diagnosis.taxonomy.site_values.stores import plain_connection

_EXPIRED = (
    r"ExpiredToken|token\)? .{0,200}(is|has|was) expired|can't be found in cache|Request ?(has )?Expired|"
    r"(token|ticket|tgt|credentials?|signature|SAS)\b.{0,60}\bexpired|"
    r"expired (token|ticket|credential|session token|jwt)|Signature not valid in the specified time frame|"
    r"TokenExpired|ExpiredAuthenticationToken|Token may have expired|ExpiredCredential|token.{0,40}not (be )?renew|"
    r"JWT expired|Failed to renew token|Invalid or Cancelled Token"
)
_CERTIFICATES = (
    r"SSLHandshakeException|PKIX path|valid certification path|handshake_failure|SSLPeerUnverified|"
    r"CertificateException|certificate (validation failure|has expired|verify failed|is not trusted|unknown|expired)|"
    r"CERTIFICATE_VERIFY_FAILED|CertificateExpired|self[- ]signed certificate|Received fatal alert|SSLException|"
    r"Invalid keystore format|(SSL|TLS) encryption enabled but|trustAnchors|Unrecognized SSL message|"
    r"No subject alternative|x509: certificate|SSLError|No appropriate protocol|"
    # Thrift's word for TLS where it expects SASL: an alert record begins with 21, a handshake with 22.
    r"TTransportException: Invalid status 2[12]\b|"
    r"(TLS|SSL) handshake|SslAuthentication|secure connection to .{0,80}(SSL|TLS)|(does not|doesn't) support SSL|"
    r"server selected protocol version|bad_certificate|CertPathValidator|Keystore was tampered|"
    r"not an SSL/TLS record|(?<!invalid_)protocol_version"
)

CAUSES = (
    RootCause(
        name="token_expired",
        family="security",
        title="A token or ticket expired",
        explanation="A delegation token, Kerberos ticket, session token or signature was good when the application "
        "started and ran out while it ran.",
        remedy="Let Spark renew what it may (spark.kerberos.principal and spark.kerberos.keytab; before 3.0 "
        "spark.yarn.principal and .keytab), give temporary credentials a longer life, or use a provider that renews.",
        not_to_confuse=(
            ("authentication_failure", "There it never worked."),
            ("permission_denied", "There the identity is known and lacks a right."),
        ),
        needed_log=TASK_TRACE,
        knobs=(
            "spark.hadoop.fs.hdfs.impl.disable.cache",
            "spark.hadoop.fs.s3a.aws.credentials.provider",
            "spark.hadoop.fs.s3a.access.key",
            "spark.hadoop.fs.s3a.secret.key",
            "spark.hadoop.fs.gs.auth.type (connector 3)",
            "spark.hadoop.fs.gs.auth.service.account.json.keyfile (connector 3)",
            "spark.hadoop.google.cloud.auth.service.account.json.keyfile",
            "spark.hadoop.fs.azure.account.key.[account]",
            "spark.hadoop.fs.azure.account.auth.type.[account]",
            "spark.kerberos.principal (3.0; before: spark.yarn.principal)",
            "spark.kerberos.keytab (3.0; before: spark.yarn.keytab)",
            "spark.kerberos.access.hadoopFileSystems (3.0; before: spark.yarn.access.hadoopFileSystems)",
        ),
        marks=(mark(_EXPIRED, unless=r"certificate|SSL|PKIX|Livy|session \d+|idle|\block\b"),),
        repair=new_client_each_time,
        to_fill=kerberos,
    ),
    RootCause(
        name="tls_handshake_failure",
        family="security",
        title="TLS could not be agreed on",
        explanation="A connection was made, and client and server did not trust or understand one another: an unknown "
        "or expired certificate, another name, another protocol version.",
        remedy="Put the authority's certificate into the trust store of driver and executors "
        "(-Djavax.net.ssl.trustStore), renew what expired, and use the name that the certificate has.",
        not_to_confuse=(
            ("connection_refused", "There nobody answers."),
            ("authentication_failure", "There the connection stands and the credentials are wrong."),
        ),
        needed_log="The handshake with -Djavax.net.debug=ssl,handshake on the side that refused.",
        knobs=(
            "spark.driver.extraJavaOptions (-Djavax.net.ssl.trustStore)",
            "spark.executor.extraJavaOptions (-Djavax.net.ssl.trustStore)",
            "spark.kubernetes.authenticate.caCertFile (Kubernetes)",
            "spark.hadoop.hive.metastore.use.SSL",
            "spark.hadoop.fs.s3a.connection.ssl.enabled",
            "spark.hadoop.fs.s3a.path.style.access",
            "spark.executorEnv.SSL_CERT_FILE, spark.executorEnv.REQUESTS_CA_BUNDLE (Python)",
            "spark.yarn.appMasterEnv.REQUESTS_CA_BUNDLE (Python, YARN)",
        ),
        marks=(mark(_CERTIFICATES),),
        repair=plain_connection,
        to_fill=trust_store,
    ),
    RootCause(
        name="kubernetes_rbac_denied",
        family="security",
        title="The service account may not do this in Kubernetes",
        explanation="The driver's service account lacks the right to create, list, watch or delete pods, services or "
        "config maps in its namespace.",
        remedy="Bind a role with these rights to the account, and name it: "
        "spark.kubernetes.authenticate.driver.serviceAccountName.",
        not_to_confuse=(
            ("namespace_quota_exceeded", "`exceeded quota` is forbidden, too: the right is there, the room is not."),
            ("permission_denied", "There a store or file system refuses."),
        ),
        needed_log=MANAGER_LOG,
        knobs=("spark.kubernetes.authenticate.driver.serviceAccountName", "spark.kubernetes.namespace"),
        marks=(
            mark(
                r"is forbidden: User|Configured service account doesn't have access|"
                r"cannot (get|list|create|watch|delete|patch|deletecollection|update) resource|"
                r"security context constraint|check account permissions|serviceaccount \S+ (is )?forbidden|"
                r"KubernetesClientException.{0,400}Forbidden",
                unless=r"exceeded quota|maximum (cpu|memory)|must specify|PodSecurity|violates|Unauthorized!|"
                r"token may have",
            ),
        ),
        to_fill=service_account,
    ),
    RootCause(
        name="authentication_failure",
        family="security",
        title="The identity was not accepted",
        explanation="A service did not accept who the application says it is: no or wrong credentials, no Kerberos "
        "ticket, another identity than was meant, a proxy user that may not be one.",
        remedy="Give the right credentials to driver and executors (keytab and principal, instance profile, secret), "
        "and check clocks and the proxy-user rules (hadoop.proxyuser.*).",
        not_to_confuse=(
            ("permission_denied", "There the identity is accepted and lacks a right."),
            ("token_expired", "There it worked until the token ran out."),
            ("tls_handshake_failure", "There the certificates do not fit."),
        ),
        needed_log=SERVICE_LOG,
        knobs=(
            "spark.kerberos.principal (3.0; before: spark.yarn.principal)",
            "spark.kerberos.keytab (3.0; before: spark.yarn.keytab)",
            "spark.kerberos.access.hadoopFileSystems (3.0; before: spark.yarn.access.hadoopFileSystems)",
            "spark.hadoop.fs.s3a.aws.credentials.provider",
            "spark.hadoop.fs.s3a.access.key",
            "spark.hadoop.fs.s3a.secret.key",
            "spark.hadoop.fs.gs.auth.type (connector 3)",
            "spark.hadoop.fs.gs.auth.service.account.json.keyfile (connector 3)",
            "spark.hadoop.google.cloud.auth.service.account.json.keyfile",
            "spark.hadoop.fs.azure.account.key.[account]",
            "spark.hadoop.fs.azure.account.auth.type.[account]",
            "spark.driver.extraJavaOptions (-Djava.security.auth.login.config, -Djava.security.krb5.conf)",
            "spark.executor.extraJavaOptions (-Djava.security.auth.login.config, -Djava.security.krb5.conf)",
            "spark.security.credentials.hbase.enabled",
            "spark.es.net.http.auth.*",
            "spark.cassandra.auth.*",
            "spark.redis.*",
            "spark.mongodb.*",
        ),
        marks=(
            mark(
                r"No valid credentials provided|Failed to find any Kerberos tgt|Client cannot authenticate via|"
                r"GSS initiate failed|"
                r"LoginException|Unable to obtain password|Token can be issued only with|Master Kerberos principal|"
                r"Clock skew too great|Pre-authentication|not found in Kerberos database|Checksum failed|"
                r"is not allowed to impersonate|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidClientTokenId|"
                r"Unable to load (AWS )?credentials|No ?AWS ?Credentials|NoAuthWithAWS|UnrecognizedClientException|"
                rf"{NOT_AUTHENTICATED}|SIMPLE authentication is not enabled|RequestTimeTooSkewed|"
                r"invalid (access|bearer) token|JAAS config\w*|either JAAS or Kafka|Peer indicated failure|"
                r"requested SASL mechanism|digest response format violation|(server's|invalid) Kerberos principal|"
                r"Credential\w*NotFound|(reading|loading|refreshing) credentials|both principal and keytab|"
                r"getting token from AzureAD|Auth failed for\b|Integrity check on decrypted field|PREAUTH_FAILED|"
                r"contact any KDC|Error validating the login|"
                r"Unauthorized connection for super-user|"
                r"keytab( file)?:? .{0,120}(does not exist|not found|not readable)|"
                r"Authentication ?failed|401 Unauthorized|(status|code|HTTP)\W{0,4}401\b|"
                r"SASL (negotiation|authentication|error)|SaslException|AADSTS\d+|invalid_(client|grant)|"
                r"access token.{0,60}(metadata server|could not|failed)|No Credentials? (provided|found)|"
                r"credentials? (is|are) (invalid|missing|not)|does not have a valid (login|token)|KrbException|"
                # As the driver of Azure's store prints a status.
                r"Anonymous caller|SaslAuthentication|failed to authenticate the request|\", 401, [A-Z]{3,6}\b|"
                r"Invalid configuration value detected for fs\.azure\.account|"
                r"NoAuthenticationInformation|InvalidAuthenticationInfo|"
                # Google's client outside of Google's machines, where nobody gave it a key.
                r"UnknownHost\w*:? metadata\.google\.internal|getCredentialFromMetadataService|"
                r"ComputeEngineCredentials\W{0,3}(cannot|failed|unable)|Application Default Credentials (are|were) not|"
                r"Could not load the default credentials",
                unless=rf"{_EXPIRED}|{_CERTIFICATES}|fetch (anonymous|oauth) token|pull(ing)? (the )?(docker )?image",
            ),
            mark(
                r"GSSException|SIMPLE authentication is not enabled|Unauthorized\b|"
                r"Kerberos.{0,80}(error|fail|exception|required|denied)",
                Strength.GENERAL,
                unless=rf"{_EXPIRED}|{_CERTIFICATES}",
            ),
        ),
        to_fill=kerberos,
    ),
    RootCause(
        name="permission_denied",
        family="security",
        title="No permission",
        explanation="The user or role the application runs as may not read or write what it asked for.",
        remedy="Grant the right on the path or table in the message, or run as a user who has it.",
        not_to_confuse=(
            ("authentication_failure", "There the identity itself is not accepted."),
            ("token_expired", "There the right was there until a token ran out."),
            ("kubernetes_rbac_denied", "There Kubernetes refuses the service account."),
            ("missing_input_path", "Some stores answer 403 for what does not exist."),
        ),
        needed_log=DRIVER_LOG,
        knobs=(
            "spark.yarn.stagingDir (YARN)",
            "spark.eventLog.dir",
            "spark.sql.warehouse.dir",
            "spark.local.dir",
            "spark.jars.ivy",
            "spark.hadoop.hive.exec.scratchdir",
            "spark.kubernetes.executor.volumes.*",
            "spark.hadoop.fs.s3a.aws.credentials.provider",
            "spark.hadoop.fs.s3a.access.key",
            "spark.hadoop.fs.s3a.secret.key",
            "spark.hadoop.fs.gs.auth.type (connector 3)",
            "spark.hadoop.fs.gs.auth.service.account.json.keyfile (connector 3)",
            "spark.hadoop.google.cloud.auth.service.account.json.keyfile",
            "spark.hadoop.fs.azure.account.key.[account]",
            "spark.hadoop.fs.azure.account.auth.type.[account]",
        ),
        marks=(
            mark(
                r"Permission denied|AccessControlException|AccessDenied|Access ?Denied|INSUFFICIENT_PERMISSIONS?|"
                r"403 Forbidden|(status ?code|HTTP|code|status)\W{0,4}403\b|not authorized to perform|"
                r"AuthorizationPermissionMismatch|does not have (storage|bigquery|\w+)\.[\w.]+ (access|permission)|"
                r"Permission '\S+' denied|"
                r"(do|does) not have (the )?(required )?(permission|privilege|access|authori[sz]ation)s?\b|"
                rf"{NOT_ALLOWED}|PERMISSION_DENIED|insufficient (lake formation )?(privilege|permission|"
                r"authentication scope)s?|"
                r"Operation not permitted|not authorized( (to|for)\b|$)|should be writable|INSUFFICIENT_PRIVILEGES|"
                r"\bEACCES\b|assume role permissions|Requested user \S+ is (banned|not whitelisted)|"
                r"Errno 13\b|SecurityException.{0,60}denied|\", 403, [A-Z]{3,6}\b",
                unless=rf"{CREDENTIALS}|{SERVICE_ACCOUNT}|{QUEUE}|{_CERTIFICATES}|exceeded quota|rateLimit|image|"
                rf"shared object|"
                rf"pull|token .{{0,40}}expired|Access denied for user .{{0,80}}using password",
            ),
            # All that Hadoop's local file system says of a folder that may not be made.
            mark(r"Mkdirs failed to create", Strength.GENERAL),
        ),
        to_fill=staging,
    ),
)
