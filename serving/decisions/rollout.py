"""Which release answers which workload, and who gets advice: the owner's ``rollout.yaml``, followed without a restart.

A release in canary or in shadow is loaded and tried out as the champion is; until it can answer, the champion does.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from data_contracts.fields.decision import NONE
from data_contracts.rollout import CHALLENGER, Members, OptedIn, RolloutStatus
from serving.messages import LoadReply
from serving.service_metrics import shadow_answers
from sparkwright.advisor.core import ForecastRequest
from sparkwright.advisor.rollout import FILE, RolloutFollower
from sparkwright.registry.releases import Release
from sparkwright.settings import Settings

Find = Callable[[str], Release | None]
"""The release that an alias or a number names; may raise whatever the registry does."""
Load = Callable[[str], Awaitable[LoadReply]]

_NO_TRIAL = "no trial: the workload has not opted in"

logger = logging.getLogger("bentoml.sparkwright.rollout")


class Rollout:
    """The owner's file, and the releases that it names beside the champion.

    Args:
        where: Whose home holds the file.

    Attributes:
        canary: The release that answers a share of the workloads; None until it can.
        shadow: The release that is asked, too; None until it can answer.
        served: The release that answers the others; None until there is one.
    """

    def __init__(self, where: Settings) -> None:
        self._follower = RolloutFollower(where.home / FILE)
        self._notes: dict[str, str] = {}
        self.canary: Release | None = None
        self.shadow: Release | None = None
        self.served: Release | None = None
        self._looked = asyncio.Event()
        self.look()

    @property
    def pinned(self) -> str:
        """The number of the release that is served in place of the champion; empty where none is."""
        return self._follower.rollout.said.pin or ""

    @property
    def notes(self) -> list[str]:
        """What a person should know."""
        return [one for one in (self._follower.note, *self._notes.values()) if one]

    @property
    def versions(self) -> frozenset[str]:
        """The forecasters that questions go to."""
        return frozenset(one.forecaster_version for one in (self.served, self.canary, self.shadow) if one is not None)

    def look(self) -> None:
        """Read the file where it changed."""
        note = self._follower.note
        if self._follower.look():
            logger.warning("Who is advised, and by which release, changed with the rollout file")
        if self._follower.note and self._follower.note != note:
            logger.error("What the rollout file says is not in force: %s", self._follower.note)

    def applied(
        self, asked: ForecastRequest, champion: Release | None, fault: str, team: str
    ) -> tuple[ForecastRequest, str]:
        """A question with who answers it and whether the answer is advice, and why nobody can be asked.

        Args:
            asked: The question.
            champion: What is served; None where there is none.
            fault: Why its forecaster cannot be asked; empty where it can.
            team: Whose key asks.
        """
        rollout = self._follower.rollout
        release = champion
        if self.canary is not None and rollout.is_canary(asked.workload_id):
            release, fault = self.canary, ""
        change: dict[str, object] = {}
        if release is not None:
            change = {"release_version": release.version, "forecaster_version": release.forecaster_version}
        if not rollout.is_opted_in(asked.workload_id, asked.request.queue, team):
            change |= {"report_only": True, "no_trial": _NO_TRIAL}
        return (asked.model_copy(update=change) if change else asked), fault

    async def refresh(self, served: Release | None, find: Find, load: Load) -> None:
        """Find and load what the file names; what cannot be had is noted, and the champion answers alone.

        Args:
            served: The champion, or what is pinned.
            find: Asks the registry.
            load: Loads a forecaster and tries it out.
        """
        self.served = served
        said = self._follower.rollout.said
        canary = said.canary.release if said.canary is not None else None
        self.canary = await self._follow("canary", canary, self.canary, find, load)
        self._looked.set()  # nobody waits for a shadow
        self.shadow = await self._follow("shadow", said.shadow, self.shadow, find, load)

    async def wait(self, seconds: float) -> None:
        """Wait until a canary was looked for, at most so long: a worker that starts answers as the others do."""
        if self._follower.rollout.said.canary is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._looked.wait(), seconds)

    async def _follow(self, role: str, name: str | None, now: Release | None, find: Find, load: Load) -> Release | None:
        if name is None:
            self._note(role, "")
            return None
        try:
            found = await asyncio.to_thread(find, name)
        # Away for now: the champion's own look says so, and what is loaded goes on.
        except Exception:
            return now
        if found is None:
            missing = "there is no challenger" if name == CHALLENGER else f"release {name} is not in the registry"
            self._note(role, f"nothing is in {role}: {missing}")
            return None
        if found.forecaster_version == NONE:
            self._note(role, f"nothing is in {role}: release {found.version} has no forecaster")
            return None
        if found == now:
            return now
        prepared = await load(found.forecaster_version)
        if prepared.fault:
            self._note(role, f"nothing is in {role}: release {found.version} is refused: {prepared.fault}")
            return None
        self._note(role, "")
        logger.info("Release %s is in %s", found.version, role)
        return found

    def _note(self, role: str, note: str) -> None:
        if note and note != self._notes.get(role):
            logger.warning(note)
        self._notes[role] = note

    def status(self) -> RolloutStatus:
        """What holds, as ``/v1/status`` shows it."""
        said = self._follower.rollout.said
        everybody = said.opt_in is None
        nobody = said.opt_in is not None and _count(said.opt_in) == OptedIn()
        return RolloutStatus(
            advice_for="everybody" if everybody else "nobody" if nobody else "opted_in",
            opted_in=_count(said.opt_in) if said.opt_in is not None else OptedIn(),
            opted_out=_count(said.opt_out),
            pinned_release_version=said.pin,
            canary_release_version=self.canary.version if self.canary else None,
            canary_share=said.canary.share if said.canary else 0.0,
            shadow_release_version=self.shadow.version if self.shadow else None,
            shadow_answers=shadow_answers(),
        )


def _count(members: Members) -> OptedIn:
    return OptedIn(workloads=len(members.workloads), queues=len(members.queues), teams=len(members.teams))
