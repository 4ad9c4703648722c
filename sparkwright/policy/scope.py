"""Whom a policy concerns: who asks, matched against its scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from data_contracts.policy import Policy, PolicyScope
from sparkwright.policy.windows import Window, window_of
from sparkwright.wildcards import any_matches

_MAX_KEPT = 4096
Who = tuple[str, str, str, str, str]
"""Queue, team, user, workload and platform."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks, for what and when.

    Attributes:
        team: Of the key that was shown; empty where nobody knows it.
        workload: The id of the workload.
        at: With a time zone; when the application is to start.
    """

    queue: str
    team: str
    user: str
    workload: str
    platform: str
    at: datetime

    @property
    def who(self) -> Who:
        """All but the moment."""
        return self.queue, self.team, self.user, self.workload, self.platform


class Scope:
    """The scope of one policy, made ready to be asked."""

    __slots__ = ("_platforms", "_queues", "_teams", "_users", "_workloads", "windows")

    def __init__(self, told: PolicyScope) -> None:
        self._queues, self._teams = tuple(told.queues), tuple(told.teams)
        self._users, self._workloads = tuple(told.users), tuple(told.workloads)
        self._platforms = frozenset(told.platforms)
        self.windows: tuple[Window, ...] = tuple(map(window_of, told.windows))

    def fits(self, who: Who) -> bool:
        """Whether it fits at some moment."""
        queue, team, user, workload, platform = who
        return (
            (not self._platforms or platform in self._platforms)
            and any_matches(self._queues, queue)
            and any_matches(self._teams, team)
            and any_matches(self._users, user)
            and any_matches(self._workloads, workload)
        )

    def holds(self, at: datetime) -> bool:
        """Whether it fits at this moment, whoever asks."""
        return not self.windows or any(window.holds(at) for window in self.windows)


class Scopes:
    """The scopes of many policies: whom they fit is found once for each queue, team, user, workload and platform."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        self._scopes = [Scope(policy.scope) for policy in policies]
        self._fitting: dict[Who, tuple[tuple[int, ...], bool]] = {}
        self._now: tuple[int, dict[Who, tuple[int, ...]]] = (0, {})

    def active(self, applicant: Applicant) -> tuple[int, ...]:
        """The places of the policies that concern an applicant."""
        who = applicant.who
        found = self._fitting.get(who)
        if found is None:
            fitting = tuple(at for at, scope in enumerate(self._scopes) if scope.fits(who))
            found = fitting, any(self._scopes[at].windows for at in fitting)
            if len(self._fitting) >= _MAX_KEPT:
                self._fitting.clear()
            self._fitting[who] = found
        fitting, timed = found
        if not timed:
            return fitting
        # Windows begin and end with whole minutes: within one nothing changes.
        minute = int(applicant.at.timestamp()) // 60
        now, known = self._now
        if now != minute or len(known) >= _MAX_KEPT:
            known = {}
            self._now = minute, known
        if (active := known.get(who)) is None:
            active = tuple(at for at in fitting if self._scopes[at].holds(applicant.at))
            known[who] = active
        return active
