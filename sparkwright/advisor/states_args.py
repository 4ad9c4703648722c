"""``sparkwright states``."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sparkwright.allocation.need_prior import NeedPrior
    from sparkwright.settings import Settings


def states_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sparkwright states``."""
    parser.add_argument("--lake", help="folder or address of the Delta tables (default: SPARKWRIGHT_LAKE_URI)")
    parser.epilog = (
        "A service that starts goes on from these states; without them it reads every run of a workload when that is "
        "asked for first. They are derived from the runs: what does not fit these is made anew."
    )


def states_run(args: argparse.Namespace) -> int:
    """Bring the state of each workload up to date with its runs."""
    from data_contracts.tables import Run
    from sparkwright.lake import Lake
    from sparkwright.settings import settings

    where = settings()
    lake = Lake(args.lake or where.lake_uri)
    lake.version(Run)
    from sparkwright.advisor.need_fold import NeedFold
    from sparkwright.allocation.past import COLUMNS, past_runs_of
    from sparkwright.features.stored_states import update_states

    fold = NeedFold(_champions_prior(where))
    done = update_states(lake, fold, past_runs_of, COLUMNS)
    gone = f", {done.gone_count:,} removed that have no run any more" if done.gone_count else ""
    print(
        f"states of {done.workload_count:,} workload(s): {done.changed_count:,} brought up to date with "
        f"{done.folded_run_count:,} run(s){gone}"
    )
    return 0


def _champions_prior(where: "Settings") -> "NeedPrior":
    """The prior that the service begins with: the champion's, without one the default."""
    from data_contracts.fields.decision import NONE
    from sparkwright.allocation.need_prior import DEFAULT_PRIOR, load_prior
    from sparkwright.registry import models, releases, tracking

    client = tracking.connect(where)
    champion = releases.by_alias(client, "champion")
    if champion is None or champion.forecaster_version == NONE:
        return DEFAULT_PRIOR
    return load_prior(models.download(client, models.FORECASTER, champion.forecaster_version))
