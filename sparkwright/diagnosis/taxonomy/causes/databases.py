"""What databases and their drivers say, by what it means for whoever asked; never a sentence of one version alone."""

NOT_AUTHENTICATED = (
    r"password authentication failed|Login failed for user|ORA-(01017|01005|2800[01])|Incorrect username or password|"
    r"Access denied for user .{0,80}using password|no pg_hba\.conf entry|invalid (username|user name).{0,20}password|"
    r"username \S+ and/or password are incorrect|JWT token is invalid|Exception authenticating \w|"
    r"(missing|unable to find) authentication (credentials|token)|unable to authenticate user|\bNOAUTH\b|\bWRONGPASS\b|"
    r"account is (locked|disabled)|not permitted to log ?in|authentication type \d+ is not supported|"
    r"(UserId|user ?name|password|account)\b.{0,30}\b(is|are) (invalid|incorrect|wrong)|"
    r"Failed to authenticate\b|"
    r"unauthorized due to authentication|Unsupported authentication token|ClientError\.Security\.|Client sent AUTH|"
    r"(SCRAM|password)-based authentication, but no password|Connection authorization failure|"
    r"authorization token can't serve|AuthenticationException: (?!.{0,40}ssl)|401\|Unauthorized|"
    r"NotAuthorizedException|KeyProviderException|credentials were not found|"
    r"transport for authentication|requires authentication|Authentication is required"
)
NOT_ALLOWED = (
    r"\bauthori[sz]ation failed|permission was denied on|command denied to user|ORA-01031|"
    r"(do|does) not have [\w' -]{2,50}(access|privilege|permission|right|grant)s? (to|on|for)\b"
)
# The class of SQLSTATE is that of connections (08).
NOT_REACHED = (
    r"Network Adapter could not establish the connection|TCP/IP connection to the host .{0,80} has failed|"
    r"ORA-(12541|12514|12505|12170|17002|03113)|No listener at\b|listener does not currently know of|"
    r"The connection attempt failed|Error opening socket to server|Error setting/closing connection|"
    r"(Unable to|Could not|Cannot|Failed to) (establish|initiate|open) (a |the )?(new )?connection|"
    r"Login timeout\b|last packet (sent|successfully received)|SQL ?STATE\W{1,3}08\w{3}\b|Communications link failure|"
    # Spark's own words, whatever the driver threw.
    r"FAILED_JDBC.{0,300}(Failed to connect|Couldn't connect)"
)
NO_CONNECTION_LEFT = (
    r"connection slots are reserved|too many (connections|clients)|no more connections allowed|max_client_conn|"
    r"max(_user)?_connections|connection limit \S+ exceeded|ORA-00018|ORA-00020|ORA-12519|ORA-12516|ORA-12520|"
    r"GetConnectionTimeout|no free connections|max wait queue|PoolTooBusy|exceeded simultaneous SESSIONS|"
    r"maximum number of (sessions|processes|connections)"
)
IN_EACH_OTHERS_WAY = (
    r"deadlock (detected|found|or timeout)|SQL ?STATE\W{1,3}40(001|P01)\b|acquir(e|ing) locks|"
    r"locks .{0,60}cannot be acquired|"
    r"no record of lock|continuously by many concurrent|deadlocked on|deadlock victim|Lock wait timeout exceeded|"
    r"could not serialize access|"
    r"WriteConflict\b|has locked table|Serializable isolation violation|ORA-(00060|00054|08177)|waiters for this lock|"
    r"Lock acquisition .{0,60}timed out"
)
TOO_MUCH_AT_ONCE = (
    r"\bServer (is )?too busy|service is currently busy|circuit_breaking|CallQueue(Overflow|TooBig)|"
    r"Call queue is full|RegionTooBusy|"
    r"OverloadedException|"
    r"node is overloaded|was overloaded|provisioned throughput .{0,60}exceeded|TotalRequests Limit exceeded"
)
