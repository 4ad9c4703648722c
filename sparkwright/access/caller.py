"""Who asks, and what they may do and see."""

from dataclasses import dataclass
from typing import Final, Literal

Scope = Literal["launcher", "reader", "admin"]
SCOPES: Final[tuple[Scope, ...]] = ("launcher", "reader", "admin")


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who showed a key, or nobody in particular where none is needed.

    Attributes:
        key_id: Names the key; it is no secret.
        scopes: ``launcher`` asks for advice and reports, ``reader`` reads, ``admin`` may do everything.
        queues: Prefixes of the queues that belong to the team; empty: every queue.
        workloads: Prefixes of the workload ids that do; empty: every workload.
    """

    key_id: str
    team: str
    scopes: frozenset[Scope]
    queues: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()

    def may(self, scope: Scope) -> bool:
        """Whether it has this scope."""
        return scope in self.scopes or "admin" in self.scopes

    @property
    def is_limited(self) -> bool:
        """Whether there is anything that it may not see."""
        return bool(self.queues or self.workloads)

    def sees(self, queue: str, workload_id: str) -> bool:
        """Whether a workload of a queue is its team's."""
        return (not self.queues or queue.startswith(self.queues)) and (
            not self.workloads or workload_id.startswith(self.workloads)
        )


NOBODY: Final = Caller("-", "-", frozenset(SCOPES))
"""Any process of this machine, where loopback needs no key."""
