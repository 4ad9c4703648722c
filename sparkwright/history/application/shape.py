"""Which applications count as runs: batch ones, not those that never end or that many people share."""

from sparkwright.history.application.state import ApplicationState

_INTERACTIVE_NAMES = {"Spark shell", "PySparkShell", "SparkR", "Thrift JDBC/ODBC Server", "Spark Connect server"}
_INTERACTIVE_CLASSES = (
    "org.apache.spark.repl.Main",
    "org.apache.spark.sql.hive.thriftserver.",
    "org.apache.spark.sql.connect.service.SparkConnectServer",
    "org.apache.zeppelin.",
    "org.apache.livy.repl.",
    "org.apache.toree.",
)
# Properties that only shared sessions have: Databricks notebooks, Livy sessions, shells that load classes.
_INTERACTIVE_PROPERTIES = ("spark.databricks.notebook.path", "spark.repl.class.uri", "spark.repl.class.outputDir")


def shape_of(app: ApplicationState) -> str:
    """``batch``, or ``endless_or_shared`` for streaming, Thrift and Connect servers, notebooks and shells."""
    properties = app.properties
    interactive = (
        app.shared_by is not None
        or (app.start is not None and app.start.app_name in _INTERACTIVE_NAMES)
        or any(name in app.command for name in _INTERACTIVE_CLASSES)
        or any(name in properties for name in _INTERACTIVE_PROPERTIES)
        # A cluster created by hand or through the API stays; one created for a job (JOB) ends with it.
        or properties.get("spark.databricks.clusterSource", "JOB") != "JOB"
    )
    return "endless_or_shared" if interactive else "batch"
