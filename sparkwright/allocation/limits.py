"""What an owner allows: how likely a death may be, what it costs, and whether edges are looked for."""

from dataclasses import dataclass

FIRST_TRY_SHARE, RETRY_SHARE = 0.6, 1.3
"""Of an attempt's cost, what one that dies has cost by then, and what the larger retry costs: means of the simulator's
attempts."""


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """Settings of a decision.

    Attributes:
        max_risk: Below a heap that was asked for, P(death) is at most this. Once that heap has died it is no measure:
            then below the least that held, where a workload always reads the same; elsewhere cost alone decides.
        lost_attempts: What a death costs beside the attempt and its retry, in attempts.
        allow_trials: Whether heaps of more risk may be tried, to learn where the edge is.
        max_trial_risk: Of a trial.
        trial_runs: So many coming runs a trial has to pay off in.
        below_held: Whether heaps below the least that held or was asked for are advised.
        notes: Why these are tighter than the owner's; each goes out as a reason.
    """

    max_risk: float = 0.01
    lost_attempts: float = 3.0
    allow_trials: bool = False
    max_trial_risk: float = 0.1
    trial_runs: int = 30
    below_held: bool = True
    notes: tuple[str, ...] = ()


DEFAULT_LIMITS = RiskLimits()
