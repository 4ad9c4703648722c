"""What the settings say of risk."""

from sparkwright.allocation.limits import RiskLimits
from sparkwright.settings import Settings


def risk_limits(where: Settings) -> RiskLimits:
    """The limits that the settings allow; a trial may be ten times as risky."""
    return RiskLimits(
        max_risk=where.max_risk,
        lost_attempts=where.lost_attempts,
        allow_trials=where.allow_trials,
        max_trial_risk=min(0.5, 10 * where.max_risk),
    )
