"""What a front process decides with: forecasters, the history of all workloads, and the decision log behind them.

Questions that come together are decided in one call and logged with one commit. Nothing crosses a process.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from data_contracts.api.recommendation import Recommendation, RecommendRequest
from serving.decisions.coalescing import Coalescer
from serving.decisions.idle_collection import IdleCollection
from serving.decisions.redacting import prepared
from serving.decisions.rollout import Rollout
from serving.decisions.shadow import Shadow
from serving.decisions.trial_gate import TrialGate
from serving.gateway.overload import OPEN_LIMIT, PACE, OverloadedError, Places, arrived_s
from serving.messages import LoadReply
from sparkwright.access.caller import NOBODY
from sparkwright.advisor.core import ForecastReply, ForecastRequest, conclude, given_again, of_no_launch, prepare
from sparkwright.advisor.rollout import OFF
from sparkwright.errors import SparkwrightError, reason
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.feedback.group_commit import Entry, Written
from sparkwright.policy.apply import Policies
from sparkwright.policy.source import PolicySource
from sparkwright.prices import load_prices
from sparkwright.registry.releases import Release
from sparkwright.settings import Settings

_LOOK_S = 1.0
"""How often a process looks for the file that switches all advice off."""
_REFRESH_S = 5.0
_TOGETHER = 16
_TURNS = 3
"""From the arrival of a request to its question the event loop takes about so many turns."""
_COMMITTED_TOGETHER = 256

logger = logging.getLogger("bentoml.sparkwright.deciding")


class _Waiting(NamedTuple):
    """A question, and when its request came."""

    asked: ForecastRequest
    since_s: float


class Deciding:
    """Recommendations over the runs of the lake, each in the decision log before it is given.

    Args:
        where: Names the registry and the lake, and says whether trials are allowed.
        log: Where decisions go.
        rollout: Who gets advice, and from which release; default what the home's file says.

    Attributes:
        note: Why the history is older than the lake's; empty where it is not.
        is_off: Whether nothing is advised, because a person said so: there is a file :data:`OFF` in the home.
    """

    def __init__(self, where: Settings, log: DecisionLog, rollout: Rollout | None = None) -> None:
        # Imported here: every process of the service imports this module, only those in front need torch.
        import torch

        from serving.decisions.forecasting import Forecasting

        torch.set_num_threads(1)
        self._forecasting = Forecasting(where)
        self._log = log
        self._trials = TrialGate(log, where)
        self._hold_back = where.hold_back
        self._prices = load_prices(where.prices)
        self._policies = PolicySource(where.policies, self._prices)
        self._places = Places("recommendations", OPEN_LIMIT)
        self._collection = IdleCollection(lambda: self._places.taken == 0)
        self._questions = Coalescer(self._forecast, _TOGETHER, _TURNS)
        self._followed: tuple[float, int] | None = None
        """When the last group of questions began, and how many they were, where others waited behind them."""
        self._decisions = Coalescer(self._write, _COMMITTED_TOGETHER)
        # Of its own: readers of a lake that hangs must not keep a decision from being written.
        self._writer = ThreadPoolExecutor(1, "decision-log")
        self._switch = where.home / OFF
        self._rollout = rollout or Rollout(where)
        self._shadow = Shadow(
            self._forecasting.fold_ahead,
            self._replies,
            self._write_shadows,
            lambda: self._places.taken > 0,
            lambda: self._policies.current,
        )
        self.note = ""
        self.is_off = False

    async def start(self) -> None:
        """Read the history."""
        self._look_at_switch()
        await self._refresh()
        self._collection.start()

    async def keep_fresh(self) -> None:
        """Look for newer runs and judgements and at the switch, until cancelled."""
        # Apart: a lake that hangs is when a person wants advice off.
        await asyncio.gather(
            self._keep_looking(), self._keep_refreshing(), self._shadow.keep(), self._collection.keep()
        )

    @property
    def policies(self) -> Policies | None:
        """The policies in force; None where everything is allowed."""
        return self._policies.current

    def stop(self) -> None:
        """Let what is being written be written."""
        self._writer.shutdown()
        self._trials.stop()

    async def load(self, version: str) -> LoadReply:
        """Load a forecaster and have it answer once: one that cannot is not served."""
        try:
            self._forecasting.needed = self._rollout.versions
            forecaster = await asyncio.to_thread(self._forecasting.forecaster, version)
        except SparkwrightError as error:
            return LoadReply(fault=str(error))
        return LoadReply(contract_hash=forecaster.contract_hash, fault=self._try_out(version))

    async def decide(
        self, request: RecommendRequest, release: Release | None, fault: str, team: str = NOBODY.team
    ) -> Recommendation:
        """The decision on a request, already in the log; that of before for a launch that asks again.

        While advice is off nothing is given again: who switched it off means the old advice, too.

        Args:
            request: From a launcher.
            release: What decides; None where there is none.
            fault: Why no forecaster can be asked; empty where one can.
            team: Whose key asks.

        Raises:
            DecisionLogError: It could not be written, so it must not be answered.
            OverloadedError: There is no time for it.
        """
        since_s = arrived_s()
        with self._places.one():
            asked = await prepared(request)
            asked, fault = self._rollout.applied(asked, release, fault, team)
            if team != NOBODY.team:
                asked = asked.model_copy(update={"team": team})
            if not asked.report_only:
                asked = await self._trials.informed(asked)
            recommendation, written = await self._decide(asked, fault, since_s)
            before = written.decision
            if before is not None and before.decision_id != recommendation.decision_id:
                # Whoever is opted out since means the old advice, too, and rules that changed hold for what comes now.
                stands = not self.is_off and (before.report_only or not asked.report_only)
                stands &= before.policy_version == recommendation.policy_version
                if stands and (given := given_again(asked, before)) is not None:
                    return given
                recommendation, _ = await self._decide(of_no_launch(asked), fault, since_s)
            if self._rollout.shadow is not None and not self.is_off:
                self._shadow.offer(asked, self._rollout.shadow)
            return recommendation

    async def _decide(self, asked: ForecastRequest, fault: str, since_s: float) -> tuple[Recommendation, Written]:
        """A decision, and what the log has of it; no trial where another decision was faster to make one."""
        recommendation, written = await self._decide_once(asked, fault, since_s)
        if not written.no_trial:
            return recommendation, written
        asked = asked.model_copy(update={"no_trial": written.no_trial})
        return await self._decide_once(asked, fault, since_s)

    async def _decide_once(self, asked: ForecastRequest, fault: str, since_s: float) -> tuple[Recommendation, Written]:
        if self.is_off:
            reply = ForecastReply(fault=f"advice is switched off: {self._switch} is there")
        else:
            reply = await self._questions.ask(_Waiting(asked, since_s))
        if fault:
            reply = reply.model_copy(update={"fault": reply.fault or fault})
        recommendation, decision = conclude(
            asked, reply, self._policies.current, hold_back=self._hold_back, prices=self._prices
        )
        written = await self._decisions.ask(Entry(decision, self._trials.budget(asked)))
        if written.error is not None:
            raise written.error
        return recommendation, written

    async def _forecast(self, waiting: Sequence[_Waiting]) -> list[ForecastReply | Exception]:
        """Decide on each question; on the event loop, because threads would only take turns."""
        now_s = time.monotonic()
        if self._followed is not None:  # all that was done since then belongs to what was asked then
            PACE.took(now_s - self._followed[0], self._followed[1])
        late = [PACE.is_late(one.since_s, now_s, len(waiting)) for one in waiting]
        asked = [one.asked for one, is_late in zip(waiting, late, strict=True) if not is_late]
        replies = iter(self._replies(asked) if asked else [])
        if asked and not len(self._questions):
            PACE.took(time.monotonic() - now_s, len(asked))
        self._followed = (now_s, len(asked)) if asked and len(self._questions) else None
        refused = OverloadedError("the answer would come too late: ask again")
        return [refused if is_late else next(replies) for is_late in late]

    def _try_out(self, version: str) -> str:
        """Why this forecaster forecasts nothing; empty where it does."""
        asked = prepare(RecommendRequest(app_name="a release is tried out"))
        [reply] = self._replies([asked.model_copy(update={"forecaster_version": version})])
        if reply.recommendation is not None and reply.recommendation.forecast is not None:
            return ""
        return f"forecaster version {version} was tried out and forecast nothing: {reply.fault}"

    def _replies(self, asked: Sequence[ForecastRequest]) -> list[ForecastReply]:
        try:
            return self._forecasting.recommend(asked)
        # Whatever one question brings about must not touch the answers to others.
        except Exception as error:
            if len(asked) > 1:
                return [reply for one in asked for reply in self._replies([one])]
            logger.exception("No decision on workload %s", asked[0].workload_id)
            return [ForecastReply(fault=f"the question could not be decided: {reason(error)}")]

    async def _write(self, entries: Sequence[Entry]) -> list[Written | Exception]:
        return list(await asyncio.get_running_loop().run_in_executor(self._writer, self._log.write_all, entries))

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            self._look_at_switch()
            self._rollout.look()

    async def _keep_refreshing(self) -> None:
        while True:
            await asyncio.sleep(_REFRESH_S)
            await self._refresh()

    async def _write_shadows(self, answers: Sequence[tuple[str, str]]) -> None:
        # By the thread that writes decisions: two would wait for one another.
        await asyncio.get_running_loop().run_in_executor(self._writer, self._log.write_shadows, answers)

    def _look_at_switch(self) -> None:
        try:
            is_off = self._switch.exists()
        except OSError as error:
            logger.warning("Advice stays switched %s: %s", "off" if self.is_off else "on", reason(error))
            return
        if is_off != self.is_off:
            logger.warning("Advice is switched %s by %s", "off" if is_off else "on again", self._switch)
        self.is_off = is_off

    async def _refresh(self) -> None:
        note = ""
        for refresh, told, kept in (
            (
                self._forecasting.refresh_history,
                "The history of workloads is newer now",
                "the history of workloads stays",
            ),
            (self._policies.refresh, "The policies are newer now", "the policies stay"),
            (self._forecasting.refresh_claims, "Earlier claims were judged anew", "the judgement of claims stays"),
        ):
            try:
                if await asyncio.to_thread(refresh):
                    logger.info(told)
            # A store may raise anything: the service goes on with what it has.
            except Exception as error:
                note = note or f"{kept} as before: {reason(error)}"
        if note and note != self.note:
            logger.warning(note)
        self.note = note
