"""What an owner allows: how likely a death may be, what it costs, and whether trials are made."""

from dataclasses import dataclass

FIRST_TRY_SHARE, RETRY_SHARE = 0.6, 1.3
"""Cost of an attempt that dies, up to its death, and of its larger retry, as shares of an attempt's cost: means over
the simulator's attempts."""


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """Settings of a decision.

    Attributes:
        max_risk: Maximum P(death) of a heap below the requested one. Once a run died of that, it no longer serves as
            reference: for a workload that always reads the same, the smallest heap that held does; for others cost
            alone decides.
        lost_attempts: What a death costs besides the attempt and its retry, in attempts.
        allow_trials: Whether riskier heaps may be tried, to learn where the limit is.
        max_trial_risk: Maximum P(death) of a trial.
        trial_runs: Number of later runs within which a trial must pay off.
        below_held: Whether heaps below the smallest that held or was asked for are advised.
        notes: Why these limits are tighter than the owner's; each becomes a reason of the advice.
    """

    max_risk: float = 0.01
    lost_attempts: float = 3.0
    allow_trials: bool = False
    max_trial_risk: float = 0.1
    trial_runs: int = 30
    below_held: bool = True
    notes: tuple[str, ...] = ()


DEFAULT_LIMITS = RiskLimits()
