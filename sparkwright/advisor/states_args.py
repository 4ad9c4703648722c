"""``sparkwright states``."""

import argparse


def states_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sparkwright states``."""
    parser.add_argument("--lake", help="folder or address of the Delta tables (default: SPARKWRIGHT_LAKE_URI)")
    parser.epilog = (
        "A service that starts goes on from these states; without them it reads every run of a workload when that is "
        "asked for first. They are derived from the runs: what does not fit these is made anew."
    )


def states_run(args: argparse.Namespace) -> int:
    """Bring the state of each workload up to date with its runs."""
    from sparkwright.advisor.need_fold import NeedFold
    from sparkwright.allocation.past import COLUMNS, past_runs_of
    from sparkwright.features.stored_states import update_states
    from sparkwright.lake import Lake
    from sparkwright.settings import settings

    done = update_states(Lake(args.lake or settings().lake_uri), NeedFold(), past_runs_of, COLUMNS)
    gone = f", {done.gone_count:,} removed that have no run any more" if done.gone_count else ""
    print(
        f"states of {done.workload_count:,} workload(s): {done.changed_count:,} brought up to date with "
        f"{done.folded_run_count:,} run(s){gone}"
    )
    return 0
