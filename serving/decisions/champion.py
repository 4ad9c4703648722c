"""Which release is served: the champion, changed as a pair once its models are loaded."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from data_contracts.fields.decision import NONE
from serving.messages import LoadReply
from sparkwright.errors import reason
from sparkwright.redaction import redact_text
from sparkwright.registry import releases, tracking
from sparkwright.registry.releases import Release
from sparkwright.settings import Settings

if TYPE_CHECKING:
    from sparkwright.registry.tracking import MlflowClient

Prepare = Callable[[str], Awaitable[LoadReply]]
Announce = Callable[[str], Awaitable[None]]

logger = logging.getLogger("bentoml.sparkwright.champion")


class Champion:
    """Follows the alias ``champion`` of the registry.

    Args:
        where: Names the registry.
        prepare_forecaster: Loads a forecaster version.
        prepare_troubleshooter: Loads a troubleshooter version; the first release does not wait for it.
        pinned: The number of the release to serve wherever the alias points; empty where it is followed.

    Attributes:
        release: What is served; None until there is a champion.
        contract_hash: Of the forecaster that is served.
        notes: What a person should know: no champion, a release that was refused, a registry that is away.
    """

    def __init__(
        self,
        where: Settings,
        prepare_forecaster: Prepare,
        prepare_troubleshooter: Announce,
        *,
        pinned: Callable[[], str] = lambda: "",
    ) -> None:
        self._where = where
        self._prepare_forecaster = prepare_forecaster
        self._prepare_troubleshooter = prepare_troubleshooter
        self._client: MlflowClient | None = None
        self.release: Release | None = None
        self.contract_hash = ""
        self.notes: tuple[str, ...] = ()
        self._pinned = pinned
        self._served_notes: tuple[str, ...] = ()
        self._looked = asyncio.Event()

    @property
    def looked(self) -> bool:
        """Whether the registry was asked at least once, and a release that it named is served or refused."""
        return self._looked.is_set()

    async def wait(self, seconds: float) -> None:
        """Wait until the registry was asked, at most so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._looked.wait(), seconds)

    async def refresh(self) -> None:
        """Serve the champion as it is now; the previous one is served until then, and kept where that fails."""
        try:
            notes = await self._follow()
        # The registry may be any store: whatever it raises must not end the service, which goes on with what it has.
        except Exception as error:
            # The address may hold a password, and notes are for everybody.
            notes = (redact_text(f"the registry at {self._where.tracking_uri} cannot be used: {reason(error)}"),)
        if notes != self.notes:
            for note in notes:
                logger.warning(note)
        self.notes = notes
        self._looked.set()

    async def _follow(self) -> tuple[str, ...]:
        pinned = self._pinned()
        found = await asyncio.to_thread(self.find, pinned or "champion")
        if found is None and pinned:
            return (f"release {pinned} is pinned and not in the registry, still serving {self._served}",)
        if found is None:
            if self.release is not None:
                return (f"there is no champion any more; still serving release {self.release.version}",)
            return ("there is no champion: `sparkwright train` and `sparkwright promote` make one",)
        if found == self.release:
            return self._served_notes
        notes = []
        prepared = LoadReply()
        if found.forecaster_version == NONE:
            notes.append(f"release {found.version} has no forecaster: `sparkwright train` makes one")
        else:
            prepared = await self._prepare_forecaster(found.forecaster_version)
            if prepared.fault:
                return (f"release {found.version} is refused, still serving {self._served}: {prepared.fault}",)
        if self.release is None:
            self._serve(found, prepared)  # half a pair is more than nothing
        if found.troubleshooter_version == NONE:
            notes.append(f"release {found.version} has no troubleshooter: the rules diagnose")
        else:
            await self._prepare_troubleshooter(found.troubleshooter_version)
        self._serve(found, prepared)
        self._served_notes = tuple(notes)
        return self._served_notes

    @property
    def _served(self) -> str:
        return "nothing" if self.release is None else f"release {self.release.version}"

    def find(self, name: str) -> Release | None:
        """The release that an alias or a number names; None where there is none."""
        if self._client is None:
            with tracking.first_use(self._where):
                client = tracking.connect(self._where)
                found = releases.named(client, name)
                self._client = client
                return found
        return releases.named(self._client, name)

    def _serve(self, release: Release, prepared: LoadReply) -> None:
        if release != self.release:
            logger.info("Serving release %s", release.version)
        self.release = release
        self._looked.set()
        self.contract_hash = prepared.contract_hash
