"""What a front process keeps: forecasters by version, and the history of all workloads."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from data_contracts.tables import Certificate, DeathWatch, Run
from sparkwright.advisor.claims import read_claims
from sparkwright.advisor.core import ForecastReply, ForecastRequest
from sparkwright.advisor.limits import risk_limits
from sparkwright.advisor.live import LiveAdvisor
from sparkwright.allocation.need_prior import load_prior
from sparkwright.errors import LakeError
from sparkwright.forecast.forecaster import Forecaster
from sparkwright.lake import Lake
from sparkwright.lake.changes import TableFollower
from sparkwright.registry import models, tracking
from sparkwright.settings import Settings

if TYPE_CHECKING:
    from sparkwright.registry.tracking import MlflowClient

_KEPT_VERSIONS = 2
"""The one that is served and the one that takes its place, beside those that are needed for something else."""

logger = logging.getLogger("bentoml.sparkwright.forecasting")


class Forecasting:
    """Recommendations from registered forecasters over the runs of the lake.

    Args:
        where: Names the registry and the lake.

    Attributes:
        needed: Versions that are kept whatever else is loaded: what is served, in canary or in shadow.
    """

    def __init__(self, where: Settings) -> None:
        self._where = where
        self._client: MlflowClient | None = None
        self._forecasters: dict[str, Forecaster] = {}
        self._advisor = LiveAdvisor(self.forecaster, risk_limits(where))
        self._lake = Lake(where.lake_uri)
        self._runs = TableFollower(self._lake, Run, self._advisor.columns)
        self._judgements = [TableFollower(self._lake, one, list(one.model_fields)) for one in (Certificate, DeathWatch)]
        self._is_started = False
        self.needed: frozenset[str] = frozenset()

    def forecaster(self, version: str) -> Forecaster:
        """The forecaster of a registered version, loaded on first use.

        Raises:
            RegistryError: There is no such version.
            ContractMismatchError: It reads columns that mean something else now.
        """
        found = self._forecasters.get(version)
        if found is None:
            self._client = self._client or tracking.connect(self._where)
            folder = models.download(self._client, models.FORECASTER, version)
            found = Forecaster.load(folder)
            self._advisor.believe(version, load_prior(folder), self.needed)
            known = self._forecasters
            kept = [*[one for one in known if one not in self.needed][1 - _KEPT_VERSIONS :], *self.needed]
            # Replaced as a whole: requests read it while another thread loads.
            self._forecasters = {**{one: known[one] for one in kept if one in known}, version: found}
        return found

    def refresh_history(self) -> bool:
        """Whether the lake had newer runs, which are now used.

        Raises:
            LakeError: The table cannot be read; the previous runs stay in use.
        """
        if not self._is_started:
            self._is_started = True
            try:
                self._advisor.start_from(self._lake)
            except LakeError as error:
                logger.warning("The states of workloads are folded anew: %s", error)
        changes = self._runs.poll()
        if changes is None:
            return False
        try:
            self._advisor.take_in(changes)
        except BaseException:
            self._runs.start_over()  # else these changes would never be told again
            raise
        return True

    def refresh_claims(self) -> bool:
        """Whether earlier claims were judged anew, which now holds.

        Raises:
            LakeError: The judgement cannot be read; the previous one stays in force.
        """
        if not [one for one in self._judgements if one.poll() is not None]:
            return False
        try:
            self._advisor.claims = read_claims(self._lake)
        except BaseException:
            for one in self._judgements:
                one.start_over()
            raise
        return True

    def fold_ahead(self, asked: ForecastRequest) -> None:
        """Make what a decision reads of its workload; may be called in another thread."""
        self._advisor.fold_ahead(asked)

    def recommend(self, asked: Sequence[ForecastRequest]) -> list[ForecastReply]:
        """The decision on each request."""
        return self._advisor.recommend(asked)
