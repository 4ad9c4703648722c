"""Where things are: the ``SPARKWRIGHT_*`` environment and a file of such variables, nothing else.

What to do is in YAML (:mod:`sparkwright.config`); where to do it is here. ``infra/terraform`` prints these names.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sparkwright.environment import (
    HOME,
    LAUNCHER_TIMEOUT_S,
    PREFIX,
    SERVICE_URL,
    absolute,
    defaults_under,
    env_file,
    home_of,
    read_variables,
)
from sparkwright.errors import ConfigError, reason

_PLACES = (
    "lake_uri",
    "artifact_root",
    "decision_log_url",
    "event_log_dir",
    "standalone_work_dir",
    "databricks_log_dir",
    "yarn_log_dir",
    "kubernetes_token_file",
    "kubernetes_ca_file",
    "tls_cert_file",
    "tls_key_file",
    "api_key_file",
    "prices",
    "policies",
)
"""Settings that may name a file or a folder, besides the home and an SQLite tracking URI."""


class Settings(BaseModel):
    """The environment of one installation; unset addresses lie under ``home``."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    home: Path = Field(Path(HOME), description="Folder for everything that is kept locally.")
    lake_uri: str = Field("", description="Delta tables: a folder or an s3:// address. Default: <home>/lake.")
    tracking_uri: str = Field("", description="MLflow tracking and registry. Default: SQLite in <home>.")
    artifact_root: str = Field("", description="MLflow artefacts. Default: <home>/artifacts.")
    decision_log_url: str = Field("", description="SQLAlchemy URL of the decision log. Default: SQLite in <home>.")
    event_log_dir: str = Field(
        "",
        description="Where applications write event logs: a folder, or an s3:, gs:, abfs:, hdfs: or dbfs: address. "
        "Default: <home>/eventlogs.",
    )
    standalone_work_dir: str = Field(
        "",
        description="Work folders of a standalone cluster's workers: <dir>/<app id>/<executor id>/stderr. A folder, or "
        "an address as for event logs.",
    )
    databricks_log_dir: str = Field(
        "", description="Destination of Databricks' log delivery, as for event logs. Default: the event logs' folder."
    )
    yarn_rm_url: str = Field("", description="YARN ResourceManager, without /ws: final status and diagnostics.")
    yarn_log_url: str = Field("", description="YARN log server: its address up to /containerlogs.")
    yarn_log_dir: str = Field(
        "",
        description="Container logs as text: <dir>/<app id>/<container>/stderr, output of `yarn logs`, or EMR's log "
        "folder of one cluster or of all. A folder, or an address as for event logs.",
    )
    kubernetes_api_url: str = Field(
        "", description="Kubernetes API server. Default: the pod's own cluster inside a pod, elsewhere none."
    )
    kubernetes_token_file: Path | None = Field(
        None, description="File with its bearer token. Default: the pod's own inside a pod."
    )
    kubernetes_ca_file: Path | None = Field(None, description="Certificates to trust it by.")
    history_server_url: str = Field("", description="Spark History Server to read the event logs through instead.")
    allowed_hosts: str = Field(
        "",
        description="Comma-separated names that the service answers to, besides those of loopback and its address; "
        "`.example.com` covers every name below example.com.",
    )
    require_keys: bool = Field(
        False, description="Whether the service requires an API key even on loopback; elsewhere it always does."
    )
    tls_cert_file: Path | None = Field(None, description="Certificate chain of the service, PEM. Default: no TLS.")
    tls_key_file: Path | None = Field(None, description="Private key of its first certificate, PEM.")
    service_url: str = Field(SERVICE_URL, description="Address that launchers ask.")
    api_key_file: Path | None = Field(
        None, description="File with the API key of launchers; or set the key itself in SPARKWRIGHT_API_KEY."
    )
    launcher_timeout_s: float = Field(
        LAUNCHER_TIMEOUT_S,
        gt=0,
        allow_inf_nan=False,
        description="Seconds after which a launcher without an answer submits as written.",
    )
    off: bool = Field(False, description="Whether launchers act as if Sparkwright were not there.")
    llm_engine: Literal["transformers", "vllm", "none"] = Field(
        "transformers", description="What runs the troubleshooter."
    )
    explain_with: Literal["template", "model"] = Field(
        "template", description="What words explanations; a model's text is used only if code finds it grounded."
    )
    max_risk: float = Field(
        0.01,
        gt=0,
        le=0.5,
        allow_inf_nan=False,
        description="Maximum P(death) of a heap below what was requested or has held; a request may lower it.",
    )
    lost_attempts: float = Field(
        3.0,
        ge=0,
        le=1000,
        allow_inf_nan=False,
        description="Cost of a death besides the attempt and its retry, in attempts.",
    )
    allow_trials: bool = Field(
        False, description="Whether heaps of up to ten times that risk may be tried, to learn where the edge is."
    )
    trials_per_day: int | None = Field(
        None, ge=0, description="Maximum trials of the whole fleet per day, from midnight UTC. Default: any number."
    )
    queue_trials_per_day: int | None = Field(None, ge=0, description="The same for each queue.")
    hold_back: float = Field(
        0.0,
        ge=0,
        le=0.5,
        allow_inf_nan=False,
        description="Share of decisions left as the user wrote them, at random, to estimate savings by comparison.",
    )
    prices: Path | None = Field(
        None, description="Price sheet as for `sparkwright report --prices`. Default: AWS Fargate's list price."
    )
    policies: Path | None = Field(
        None, description="What applications may ask for: a file or a folder of YAML. Default: anything."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Minimum log level.")

    @model_validator(mode="before")
    @classmethod
    def _under_home(cls, values: dict[str, object]) -> dict[str, object]:
        home = home_of(str(values.get("home") or ""))
        defaults = {name: values.get(name) or value for name, value in defaults_under(home).items()}
        values = {**values, **defaults}
        given = {name: absolute(str(values[name])) for name in _PLACES if values.get(name)}
        if (tracking := str(values["tracking_uri"])).startswith("sqlite"):  # "databricks" is an address, no folder
            given["tracking_uri"] = absolute(tracking)
        return {**values, **given, "home": home}

    def make_home(self) -> Path:
        """Create the home where there is none, and return it; for what writes into it, not for what only reads.

        Raises:
            ConfigError: There is none, and it cannot be created.
        """
        try:
            self.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"SPARKWRIGHT_HOME: expected a folder that exists or can be created, got {self.home}: {reason(error)}"
            ) from error
        return self.home


def read_settings(dotenv: Path | None = None, **given: object) -> Settings:
    """The settings: what is ``given`` by name, else the environment, else ``dotenv`` (None: no file).

    Raises:
        ConfigError: A variable holds a value of the wrong kind; the message lists every fault.
    """
    try:
        return Settings.model_validate(read_variables(dotenv=dotenv) | given)
    except ValidationError as error:
        faults = "; ".join(
            f"{PREFIX}{str(fault['loc'][0]).upper()}: {fault['msg']}, got {fault['input']!r}"
            for fault in error.errors()
        )
        raise ConfigError(f"the environment is wrong: {faults}") from error


def place_variables(where: Settings) -> dict[str, str]:
    """The variables that say where things are, for a program that starts in another folder."""
    names = ("home", "tracking_uri", *_PLACES)
    return {f"{PREFIX}{name.upper()}": str(value) for name in names if (value := getattr(where, name))}


@cache
def settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        ConfigError: As :func:`read_settings`.
    """
    return read_settings(env_file())
