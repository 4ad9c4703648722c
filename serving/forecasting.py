"""What the forecast process keeps: forecasters by version, and the history of all workloads."""

import logging
from typing import TYPE_CHECKING

from data_contracts.arrow import schema
from data_contracts.fields.decision import NONE
from data_contracts.tables import Run
from sparkwright.advisor.core import ForecastReply, ForecastRequest, reply
from sparkwright.advisor.limits import risk_limits
from sparkwright.allocation.advise import ForecastOf, advise
from sparkwright.allocation.past import past_runs
from sparkwright.errors import SparkwrightError, reason
from sparkwright.features.columns import COLUMNS
from sparkwright.features.windows import HistoryIndex
from sparkwright.forecast.answers import forecast_of, history_of
from sparkwright.forecast.forecaster import Forecaster
from sparkwright.lake import Lake
from sparkwright.registry import models, tracking
from sparkwright.settings import Settings

if TYPE_CHECKING:
    from sparkwright.registry.tracking import MlflowClient

_KEPT_VERSIONS = 2
"""The one that is served and the one that takes its place."""

logger = logging.getLogger("bentoml.sparkwright.forecasting")


class Forecasting:
    """Recommendations from registered forecasters over the runs of the lake.

    Args:
        where: Names the registry and the lake.
    """

    def __init__(self, where: Settings) -> None:
        self._where = where
        self._client: MlflowClient | None = None
        self._lake = Lake(where.lake_uri)
        self._forecasters: dict[str, Forecaster] = {}
        self._index = HistoryIndex(schema(Run).empty_table().select(COLUMNS))
        self._table_version: int | None = None

    def is_loaded(self, version: str) -> bool:
        """Whether the forecaster answers without being loaded first."""
        return version in self._forecasters

    def forecaster(self, version: str) -> Forecaster:
        """The forecaster of a registered version, loaded on first use.

        Raises:
            RegistryError: There is no such version.
            ContractMismatchError: It reads columns that mean something else now.
        """
        found = self._forecasters.get(version)
        if found is None:
            self._client = self._client or tracking.connect(self._where)
            found = Forecaster.load(models.download(self._client, models.FORECASTER, version))
            kept = list(self._forecasters.items())[1 - _KEPT_VERSIONS :]
            # Replaced as a whole: requests read it while another thread loads.
            self._forecasters = {**dict(kept), version: found}
        return found

    def refresh_history(self) -> bool:
        """Whether the lake had a newer table of runs, which is now used.

        Raises:
            LakeError: The table cannot be read; the previous runs stay in use.
        """
        if not self._lake.exists(Run):
            return False
        version = self._lake.version(Run)
        if version == self._table_version:
            return False
        self._index = HistoryIndex(self._lake.read(Run, columns=COLUMNS))
        self._table_version = version
        return True

    def recommend(self, asked: ForecastRequest) -> ForecastReply:
        """The decision on one request: by the evidence of its past runs, with a forecast where there is one."""
        past = past_runs(self._index.past_rows(asked.workload_id, asked.at))
        try:
            advice = advise(asked.request, past, self._forecast_for(asked), limits=risk_limits(self._where))
        except SparkwrightError as error:  # without a forecast, what killed earlier runs is known all the same
            without = asked.model_copy(update={"forecaster_version": NONE})
            advice = advise(asked.request, past, limits=risk_limits(self._where))
            return ForecastReply(recommendation=reply(without, advice), fault=reason(error))
        return ForecastReply(recommendation=reply(asked, advice))

    def _forecast_for(self, asked: ForecastRequest) -> ForecastOf | None:
        if asked.forecaster_version == NONE:
            return None
        forecaster = self.forecaster(asked.forecaster_version)
        return forecast_of(forecaster, history_of(forecaster, self._index, asked.workload_id, asked.at, asked.request))
